"""The table's stream, and the function that reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.chance import Chance
from tests.simulation.faults import RELAY
from tests.simulation.lambdas import NOT_ENDED, Lambdas
from tests.simulation.timeline import Timeline

BATCH = 100
LAG = (1.0, 1.0, 20.0)
"""How far the reading may be behind, in a story."""
BACK_OFF_MAX = 60.0


@dataclass(slots=True)
class Stream:
    """One shard: in the order of the commits, and it stands still until its function has got on."""

    timeline: Timeline
    chance: Chance
    lambdas: Lambdas
    waiting: list[Mapping[str, Any]] = field(default_factory=list)
    _lag: float = LAG[0]
    _is_read: bool = False
    _failures: int = 0

    def __post_init__(self) -> None:
        self._lag = self.chance.choice(LAG)

    def append(self, records: Sequence[Mapping[str, Any]]) -> None:
        self.waiting += records
        self._read_after(self.chance.between(0.05, self._lag))

    def _read_after(self, seconds: float) -> None:
        if self.waiting and not self._is_read:
            self._is_read = True
            self.timeline.later(seconds, self._read)

    def _read(self) -> None:
        batch = self.waiting[:BATCH]
        if self._failures:
            # A batch that has failed is taken apart, until what fails is alone.
            batch = batch[: max(len(batch) >> self._failures, 1)]
        name = f"relay:{batch[0]['dynamodb']['SequenceNumber']}+{len(batch)}"

        def ended(answer: Any) -> None:
            self._ended(batch, answer)

        self.lambdas.start(RELAY, {"Records": batch}, name=name, skew=0, then=ended)

    def _ended(self, batch: Sequence[Mapping[str, Any]], answer: Any) -> None:
        self._is_read = False
        done = _done(batch, answer)
        if self.chance.strikes("F25 a batch of the stream comes twice", RELAY):
            done = 0
        self.waiting = self.waiting[done:]
        self._failures = 0 if done else self._failures + 1
        self._read_after(min(2.0**self._failures, BACK_OFF_MAX) if not done else 0.1)


def _done(batch: Sequence[Mapping[str, Any]], answer: Any) -> int:
    """How many of the records need not come again."""
    if answer is NOT_ENDED:
        return 0
    failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
    return numbers.index(failed[0]) if failed else len(batch)
