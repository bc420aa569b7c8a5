"""What a KeyConditionExpression asks for: one hash key, and perhaps some of the sort keys."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt

from makegood.ledger.attributes import Item
from tests.dynamodb.conditions import (
    Between,
    Comparison,
    Condition,
    Node,
    Operand,
    Text,
    Together,
)
from tests.dynamodb.grammar import PathOperand, Scope, ValueOperand
from tests.dynamodb.keys import TABLE, Keys, Place
from tests.dynamodb.refusals import Refused, invalid


@dataclass(frozen=True, slots=True)
class Wanted:
    """`sorts` says whether a sort key is wanted; there may be nothing asked of it."""

    keys: Keys
    hash: str
    sorts: Callable[[str], bool] | None

    def of(self, items: dict[Place, Item]) -> list[Item]:
        """Most queries want few of many items: what all are asked must not take long."""
        if self.keys is TABLE:
            found = [item for place, item in items.items() if place[0] == self.hash]
        else:
            name, hashed = self.keys.hash, {"S": self.hash}
            found = [item for item in items.values() if item.get(name) == hashed]
        return [item for item in found if self.sorts_well(item)]

    def sorts_well(self, item: Item) -> bool:
        sort = item.get(self.keys.range)
        return sort is not None and (self.sorts is None or self.sorts(sort["S"]))


def wanted_by(asked: Condition, scope: Scope, keys: Keys) -> Wanted:
    found: dict[str, _Part] = {}
    for node in _parts(asked.root):
        part = _part(node, scope)
        if part.name in found:
            raise invalid("KeyConditionExpressions must only contain one condition per key")
        found[part.name] = part
    hashed = found.pop(keys.hash, None)
    if hashed is None or hashed.operator != "=":
        raise invalid(f"Query condition missed key schema element: {keys.hash}")
    sorts = found.pop(keys.range, None)
    if found:
        raise invalid(f"Query condition missed key schema element: {keys.range}")
    return Wanted(keys, hashed.values[0], None if sorts is None else sorts.test())


@dataclass(frozen=True, slots=True)
class _Part:
    """What is asked of one key. Both are text, which makes it simpler than other conditions."""

    name: str
    operator: str
    values: tuple[str, ...]

    def test(self) -> Callable[[str], bool]:
        first, last = self.values[0], self.values[-1]
        match self.operator:
            case "BETWEEN":
                return lambda text: first <= text <= last
            case "begins_with":
                return lambda text: text.startswith(first)
            case operator:
                compare = _COMPARE[operator]
                return lambda text: compare(text, first)


_COMPARE: dict[str, Callable[[str, str], bool]] = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}


def _parts(root: Node) -> list[Node]:
    if isinstance(root, Together) and root.is_all:
        return [part for node in root.parts for part in _parts(node)]
    return [root]


def _part(node: Node, scope: Scope) -> _Part:
    match node:
        case Comparison(PathOperand() as path, operator, value) if operator in _COMPARE:
            operands: tuple[Operand, ...] = (value,)
        case Between(PathOperand() as path, low, high):
            operator, operands = "BETWEEN", (low, high)
        case Text("begins_with" as operator, PathOperand() as path, start):
            operands = (start,)
        case _:
            raise _unsupported()
    steps = path.path(scope)
    if len(steps) > 1:
        raise invalid("KeyConditionExpressions cannot have conditions on nested attributes")
    return _Part(str(steps[0]), operator, tuple(_text(one, scope) for one in operands))


def _text(operand: Operand, scope: Scope) -> str:
    if not isinstance(operand, ValueOperand):
        raise _unsupported()
    text = scope.values[operand.placeholder].get("S")
    if not isinstance(text, str):
        raise invalid("Condition parameter type does not match schema type")
    if not text:
        raise invalid("The AttributeValue for a key attribute cannot contain an empty string")
    return text


def _unsupported() -> Refused:
    return invalid("Invalid KeyConditionExpression: Query key condition not supported")
