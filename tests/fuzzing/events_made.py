"""Requests as the gateway hands them over, made of any bytes."""

import base64
import binascii
import hashlib
import hmac
from typing import Any

from tests.webhooks import NOW_SECONDS, SECRET

FORGED, RAW = b"!", b"\0"
_TIME = f"{NOW_SECONDS}:".encode()
_MILLISECONDS = NOW_SECONDS * 1000

Event = dict[str, Any]


def webhook_of(data: bytes) -> tuple[Event, bytes | None, bool]:
    """The request, the body that it carries (None: no bytes at all), and whether it is proven.

    Paddle signed it, unless it begins with `!`. After a NUL, the text that should be base64 is
    given as it is. Text goes as text, and what is none as base64, as the gateway does it.
    """
    body: bytes | None = data
    if data[:1] == RAW:
        text, encoded = data[1:].decode("latin-1"), True
        body = _decoded(text)
    else:
        text, encoded = _text(data)
    signed = body if body is not None else b""
    digest = hmac.digest(SECRET.encode(), _TIME + signed, hashlib.sha256).hex()
    proven = data[:1] != FORGED
    if not proven:
        digest = digest[::-1]
    given = f"ts={NOW_SECONDS};h1={digest}"
    event = {
        "headers": {"content-type": "application/json", "paddle-signature": given},
        "requestContext": {"requestId": "1", "timeEpoch": _MILLISECONDS},
        "body": text,
        "isBase64Encoded": encoded,
    }
    return event, body, proven


def _text(data: bytes) -> tuple[str, bool]:
    try:
        return data.decode("utf-8"), False
    except UnicodeDecodeError:
        return base64.b64encode(data).decode("ascii"), True


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
