"""The part of DynamoDB's expression language that the two solutions use.

Conditions: comparisons, attribute_exists, attribute_not_exists, AND, OR, NOT, parentheses.
Updates: SET of plain values and ADD of numbers. Anything else is refused, not guessed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Any

Item = dict[str, Any]
Names = Mapping[str, str]
Values = Mapping[str, Any]
Condition = Callable[[Item, Names, Values], bool]

_TOKEN = re.compile(r"\s*(<=|>=|<>|[=<>(),]|[#:A-Za-z_][A-Za-z0-9_.\-]*)")
_COMPARE = {"=": eq, "<>": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


class ExpressionError(ValueError):
    """An expression that is not understood here."""


@dataclass
class _Reader:
    tokens: list[str]

    def peek(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, wanted: str = "") -> str:
        token = self.tokens.pop(0) if self.tokens else ""
        if not token or (wanted and token.upper() != wanted):
            raise ExpressionError(f"expected {wanted or 'more'}, not {token!r}")
        return token


def _tokens(text: str) -> Iterator[str]:
    position = 0
    while position < len(text.rstrip()):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ExpressionError(text[position:])
        yield found[1]
        position = found.end()


@lru_cache(maxsize=256)
def condition(text: str) -> Condition:
    """A function that tells whether an item, {} where there is none, meets the condition."""
    reader = _Reader(list(_tokens(text)))
    result = _either(reader)
    if reader.tokens:
        raise ExpressionError(text)
    return result


def _either(reader: _Reader) -> Condition:
    parts = [_both(reader)]
    while reader.peek().upper() == "OR":
        reader.take()
        parts.append(_both(reader))
    return lambda item, names, values: any(part(item, names, values) for part in parts)


def _both(reader: _Reader) -> Condition:
    parts = [_single(reader)]
    while reader.peek().upper() == "AND":
        reader.take()
        parts.append(_single(reader))
    return lambda item, names, values: all(part(item, names, values) for part in parts)


def _single(reader: _Reader) -> Condition:
    first = reader.take()
    if first == "(":
        inner = _either(reader)
        reader.take(")")
        return inner
    if first.upper() == "NOT":
        inner = _single(reader)
        return lambda item, names, values: not inner(item, names, values)
    if first in ("attribute_exists", "attribute_not_exists"):
        return _existence(reader, wanted=first == "attribute_exists")
    compare, value = _COMPARE[reader.take()], reader.take()

    def compared(item: Item, names: Names, values: Values) -> bool:
        attribute = item.get(names.get(first, first))
        return attribute is not None and bool(
            compare(_comparable(attribute), _comparable(values[value]))
        )

    return compared


def _existence(reader: _Reader, *, wanted: bool) -> Condition:
    reader.take("(")
    name = reader.take()
    reader.take(")")
    return lambda item, names, _values: (names.get(name, name) in item) is wanted


def _comparable(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    return int(value) if kind == "N" else value


def updated(item: Item, text: str, names: Names, values: Values) -> Item:
    """The item after an update expression of SET and ADD clauses."""
    after = dict(item)
    clause = ""
    reader = _Reader(list(_tokens(text)))
    while reader.tokens:
        if reader.peek().upper() in ("SET", "ADD"):
            clause = reader.take().upper()
        name = reader.take()
        name = names.get(name, name)
        if clause == "SET":
            reader.take("=")
            after[name] = values[reader.take()]
        elif clause == "ADD":
            now = int(after.get(name, {"N": "0"})["N"])
            after[name] = {"N": str(now + int(values[reader.take()]["N"]))}
        else:
            raise ExpressionError(text)
        if reader.peek() == ",":
            reader.take()
    return after
