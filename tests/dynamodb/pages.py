"""One page of a Query or a Scan, and the key after which the next one starts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from makegood.ledger.attributes import Item
from tests.dynamodb.conditions import Condition
from tests.dynamodb.grammar import Scope
from tests.dynamodb.keys import TABLE, Keys, Position
from tests.dynamodb.quirks import Quirk
from tests.dynamodb.refusals import invalid
from tests.dynamodb.store import Store
from tests.dynamodb.values import measured

PAGE_BYTES = 1024 * 1024
"""Of what is read, before any filter."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a Query and a Scan have in common."""

    keys: Keys
    chosen: Condition | None
    scope: Scope
    limit: int | None
    start: Position | None
    is_forward: bool
    is_count: bool


def start_of(request: Mapping[str, Any], keys: Keys) -> Position | None:
    key = request.get("ExclusiveStartKey")
    if key is None:
        return None
    if key.keys() != keys.cursor or not all(value.get("S") for value in key.values()):
        raise invalid("The provided starting key is invalid")
    return keys.position(key)


def answer(
    store: Store, reading: Reading, items: Iterable[Item], quirk: Quirk | None
) -> dict[str, Any]:
    keys = reading.keys
    placed = [(keys.position(item), item) for item in items]
    if reading.start is not None:
        start, forward = reading.start, reading.is_forward
        placed = [one for one in placed if one[0] != start and (one[0] > start) is forward]
    placed.sort(key=lambda one: one[0], reverse=not reading.is_forward)
    ordered = [item for _, item in placed]
    page, last = _page(store, reading, ordered)
    if quirk is Quirk.SHORT_PAGE and len(page) > 1:
        page = page[: len(page) // 2]
        last = _key(page[-1], keys)
    elif quirk is Quirk.EMPTY_PAGE and page:
        page, last = [], _before(store, reading, ordered[0])
    return _told(reading, page, last)


def _page(store: Store, reading: Reading, ordered: list[Item]) -> tuple[list[Item], Item | None]:
    """Where the page is full, its last key is told, even if nothing comes after it."""
    keys, read = reading.keys, 0
    for number, item in enumerate(ordered):
        read += _bytes(store, keys, item)
        if read > PAGE_BYTES and number:
            return ordered[:number], _key(ordered[number - 1], keys)
        if number + 1 == reading.limit or read >= PAGE_BYTES:
            return ordered[: number + 1], _key(item, keys)
    return ordered, None


def _bytes(store: Store, keys: Keys, item: Item) -> int:
    if keys.shown is not None:
        return measured(keys.view(item))[1]
    return store.size((item[TABLE.hash]["S"], item[TABLE.range]["S"]), item)


def _told(reading: Reading, page: list[Item], last: Item | None) -> dict[str, Any]:
    keys, chosen = reading.keys, reading.chosen
    found = [keys.view(item) for item in page]
    if chosen is not None:
        found = [item for item in found if chosen.root.holds(item, reading.scope)]
    told: dict[str, Any] = {"Count": len(found), "ScannedCount": len(page)}
    if not reading.is_count:
        told["Items"] = found
    if last is not None:
        told["LastEvaluatedKey"] = last
    return told


def _key(item: Item, keys: Keys) -> Item:
    return {name: item[name] for name in keys.cursor}


def _before(store: Store, reading: Reading, item: Item) -> Item:
    """The key after which this item is the next."""
    keys = reading.keys
    key = _key(item, keys)
    if reading.start is not None:
        position = reading.start
    else:
        # By the index's own order: whoever goes on by that alone must not pass over the item.
        text = item[keys.range]["S"]
        neighbour = _just_below(text) if reading.is_forward else text + "\0"
        key[keys.range] = {"S": neighbour}
        store.odd_starts.add(keys.position(key))
        return key
    names = (keys.range, TABLE.hash, TABLE.range)
    return key | {name: {"S": text} for name, text in zip(names, position, strict=True)}


def _just_below(text: str) -> str:
    """Nothing that is above this is below the text, of what tests call their keys."""
    last = ord(text[-1])
    return text[:-1] + chr(last - 1) + "~" if last else text[:-1]
