"""Runs of Lambda functions: each calls out, and can end or stand still wherever it does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from makegood.paddle.pace import Pace
from tests.simulation.chance import Chance
from tests.simulation.timeline import Gone, Timeline

T = TypeVar("T")

STANDS_STILL = (2, 80)
"""Seconds. A run that stands still for longer than it may take is ended there."""

CLOCKS_APART = 150
"""Seconds before or behind: two workers are five minutes apart at most."""


@dataclass(slots=True)
class Run:
    """One run, by its name. It is the Lambda context too.

    `skew` is what its clock is ahead by. A person's run has no `limit` and does not end.
    """

    name: str
    timeline: Timeline
    chance: Chance
    skew: float = 0
    limit: float | None = None
    pace: Pace = field(init=False)
    ends_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.pace = Pace(clock=lambda: self.timeline.seconds, sleep=self.wait)
        self.ends_at = float("inf") if self.limit is None else self.timeline.seconds + self.limit

    def get_remaining_time_in_millis(self) -> int:
        return int((min(self.ends_at, self.timeline.seconds + 900) - self.timeline.seconds) * 1000)

    @property
    def clock(self) -> datetime:
        return self.timeline.now + timedelta(seconds=self.skew)

    def wait(self, seconds: float) -> None:
        left = self.ends_at - self.timeline.seconds
        if seconds < left:
            self.timeline.wait(seconds)
            return
        self.timeline.wait(max(left, 0))
        self.chance.saw("run: took longer than it may")
        self.note("took longer than it may")
        raise Gone

    def call(self, carry_out: Callable[[], T], *, seconds: tuple[float, float]) -> T:
        """Something outside happens in the middle of this time."""
        self._may_end("run: ends before a call")
        if self.limit is not None and self.chance.strikes("run: stands still"):
            self.wait(self.chance.between(*STANDS_STILL))
        self.wait(self.chance.between(*seconds) / 2)
        try:
            answer = carry_out()
        except Exception:
            self._after_a_call(seconds)
            raise
        self._after_a_call(seconds)
        return answer

    def note(self, *words: object) -> None:
        self.timeline.note(self.name, *words)

    def _after_a_call(self, seconds: tuple[float, float]) -> None:
        self.wait(self.chance.between(*seconds) / 2)
        self._may_end("run: ends after a call")

    def _may_end(self, fault: str) -> None:
        if self.limit is not None and self.chance.strikes(fault):
            self.note(fault)
            raise Gone


def pausing(run: Callable[[], Run]) -> Callable[[int], None]:
    """What the product calls to back off."""

    def pause(attempt: int) -> None:
        run().wait(min(0.5, 0.02 * 2**attempt))

    return pause
