"""Runs of Lambda functions: each calls out, and can end or stand still wherever it does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from makegood.paddle.pace import Pace
from tests.simulation.chance import Chance
from tests.simulation.timeline import Gone, Timeline

T = TypeVar("T")

STANDS_STILL = (2, 80)
"""Seconds. A run that stands still for longer than it may take is ended there."""

CLOCKS_APART = 150
"""Seconds before or behind: two clocks are five minutes apart at most."""

Probe = Callable[["Run", str], None]
"""Called before and after each call of a run, with which of both it is."""


@dataclass(slots=True)
class Run:
    """One run of a function. It is the Lambda context too.

    `skew` is what its clock is ahead by. People have no `limit`, and meet no fault.
    """

    function: str
    timeline: Timeline
    chance: Chance
    skew: float = 0
    limit: float | None = None
    probe: Probe | None = None
    calls: int = 0
    asked: Any = None
    """What the last call was: of AWS the request, of Paddle method and path."""
    name: str = ""
    pace: Pace = field(init=False)
    ends_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.pace = Pace(clock=lambda: self.timeline.seconds, sleep=self.wait)
        self.ends_at = float("inf") if self.limit is None else self.timeline.seconds + self.limit
        self.name = self.name or self.function

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
        self.chance.saw("F20 a run took longer than it may", self.function)
        self.note("took longer than it may")
        raise Gone

    def call(self, carry_out: Callable[[], T], *, seconds: tuple[float, float]) -> T:
        """Something outside happens in the middle of this time."""
        self.calls += 1
        self._may_end("F18 the run ends before a call", "before")
        if self.limit is not None and self.strikes("F20 the run stands still"):
            self.wait(self.chance.between(*STANDS_STILL))
        self.wait(self.chance.between(*seconds) / 2)
        try:
            answer = carry_out()
        except Exception:
            self._after_a_call(seconds)
            raise
        self._after_a_call(seconds)
        return answer

    def strikes(self, fault: str) -> bool:
        return self.chance.strikes(fault, self.function)

    def note(self, *words: object, more: Callable[[], str] | None = None) -> None:
        self.timeline.note(self.name, *words, more=more)

    def _after_a_call(self, seconds: tuple[float, float]) -> None:
        self.wait(self.chance.between(*seconds) / 2)
        self._may_end("F19 the run ends after a call", "after")

    def _may_end(self, fault: str, when: str) -> None:
        if self.probe is not None:
            self.probe(self, when)
        if self.limit is not None and self.strikes(fault):
            self.note(fault)
            raise Gone
