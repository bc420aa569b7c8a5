"""Virtual time. Who waits lets others go on; nobody ever really waits, and no chance is in it.

Handlers are plain functions that call out. Each of their runs has a thread of its own, and one
baton goes round among all threads: only who has it does anything. It is given away where a run
calls out, and to whom depends on virtual time alone, so the same seed makes the same story.
"""

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from random import Random
from threading import Lock, Thread
from typing import Any

START = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""A Tuesday: five business days lie before a weekend and after it."""


class Gone(BaseException):
    """Ends a run at once. No handler catches it, as none would catch the end of its process."""


class Timeline:
    """When what happens, and the trace of what has happened."""

    def __init__(self, seed: int, *, tells: bool = False) -> None:
        self.random = Random(seed)  # noqa: S311 - it has to be foreseeable.
        self.seconds = 0.0
        self.lines: list[str] = []
        self._tells = tells
        self._digest = blake2b(digest_size=8)
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._running: _Hand | None = None
        self._hands: list[_Hand] = []

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    @property
    def run(self) -> Any:
        """Whatever `start` was given for the run that has the baton; None outside of all runs."""
        return None if self._running is None else self._running.what

    @property
    def trace(self) -> str:
        """The same for the same story, and for no other."""
        return self._digest.hexdigest()

    def note(self, *words: object) -> None:
        line = " ".join([f"{self.seconds:12.3f}", *map(str, words)])
        self._digest.update(line.encode())
        if self._tells:
            self.lines.append(line)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """It must not wait itself: what waits is a run."""
        heapq.heappush(self._coming, (self.seconds + seconds, next(self._numbers), call))

    def start(self, what: Any, work: Callable[[], None]) -> None:
        """Begin a run of this work."""
        hand = _idle.pop() if _idle else _Hand()
        hand.take(what, work)
        self._hands.append(hand)
        self.later(0, partial(self._give_to, hand))

    def wait(self, seconds: float) -> None:
        """Called by a run: what others do until then happens first."""
        hand = self._running
        assert hand is not None, "only a run can wait"
        if self._coming and self._coming[0][0] <= self.seconds + seconds:
            self.later(seconds, partial(self._give_to, hand))
            hand.let_go()
        else:
            self.seconds += seconds

    def play(self, *, most: int) -> bool:
        """Until nothing comes any more; False if so much came that there is no end to it.

        Raises what a run raised, but not that it is gone.
        """
        try:
            for self.events in range(most):
                if not self._coming:
                    return True
                self.seconds, _, call = heapq.heappop(self._coming)
                call()
            return False
        finally:
            for hand in list(self._hands):
                self._abandon(hand)

    def _give_to(self, hand: "_Hand") -> None:
        self._running = hand
        hand.go_on()
        self._running = None
        if hand.is_done:
            self._hands.remove(hand)
            _idle.append(hand)
            if hand.error is not None:
                raise hand.error

    def _abandon(self, hand: "_Hand") -> None:
        """Another run has failed: this one ends where it stands."""
        hand.is_abandoned = True
        self._running = hand
        hand.go_on()
        self._running = None
        self._hands.remove(hand)
        _idle.append(hand)


class _Hand:
    """A thread that holds the baton now and then. It is used again: making one takes longer than
    most runs do."""

    def __init__(self) -> None:
        self.what: Any = None
        self.is_done = True
        self.is_abandoned = False
        self.error: BaseException | None = None
        self._work: Callable[[], None] = lambda: None
        self._mine, self._theirs = Lock(), Lock()
        self._mine.acquire()
        self._theirs.acquire()
        Thread(target=self._live, daemon=True).start()

    def take(self, what: Any, work: Callable[[], None]) -> None:
        self.what, self._work = what, work
        self.is_done = self.is_abandoned = False
        self.error = None

    def go_on(self) -> None:
        """Called by whoever has the baton; returns when it is back."""
        self._mine.release()
        self._theirs.acquire()

    def let_go(self) -> None:
        """Called in the thread itself."""
        self._theirs.release()
        self._mine.acquire()
        if self.is_abandoned:
            raise Gone

    def _live(self) -> None:
        while True:
            self._mine.acquire()
            try:
                if not self.is_abandoned:
                    self._work()
            except Gone:
                pass
            except BaseException as error:  # noqa: BLE001 - `play` raises it.
                self.error = error
            self.is_done = True
            self._theirs.release()


_idle: list[_Hand] = []
