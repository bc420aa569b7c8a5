"""Paddle's own API: each path with its method, the permission it needs, and what it does."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.paddle.core import destinations, notifications, refunds
from local.paddle.core.errors import RefusedError
from local.paddle.core.event_types import EVENT_TYPES
from local.paddle.core.lists import (
    Listing,
    at_time,
    is_true,
    mentions,
    one_of,
    page,
    since,
    until,
)
from local.paddle.core.reading import KINDS, entity, listed
from local.paddle.core.world import World

IPS = (
    "34.194.127.46/32",
    "54.234.237.108/32",
    "3.208.120.145/32",
    "44.226.236.210/32",
    "44.241.183.62/32",
    "100.20.172.113/32",
)


@dataclass(frozen=True, slots=True)
class Asked:
    path: str
    id: str
    """What the path names; empty for none."""
    query: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    status: int
    data: Any
    pagination: Mapping[str, Any] | None = None


Serve = Callable[[World, Asked], Told]

LISTINGS = {
    # The sizes of a page are Paddle's; 30 for transactions is not in every edition of its pages.
    "adjustments": Listing(
        10,
        50,
        dict.fromkeys(
            ("id", "action", "customer_id", "subscription_id", "transaction_id", "status"), one_of
        ),
    ),
    "transactions": Listing(
        30,
        30,
        dict.fromkeys(
            (
                "id",
                "customer_id",
                "subscription_id",
                "invoice_number",
                "status",
                "origin",
                "collection_mode",
            ),
            one_of,
        )
        | dict.fromkeys(("billed_at", "created_at", "updated_at"), at_time),
        ("id", "billed_at", "created_at", "updated_at"),
    ),
    "customers": Listing(
        50, 200, {**dict.fromkeys(("id", "email", "status"), one_of), "search": mentions}
    ),
    "prices": Listing(50, 200, dict.fromkeys(("id", "product_id", "status", "type"), one_of)),
    "events": Listing(
        50, 200, {"event_type": one_of, "filter": mentions, "from": since, "to": until}
    ),
    "notifications": Listing(
        50,
        200,
        {
            **dict.fromkeys(("notification_setting_id", "status"), one_of),
            "search": mentions,
            "filter": mentions,
            "from": since,
            "to": until,
        },
    ),
    "notification-settings": Listing(200, 200, {"active": is_true, "traffic_source": one_of}),
    "logs": Listing(50, 200),
}


def _list(world: World, asked: Asked) -> Told:
    kind = asked.path.strip("/")
    records = listed(world, kind, asked.query)
    return _paged(world, records, LISTINGS[kind], asked)


def _paged(world: World, records: list[Any], listing: Listing, asked: Asked) -> Told:
    url = world.base_url + asked.path
    shown, pagination = page(records, listing, asked.query, url=url)
    kind = asked.path.strip("/")
    include = asked.query.get("include", "")
    return Told(200, [entity(world, kind, one, include) for one in shown], pagination)


def _get(world: World, asked: Asked) -> Told:
    kind = asked.path.strip("/").partition("/")[0]
    record = world.state.known(KINDS[kind], asked.id)
    return Told(200, entity(world, kind, record, asked.query.get("include", "")))


def _logs(world: World, asked: Asked) -> Told:
    records = notifications.logs(world.state.known("notifications", asked.id))
    return _paged(world, records, LISTINGS["logs"], asked)


def _replay(world: World, asked: Asked) -> Told:
    return Told(202, {"notification_id": notifications.replay(world, asked.id)})


def _adjust(world: World, asked: Asked) -> Told:
    return Told(201, refunds.create(world, asked.body)[0])


def _new_setting(world: World, asked: Asked) -> Told:
    return Told(201, destinations.create(world, asked.body))


def _changed_setting(world: World, asked: Asked) -> Told:
    return Told(200, destinations.update(world, asked.id, asked.body))


def _deleted_setting(world: World, asked: Asked) -> Told:
    destinations.delete(world, asked.id)
    return Told(204, None)


def _event_types(_: World, __: Asked) -> Told:
    return Told(200, list(EVENT_TYPES.values()))


def _ips(_: World, __: Asked) -> Told:
    return Told(200, {"ipv4_cidrs": list(IPS)})


ID = r"/(?P<id>[^/]+)"
SETTINGS = "/notification-settings"
_ROUTES: list[tuple[str, str, str | None, Serve]] = [
    ("GET", "/adjustments", "adjustment.read", _list),
    ("POST", "/adjustments", "adjustment.write", _adjust),
    ("GET", "/transactions", "transaction.read", _list),
    ("GET", f"/transactions{ID}", "transaction.read", _get),
    ("GET", "/customers", "customer.read", _list),
    ("GET", f"/customers{ID}", "customer.read", _get),
    ("GET", "/prices", "price.read", _list),
    ("GET", f"/prices{ID}", "price.read", _get),
    ("GET", "/events", "notification.read", _list),
    ("GET", "/event-types", None, _event_types),
    ("GET", "/notifications", "notification.read", _list),
    ("GET", f"/notifications{ID}", "notification.read", _get),
    ("GET", f"/notifications{ID}/logs", "notification.read", _logs),
    ("POST", f"/notifications{ID}/replay", "notification.write", _replay),
    ("GET", SETTINGS, "notification_setting.read", _list),
    ("POST", SETTINGS, "notification_setting.write", _new_setting),
    ("GET", SETTINGS + ID, "notification_setting.read", _get),
    ("PATCH", SETTINGS + ID, "notification_setting.write", _changed_setting),
    ("DELETE", SETTINGS + ID, "notification_setting.write", _deleted_setting),
    ("GET", "/ips", None, _ips),
]
_TABLE = [
    (method, re.compile(pattern), permission, serve)
    for method, pattern, permission, serve in _ROUTES
]


def route(method: str, path: str) -> tuple[Serve, str | None, str]:
    """What serves it, the permission for it, and the id in the path. Raises RefusedError."""
    other = False
    for known, pattern, permission, serve in _TABLE:
        match = pattern.fullmatch(path)
        if match:
            if known == method:
                return serve, permission, match.groupdict().get("id", "")
            other = True
    raise RefusedError("method_not_allowed" if other else "invalid_url")
