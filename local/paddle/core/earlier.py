"""Files of earlier versions of this stand-in: what they lack is filled in."""

from datetime import datetime

from local.paddle.core import destinations
from local.paddle.core.state import State

DESTINATION = "ntfset"


def bring_forward(state: State, now: datetime) -> None:
    """There was one destination, known by its secret alone, and no key."""
    kept = state.find(DESTINATION, DESTINATION)
    if kept is None:
        return
    destination = {
        **destinations.default(state.ids, now),
        "id": kept["secret"].removeprefix("pdl_").rpartition("_")[0],
        "endpoint_secret_key": kept["secret"],
    }
    state.put("notification_settings", destination)
    state.remove(DESTINATION, DESTINATION)
    for customer in state.all("customers"):
        state.put("addresses", {"id": customer["email"], "customer_id": customer["id"]})
    for old in state.all("notifications"):
        attempts = old["attempts"]
        logs = [
            {"id": f"ntflog_{old['id'].removeprefix('ntf_')}", **attempt} for attempt in attempts
        ]
        new = {
            "delivered_at": None,
            "replayed_at": None,
            "last_attempt_at": attempts[-1]["attempted_at"] if attempts else None,
            "notification_setting_id": destination["id"],
        }
        state.put("notifications", {**new, **old, "attempts": logs})
