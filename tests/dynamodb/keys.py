"""The keys of the ledger's table and of its indexes, as template.yaml has them."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from makegood.ledger.attributes import Attribute, Item
from tests.dynamodb.refusals import MismatchedKey, invalid
from tests.template import table_properties

Place = tuple[str, str]
Position = tuple[str, str, str]
"""An item's sort key, and its place in the table, which decides where sort keys are equal."""

HASH_BYTES_MAX = 2048
RANGE_BYTES_MAX = 1024


@dataclass(frozen=True, slots=True)
class Keys:
    """Of a table or an index: names of the two attributes, both of which hold text.

    `shown` are the attributes that are read there, where they are not all.
    """

    hash: str
    range: str
    shown: frozenset[str] | None = None

    @property
    def cursor(self) -> frozenset[str]:
        """What a page's last key consists of, the table's own key included."""
        return frozenset({self.hash, self.range, TABLE.hash, TABLE.range})

    def holds(self, item: Item) -> bool:
        return self.hash in item and self.range in item

    def position(self, item: Item) -> Position:
        """Where it stands among those of one hash key."""
        return item[self.range]["S"], item[TABLE.hash]["S"], item[TABLE.range]["S"]

    def view(self, item: Item) -> Item:
        if self.shown is None:
            return item
        return {name: value for name, value in item.items() if name in self.shown}


def _keys(schema: list[dict[str, str]]) -> tuple[str, str]:
    (first, second) = schema
    assert (first["KeyType"], second["KeyType"]) == ("HASH", "RANGE")
    return first["AttributeName"], second["AttributeName"]


def _defined() -> tuple[Keys, dict[str, Keys]]:
    properties = table_properties("LedgerTable")
    assert {one["AttributeType"] for one in properties["AttributeDefinitions"]} == {"S"}
    table = Keys(*_keys(properties["KeySchema"]))
    indexes = {
        index["IndexName"]: _index(index, table) for index in properties["GlobalSecondaryIndexes"]
    }
    return table, indexes


def _index(index: dict[str, Any], table: Keys) -> Keys:
    names = _keys(index["KeySchema"])
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return Keys(*names)
    more = projection.get("NonKeyAttributes", [])
    return Keys(*names, shown=frozenset({*names, table.hash, table.range, *more}))


TABLE, INDEXES = _defined()
SCANNED = Keys(TABLE.hash, TABLE.hash)
"""The table as a Scan goes through it. AWS has an order of its own; here it is the keys'."""

_INDEX_LIMITS = {
    name: limit
    for keys in INDEXES.values()
    for name, limit in ((keys.hash, HASH_BYTES_MAX), (keys.range, RANGE_BYTES_MAX))
}


def place_of_item(item: Item) -> Place:
    """Where an item is put. Refuses it if it has no good key."""
    try:
        return _text(item[TABLE.hash]), _text(item[TABLE.range])
    except KeyError as missing:
        raise MismatchedKey(f"Missing the key {missing.args[0]} in the item") from None


def place_of_key(key: Any) -> Place:
    """The same for a key, which has no other attributes."""
    if not isinstance(key, dict) or key.keys() != _names():
        raise MismatchedKey
    return _text(key[TABLE.hash]), _text(key[TABLE.range])


def check_place(place: Place) -> None:
    """Keys are never empty, and short."""
    for text, limit in zip(place, (HASH_BYTES_MAX, RANGE_BYTES_MAX), strict=True):
        if not text:
            raise invalid("The AttributeValue for a key attribute cannot contain an empty string")
        if len(text) * 4 > limit and len(text.encode()) > limit:
            raise invalid("The size of a key attribute has exceeded its limit")


def check_index_keys(item: Item) -> None:
    """What an index is sorted by may be missing, and is else text that is not empty."""
    for name, limit in _INDEX_LIMITS.items():
        attribute = item.get(name)
        if attribute is None:
            continue
        text = attribute.get("S")
        if not isinstance(text, str):
            raise MismatchedKey(f"Type mismatch for Index Key {name}")
        if not text:
            raise invalid(f"A secondary index key cannot be an empty string. IndexKey: {name}")
        if len(text) * 4 > limit and len(text.encode()) > limit:
            raise invalid(f"The size of a secondary index key has exceeded its limit: {name}")


def key_of(place: Place) -> Item:
    return {TABLE.hash: {"S": place[0]}, TABLE.range: {"S": place[1]}}


@cache
def _names() -> frozenset[str]:
    return frozenset({TABLE.hash, TABLE.range})


def _text(attribute: Attribute) -> str:
    text = attribute.get("S")
    if not isinstance(text, str):
        raise MismatchedKey
    return text
