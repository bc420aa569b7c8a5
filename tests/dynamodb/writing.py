"""The operations that write one item, or some that do not belong together."""

from collections.abc import Mapping
from typing import Any

from makegood.ledger.attributes import Item
from tests.dynamodb.actions import Action, action_of
from tests.dynamodb.quirks import Quirk
from tests.dynamodb.refusals import Refused, invalid
from tests.dynamodb.store import Store

BATCH_MAX = 25


def put_item(store: Store, request: Mapping[str, Any], now: float, _: Quirk | None) -> Any:
    return _written(store, "Put", request, now)


def update_item(store: Store, request: Mapping[str, Any], now: float, _: Quirk | None) -> Any:
    return _written(store, "Update", request, now)


def delete_item(store: Store, request: Mapping[str, Any], now: float, _: Quirk | None) -> Any:
    return _written(store, "Delete", request, now)


def batch_write_item(
    store: Store, request: Mapping[str, Any], now: float, quirk: Quirk | None
) -> dict[str, Any]:
    """Not a transaction: each write stands for itself."""
    ((table, asked),) = request["RequestItems"].items()
    if not 1 <= len(asked) <= BATCH_MAX:
        raise invalid("between 1 and 25 requests")
    actions = [_batched(one) for one in asked]
    if len({action.place for action in actions}) < len(actions):
        raise invalid("Provided list of item keys contains duplicates")
    left = len(actions) // 2 if quirk is Quirk.PARTLY_DONE else 0
    for action in actions[left:]:
        store.commit([(action.place, *action.result(None))], now)
    return {"UnprocessedItems": {table: list(asked[:left])} if left else {}}


def _batched(request: Mapping[str, Any]) -> Action:
    ((name, asked),) = request.items()
    kinds = {"PutRequest": "Put", "DeleteRequest": "Delete"}
    return action_of(kinds[name], asked)


def _written(store: Store, kind: str, request: Mapping[str, Any], now: float) -> dict[str, Any]:
    asked = dict(request)
    returned = asked.pop("ReturnValues", "NONE")
    if returned not in (_RETURNED if kind == "Update" else ("NONE", "ALL_OLD")):
        raise invalid(f"ReturnValues can not be {returned}")
    action = action_of(kind, asked)
    old = store.items.get(action.place)
    if not action.holds(old):
        item = old if action.shows_old else None
        message = "The conditional request failed"
        raise Refused("ConditionalCheckFailedException", message, item=item)
    new, size = action.result(old)
    store.commit([(action.place, new, size)], now)
    shown = _returned(returned, action, old, new)
    return {"Attributes": shown} if shown else {}


_RETURNED = ("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW")


def _returned(wanted: str, action: Action, old: Item | None, new: Item | None) -> Item | None:
    if wanted == "NONE":
        return None
    item = old if wanted.endswith("OLD") else new
    if wanted.startswith("ALL") or item is None or action.update is None:
        return item
    paths = action.update.targets(action.scope)
    if any(len(path) > 1 for path in paths):
        raise NotImplementedError("a part of an attribute returned")
    return {str(name): item[str(name)] for (name,) in paths if name in item}
