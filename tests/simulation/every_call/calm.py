"""A world in which nothing goes wrong by chance, and whatever may last long or short lasts half."""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import TypeVar

from tests.simulation.chance import Chance

T = TypeVar("T")


class Calm(Chance):
    """Nothing is drawn: two stories differ by what was done to one of them, and by that alone."""

    def __init__(self) -> None:
        super().__init__(Random(0), Counter())  # noqa: S311 - nothing is drawn
        self.is_calm = True

    def happens(self, probability: float) -> bool:
        return False

    def choice(self, choices: Sequence[T]) -> T:
        return choices[0]

    def some(self, choices: Sequence[T], count: int) -> list[T]:
        return list(choices[:count])

    def between(self, least: float, most: float) -> float:
        return (least + most) / 2
