"""The paths under `/_local`, which Paddle does not have: what happens in the world around it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from local.paddle.core import faults
from local.paddle.core.errors import RefusedError
from local.paddle.core.times import text
from local.paddle.kept import Kept

PREFIX = "/_local"

Body = Mapping[str, Any]
# Each path with its command, and the status of its answer. What a path names is the body's `id`.
_COMMANDS = [
    ("/purchases", "purchase", 201),
    ("/prices", "price", 201),
    (r"/customers/(?P<id>\w+)", "customer", 200),
    (r"/events/(?P<id>\w+)/deliveries", "send_again", 202),
    ("/refunds", "refund", 201),
    ("/chargebacks", "chargeback", 201),
    ("/tax-refunds", "tax_refund", 201),
    ("/reversals", "reversal", 201),
    ("/reviews", "review", 200),
    ("/options", "options", 200),
    ("/event-faults", "event_faults", 200),
    ("/keys", "key", 201),
    (r"/keys/(?P<id>\w+)/revocation", "revoke_key", 200),
    ("/secret-rotations", "rotate_secret", 200),
]


def _clock(kept: Kept, body: Body) -> dict[str, Any]:
    by = timedelta(seconds=float(body["advance_seconds"]))
    return {"now": text(kept.clock.advance(by))}


def _destination(kept: Kept, body: Body) -> dict[str, Any]:
    told = kept.send_to(body["url"]) if "url" in body else kept.destination()
    return {"url": told["destination"] or None, "webhook_secret": told["endpoint_secret_key"]}


def _faults(kept: Kept, body: Body) -> dict[str, Any]:
    """`{"clear": true}` forgets those still to come."""
    pending = kept.plan(None if body.get("clear") else faults.parsed(body))
    return {"faults": [asdict(fault) for fault in pending]}


_SPECIAL: Mapping[str, Callable[[Kept, Body], dict[str, Any]]] = {
    "/clock": _clock,
    "/destination": _destination,
    "/faults": _faults,
}
_TABLE = [(re.compile(pattern), name, status) for pattern, name, status in _COMMANDS]


def control(kept: Kept, method: str, path: str, body: Body) -> tuple[int, dict[str, Any]]:
    """Raises RefusedError, and ValueError, KeyError or TypeError for a body of no sense."""
    rest = path.removeprefix(PREFIX)
    if method == "GET" and rest in ("", "/"):
        return 200, _overview(kept)
    if method != "POST":
        raise RefusedError("method_not_allowed")
    if rest in _SPECIAL:
        return 200, _SPECIAL[rest](kept, body)
    for pattern, name, status in _TABLE:
        match = pattern.fullmatch(rest)
        if match:
            return status, kept.command(name, {**body, **match.groupdict()})
    raise RefusedError("invalid_url")


def _overview(kept: Kept) -> dict[str, Any]:
    paddle, destination = kept.paddle, kept.destination()
    return {
        "now": text(kept.clock.now()),
        "api_key": paddle.api_key,
        "url": destination["destination"] or None,
        "webhook_secret": destination["endpoint_secret_key"],
        "options": paddle.world.options.written(),
    }
