"""EventBridge Scheduler: at least once, late, twice, or not at all."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from makegood.domain.entry import timestamp
from tests.simulation.chance import Chance
from tests.simulation.lambdas import Lambdas
from tests.simulation.timeline import Timeline

LATE = (10.0, 240.0)
OVERLAP = (0.0, 0.05)
TWICE_AFTER = (0.5, 60.0)


@dataclass(frozen=True, slots=True)
class Schedules:
    timeline: Timeline
    chance: Chance
    lambdas: Lambdas

    def due(self, function: str, **fields: Any) -> None:
        """It is time for a run of this function."""
        event = {"time": timestamp(self.timeline.now), **fields}
        if self.chance.strikes("F58 a schedule is skipped", function):
            self.timeline.note(function, "is skipped")
            return
        delays = [0.0]
        if self.chance.strikes("F58 a schedule is late", function):
            delays = [self.chance.between(*LATE)]
        if self.chance.strikes("F57 a schedule fires twice", function):
            delays.append(delays[0] + self.chance.between(*TWICE_AFTER))
        if self.chance.strikes("F59 two runs of a schedule overlap", function):
            delays.append(delays[0] + self.chance.between(*OVERLAP))
        for number, delay in enumerate(delays):
            self.timeline.later(delay, partial(self._start, function, event, number))

    def _start(self, function: str, event: dict[str, Any], number: int) -> None:
        self.lambdas.start(
            function, event, name=f"{function}:{number}", skew=0, then=lambda _answer: None
        )
