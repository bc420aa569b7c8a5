"""Webhooks as Paddle signs them and as the HTTP API hands them over, for tests."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "samples" / "paddle"

SECRET = "pdl_ntfset_01hv8x7hqz6yj4n3k2m1p0r9st_vN8tQ2wZ6yB4mK1c"
OTHER_SECRET = "pdl_ntfset_01hv8x7hqz6yj4n3k2m1p0r9su_aaaaaaaaaaaaaaaa"
NOW = datetime(2026, 10, 28, 14, 4, 11, 250_000, tzinfo=UTC)
NOW_SECONDS = int(NOW.timestamp())


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.json").read_bytes()


def digest(body: bytes, *, secret: str = SECRET, ts: str = str(NOW_SECONDS)) -> str:
    signed = ts.encode("utf-8") + b":" + body
    return hmac.new(secret.encode("utf-8"), signed, hashlib.sha256).hexdigest()


def sign(body: bytes, *, secret: str = SECRET, ts: str = str(NOW_SECONDS)) -> str:
    return f"ts={ts};h1={digest(body, secret=secret, ts=ts)}"


def http_event(
    body: bytes, header: str | None = None, *, at: datetime = NOW, encoded: bool = False
) -> dict[str, Any]:
    """What a Lambda gets from an HTTP API, payload format 2.0, signed unless told otherwise."""
    given = sign(body, ts=str(int(at.timestamp()))) if header is None else header
    return {
        "version": "2.0",
        "routeKey": "POST /webhooks/paddle",
        "rawPath": "/webhooks/paddle",
        "headers": {"content-type": "application/json", "paddle-signature": given},
        "requestContext": {
            "http": {"method": "POST", "path": "/webhooks/paddle"},
            "requestId": "JKJaXmPLvHcESHA=",
            "timeEpoch": int(at.timestamp() * 1000),
        },
        "body": base64.b64encode(body).decode("ascii") if encoded else body.decode("utf-8"),
        "isBase64Encoded": encoded,
    }
