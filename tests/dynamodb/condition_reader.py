"""Condition, filter and key expressions, read once and then asked of many items."""

from collections.abc import Callable
from functools import lru_cache

from tests.dynamodb.comparing import COMPARISONS
from tests.dynamodb.conditions import (
    Between,
    Comparison,
    Condition,
    Exists,
    HasType,
    In,
    Node,
    Not,
    Operand,
    Size,
    Text,
    Together,
)
from tests.dynamodb.grammar import Reader

IN_MAX = 100


@lru_cache(maxsize=4096)
def condition(text: str, kind: str = "ConditionExpression") -> Condition:
    """Read an expression. Raises Refused where it is none; `kind` is the request's word for it."""
    reader = Reader(text, kind)
    root = _any(reader)
    reader.end()
    return Condition(root, frozenset(reader.used), frozenset(reader.roots))


def _any(reader: Reader) -> Node:
    return _joined(reader, "OR", lambda reader: _joined(reader, "AND", _negated))


def _joined(reader: Reader, word: str, part: Callable[[Reader], Node]) -> Node:
    parts = [part(reader)]
    while reader.took(word):
        parts.append(part(reader))
    return parts[0] if len(parts) == 1 else Together(tuple(parts), is_all=word == "AND")


def _negated(reader: Reader) -> Node:
    return Not(_negated(reader)) if reader.took("NOT") else _single(reader)


def _single(reader: Reader) -> Node:
    if reader.is_doubly_bracketed():
        raise reader.wrong("The expression has redundant parentheses")
    if reader.took("("):
        inside = _any(reader)
        reader.take(")")
        return inside
    if reader.next(1) == "(" and reader.next() != "size":
        return _function(reader)
    left = _operand(reader)
    if reader.took("BETWEEN"):
        low = _operand(reader)
        reader.take("AND")
        return Between(left, low, _operand(reader))
    if reader.took("IN"):
        return In(left, _members(reader))
    return Comparison(left, reader.take(*COMPARISONS), _operand(reader))


def _members(reader: Reader) -> tuple[Operand, ...]:
    reader.take("(")
    members = [_operand(reader)]
    while reader.took(","):
        members.append(_operand(reader))
    reader.take(")")
    if len(members) > IN_MAX:
        raise reader.wrong("too many operands of IN")
    return tuple(members)


def _function(reader: Reader) -> Node:
    name = reader.take()
    reader.take("(")
    node = _called(reader, name)
    reader.take(")")
    return node


def _called(reader: Reader, name: str) -> Node:
    match name:
        case "attribute_exists" | "attribute_not_exists":
            return Exists(reader.path(), wanted=name == "attribute_exists")
        case "attribute_type":
            path = reader.path()
            reader.take(",")
            return HasType(path, reader.value())
        case "begins_with" | "contains":
            whole = reader.path_or_value()
            reader.take(",")
            return Text(name, whole, _operand(reader))
    raise reader.wrong(f"Invalid function name; function: {name}")


def _operand(reader: Reader) -> Operand:
    if reader.next() == "size" and reader.next(1) == "(":
        reader.take()
        reader.take("(")
        path = reader.path()
        reader.take(")")
        return Size(path)
    return reader.path_or_value()
