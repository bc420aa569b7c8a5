"""What can go wrong, or just happen, and how often it does in one story."""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

FAULTS = {
    "table: a request never arrives": 0.02,
    "table: an answer is lost": 0.02,
    "table: a write arrives late": 0.02,
    "table: throttled": 0.02,
    "table: somebody else's transaction is in the way": 0.05,
    "table: keys are left unread": 0.02,
    "run: ends before a call": 0.02,
    "run: ends after a call": 0.02,
    "run: stands still": 0.04,
    "paddle: cannot be reached": 0.08,
    "paddle: no answer, nothing done": 0.08,
    "paddle: no answer, all done": 0.08,
    "paddle: done long after the answer was given up": 0.08,
    "paddle: the connection ends, nothing done": 0.08,
    "paddle: the connection ends, all done": 0.08,
    "paddle: 5xx, nothing done": 0.08,
    "paddle: 5xx, all done": 0.08,
    "paddle: 429, nothing done": 0.08,
    "paddle: 429, all done": 0.08,
    "paddle: 409, nothing done": 0.08,
    "paddle: 409, all done": 0.08,
    "paddle: an answer that cannot be read": 0.08,
    "paddle: the key is refused": 0.08,
    "queue: a message is not taken": 0.15,
    "queue: a message is taken, and its sender does not hear of it": 0.15,
    "queue: a message is lost": 0.2,
    "queue: a message is delivered twice": 0.4,
    "queue: a message is late": 0.3,
    "webhook: lost": 0.3,
    "webhook: delivered twice": 0.3,
    "webhook: late": 0.4,
}
"""How probable each is where it is possible, in a story in which it happens at all. All of this
stops when the world calms down."""

HAPPENING = {
    "outside: a refund": 0.25,
    "outside: a refund that waits": 0.15,
    "outside: a chargeback": 0.2,
    "outside: a warning": 0.15,
    "outside: tax goes back": 0.15,
    "outside: a dispute is won": 0.6,
    "outside: jobs": 0.4,
    "people: look at what needs them": 0.6,
}
"""What others do, whatever goes wrong."""

SEEN = (
    "clock: workers differ",
    "paddle: lists lag",
    "paddle: approves at once",
    "paddle: approves later",
    "paddle: rejects",
    "paddle: never decides",
    "people: sent again",
    "people: gave up",
    "people: approved anew",
    "people: declined anew",
    "people: closed the breaker",
    "run: took longer than it may",
    "webhook: before the answer",
    "breaker: open",
    "sweep: woke a payout",
    "sweep: reconciliation ran",
)
"""What follows from the others, or is chosen once for a story."""

NAMES = (*FAULTS, *HAPPENING, *SEEN)


SHARES = {
    "table": (0, 0.2, 0.5),
    "run": (0, 0.4, 1),
    "paddle": (0, 0.2, 0.5),
    "queue": (0, 0.5, 1),
    "webhook": (0, 0.5, 1),
}
"""How much of what can go wrong in one place does so in a story: a story with all of it gets
nowhere, and one with little of it shows what each can do."""


def group_of(name: str) -> str:
    return name.partition(":")[0]


class Chance:
    """Of one story: which of the faults are in it, and when they happen."""

    def __init__(self, random: Random, fired: Counter[str]) -> None:
        self._random = random
        self.fired = fired
        self.is_calm = False
        shares = {group: random.choice(choices) for group, choices in SHARES.items()}
        self._rates = {
            name: rate * random.choice((0.5, 1, 2))
            for name, rate in FAULTS.items()
            if random.random() < shares[group_of(name)]
        }

    def strikes(self, fault: str) -> bool:
        rate = self._rates.get(fault)
        if rate is None or self.is_calm or self._random.random() >= rate:
            return False
        self.fired[fault] += 1
        return True

    def one_of(self, faults: Sequence[str], *, surely: bool = False) -> str | None:
        if surely and not self.is_calm:
            fault = self._random.choice(faults)
            self.fired[fault] += 1
            return fault
        return next((fault for fault in faults if self.strikes(fault)), None)

    def happens(self, name: str) -> bool:
        if self._random.random() >= HAPPENING[name]:
            return False
        self.fired[name] += 1
        return True

    def saw(self, name: str) -> None:
        assert name in SEEN, name
        self.fired[name] += 1

    def choice(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def between(self, least: float, most: float) -> float:
        return self._random.uniform(least, most)
