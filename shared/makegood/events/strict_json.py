"""Bytes to a JSON value, or a clear refusal. Standard library only: the webhook reads with it.

Python's own reader is generous: it takes UTF-16, the last of two equal keys, NaN, 1e999, lone
surrogates and nesting until the stack ends. Each of these means one thing here and another
thing, or nothing, somewhere else, so none is accepted.
"""

import json
import math
import re
from typing import NoReturn, TypeAlias

from makegood.errors import BodyTooLargeError, MalformedJsonError

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"

# Paddle nests seven deep, the studio's messages two; custom data may add some.
DEPTH_MAX = 64
# As many digits as DynamoDB keeps. Amounts have their own, lower bounds.
NUMBER_LENGTH_MAX = 40

_UTF8_BOM = b"\xef\xbb\xbf"
# A string is swallowed whole, even one that never ends, so that the scan stays linear.
_STRING_OR_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(body: bytes, *, bytes_max: int) -> JsonValue:
    """Raise MalformedJsonError unless the body is one strict JSON value in UTF-8."""
    text = _decode(body, bytes_max)
    _check_depth(text)
    try:
        value: JsonValue = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        # Not chained: the original carries the whole document along.
        raise MalformedJsonError(f"not valid JSON at character {error.pos}") from None
    if _SURROGATE_ESCAPE.search(text):
        _check_surrogates(value)
    return value


def parse_json_object(body: bytes, *, bytes_max: int) -> dict[str, JsonValue]:
    """Like parse_json, and the value at the top must be an object."""
    value = parse_json(body, bytes_max=bytes_max)
    if not isinstance(value, dict):
        raise MalformedJsonError("not a JSON object")
    return value


def _decode(body: bytes, bytes_max: int) -> str:
    if len(body) > bytes_max:
        raise BodyTooLargeError(f"more than {bytes_max} bytes")
    if not body.strip():
        raise MalformedJsonError("empty body")
    if body.startswith(_UTF8_BOM):
        raise MalformedJsonError("byte order mark before the JSON")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJsonError(f"not UTF-8 at byte {error.start}") from None


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= DEPTH_MAX:
        return
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        first = text[found.start()]
        depth += (first in "[{") - (first in "]}")
        if depth > DEPTH_MAX:
            raise MalformedJsonError(f"nested more than {DEPTH_MAX} deep")


def _check_surrogates(value: JsonValue) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedJsonError("half of a surrogate pair in a string") from None


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJsonError("the same key twice in one object")
    return members


def _integer(digits: str) -> int:
    if len(digits) > NUMBER_LENGTH_MAX:
        raise MalformedJsonError(f"a number of more than {NUMBER_LENGTH_MAX} characters")
    return int(digits)


def _fraction(digits: str) -> float:
    if len(digits) > NUMBER_LENGTH_MAX:
        raise MalformedJsonError(f"a number of more than {NUMBER_LENGTH_MAX} characters")
    number = float(digits)
    if not math.isfinite(number):
        raise MalformedJsonError("a number too large to be one")
    return number


def _constant(_name: str) -> NoReturn:
    raise MalformedJsonError("NaN or Infinity, which JSON does not have")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_constant,
)
