"""A lot: the credits that came in together, by one line of a purchase or as one bonus."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Lot:
    """Credits that came in together, and what became of them so far.

    `number` is the seq of the entry that brought them in, so a lower number is an older lot.
    `withdrawn` counts what money that went back has claimed, at most `granted`. It is counted
    in full even where the credits were spent before: then `left` is negative, the lot is
    *short*, and its shortage is borne by the other lots or is the account's debt.

    Only these facts are stored. Which credits can be spent follows from them (`unused`), so the
    order in which a charge, a refund and a chargeback arrived leaves no trace.
    """

    number: int
    granted: int
    used: int = 0
    held: int = 0
    withdrawn: int = 0

    @property
    def left(self) -> int:
        return self.granted - self.used - self.held - self.withdrawn


@dataclass(frozen=True, slots=True)
class LotChange:
    """What one entry did to one lot: signed amounts, added to the lot's own."""

    number: int
    granted: int = 0
    used: int = 0
    held: int = 0
    withdrawn: int = 0

    @property
    def left(self) -> int:
        return self.granted - self.used - self.held - self.withdrawn

    def applied_to(self, lot: Lot) -> Lot:
        return Lot(
            self.number,
            lot.granted + self.granted,
            lot.used + self.used,
            lot.held + self.held,
            lot.withdrawn + self.withdrawn,
        )


def unused(lots: Iterable[Lot]) -> Iterator[tuple[Lot, int]]:
    """Each lot, oldest first, with those of its credits that can be spent.

    What short lots lack is taken from the oldest credits that are left: a customer who owes
    credits pays with the next ones, whether they came before or after the debt.
    """
    ordered = sorted(lots)
    missing = sum(-lot.left for lot in ordered if lot.left < 0)
    for lot in ordered:
        left = max(lot.left, 0)
        pays = min(left, missing)
        missing -= pays
        yield lot, left - pays


def shortage(lots: Iterable[Lot]) -> int:
    """What short lots lack in all, before other lots pay for them."""
    return sum(-lot.left for lot in lots if lot.left < 0)
