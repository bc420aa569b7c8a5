"""Answers a write only after it is on the disk.

MiniStack itself saves its state when it is stopped, so a killed one would forget everything since.
Here items and messages have journals, and what else changes a queue, a secret or a parameter has
its store written whole before it is answered; changes that arrive together share one save. Requests
for tables and queues are carried out on the event loop, one after another, and the save runs there
too: what it writes is never half of a change.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Protocol

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

SAVED_WHOLE = {"AmazonSQS": "sqs", "secretsmanager": "secretsmanager", "AmazonSSM": "ssm"}
# Reads, and what the journal of messages has.
NOT_SAVED = ("Get", "Describe", "List", "Receive", "Send")
# Whoever deploys asks for everything to be written, by a request to this path.
SAVE_PATH = "/_local/save"
# A save walks the whole store. When that takes longer than this, answers no longer wait for it.
SLOW_SAVE_SECONDS = 0.15
# Share of the time that saving may take once it is slow.
SLOW_SAVE_SHARE = 0.1


class Stores(Protocol):
    def save(self, services: Iterable[str]) -> None: ...
    def save_everything(self) -> None: ...
    def recover(self) -> None: ...


class Durable:
    """Wraps the application; everything happens on its event loop, so there is nothing to lock."""

    def __init__(self, application: Application, stores: Stores) -> None:
        self._application = application
        self._stores = stores
        self._changed: set[str] = set()
        self._waiting: list[asyncio.Future[None]] = []
        self._saving: asyncio.Task[None] | None = None
        self._last_save_seconds = 0.0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._application(scope, receive, self._around_a_life(send))
        elif scope["type"] == "http" and scope["path"] == SAVE_PATH:
            self._stores.save_everything()
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        elif service := _store_written_by(scope):
            await self._application(scope, receive, self._when_saved(service, send))
        else:
            await self._application(scope, receive, send)

    def _around_a_life(self, send: Send) -> Send:
        async def send_around(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._stores.recover()
            elif message["type"] == "lifespan.shutdown.complete":
                self._stores.save_everything()
            await send(message)

        return send_around

    def _when_saved(self, service: str, send: Send) -> Send:
        async def send_when_saved(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 300:
                await self._saved(service)
            await send(message)

        return send_when_saved

    async def _saved(self, service: str) -> None:
        """Return once this change is on the disk, or at once where saving has become slow."""
        self._changed.add(service)
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        if self._saving is None:
            self._saving = asyncio.create_task(self._save_all_changes())
        if self._last_save_seconds < SLOW_SAVE_SECONDS:
            await done

    async def _save_all_changes(self) -> None:
        try:
            while self._waiting:
                if self._last_save_seconds >= SLOW_SAVE_SECONDS:
                    await asyncio.sleep(self._last_save_seconds / SLOW_SAVE_SHARE)
                # Requests that are ready to answer join this save rather than wait for the next.
                await asyncio.sleep(0)
                self._save_once()
        finally:
            self._saving = None

    def _save_once(self) -> None:
        waiting, self._waiting = self._waiting, []
        changed, self._changed = self._changed, set()
        started = time.perf_counter()
        self._stores.save(changed)
        self._last_save_seconds = time.perf_counter() - started
        for done in waiting:
            if not done.done():
                done.set_result(None)


def _store_written_by(scope: Message) -> str | None:
    """A store that is saved whole; None for reads, for items, and for what goes through the API."""
    if scope["type"] != "http":
        return None
    for name, value in scope["headers"]:
        if name == b"x-amz-target":
            prefix, _, action = value.decode("latin-1").partition(".")
            return None if action.startswith(NOT_SAVED) else SAVED_WHOLE.get(prefix)
    return None
