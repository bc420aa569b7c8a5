"""The operations that read items by their keys."""

from collections.abc import Mapping
from typing import Any

from tests.dynamodb.keys import Place, check_place, place_of_key
from tests.dynamodb.quirks import Quirk
from tests.dynamodb.refusals import MismatchedKey, cancelled, invalid
from tests.dynamodb.store import Store

KEYS_MAX = 100

_GET = frozenset({"TableName", "Key"})
_BATCH = frozenset({"Keys", "ConsistentRead"})


def get_item(
    store: Store, request: Mapping[str, Any], _now: float, _: Quirk | None
) -> dict[str, Any]:
    item = store.items.get(_place(request.get("Key")))
    return {} if item is None else {"Item": item}


def batch_get_item(
    store: Store, request: Mapping[str, Any], now: float, quirk: Quirk | None
) -> dict[str, Any]:
    ((table, asked),) = request["RequestItems"].items()
    if not asked.keys() <= _BATCH:
        raise NotImplementedError(sorted(asked.keys() - _BATCH))
    places = [_place(key) for key in asked["Keys"]]
    if not 1 <= len(places) <= KEYS_MAX:
        raise invalid("between 1 and 100 keys")
    if len(set(places)) < len(places):
        raise invalid("Provided list of item keys contains duplicates")
    # At least one key is always read. In order, so that the same ones are left for the same keys.
    left = sorted(places)[: len(places) // 2] if quirk is Quirk.PARTLY_DONE else []
    # A read that is not consistent may be as far behind as an index.
    items = store.items if asked.get("ConsistentRead") else store.shown_by_indexes(now)
    found = [items[place] for place in places if place in items and place not in left]
    unread = [key for key, place in zip(asked["Keys"], places, strict=True) if place in left]
    return {
        "Responses": {table: found},
        "UnprocessedKeys": {table: {**asked, "Keys": unread}} if unread else {},
    }


def transact_get_items(
    store: Store, request: Mapping[str, Any], _now: float, _: Quirk | None
) -> dict[str, Any]:
    asked = [member["Get"] for member in request["TransactItems"]]
    if not 1 <= len(asked) <= KEYS_MAX:
        raise invalid("TransactItems must have between 1 and 100 members")
    places: list[Place] = []
    reasons: list[dict[str, Any]] = []
    for get in asked:
        if not get.keys() <= _GET:
            raise NotImplementedError(sorted(get.keys() - _GET))
        try:
            places.append(_place(get.get("Key")))
            reasons.append({"Code": "None"})
        except MismatchedKey as mismatch:
            reasons.append({"Code": "ValidationError", "Message": mismatch.message})
    if len(places) < len(asked):
        raise cancelled(reasons)
    if len(set(places)) < len(places):
        raise invalid("Transaction request cannot include multiple operations on one item")
    found = [store.items.get(place) for place in places]
    return {"Responses": [{} if item is None else {"Item": item} for item in found]}


def _place(key: Any) -> Place:
    if not isinstance(key, dict):
        raise invalid("Key must not be null")
    place = place_of_key(key)
    if not place[0] or not place[1]:
        check_place(place)
    return place
