"""The table's items, what its indexes show of them, and its stream."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from makegood.ledger.attributes import Item
from tests.dynamodb.keys import Place
from tests.dynamodb.streams import stream_record
from tests.dynamodb.values import measured

Write = tuple[Place, Item | None, int]
"""Where, the new item or None, and the bytes of it."""


class Change(NamedTuple):
    """One item before and after a write; None where there is none."""

    place: Place
    old: Item | None
    new: Item | None


class Store:
    """Items are never changed in place. `index_lag` is in seconds; see `shown_by_indexes`."""

    def __init__(
        self,
        *,
        index_lag: float = 0.0,
        on_commit: Callable[[list[Change]], None] | None = None,
    ) -> None:
        self.index_lag = index_lag
        self.on_commit = on_commit
        self.stream: list[dict[str, Any]] = []
        self.odd_starts: set[tuple[str, ...]] = set()
        """Where empty pages said that the next ones start, with no item there."""
        self.tokens: dict[str, tuple[Any, float]] = {}
        """What each ClientRequestToken was sent with, and when that was completed."""
        self._records = 0
        self._items: dict[Place, Item] = {}
        self._sizes: dict[Place, tuple[Item, int]] = {}
        self._undo: deque[tuple[float, Place, Item | None]] = deque()

    @property
    def items(self) -> dict[Place, Item]:
        return self._items

    @items.setter
    def items(self, items: dict[Place, Item]) -> None:
        """As after a restore: the indexes show the same at once."""
        self._items = items
        self._undo.clear()

    def size(self, place: Place, item: Item) -> int:
        known = self._sizes.get(place)
        if known is None or known[0] is not item:
            known = self._sizes[place] = item, measured(item)[1]
        return known[1]

    def commit(self, writes: Sequence[Write], now: float) -> None:
        """All at one moment. To delete what is not there is no change."""
        items = self._items
        done: list[Change] = []
        for place, new, size in writes:
            old = items.get(place)
            if old is None and new is None:
                continue
            done.append(Change(place, old, new))
            old_size = 0 if old is None else self.size(place, old)
            if new is None:
                items.pop(place, None)
            else:
                items[place] = new
                self._sizes[place] = new, size
            if old != new:
                self._records += 1
                sizes = old_size + size
                self.stream.append(stream_record(self._records, done[-1], sizes, now))
        if self.index_lag:
            self._remember(done, now)
        if self.on_commit is not None and done:
            self.on_commit(done)

    def shown_by_indexes(self, now: float) -> dict[Place, Item]:
        """The table as it was `index_lag` seconds ago."""
        since = now - self.index_lag
        before: dict[Place, Item | None] = {}
        for at, place, old in self._undo:
            if at > since:
                before.setdefault(place, old)
        if not before:
            return self._items
        shown = {**self._items, **before}
        return {place: item for place, item in shown.items() if item is not None}

    def _remember(self, changes: Sequence[Change], now: float) -> None:
        while self._undo and self._undo[0][0] <= now - self.index_lag:
            self._undo.popleft()
        self._undo.extend((now, change.place, change.old) for change in changes)
