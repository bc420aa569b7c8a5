"""SQS: queues with the functions that work on them. `sending` is how functions put something in."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.simulation.chance import Chance
from tests.simulation.lambdas import NOT_ENDED, Lambdas, Source
from tests.simulation.timeline import Timeline
from tests.simulation.witness import Buried, Sent, Witness

LATE = (5.0, 1200.0)
HOURS_LATER = (3600.0, 30 * 3600.0)
CLOSED_FOR = (6 * 3600.0, 90 * 3600.0)
AGAIN = {
    "F25 a message comes twice at once": (0.0, 20.0),
    "F06 a message comes again after eleven minutes": (601.0, 720.0),
    "F26 a message comes again hours later": HOURS_LATER,
}
"""Seconds after which a copy comes, whatever became of the message."""


@dataclass(slots=True, eq=False)
class Letter:
    """A message in a queue."""

    number: int
    body: str
    first_received_at: float | None = None
    receives: int = 0
    is_over: bool = False
    runs: int = 0
    """How many runs have it just now."""


@dataclass(slots=True)
class Queue:
    """It delivers at least once, in no order. What nobody could work on is moved away."""

    name: str
    timeline: Timeline
    chance: Chance
    lambdas: Lambdas
    source: Source
    witness: Witness
    letters: list[Letter] = field(default_factory=list)
    dead: list[Letter] = field(default_factory=list)
    skews: list[float] = field(default_factory=list)
    _ready: list[Letter] = field(default_factory=list)
    _polls: bool = False
    _is_shut: bool = False
    _buried: int = 0
    _free: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._free = list(range(self.source.concurrency))
        self.skews = [0.0] * self.source.concurrency

    @property
    def waiting(self) -> list[Letter]:
        return [letter for letter in self.letters if not letter.is_over]

    def put(self, body: str, *, by: str, delay: float = 0) -> None:
        letter = Letter(len(self.letters), body)
        self.letters.append(letter)
        at = self.timeline.seconds
        self.witness.sent.append(Sent(at, self.name, letter.number, body, by))
        if self.chance.strikes("F27 a message is late", self.source.function):
            delay += self.chance.between(*LATE)
        self.timeline.later(delay, partial(self._arrive, letter))

    def redrive(self) -> None:
        """What ended in the dead letters comes once more, as a message of its own."""
        buried = [one.body for one in self.witness.buried if one.queue == self.name]
        for body in buried:
            self.chance.saw("F35 dead letters come again", self.source.function)
            self.put(body, by="redrive")

    def _arrive(self, letter: Letter) -> None:
        self._ready.append(letter)
        if not self._polls:
            self._polls = True
            self.timeline.later(self.chance.between(0, self.source.window), self._poll)

    def _poll(self) -> None:
        """Take what has arrived, if there is somebody to work on it."""
        if self._is_closed():
            return
        if not self._free:
            self.timeline.later(self.chance.between(0.5, 3), self._poll)
            return
        self._polls = False
        batch: list[Letter] = []
        for letter in self._ready[: self.source.batch]:
            if letter not in batch and self._is_taken(letter):
                batch.append(letter)
        self._ready = self._ready[self.source.batch :]
        if self._ready:
            self._polls = True
            self.timeline.later(0, self._poll)
        if batch:
            self._start(batch)

    def _is_closed(self) -> bool:
        """An alarm that nobody hears, a limit of the account: the queue fills up."""
        if self.chance.strikes("F28 nobody works for days", self.source.function):
            closed = self.chance.between(*CLOSED_FOR)
            self.timeline.note(self.name, "is closed for", int(closed))
            self._is_shut = True
            self.timeline.later(closed, self.reopen)
        return self._is_shut

    def reopen(self) -> None:
        if self._is_shut:
            self._is_shut = False
            self._poll()

    def _is_taken(self, letter: Letter) -> bool:
        """A copy comes even where the message is over; a message comes back till then."""
        function = self.source.function
        if letter.receives >= self.source.receives_max:
            self._move_away(letter)
            return False
        letter.receives += 1
        if letter.first_received_at is None:
            letter.first_received_at = self.timeline.seconds
        for fault, within in AGAIN.items():
            if self.chance.strikes(fault, function):
                self.timeline.later(self.chance.between(*within), partial(self._arrive, letter))
        if not letter.is_over:
            self.timeline.later(self.source.visibility, partial(self._come_back, letter))
        return not self.chance.strikes(
            "F34 a message is received, and no run begins", self.source.function
        )

    def _come_back(self, letter: Letter) -> None:
        if not letter.is_over:
            self._arrive(letter)

    def _move_away(self, letter: Letter) -> None:
        if not letter.is_over:
            letter.is_over = True
            self.dead.append(letter)
            at = self.timeline.seconds
            buried = Buried(at, self.name, letter.number, letter.body, None, None)
            self.witness.buried.append(buried)

    def _start(self, batch: list[Letter]) -> None:
        worker = self._free.pop(0)
        for letter in batch:
            if letter.runs:
                self.chance.saw("F31 two runs have the same message", self.source.function)
            letter.runs += 1
        numbers = ",".join(f"{letter.number}.{letter.receives}" for letter in batch)
        skew = self.skews[worker]
        event = {"Records": [self._record(letter, skew) for letter in batch]}
        self.lambdas.start(
            self.source.function,
            event,
            name=f"{self.name}-{worker}:{numbers}",
            skew=skew,
            then=partial(self._ended, worker, batch),
        )

    def _ended(self, worker: int, batch: list[Letter], answer: Any) -> None:
        """Where the run did not come to its end, all come back."""
        self._free.append(worker)
        for letter in batch:
            letter.runs -= 1
        self._note_poison(batch)
        if answer is NOT_ENDED:
            return
        again = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for letter in batch:
            if str(letter.number) not in again and not letter.is_over:
                letter.is_over = True
                self.witness.done.add((self.name, letter.number))

    def _note_poison(self, batch: list[Letter]) -> None:
        if len(batch) > 1 and len(self.witness.buried) > self._buried:
            self.chance.saw("F30 poison lies in a good batch", self.source.function)
        self._buried = len(self.witness.buried)

    def _record(self, letter: Letter, skew: float) -> dict[str, Any]:
        assert letter.first_received_at is not None
        received = self.witness.began_at + letter.first_received_at + skew
        return {
            "messageId": str(letter.number),
            "body": letter.body,
            "eventSource": "aws:sqs",
            "attributes": {
                "ApproximateReceiveCount": str(letter.receives),
                "ApproximateFirstReceiveTimestamp": str(int(received * 1000)),
            },
        }
