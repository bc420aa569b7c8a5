"""What DynamoDB bills, by its published rules.

A write takes one unit for each started KB of the larger of the item before and after, twice that
in a transaction; each index is written besides, once, where its entry changes. A consistent read
takes one unit for each started 4 KB. See docs/scale.md for the sources.
"""

from collections.abc import Iterable, Mapping
from typing import Any

KB = 1024


def item_size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Bytes of an item: its attributes' names in UTF-8, and their values."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(attribute: Mapping[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return number_size(value)
        case "L":
            return 3 + sum(1 + value_size(member) for member in value)
        case "M":
            return 3 + sum(
                1 + len(name.encode()) + value_size(member) for name, member in value.items()
            )
        case "BOOL" | "NULL":
            return 1
        case "B":
            return len(value) * 3 // 4
    raise ValueError(f"an attribute of type {kind}")


def number_size(text: str) -> int:
    """A byte for two significant digits, one more, and one more for a minus."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + text.startswith("-") if digits else 1


def write_units(before: int, after: int, *, transaction: bool) -> int:
    return _started(max(before, after, 1), KB) * (2 if transaction else 1)


def read_units(size: int, *, consistent: bool = True) -> float:
    return _started(max(size, 1), 4 * KB) / (1 if consistent else 2)


def index_units(
    before: Mapping[str, Any], after: Mapping[str, Any], *, index: Iterable[str], key: Iterable[str]
) -> int:
    """Units of an index of keys only: an entry that moves is taken away and written anew."""
    index, key = tuple(index), tuple(key)
    old, new = _entry(before, index, key), _entry(after, index, key)
    if old == new:
        return 0
    return sum(_started(item_size(entry), KB) for entry in (old, new) if entry)


def _entry(item: Mapping[str, Any], index: tuple[str, ...], key: tuple[str, ...]) -> dict[str, Any]:
    return {name: item[name] for name in index + key} if all(n in item for n in index) else {}


def _started(size: int, unit: int) -> int:
    return -(-size // unit)
