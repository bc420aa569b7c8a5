"""Query and Scan."""

from collections.abc import Mapping
from typing import Any

from makegood.ledger.attributes import Item
from tests.dynamodb.condition_reader import condition
from tests.dynamodb.conditions import Condition
from tests.dynamodb.grammar import Scope, scope_of
from tests.dynamodb.key_conditions import Wanted, wanted_by
from tests.dynamodb.keys import INDEXES, SCANNED, TABLE, Keys, Place
from tests.dynamodb.pages import Reading, answer, start_of
from tests.dynamodb.quirks import Quirk
from tests.dynamodb.refusals import invalid
from tests.dynamodb.store import Store

_NOTHING: frozenset[str] = frozenset()


def query(
    store: Store, request: Mapping[str, Any], now: float, quirk: Quirk | None
) -> dict[str, Any]:
    keys = _keys(request, TABLE)
    asked = condition(request.get("KeyConditionExpression"), "KeyConditionExpression")
    chosen = _filter(request)
    scope = scope_of(request, asked.used | (chosen.used if chosen else _NOTHING))
    asked.root.check(scope)
    wanted = wanted_by(asked, scope, keys)
    if chosen is not None and {keys.hash, keys.range} & _names(chosen, scope):
        raise invalid("Filter Expression can only contain non-primary key attributes")
    reading = _reading(request, keys, chosen, scope)
    if reading.start is not None and reading.start not in store.odd_starts:
        _check_start(request["ExclusiveStartKey"], wanted)
    return answer(store, reading, wanted.of(_shown(store, request, now)), quirk)


def scan(
    store: Store, request: Mapping[str, Any], now: float, quirk: Quirk | None
) -> dict[str, Any]:
    keys = _keys(request, SCANNED)
    chosen = _filter(request)
    scope = scope_of(request, chosen.used if chosen else _NOTHING)
    reading = _reading(request, keys, chosen, scope)
    found = [item for item in _shown(store, request, now).values() if keys.holds(item)]
    return answer(store, reading, found, quirk)


def _keys(request: Mapping[str, Any], table: Keys) -> Keys:
    name = request.get("IndexName")
    if name is None:
        return table
    if name not in INDEXES:
        raise invalid(f"The table does not have the specified index: {name}")
    if request.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    return INDEXES[name]


def _shown(store: Store, request: Mapping[str, Any], now: float) -> dict[Place, Item]:
    return store.items if "IndexName" not in request else store.shown_by_indexes(now)


def _filter(request: Mapping[str, Any]) -> Condition | None:
    text = request.get("FilterExpression")
    return None if text is None else condition(text, "FilterExpression")


def _names(chosen: Condition, scope: Scope) -> set[str]:
    return {scope.names.get(root, root) for root in chosen.roots}


def _reading(
    request: Mapping[str, Any], keys: Keys, chosen: Condition | None, scope: Scope
) -> Reading:
    if chosen is not None:
        chosen.root.check(scope)
    limit = request.get("Limit")
    if limit is not None and limit < 1:
        raise invalid("Limit must be at least 1")
    return Reading(
        keys=keys,
        chosen=chosen,
        scope=scope,
        limit=limit,
        start=start_of(request, keys),
        is_forward=request.get("ScanIndexForward", True),
        is_count=_is_count(request, keys),
    )


def _is_count(request: Mapping[str, Any], keys: Keys) -> bool:
    match request.get("Select"):
        case None:
            return False
        case "COUNT":
            return True
        case "ALL_ATTRIBUTES" if keys.shown is None:
            return False
        case "ALL_PROJECTED_ATTRIBUTES" if "IndexName" in request:
            return False
        case select:
            raise invalid(f"Select can not be {select} here")


def _check_start(key: Item, wanted: Wanted) -> None:
    """A page starts where an earlier one of the same query may have ended."""
    if key[wanted.keys.hash]["S"] != wanted.hash:
        raise invalid("The provided starting key is outside query boundaries")
    if not wanted.sorts_well(key):
        raise invalid("The provided starting key does not match the range key predicate")
