"""One write: what a request asks for, whether its condition holds, and what it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from makegood.ledger.attributes import Item
from tests.dynamodb.condition_reader import condition
from tests.dynamodb.conditions import Condition
from tests.dynamodb.grammar import Scope, scope_of
from tests.dynamodb.keys import (
    TABLE,
    Place,
    check_index_keys,
    check_place,
    key_of,
    place_of_item,
    place_of_key,
)
from tests.dynamodb.refusals import invalid
from tests.dynamodb.update_reader import update
from tests.dynamodb.updates import Update
from tests.dynamodb.values import ITEM_BYTES_MAX, measured

_EXPRESSIONS = frozenset({"ExpressionAttributeNames", "ExpressionAttributeValues"})
_CONDITIONS = _EXPRESSIONS | {
    "TableName",
    "ConditionExpression",
    "ReturnValuesOnConditionCheckFailure",
}
PARAMETERS: dict[str, frozenset[str]] = {
    "Put": _CONDITIONS | {"Item"},
    "Update": _CONDITIONS | {"Key", "UpdateExpression"},
    "Delete": _CONDITIONS | {"Key"},
    "ConditionCheck": _CONDITIONS | {"Key"},
}


@dataclass(slots=True)
class Action:
    """A write that is good as far as that shows without the table. A check has no effect."""

    kind: str
    place: Place
    condition: Condition | None
    scope: Scope
    item: Item | None
    update: Update | None
    size: int
    shows_old: bool

    def holds(self, old: Item | None) -> bool:
        """What is not there is asked like an item without attributes."""
        return self.condition is None or self.condition.root.holds(old or {}, self.scope)

    def result(self, old: Item | None) -> tuple[Item | None, int]:
        """What is there afterwards, and its bytes. Raises Refused where an update fails."""
        if self.update is None:
            return self.item, self.size if self.item is not None else 0
        before = key_of(self.place) if old is None else old
        new, size = measured(self.update.applied(before, self.scope))
        if size > ITEM_BYTES_MAX:
            raise invalid("Item size to update has exceeded the maximum allowed size")
        check_index_keys(new)
        return new, size


def action_of(kind: str, request: Mapping[str, Any]) -> Action:
    """Raises Refused, and MismatchedKey for that alone, which transactions tell otherwise."""
    if not request.keys() <= PARAMETERS[kind]:
        raise NotImplementedError(sorted(request.keys() - PARAMETERS[kind]))
    asked, change = _expressions(kind, request)
    used = (asked.used if asked else frozenset()) | (change.used if change else frozenset())
    scope = scope_of(request, used)
    if asked is not None:
        asked.root.check(scope)
    if change is not None:
        _check_update(change, scope)
    item, size = None, 0
    if kind == "Put":
        item, size = measured(_given(request, "Item"))
        if size > ITEM_BYTES_MAX:
            raise invalid("Item size has exceeded the maximum allowed size")
        place = place_of_item(item)
        check_place(place)
        check_index_keys(item)
    else:
        key, size = measured(_given(request, "Key"))
        place = place_of_key(key)
        check_place(place)
    returned = request.get("ReturnValuesOnConditionCheckFailure", "NONE")
    if returned not in ("NONE", "ALL_OLD"):
        raise invalid("ReturnValuesOnConditionCheckFailure must be NONE or ALL_OLD")
    return Action(kind, place, asked, scope, item, change, size, returned == "ALL_OLD")


def _expressions(kind: str, request: Mapping[str, Any]) -> tuple[Condition | None, Update | None]:
    text = request.get("ConditionExpression")
    if text is None and kind == "ConditionCheck":
        raise invalid("a ConditionCheck without a condition")
    asked = None if text is None else condition(text)
    text = request.get("UpdateExpression")
    return asked, None if text is None else update(text)


def _check_update(change: Update, scope: Scope) -> None:
    change.check(scope)
    for path in change.targets(scope):
        if path[0] in (TABLE.hash, TABLE.range):
            raise invalid(f"Cannot update attribute {path[0]}. This attribute is part of the key")


def _given(request: Mapping[str, Any], name: str) -> Item:
    given = request.get(name)
    if not isinstance(given, dict):
        raise invalid(f"{name} must not be null")
    return given
