"""Attribute values: which ones DynamoDB takes, how it writes numbers, and how large they are."""

import base64
import binascii
import re
from collections.abc import Callable, Collection, Mapping
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any

from makegood.ledger.attributes import Attribute, Item
from tests.dynamodb.refusals import invalid

DIGITS_MAX = 38
LARGEST_EXPONENT = 125
SMALLEST_EXPONENT = -130
LEVELS_MAX = 32
ITEM_BYTES_MAX = 400 * 1024

EXACT = Context(prec=300)
"""Wide enough for the sum of the largest and the smallest number there are."""

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?").fullmatch


class _OddNumberError(Exception):
    """A number that is not written as DynamoDB gives it back, such as 1.0 or 007."""


def measured(item: Item) -> tuple[Item, int]:
    """The item as DynamoDB gives it back, and its bytes as AWS counts them. Refuses bad values.

    It is the same object unless a number is written in another way than DynamoDB's.
    """
    try:
        return item, _bytes(item, 1)
    except _OddNumberError:
        plain = {name: _plain(attribute) for name, attribute in item.items()}
        return plain, _bytes(plain, 1)


def number(text: object) -> str:
    """As DynamoDB gives it back: no exponent, no needless zeros. Refuses what it cannot hold."""
    if not isinstance(text, str) or not _NUMBER(text):
        raise invalid("The parameter cannot be converted to a numeric value")
    value = Decimal(text)
    if value.adjusted() > LARGEST_EXPONENT:
        raise invalid("Number overflow. Attempting to store a number too large")
    if value.adjusted() < SMALLEST_EXPONENT:
        raise invalid("Number underflow. Attempting to store a number too small")
    if not value:
        return "0"
    value = value.normalize(EXACT)
    if len(value.as_tuple().digits) > DIGITS_MAX:
        raise invalid("Attempting to store more than 38 significant digits in a Number")
    return f"{value:f}"


def raw(binary: str) -> bytes:
    try:
        return base64.b64decode(binary, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise invalid("a binary value that is not base64") from None


def _bytes(attributes: Mapping[str, Attribute], level: int) -> int:
    """Names count."""
    total = 0
    for name, attribute in attributes.items():
        total += len(name) if name.isascii() else len(name.encode())
        total += _value_bytes(attribute, level)
    return total


def _value_bytes(attribute: Attribute, level: int) -> int:
    """This takes most of the time of a write: what is frequent comes first."""
    if len(attribute) != 1:
        raise invalid("an attribute value must contain exactly one of the data types")
    ((kind, value),) = attribute.items()
    if kind == "S" and value.__class__ is str:
        return len(value) if value.isascii() else len(value.encode())
    if kind == "N" and value.__class__ is str:
        return _number_bytes(value)
    size = _SIZES.get(kind)
    if size is None:
        raise invalid(f"Supplied AttributeValue has no data type that is supported: {kind}")
    return size(value, level)


@lru_cache(maxsize=4096)
def _number_bytes(text: object) -> int:
    """One byte for two digits, one more, and one for the sign."""
    plain = number(text)
    if plain != text:
        raise _OddNumberError
    digits = plain.replace(".", "").strip("-0")
    return (len(digits) + 1) // 2 + 1 + plain.startswith("-")


def _map_bytes(value: Any, level: int) -> int:
    if not isinstance(value, dict):
        raise invalid("a map that is none")
    _refuse_depth(level, value)
    return 3 + len(value) + _bytes(value, level + 1)


def _list_bytes(value: Any, level: int) -> int:
    if not isinstance(value, list):
        raise invalid("a list that is none")
    _refuse_depth(level, value)
    total = 3 + len(value)
    for member in value:
        total += _value_bytes(member, level + 1)
    return total


def _refuse_depth(level: int, members: Collection[Any]) -> None:
    if level >= LEVELS_MAX and members:
        raise invalid("Nesting Levels have exceeded supported limits")


def _set_bytes(size: Callable[[Any], int]) -> Callable[[Any, int], int]:
    def measure(value: Any, _: int) -> int:
        if not isinstance(value, list) or not value:
            raise invalid("a set may not be empty")
        total = sum(map(size, value))
        if len(set(value)) != len(value):
            raise invalid("Input collection contains duplicates")
        return total

    return measure


def _text_bytes(value: Any) -> int:
    if not isinstance(value, str):
        raise invalid("text that is none")
    return len(value.encode())


def _flag_bytes(value: Any, _: int) -> int:
    if not isinstance(value, bool):
        raise invalid("a BOOL or NULL that is neither true nor false")
    return 1


def _null_bytes(value: Any, _: int) -> int:
    if value is not True:
        raise invalid("Null attribute value types must have the value of true")
    return 1


_SIZES: dict[str, Callable[[Any, int], int]] = {
    "S": lambda value, _: _text_bytes(value),
    "N": lambda value, _: _number_bytes(value),
    "B": lambda value, _: len(raw(value)),
    "BOOL": _flag_bytes,
    "NULL": _null_bytes,
    "M": _map_bytes,
    "L": _list_bytes,
    "SS": _set_bytes(_text_bytes),
    "NS": _set_bytes(_number_bytes),
    "BS": _set_bytes(lambda value: len(raw(value))),
}


def _plain(attribute: Attribute) -> Attribute:
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return {"N": number(value)}
        case "NS":
            return {"NS": [number(member) for member in value]}
        case "L":
            return {"L": [_plain(member) for member in value]}
        case "M":
            return {"M": {name: _plain(member) for name, member in value.items()}}
        case _:
            return attribute
