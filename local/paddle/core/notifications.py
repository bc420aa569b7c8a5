"""Notifications on their way: which are due, what became of an attempt, and their replay."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from local.paddle.core import destinations, schedule, signing
from local.paddle.core.errors import RefusedError, not_found
from local.paddle.core.state import WAITING, Record
from local.paddle.core.times import parsed, text
from local.paddle.core.world import World

USER_AGENT = "Paddle (local stand-in)"
KEPT = timedelta(days=90)
SHOWN = (
    "id",
    "type",
    "status",
    "payload",
    "occurred_at",
    "delivered_at",
    "replayed_at",
    "origin",
    "last_attempt_at",
    "retry_at",
    "times_attempted",
    "notification_setting_id",
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST that is due."""

    notification_id: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def due(world: World, *, signed_at: int | None = None) -> list[Delivery]:
    """In the order in which they come due. Nothing changes until `attempted` tells of them.

    `signed_at`: Unix time for the signatures where the receiver's clock is not this world's.
    """
    now = text(world.now)
    waiting = [one for one in world.state.open("notifications") if one["retry_at"] <= now]
    waiting.sort(key=lambda one: str(one["retry_at"]))
    at = int(world.now.timestamp()) if signed_at is None else signed_at
    deliveries = (_delivery(world, one, at) for one in waiting)
    return [one for one in deliveries if one is not None]


def _delivery(world: World, notification: Record, signed_at: int) -> Delivery | None:
    destination = world.state.find("notification_settings", notification["notification_setting_id"])
    if destination is None or not destination["active"] or not destination["destination"]:
        return None
    body = encoded(notification["payload"])
    secrets = destinations.secrets(world, destination)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        signing.HEADER: signing.signature(body, secrets, timestamp=signed_at),
    }
    return Delivery(notification["id"], destination["destination"], headers, body)


def encoded(payload: Mapping[str, Any]) -> bytes:
    """The body as sent: compact, UTF-8 as it is."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()


def attempted(
    world: World,
    notification_id: str,
    status: int,
    *,
    retries: schedule.Schedule,
    pace: float,
) -> Record:
    """What the receiver answered; 0 for nothing within five seconds. Only a 2xx ends it."""
    notification = world.state.known("notifications", notification_id)
    now = text(world.now)
    log = {"id": world.new_id("ntflog"), "attempted_at": now, "status": status}
    attempts = [*notification["attempts"], log]
    after = {
        **notification,
        "attempts": attempts,
        "times_attempted": len(attempts),
        "last_attempt_at": now,
    }
    if 200 <= status < 300:
        after |= {"status": "delivered", "delivered_at": now, "retry_at": None}
    else:
        first = parsed(attempts[0]["attempted_at"])
        again = schedule.next_attempt(
            retries, first_attempt_at=first, attempts=len(attempts), pace=pace
        )
        after |= {
            "status": "failed" if again is None else "needs_retry",
            "retry_at": None if again is None else text(again),
        }
    world.state.put("notifications", after)
    return after


def replay(world: World, notification_id: str) -> str:
    """The id of the new notification of the same event."""
    notification = world.state.known("notifications", notification_id)
    if parsed(notification["occurred_at"]) < world.now - KEPT:
        raise not_found(notification_id)
    if notification["origin"] != "event":
        raise RefusedError("notification_replay_invalid_origin_type")
    if notification["status"] in WAITING:
        raise RefusedError("notification_cannot_replay", notification_id)
    world.state.put("notifications", {**notification, "replayed_at": text(world.now)})
    return world.queue(
        notification["payload"], notification["notification_setting_id"], origin="replay"
    )


def shown(notification: Record) -> Record:
    """As the API shows it: when it will be tried again, only where it was tried."""
    entity = {name: notification[name] for name in SHOWN}
    if notification["status"] == "not_attempted":
        entity["retry_at"] = None
    return entity


def logs(notification: Record) -> list[Record]:
    return [
        {
            "id": attempt["id"],
            "response_code": attempt["status"],
            "response_content_type": None,
            "response_body": "",
            "attempted_at": attempt["attempted_at"],
        }
        for attempt in notification["attempts"]
    ]
