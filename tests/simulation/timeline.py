"""Virtual time. Who waits lets others go on; nobody ever really waits, and no chance is in it.

Handlers are plain functions that call out. Each of their runs is a greenlet: it goes on until it
waits, which it does where it calls out, and which of them goes on then depends on virtual time
alone, so the same seed makes the same story.
"""

import heapq
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b
from random import Random
from typing import Any

from greenlet import getcurrent, greenlet

START = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""A Tuesday: five business days lie before a weekend and after it."""


class Gone(BaseException):
    """Ends a run at once. No handler catches it, as none would catch the end of its process."""


class Abandoned(Gone):
    """The whole story is over."""


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

    @contextmanager
    def inside(self, what: Any) -> Iterator[None]:
        """For this long another run has the baton, in the greenlet of the one that called it."""
        hand = self._running
        assert hand is not None, "only a run can call another one"
        caller, hand.what = hand.what, what
        try:
            yield
        finally:
            hand.what = caller

    def note(self, *words: object, more: Callable[[], str] | None = None) -> None:
        """Goes into the trace; `more` only into what is told, as it takes longer to say."""
        line = f"{self.seconds:12.3f} {' '.join(map(str, words))}"
        self._digest.update(line.encode())
        if self._tells:
            self.lines.append(line if more is None else f"{line} {more()}")

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """It must not wait itself: what waits is a run."""
        heapq.heappush(self._coming, (self.seconds + seconds, next(self._numbers), call))

    def start(self, what: Any, work: Callable[[], None]) -> None:
        """Begin a run of this work."""
        hand = _Hand(what, work)
        self._hands.append(hand)
        self.later(0, partial(self._give_to, hand))

    def wait(self, seconds: float) -> None:
        """Called by a run: what others do until then happens first."""
        hand = self._running
        assert hand is not None, "only a run can wait"
        if self._coming and self._coming[0][0] <= self.seconds + seconds:
            self.later(seconds, partial(self._give_to, hand))
            assert hand.parent is not None
            hand.parent.switch()
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
        hand.parent = getcurrent()  # Whoever began it may have been a run itself.
        try:
            hand.switch()
        except Gone:
            pass
        finally:
            self._running = None
            if hand.dead:
                self._hands.remove(hand)

    def _abandon(self, hand: "_Hand") -> None:
        """The story is over, or another run has failed: this one ends where it stands."""
        self._hands.remove(hand)
        if hand:
            self._running = hand
            with suppress(Gone):
                hand.throw(Abandoned)
            self._running = None


class _Hand(greenlet):
    """A run of `work`. `what` names it for others."""

    def __init__(self, what: Any, work: Callable[[], None]) -> None:
        super().__init__(work)
        self.what = what
