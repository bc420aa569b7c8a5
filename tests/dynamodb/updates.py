"""Update expressions: what they make of an item, which itself stays as it is."""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from makegood.ledger.attributes import Attribute, Item
from tests.dynamodb.grammar import PathOperand, Scope, ValueOperand
from tests.dynamodb.paths import Path, found, with_value, without
from tests.dynamodb.refusals import FailedUpdate, invalid
from tests.dynamodb.values import EXACT, number

SETS = frozenset({"SS", "NS", "BS"})
WRONG_TYPE = "An operand in the update expression has an incorrect data type"


@dataclass(frozen=True, slots=True)
class IfNotExists:
    path: PathOperand
    otherwise: "Operand"

    def of(self, item: Item, scope: Scope) -> Attribute | None:
        here = self.path.of(item, scope)
        return self.otherwise.of(item, scope) if here is None else here


@dataclass(frozen=True, slots=True)
class ListAppend:
    first: "Operand"
    second: "Operand"

    def of(self, item: Item, scope: Scope) -> Attribute | None:
        first, second = _there(self.first, item, scope), _there(self.second, item, scope)
        if "L" not in first or "L" not in second:
            raise FailedUpdate(WRONG_TYPE)
        return {"L": first["L"] + second["L"]}


@dataclass(frozen=True, slots=True)
class Sum:
    """`minus` makes it a difference."""

    left: "Operand"
    right: "Operand"
    minus: bool

    def of(self, item: Item, scope: Scope) -> Attribute | None:
        left, right = _there(self.left, item, scope), _there(self.right, item, scope)
        return added(left, right, sign=-1 if self.minus else 1)


Operand = PathOperand | ValueOperand | IfNotExists | ListAppend | Sum


@dataclass(frozen=True, slots=True)
class Set:
    target: PathOperand
    value: Operand


@dataclass(frozen=True, slots=True)
class Add:
    target: PathOperand
    value: ValueOperand


@dataclass(frozen=True, slots=True)
class Delete:
    target: PathOperand
    value: ValueOperand


@dataclass(frozen=True, slots=True)
class Remove:
    target: PathOperand


Step = Set | Add | Delete | Remove


@dataclass(frozen=True, slots=True)
class Update:
    """A whole expression and the placeholders that it uses."""

    steps: tuple[Step, ...]
    used: frozenset[str]

    def targets(self, scope: Scope) -> list[Path]:
        return [step.target.path(scope) for step in self.steps]

    def check(self, scope: Scope) -> None:
        """Refuse what no item could be updated with."""
        targets = self.targets(scope)
        for number_, path in enumerate(targets):
            for other in targets[:number_]:
                shorter = min(len(path), len(other))
                if path[:shorter] == other[:shorter]:
                    raise invalid("Two document paths overlap with each other")
        for step in self.steps:
            if isinstance(step, Add | Delete):
                allowed = SETS if isinstance(step, Delete) else SETS | {"N"}
                if not allowed.intersection(scope.values[step.value.placeholder]):
                    raise invalid("Incorrect operand type for operator or function")

    def applied(self, item: Item, scope: Scope) -> Item:
        """Every value is taken from the item as it was before. Raises FailedUpdate."""
        changed = item
        removed: list[Path] = []
        for step in self.steps:
            path = step.target.path(scope)
            value = _new_value(step, item, scope)
            if value is not None:
                changed = with_value(changed, path, value)
            elif not isinstance(step, Delete) or found(item, path) is not None:
                removed.append(path)
        # Members of a list keep their numbers until all that go are gone: the last goes first.
        for path in sorted(removed, key=_by_last_number, reverse=True):
            changed = without(changed, path)
        return changed


def _by_last_number(path: Path) -> int:
    return path[-1] if isinstance(path[-1], int) else -1


def _new_value(step: Step, item: Item, scope: Scope) -> Attribute | None:
    """None where the attribute goes, or stays away."""
    if isinstance(step, Set):
        return _there(step.value, item, scope)
    if isinstance(step, Remove):
        return None
    here, value = step.target.of(item, scope), scope.values[step.value.placeholder]
    if here is not None and here.keys() != value.keys():
        raise FailedUpdate(WRONG_TYPE)
    if isinstance(step, Delete):
        return None if here is None else _set_without(here, value)
    if here is None:
        return value
    return added(here, value) if "N" in value else _set_with(here, value)


def _there(operand: Operand, item: Item, scope: Scope) -> Attribute:
    value = operand.of(item, scope)
    if value is None:
        raise FailedUpdate(
            "The provided expression refers to an attribute that does not exist in the item"
        )
    return value


def added(one: Attribute, other: Attribute, *, sign: int = 1) -> Attribute:
    if "N" not in one or "N" not in other:
        raise FailedUpdate(WRONG_TYPE)
    with localcontext(EXACT):
        return {"N": number(str(Decimal(one["N"]) + sign * Decimal(other["N"])))}


def _set_with(one: Attribute, other: Attribute) -> Attribute:
    ((kind, members),) = one.items()
    return {kind: members + [member for member in other[kind] if member not in members]}


def _set_without(one: Attribute, other: Attribute) -> Attribute | None:
    ((kind, members),) = one.items()
    left: list[Any] = [member for member in members if member not in other[kind]]
    return {kind: left} if left else None
