"""How attribute values compare. Those of different types are never equal, nor in any order."""

from collections.abc import Callable
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

from makegood.ledger.attributes import Attribute
from tests.dynamodb.values import raw

ORDERED = frozenset({"S", "N", "B"})
_SETS = frozenset({"SS", "NS", "BS"})

Compares = Callable[[Attribute | None, Attribute | None], bool]


def equal(one: Attribute | None, other: Attribute | None) -> bool:
    """Numbers are all written in one way here, so that equal ones look equal; sets are not."""
    if one is None or other is None:
        return one is other
    return one == other or _equal_but_for_order(one, other)


def unequal(one: Attribute | None, other: Attribute | None) -> bool:
    return not equal(one, other)


def _equal_but_for_order(one: Attribute, other: Attribute) -> bool:
    ((kind, value),) = one.items()
    ((other_kind, other_value),) = other.items()
    if kind != other_kind:
        return False
    if kind in _SETS:
        return set(value) == set(other_value)
    if kind == "L":
        return len(value) == len(other_value) and all(map(equal, value, other_value))
    if kind == "M":
        return value.keys() == other_value.keys() and all(
            equal(member, other_value[name]) for name, member in value.items()
        )
    return False


def _ordered(holds: Callable[[Any, Any], bool]) -> Compares:
    def compare(one: Attribute | None, other: Attribute | None) -> bool:
        if one is None or other is None:
            return False
        ((kind, value),) = one.items()
        ((other_kind, other_value),) = other.items()
        if kind != other_kind or kind not in ORDERED:
            return False
        return holds(rank(kind, value), rank(kind, other_value))

    return compare


def rank(kind: str, value: str) -> Any:
    """Text is ordered by its UTF-8 bytes, which is how Python orders it too."""
    if kind == "N":
        return Decimal(value)
    return raw(value) if kind == "B" else value


COMPARISONS: dict[str, Compares] = {
    "=": equal,
    "<>": unequal,
    "<": _ordered(lt),
    "<=": _ordered(le),
    ">": _ordered(gt),
    ">=": _ordered(ge),
}


def begins_with(whole: Attribute | None, start: Attribute | None) -> bool:
    if whole is None or start is None:
        return False
    if "S" in whole and "S" in start:
        return str(whole["S"]).startswith(start["S"])
    return "B" in whole and "B" in start and raw(whole["B"]).startswith(raw(start["B"]))


def contains(whole: Attribute | None, part: Attribute | None) -> bool:
    if whole is None or part is None:
        return False
    ((kind, value),) = whole.items()
    ((part_kind, part_value),) = part.items()
    if kind == "L":
        return any(equal(member, part) for member in value)
    if kind == "B" and part_kind == "B":
        return raw(part_value) in raw(value)
    return part_kind in ORDERED and kind in (part_kind, part_kind + "S") and part_value in value


def size(attribute: Attribute | None) -> Attribute | None:
    """Nothing for what has no size. Of text, its UTF-16 units count."""
    if attribute is None:
        return None
    ((kind, value),) = attribute.items()
    if kind == "S":
        return {"N": str(len(value.encode("utf-16-le")) // 2)}
    if kind == "B":
        return {"N": str(len(raw(value)))}
    return {"N": str(len(value))} if kind in _SETS or kind in ("L", "M") else None
