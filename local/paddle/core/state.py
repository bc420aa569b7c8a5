"""What Paddle remembers. A record is never changed in place: a new one takes its id."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local.paddle.core.errors import not_found
from local.paddle.core.ids import Ids

Record = dict[str, Any]
Change = tuple[str, Record]

WAITING = ("not_attempted", "needs_retry")
GONE = "gone"

# Kinds of which something is asked that only a few records are: those with work left to do.
_OPEN: Mapping[str, Callable[[Record], bool]] = {
    "notifications": lambda record: record["status"] in WAITING,
    "reviews": lambda record: not record["done"],
}


class State:
    """Kept by kind ("customers", "events", …) and id, in the order in which the ids first came."""

    def __init__(self, seed: str = "0") -> None:
        self.ids = Ids(seed)
        self.changes: list[Change] = []
        """What was put since `drain`, for whoever keeps it in a file."""
        self._kinds: dict[str, dict[str, Record]] = {}
        self._open: dict[str, dict[str, Record]] = {kind: {} for kind in _OPEN}
        self._adjustments: dict[str, dict[str, None]] = {}

    def put(self, kind: str, record: Record) -> None:
        self.changes.append((kind, record))
        self._keep(kind, record)

    def remove(self, kind: str, record_id: str) -> None:
        self.put(kind, {"id": record_id, GONE: True})

    def find(self, kind: str, record_id: str) -> Record | None:
        return self._kinds.get(kind, {}).get(record_id)

    def known(self, kind: str, record_id: str) -> Record:
        """Raises RefusedError `not_found`."""
        record = self.find(kind, record_id)
        if record is None:
            raise not_found(record_id)
        return record

    def all(self, kind: str) -> list[Record]:
        return list(self._kinds.get(kind, {}).values())

    def open(self, kind: str) -> list[Record]:
        """Of the notifications those to be sent, of the reviews those to be decided."""
        return list(self._open[kind].values())

    def adjustments_of(self, transaction_id: str) -> list[Record]:
        """In the order of their making."""
        kept = self._kinds.get("adjustments", {})
        return [kept[one] for one in self._adjustments.get(transaction_id, ())]

    def load(self, changes: Iterable[Change]) -> None:
        """What an earlier state was; the last word on an id counts."""
        for kind, record in changes:
            self._keep(kind, record)

    def drain(self) -> list[Change]:
        changes, self.changes = self.changes, []
        return changes

    def whole(self) -> list[Change]:
        """Everything, as `load` takes it."""
        return [(kind, record) for kind, held in self._kinds.items() for record in held.values()]

    def copy(self) -> "State":
        """Goes on alone from here, with the same ids to come."""
        other = State()
        other.ids = self.ids.copy()
        other.load(self.whole())
        return other

    def _keep(self, kind: str, record: Record) -> None:
        record_id = record["id"]
        held = self._kinds.setdefault(kind, {})
        if record.get(GONE):
            held.pop(record_id, None)
            self._open.get(kind, {}).pop(record_id, None)
            return
        held[record_id] = record
        if kind == "adjustments":
            self._adjustments.setdefault(record["transaction_id"], {})[record_id] = None
        if kind in _OPEN:
            if _OPEN[kind](record):
                self._open[kind][record_id] = record
            else:
                self._open[kind].pop(record_id, None)
