"""A webhook request as the HTTP API hands it over (payload format 2.0), before any proof."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from makegood.errors import BodyTooLargeError, MalformedJsonError

BODY_BYTES_MAX = 256 * 1024
SIGNATURE_HEADER = "paddle-signature"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
        raw_body=_raw_body(event.get("body") or "", encoded=event.get("isBase64Encoded", False)),
        signature=",".join(given),
        received_at=_EPOCH + timedelta(milliseconds=event["requestContext"]["timeEpoch"]),
    )


def _raw_body(body: str, *, encoded: bool) -> bytes:
    # No byte takes less than a character, in base64 four of them for three: what is longer
    # than this is too large, and need not be decoded first.
    if len(body) > BODY_BYTES_MAX // 3 * 4 + 4:
        raise BodyTooLargeError("body")
    try:
        raw = base64.b64decode(body, validate=True) if encoded else body.encode("utf-8")
    except (binascii.Error, ValueError):
        raise MalformedJsonError("the body cannot be decoded") from None
    if len(raw) > BODY_BYTES_MAX:
        raise BodyTooLargeError("body")
    return raw
