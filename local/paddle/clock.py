"""A clock that can be moved."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Real time plus what it was moved by. Signatures never use it: they carry the real time."""

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self._ahead = timedelta()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return datetime.fromtimestamp(self._real(), UTC) + self._ahead

    def advance(self, by: timedelta) -> datetime:
        with self._lock:
            self._ahead += by
        return self.now()

    def unix_time(self) -> int:
        """The real time, for a signature that the receiver compares with its own clock."""
        return int(self._real())
