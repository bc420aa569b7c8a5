"""One Paddle for several threads, at the clock's time, whose every change is written down."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from local.paddle.clock import Clock
from local.paddle.core.faults import Fault, Plan
from local.paddle.core.notifications import Delivery
from local.paddle.core.paddle import Answer, Paddle
from local.paddle.core.state import Record
from local.paddle.journal import Journal

T = TypeVar("T")


class Kept:
    def __init__(self, paddle: Paddle, clock: Clock, journal: Journal, plan: Plan) -> None:
        self.clock, self.paddle = clock, paddle
        self._journal, self._plan = journal, plan
        self._lock = threading.Lock()

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Raises NoAnswerError."""
        return self._do(lambda now: self.paddle.request(method, path, headers, body, now))

    def command(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._do(lambda now: self.paddle.command(name, body, now))

    def due(self) -> list[Delivery]:
        signed_at = self.clock.unix_time()
        return self._do(lambda now: self.paddle.due_deliveries(now, signed_at=signed_at))

    def delivered(self, notification_id: str, status: int) -> None:
        self._do(lambda now: self.paddle.delivered(notification_id, status, now))

    def destination(self) -> Record:
        return self._do(lambda _: self.paddle.destination)

    def send_to(self, url: str) -> Record:
        """The shop's own destination has this address from now on."""

        def moved(_: datetime) -> Record:
            after = {**self.paddle.destination, "destination": url}
            self.paddle.state.put("notification_settings", after)
            return after

        return self._do(moved)

    def plan(self, fault: Fault | None) -> list[Fault]:
        """Add a fault, or forget all; those still to come."""

        def planned(_: datetime) -> list[Fault]:
            if fault is None:
                self._plan.clear()
            else:
                self._plan.add(fault)
            return self._plan.pending()

        return self._do(planned)

    def _do(self, work: Callable[[datetime], T]) -> T:
        with self._lock:
            try:
                return work(self.clock.now())
            finally:
                # Also where there was no answer: the effect may be there all the same.
                self._journal.write(self.paddle.state.drain())
