"""What happens in one story, by its seed."""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import TypeVar

from tests.simulation.faults import FAULTS, OFTENER, SEEN, SHARES

T = TypeVar("T")

Fired = Counter[tuple[str, str]]
"""How often each fault has met each function."""


class Chance:
    """Which of the faults are in the story, and when they happen."""

    def __init__(
        self, random: Random, fired: Fired, *, without: frozenset[str] = frozenset()
    ) -> None:
        """What is in `without` does not happen; all else goes on as if it had been about to."""
        self._random = random
        self._without = without
        self.fired = fired
        self.is_calm = False
        self.happened: set[str] = set()
        """Names of what has happened so far, faults and people's acts."""
        shares = {place: random.choice(choices) for place, choices in SHARES.items()}
        self._rates = {
            name: fault.rate * random.choice((0.5, 1, 2))
            for name, fault in FAULTS.items()
            if random.random() < shares[fault.place]
        }

    def strikes(self, fault: str, function: str) -> bool:
        """Whether it happens now, to this function."""
        rate = self._rates.get(fault)
        if rate is None or self.is_calm:
            return False
        rate *= OFTENER[fault].get(function, 1)
        if self._random.random() >= rate or fault in self._without:
            return False
        self._note(fault, function)
        return True

    def one_of(self, faults: Sequence[str], function: str, *, surely: bool = False) -> str | None:
        if surely and not self.is_calm:
            fault = self._random.choice(faults)
            if fault in self._without:
                return None
            self._note(fault, function)
            return fault
        return next((fault for fault in faults if self.strikes(fault, function)), None)

    def has(self, fault: str) -> bool:
        """Whether it is one of the story's, and the world is not calm yet."""
        return fault in self._rates and fault not in self._without and not self.is_calm

    def is_left_out(self, name: str) -> bool:
        return name in self._without

    def goes_on(self, fault: str, function: str) -> None:
        """It began for another function, and meets this one now."""
        self._note(fault, function)

    def saw(self, name: str, function: str) -> None:
        assert name in SEEN, name
        self._note(name, function)

    def happens(self, probability: float) -> bool:
        """Something that is no fault."""
        return self._random.random() < probability

    def choice(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def some(self, choices: Sequence[T], count: int) -> list[T]:
        return self._random.sample(choices, count)

    def between(self, least: float, most: float) -> float:
        return self._random.uniform(least, most)

    def _note(self, name: str, function: str) -> None:
        self.fired[name, function] += 1
        self.happened.add(name)
