"""Lots, folded from entries: what became of each, and which credits can be spent."""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field

Amounts = tuple[int, int, int, int]
"""Granted, used, held, withdrawn."""


def left_of(amounts: Amounts) -> int:
    granted, used, held, withdrawn = amounts
    return granted - used - held - withdrawn


def faults_of(amounts: Amounts) -> Iterator[str]:
    granted, used, held, withdrawn = amounts
    if min(used, held, withdrawn) < 0:
        yield "has a negative amount"
    if used + held > granted:
        yield "has more used and held than was granted"
    if withdrawn > granted:
        yield "has more withdrawn than was granted"


@dataclass(slots=True)
class Lots:
    """The lots of one account. Sums are kept along, so that an entry costs no walk over all."""

    by_number: dict[int, Amounts] = field(default_factory=dict)
    left: int = 0
    held: int = 0
    shortage: int = 0
    _open: list[int] = field(default_factory=list)
    """Numbers of lots that have had something left; cleared of others when they are walked."""

    def apply(self, number: int, change: Amounts) -> Amounts:
        before = self.by_number.get(number, (0, 0, 0, 0))
        after: Amounts = (
            before[0] + change[0],
            before[1] + change[1],
            before[2] + change[2],
            before[3] + change[3],
        )
        self.by_number[number] = after
        self.left += left_of(after) - left_of(before)
        self.held += change[2]
        self.shortage += min(left_of(before), 0) - min(left_of(after), 0)
        if left_of(before) <= 0 < left_of(after):
            insort(self._open, number)
        elif left_of(after) <= 0 < left_of(before):
            self._open.remove(number)
        return after

    def older_were_passed_over(self, number: int) -> bool:
        """Whether lots before this one still have credits that could have been spent."""
        left = 0
        for older in self._open:
            if older >= number or left > self.shortage:
                break
            left += left_of(self.by_number[older])
        return left > self.shortage
