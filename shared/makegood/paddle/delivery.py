"""A webhook request as the HTTP API hands it over (payload format 2.0), before any proof."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from makegood.events.http_body import raw_body
from makegood.events.timestamps import from_milliseconds

BODY_BYTES_MAX = 256 * 1024
SIGNATURE_HEADER = "paddle-signature"


@dataclass(frozen=True, slots=True)
class Delivery:
    """`received_at` is when the gateway had the request, not when a cold start was over."""

    raw_body: bytes
    signature: str
    received_at: datetime


def read_delivery(event: dict[str, Any]) -> Delivery:
    """Raise BodyTooLargeError, or MalformedJsonError where no bytes can be made of the body."""
    headers: dict[str, str] = event.get("headers") or {}
    given = [value for name, value in headers.items() if name.lower() == SIGNATURE_HEADER]
    return Delivery(
        raw_body=raw_body(event, bytes_max=BODY_BYTES_MAX),
        signature=",".join(given),
        received_at=from_milliseconds(event["requestContext"]["timeEpoch"]),
    )
