"""What Paddle has events for: the names that its SDK knows, of which this stand-in sends a few."""

from typing import Any

_GROUPS = {
    "address": "created imported updated",
    "adjustment": "created updated",
    "api_key": "created expired expiring revoked updated",
    "api_key_exposure": "created",
    "business": "created imported updated",
    "client_token": "created revoked updated",
    "customer": "created imported updated",
    "discount": "created imported updated",
    "discount_group": "created updated",
    "invoice": "canceled created issued overdue paid scheduled",
    "payment_method": "deleted saved",
    "payout": "created paid",
    "price": "created imported updated",
    "product": "created imported updated",
    "report": "created updated",
    "subscription": "activated canceled created imported past_due paused resumed trialing updated",
    "transaction": (
        "billed canceled completed created paid past_due payment_failed ready revised updated"
    ),
}


def _event_type(group: str, action: str) -> dict[str, Any]:
    entity = group.replace("_", " ")
    return {
        "name": f"{group}.{action}",
        "description": f"Occurs when this happens to the {entity}: {action.replace('_', ' ')}.",
        "group": entity.capitalize(),
        "available_versions": [1],
    }


EVENT_TYPES = {
    f"{group}.{action}": _event_type(group, action)
    for group, actions in _GROUPS.items()
    for action in actions.split()
}
NAMES = frozenset(EVENT_TYPES)
