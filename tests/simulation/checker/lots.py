"""What the entries of an account sum to: balances and lots (I01, I02, I04)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.simulation.checker.entries import FIRST_HASH, name_of, wrong_by_itself
from tests.simulation.checker.reading import NOTHING, Record

Lot = tuple[int, int, int, int]
"""Granted, used, held, withdrawn."""

_NEW = (0, 0, 0, 0)
_SPENDING = ("charge", "forfeit")


def left_of(lot: Lot) -> int:
    granted, used, held, withdrawn = lot
    return granted - used - held - withdrawn


@dataclass(slots=True)
class Fold:
    """All entries of one account so far, one after the other."""

    account: str
    seq: int = 0
    hash: str = FIRST_HASH
    available: int = 0
    held: int = 0
    debt: int = 0
    lots: dict[int, Lot] = field(default_factory=dict)

    def add(self, entry: Record) -> Iterator[str]:
        name = name_of(entry)
        if entry["seq"] != self.seq + 1:
            yield f"I04: {name} comes after {self.seq}"
        if entry["previous_hash"] != self.hash:
            yield f"I04: {name} does not follow the entry before it"
        yield from wrong_by_itself(entry)
        yield from self._wrong_order(entry)
        self._move(entry)
        if entry["after"] != [self.available, self.held, self.debt]:
            yield f"I01: {name} leaves {self._balances()} and says {entry['after']}"
        yield from self._wrong_lots(entry)

    def _move(self, entry: Record) -> None:
        """A debt is a negative amount in its book."""
        postings = entry["postings"]
        self.seq, self.hash = entry["seq"], entry["hash"]
        self.available += postings.get("available", 0)
        self.held += postings.get("held", 0)
        self.debt -= postings.get("debt", 0)
        for number, *changes in entry["lots"]:
            lot = self.lots.get(number, _NEW)
            granted, used, held, withdrawn = (
                has + change for has, change in zip(lot, changes, strict=True)
            )
            self.lots[number] = (granted, used, held, withdrawn)

    def _balances(self) -> list[int]:
        return [self.available, self.held, self.debt]

    def _wrong_lots(self, entry: Record) -> Iterator[str]:
        name = name_of(entry)
        for number, granted, *_ in entry["lots"]:
            lot = self.lots[number]
            if min(lot) < 0 or lot[1] + lot[2] > lot[0] or lot[3] > lot[0]:
                yield f"I02: after {name} lot {number} is {lot}"
            if granted and number != entry["seq"]:
                yield f"I02: {name} brings in lot {number}"
        left = sum(left_of(lot) for lot in self.lots.values())
        if left != self.available - self.debt:
            yield f"I02: after {name} {left} are left in lots, the balances are {self._balances()}"
        if sum(lot[2] for lot in self.lots.values()) != self.held:
            yield f"I02: after {name} lots do not hold the {self.held} that are held"
        if min(self._balances()) < 0 or (self.available and self.debt):
            yield f"I02: after {name} the balances are {self._balances()}"

    def _wrong_order(self, entry: Record) -> Iterator[str]:
        """Oldest credits first; those that pay for a short lot cannot be spent."""
        is_taking = entry["kind"] == "correction" and entry["postings"].get("available", 0) < 0
        if entry["kind"] not in _SPENDING and not is_taking:
            return
        wanted = sum(change[2] for change in entry["lots"])
        short = -sum(min(left_of(lot), 0) for lot in self.lots.values())
        oldest = []
        for number in sorted(self.lots):
            has = max(left_of(self.lots[number]), 0)
            pays = min(has, short)
            takes = min(has - pays, wanted)
            short, wanted = short - pays, wanted - takes
            oldest += [[number, takes]] if takes else []
        if wanted or sorted(change[:3:2] for change in entry["lots"]) != oldest:
            yield f"I02: {name_of(entry)} takes not the oldest credits"

    def against(self, snapshot: Record, cards: Mapping[int, Record]) -> Iterator[str]:
        """The snapshot, and the cards of the lots that it has not."""
        stored = [snapshot.get(name, 0) for name in ("available", "held", "debt")]
        if stored != self._balances():
            yield f"I01: {self.account} has {stored}, its entries sum to {self._balances()}"
        if (snapshot.get("seq", 0), snapshot.get("hash", FIRST_HASH)) != (self.seq, self.hash):
            yield f"I04: the snapshot of {self.account} is not at its entry {self.seq}"
        at_hand = {number: tuple(lot) for number, *lot in snapshot.get("lots", ())}
        aside = {
            number: tuple(card["lot"][1:])
            for number, card in cards.items()
            if number not in at_hand
        }
        if at_hand | aside != self.lots:
            yield f"I02: {self.account} has lots {at_hand | aside}, by its entries {self.lots}"
        yield from self._aside(aside, snapshot.get("cards_from", 0))

    def _aside(self, lots: Mapping[int, tuple[int, ...]], least: int) -> Iterator[str]:
        """Nothing is overlooked that is left on cards, and what is short is always at hand."""
        for number, (granted, used, held, withdrawn) in lots.items():
            left = granted - used - held - withdrawn
            if left < 0 or (left > 0 and (not least or number < least)):
                yield f"I02: {self.account} overlooks {left} of lot {number} on a card"


def folded(
    account: str, entries: list[Record], snapshot: Record | None, cards: Mapping[int, Record]
) -> tuple[Fold, list[str]]:
    fold = Fold(account)
    found = [text for entry in entries for text in fold.add(entry)]
    found += fold.against(snapshot or NOTHING, cards)
    return fold, found
