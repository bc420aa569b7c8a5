"""Notification settings: where webhooks go, of which types, signed with which secret."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from local.paddle.core import signing
from local.paddle.core.errors import RefusedError, invalid_field
from local.paddle.core.event_types import EVENT_TYPES, NAMES
from local.paddle.core.ids import Ids
from local.paddle.core.state import Record
from local.paddle.core.times import milliseconds
from local.paddle.core.world import World

ACTIVE_MAX = 10
DEFAULT_DESCRIPTION = "The shop's webhook"
REQUIRED = ("description", "type", "destination", "subscribed_events")
CHANGEABLE = (
    "description",
    "destination",
    "active",
    "api_version",
    "include_sensitive_fields",
    "subscribed_events",
    "traffic_source",
)
TRAFFIC = ("platform", "simulation", "all")


def default(ids: Ids, at: datetime) -> Record:
    """Subscribed to everything, with no address yet: notifications wait until it has one."""
    destination_id = ids.new("ntfset", milliseconds(at))
    return {
        "id": destination_id,
        "description": DEFAULT_DESCRIPTION,
        "type": "url",
        "destination": "",
        "active": True,
        "api_version": 1,
        "include_sensitive_fields": False,
        "subscribed_events": list(EVENT_TYPES.values()),
        "endpoint_secret_key": signing.new_secret(ids, destination_id),
        "traffic_source": "all",
    }


def create(world: World, body: Mapping[str, Any]) -> Record:
    missing = [name for name in REQUIRED if body.get(name) in (None, "")]
    if missing:
        raise invalid_field([(name, "must be provided as part of the request") for name in missing])
    made = {**default(world.state.ids, world.now), "traffic_source": "platform"}
    made |= {"type": body["type"], **_changes(body)}
    return _kept(world, made)


def update(world: World, destination_id: str, body: Mapping[str, Any]) -> Record:
    """`subscribed_events` replaces the whole list."""
    before = world.state.known("notification_settings", destination_id)
    return _kept(world, {**before, **_changes(body)})


def delete(world: World, destination_id: str) -> None:
    world.state.known("notification_settings", destination_id)
    world.state.remove("notification_settings", destination_id)


def rotate(world: World, destination_id: str) -> Record:
    """A new secret. Until the next rotation deliveries are signed with the last one as well.

    Paddle has announced this and not confirmed it; a receiver must accept several h1 all the same.
    """
    before = world.state.known("notification_settings", destination_id)
    old = {"id": destination_id, "secret": before["endpoint_secret_key"]}
    world.state.put("old_secrets", old)
    secret = signing.new_secret(world.state.ids, destination_id)
    after = {**before, "endpoint_secret_key": secret}
    world.state.put("notification_settings", after)
    return after


def secrets(world: World, destination: Mapping[str, Any]) -> list[str]:
    """The secrets that a delivery is signed with, the current one first."""
    old = world.state.find("old_secrets", destination["id"])
    return [destination["endpoint_secret_key"], *([old["secret"]] if old else [])]


def _changes(body: Mapping[str, Any]) -> dict[str, Any]:
    changes = {name: body[name] for name in CHANGEABLE if name in body}
    problems = []
    if "subscribed_events" in changes:
        names = changes["subscribed_events"]
        if not isinstance(names, list) or not set(map(str, names)) <= NAMES:
            problems.append(("subscribed_events", "must be a list of event types"))
        else:
            changes["subscribed_events"] = [EVENT_TYPES[name] for name in names]
    if changes.get("traffic_source", "all") not in TRAFFIC:
        problems.append(("traffic_source", f"must be one of: {', '.join(TRAFFIC)}"))
    if body.get("type", "url") not in ("url", "email"):
        problems.append(("type", "must be one of: url, email"))
    if problems:
        raise invalid_field(problems)
    return changes


def _kept(world: World, record: Record) -> Record:
    known = world.state.all("notification_settings")
    others = sum(one["active"] and one["id"] != record["id"] for one in known)
    if record["active"] and others >= ACTIVE_MAX:
        raise RefusedError("notification_maximum_active_settings_reached")
    # The shop's own has no address until somebody gives it one.
    address = record["destination"]
    if record["type"] == "url" and address and not address.startswith(("http://", "https://")):
        raise RefusedError("url_notification_setting_incorrect")
    if record["type"] == "email" and "@" not in address:
        raise RefusedError("email_notification_setting_incorrect")
    world.state.put("notification_settings", record)
    return record
