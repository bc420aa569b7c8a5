"""All of up to a hundred actions, or none."""

from collections.abc import Mapping, Sequence
from typing import Any

from makegood.ledger.attributes import Item
from tests.dynamodb.actions import PARAMETERS, Action, action_of
from tests.dynamodb.quirks import Quirk
from tests.dynamodb.refusals import MismatchedKey, Refused, cancelled, invalid
from tests.dynamodb.store import Store, Write

ACTIONS_MAX = 100
BYTES_MAX = 4 * 1024 * 1024
TOKEN_SECONDS = 600
"""How long a ClientRequestToken is known after its transaction was completed."""
TOKEN_LENGTH_MAX = 36

_NONE = {"Code": "None"}


def transact_write_items(
    store: Store, request: Mapping[str, Any], now: float, _: Quirk | None
) -> dict[str, Any]:
    asked = request.get("TransactItems")
    if not isinstance(asked, list) or not 1 <= len(asked) <= ACTIONS_MAX:
        raise invalid("TransactItems must have between 1 and 100 members")
    actions, mismatched = _actions(asked)
    token = request.get("ClientRequestToken")
    if token is not None and _is_known(store, token, asked, now):
        return {}
    if mismatched:
        raise cancelled([mismatched.get(number, _NONE) for number in range(len(asked))])
    changes = _changes(store, actions)
    store.commit(changes, now)
    if token is not None:
        store.tokens[token] = asked, now
    return {}


def _actions(asked: Sequence[Any]) -> tuple[list[Action], dict[int, dict[str, str]]]:
    """The actions, and the reasons against those whose keys are of the wrong type."""
    actions: list[Action] = []
    mismatched: dict[int, dict[str, str]] = {}
    for number, member in enumerate(asked):
        if len(member) != 1:
            raise invalid("exactly one action in each member")
        ((kind, action),) = member.items()
        if kind not in PARAMETERS:
            raise invalid("Delete, Put, Update or ConditionCheck")
        if kind == "Update" and "UpdateExpression" not in action:
            raise invalid("an Update without an UpdateExpression")
        try:
            actions.append(action_of(kind, action))
        except MismatchedKey as mismatch:
            mismatched[number] = {"Code": "ValidationError", "Message": mismatch.message}
    if len({action.place for action in actions}) < len(actions):
        raise invalid("Transaction request cannot include multiple operations on one item")
    if sum(action.size for action in actions) > BYTES_MAX:
        raise invalid("Transaction request exceeds the 4MB transaction size limit")
    return actions, mismatched


def _is_known(store: Store, token: Any, asked: Sequence[Any], now: float) -> bool:
    """Whether this very transaction was completed within the token's time."""
    if not isinstance(token, str) or not 1 <= len(token) <= TOKEN_LENGTH_MAX:
        raise invalid("ClientRequestToken must have between 1 and 36 characters")
    for known, (_, completed) in list(store.tokens.items()):
        if now - completed >= TOKEN_SECONDS:
            del store.tokens[known]
    if token not in store.tokens:
        return False
    if store.tokens[token][0] != asked:
        raise Refused(
            "IdempotentParameterMismatchException",
            "Request token already in use for another request with a different payload",
        )
    return True


def _changes(store: Store, actions: Sequence[Action]) -> list[Write]:
    """What the actions leave. Raises the cancellation with the reasons of all of them."""
    changes: list[Write] = []
    reasons: list[dict[str, Any]] = []
    for action in actions:
        old = store.items.get(action.place)
        try:
            if not action.holds(old):
                reasons.append(_failed(old if action.shows_old else None))
                continue
            if action.kind != "ConditionCheck":
                changes.append((action.place, *action.result(old)))
            reasons.append(_NONE)
        except Refused as failed:
            reasons.append({"Code": "ValidationError", "Message": failed.message})
    if any(reason is not _NONE for reason in reasons):
        raise cancelled(reasons)
    return changes


def _failed(item: Item | None) -> dict[str, Any]:
    reason = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    return reason if item is None else reason | {"Item": item}
