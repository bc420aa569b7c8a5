"""What must hold after each committed transaction, by what it wrote and no more than that."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from tests.simulation.checker.arrows import kind_of, step
from tests.simulation.checker.causes import record_of
from tests.simulation.checker.entries import name_of
from tests.simulation.checker.lots import Fold
from tests.simulation.checker.reading import NOTHING, Record, plain
from tests.simulation.witness import Item, Place, Write


class Watch:
    """It folds entries as they come, and compares each account that was written with them."""

    def __init__(self, items: Mapping[Place, Item]) -> None:
        self._folds: dict[str, Fold] = {}
        self._snapshots: dict[str, Record] = {}
        self._cards: defaultdict[str, dict[int, Record]] = defaultdict(dict)
        for place in sorted(items):
            if place[0].startswith(("ACCOUNT#", "LOTS#")):
                self._take(place, plain(items[place]))

    def look(self, writes: Sequence[Write]) -> list[str]:
        found = [text for write in writes for text in step(write)]
        places = {write.place for write in writes}
        accounts: dict[str, None] = {}
        for write in sorted(writes, key=lambda one: one.place):
            pk = write.place[0]
            if write.new and pk.startswith(("ACCOUNT#", "LOTS#")):
                accounts[pk.partition("#")[2]] = None
                record = plain(write.new)
                found += self._take(write.place, record)
                if kind_of(write) == "ENTRY" and record_of(record) not in places:
                    found.append(f"I03: {name_of(record)} came without {record_of(record)}")
        for account in accounts:
            found += self._compared(account)
        return found

    def _take(self, place: Place, record: Record) -> list[str]:
        kind, _, account = place[0].partition("#")
        if kind == "LOTS":
            self._cards[account][record["lot"][0]] = record
        elif place[1] == "SNAPSHOT":
            self._snapshots[account] = record
        elif place[1].startswith("ENTRY#"):
            return list(self._fold(account).add(record))
        return []

    def _fold(self, account: str) -> Fold:
        if account not in self._folds:
            self._folds[account] = Fold(account)
        return self._folds[account]

    def _compared(self, account: str) -> list[str]:
        snapshot = self._snapshots.get(account, NOTHING)
        return list(self._fold(account).against(snapshot, self._cards[account]))
