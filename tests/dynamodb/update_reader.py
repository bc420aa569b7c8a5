"""Update expressions, read once and then applied to many items."""

from collections.abc import Callable
from functools import lru_cache

from tests.dynamodb.grammar import Reader
from tests.dynamodb.updates import (
    Add,
    Delete,
    IfNotExists,
    ListAppend,
    Operand,
    Remove,
    Set,
    Step,
    Sum,
    Update,
)


@lru_cache(maxsize=4096)
def update(text: str) -> Update:
    """Read an expression. Raises Refused where it is none."""
    reader = Reader(text, "UpdateExpression")
    steps: list[Step] = []
    seen: set[str] = set()
    while reader.next():
        clause = reader.take(*_CLAUSES).upper()
        if clause in seen:
            raise reader.wrong(f'The "{clause}" section can only be used once')
        seen.add(clause)
        steps.append(_CLAUSES[clause](reader))
        while reader.took(","):
            steps.append(_CLAUSES[clause](reader))
    return Update(tuple(steps), frozenset(reader.used))


def _set(reader: Reader) -> Set:
    target = reader.path()
    reader.take("=")
    return Set(target, _value(reader))


def _value(reader: Reader) -> Operand:
    left = _operand(reader)
    if reader.next() not in ("+", "-"):
        return left
    minus = reader.take() == "-"
    return Sum(left, _operand(reader), minus=minus)


def _operand(reader: Reader) -> Operand:
    if reader.took("("):
        inside = _value(reader)
        reader.take(")")
        return inside
    if reader.next(1) != "(":
        return reader.path_or_value()
    name = reader.take()
    reader.take("(")
    function = _called(reader, name)
    reader.take(")")
    return function


def _called(reader: Reader, name: str) -> Operand:
    match name:
        case "if_not_exists":
            path = reader.path()
            reader.take(",")
            return IfNotExists(path, _operand(reader))
        case "list_append":
            first = _operand(reader)
            reader.take(",")
            return ListAppend(first, _operand(reader))
    raise reader.wrong(f"Invalid function name; function: {name}")


_CLAUSES: dict[str, Callable[[Reader], Step]] = {
    "SET": _set,
    "REMOVE": lambda reader: Remove(reader.path()),
    "ADD": lambda reader: Add(reader.path(), reader.value()),
    "DELETE": lambda reader: Delete(reader.path(), reader.value()),
}
