"""What a condition is made of, and whether it holds of an item."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from makegood.ledger.attributes import Attribute, Item
from tests.dynamodb.comparing import COMPARISONS, ORDERED, begins_with, contains, rank, size
from tests.dynamodb.grammar import PathOperand, Scope, ValueOperand
from tests.dynamodb.refusals import invalid

TYPES = frozenset({"S", "SS", "N", "NS", "B", "BS", "BOOL", "NULL", "L", "M"})


@dataclass(frozen=True, slots=True)
class Size:
    path: PathOperand

    def of(self, item: Item, scope: Scope) -> Attribute | None:
        return size(self.path.of(item, scope))


Operand = PathOperand | ValueOperand | Size


class Node(Protocol):
    """A part of a condition. `check` refuses values that it can never be asked with."""

    def holds(self, item: Item, scope: Scope) -> bool: ...

    def check(self, scope: Scope) -> None: ...


@dataclass(frozen=True, slots=True)
class Comparison:
    left: Operand
    operator: str
    right: Operand

    def holds(self, item: Item, scope: Scope) -> bool:
        return COMPARISONS[self.operator](self.left.of(item, scope), self.right.of(item, scope))

    def check(self, scope: Scope) -> None:
        _refuse_same(self.operator, self.left, self.right, scope=scope)
        if self.operator not in ("=", "<>"):
            _refuse_types(self.operator, (self.left, self.right), ORDERED, scope=scope)


@dataclass(frozen=True, slots=True)
class Between:
    operand: Operand
    low: Operand
    high: Operand

    def holds(self, item: Item, scope: Scope) -> bool:
        found = self.operand.of(item, scope)
        at_least, at_most = COMPARISONS[">="], COMPARISONS["<="]
        return at_least(found, self.low.of(item, scope)) and at_most(
            found, self.high.of(item, scope)
        )

    def check(self, scope: Scope) -> None:
        operands = (self.operand, self.low, self.high)
        _refuse_types("BETWEEN", operands, ORDERED, scope=scope)
        if not isinstance(self.low, ValueOperand) or not isinstance(self.high, ValueOperand):
            return
        ((low_kind, low),) = scope.values[self.low.placeholder].items()
        ((high_kind, high),) = scope.values[self.high.placeholder].items()
        if low_kind != high_kind:
            raise invalid("The BETWEEN operator requires same data type for lower and upper bounds")
        if rank(low_kind, low) > rank(high_kind, high):
            raise invalid("The BETWEEN operator requires upper bound to be at least lower bound")


@dataclass(frozen=True, slots=True)
class In:
    operand: Operand
    members: tuple[Operand, ...]

    def holds(self, item: Item, scope: Scope) -> bool:
        found = self.operand.of(item, scope)
        return any(COMPARISONS["="](found, member.of(item, scope)) for member in self.members)

    def check(self, scope: Scope) -> None:
        for member in self.members:
            _refuse_same("IN", self.operand, member, scope=scope)


@dataclass(frozen=True, slots=True)
class Exists:
    path: PathOperand
    wanted: bool

    def holds(self, item: Item, scope: Scope) -> bool:
        return (self.path.of(item, scope) is not None) is self.wanted

    def check(self, scope: Scope) -> None:
        """Any path will do."""


@dataclass(frozen=True, slots=True)
class HasType:
    path: PathOperand
    kind: Operand

    def holds(self, item: Item, scope: Scope) -> bool:
        found, kind = self.path.of(item, scope), self.kind.of(item, scope)
        return found is not None and kind is not None and kind.get("S") in found

    def check(self, scope: Scope) -> None:
        kind = self.kind.of({}, scope)
        if kind is None or kind.get("S") not in TYPES:
            raise invalid("Invalid attribute type name found; it must be a value's placeholder")


@dataclass(frozen=True, slots=True)
class Text:
    """`begins_with` and `contains`."""

    name: str
    whole: Operand
    part: Operand

    def holds(self, item: Item, scope: Scope) -> bool:
        function = begins_with if self.name == "begins_with" else contains
        return function(self.whole.of(item, scope), self.part.of(item, scope))

    def check(self, scope: Scope) -> None:
        _refuse_same(self.name, self.whole, self.part, scope=scope)
        if self.name == "begins_with":
            _refuse_types(self.name, (self.whole, self.part), frozenset("SB"), scope=scope)


@dataclass(frozen=True, slots=True)
class Not:
    part: Node

    def holds(self, item: Item, scope: Scope) -> bool:
        return not self.part.holds(item, scope)

    def check(self, scope: Scope) -> None:
        self.part.check(scope)


@dataclass(frozen=True, slots=True)
class Together:
    """Parts joined by OR, or by AND where `is_all`."""

    parts: tuple[Node, ...]
    is_all: bool

    def holds(self, item: Item, scope: Scope) -> bool:
        for part in self.parts:
            if part.holds(item, scope) is not self.is_all:
                return not self.is_all
        return self.is_all

    def check(self, scope: Scope) -> None:
        for part in self.parts:
            part.check(scope)


@dataclass(frozen=True, slots=True)
class Condition:
    """A whole expression, the placeholders that it uses, and the names its paths begin with."""

    root: Node
    used: frozenset[str]
    roots: frozenset[str]


def _refuse_same(operator: str, one: Operand, other: Operand, *, scope: Scope) -> None:
    if isinstance(one, PathOperand) and isinstance(other, PathOperand):
        if one.path(scope) == other.path(scope):
            raise invalid(f"The first operand must be distinct from the others; {operator}")
    elif one == other:
        raise invalid(f"The first operand must be distinct from the others; {operator}")


def _refuse_types(
    operator: str, operands: Sequence[Operand], allowed: frozenset[str], *, scope: Scope
) -> None:
    for operand in operands:
        if isinstance(operand, ValueOperand) and not allowed.intersection(
            scope.values[operand.placeholder]
        ):
            raise invalid(f"Incorrect operand type for operator or function; {operator}")
