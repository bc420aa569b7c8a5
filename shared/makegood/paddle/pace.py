"""No more requests in a time than Paddle takes from one address."""

import time
from collections.abc import Callable

SECONDS_APART = 1
"""Paddle takes 240 a minute of an address, and functions of AWS share theirs with strangers."""


class Pace:
    """For one thread. Shared by all clients of a sandbox, it holds them all to the same pace."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.clock = clock
        self._sleep = sleep
        self._free_at: float | None = None

    def wait(self) -> float:
        """Return when the next request may start, with the time at which it does."""
        while self._free_at is not None and (left := self._free_at - self.clock()) > 0:
            self._sleep(left)
        started = self.clock()
        self._free_at = started + SECONDS_APART
        return started
