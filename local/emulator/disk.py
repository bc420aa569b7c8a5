"""Writes MiniStack's stores to its state folder at a moment of our choosing."""

# ruff: noqa: SLF001 - what MiniStack lacks can only be added to its inside; the pin is exact.

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ministack import app as ministack
from ministack.core import persistence
from ministack.services import sqs

from local.emulator.items import Items
from local.emulator.journal import Journal
from local.emulator.messages import Messages
from local.emulator.streams import Streams

ITEMS, MESSAGES = "dynamodb", "sqs"


class Disk:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._journals = {name: Journal(folder / f"{name}.journal") for name in (ITEMS, MESSAGES)}
        self._items = Items(self._journals[ITEMS])
        self._messages = Messages(self._journals[MESSAGES])
        self._streams = Streams(folder / "streams.json")

    def install(self) -> None:
        self._items.install()
        self._messages.install()
        self._streams.install()

    def save(self, services: Iterable[str]) -> None:
        """Each store whole, through a temporary file that then takes the old one's place."""
        states: dict[str, Callable[[], Any]] = ministack._build_persistence_save_dict()
        for name in services:
            if name in states:
                self._save(name, states[name])

    def save_everything(self) -> None:
        self.save(ministack._build_persistence_save_dict())

    def recover(self) -> None:
        """To be called once, when the saved stores are read and before anything is served."""
        self._streams.restore()
        self._items.replay()
        _find_queues_by_the_port_of_now()
        self._messages.replay()
        _let_go_of_messages()
        self.save_everything()

    def _save(self, name: str, state: Callable[[], Any]) -> None:
        before = self._written_at(name)
        # The poller that feeds the functions changes queues from another thread.
        with sqs._queues_lock:
            if name == ITEMS:
                # The journal is about to be emptied, and with it what would fill the streams again.
                self._streams.save()
            persistence.save_all({name: state})
            # MiniStack only logs that it could not save; the journal is then all there is.
            if name in self._journals and self._written_at(name) != before:
                self._journals[name].clear()

    def _written_at(self, name: str) -> int | None:
        file = self._folder / f"{name}.json"
        return file.stat().st_mtime_ns if file.exists() else None


def _find_queues_by_the_port_of_now() -> None:
    """The poller looks for a queue by its whole address, which may have had another port."""
    for (account, region, url), queue in list(sqs._queues._data.items()):
        queue["url"] = sqs._queue_url_for_account(account, queue["name"])
        del sqs._queues._data[account, region, url]
        sqs._queues._data[account, region, queue["url"]] = queue
    sqs._queue_name_to_url.clear()
    sqs._rebuild_queue_name_index()


def _let_go_of_messages() -> None:
    """Whoever worked on them went with the emulator: nobody need wait for that to time out."""
    for queue in sqs._queues._data.values():
        for message in queue["messages"]:
            if message.get("receive_count"):
                message["visible_at"] = message["sent_at"]
