"""Signs as Paddle does: HMAC-SHA256 over `ts:body`, keyed with the whole secret as text."""

import hashlib
import hmac
import secrets

from local.paddle import ids

HEADER = "Paddle-Signature"


def signature(body: bytes, secret: str, *, timestamp: int) -> str:
    """The value of the header for these very bytes, sent at this Unix time."""
    signed = str(timestamp).encode() + b":" + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"ts={timestamp};h1={digest}"


def new_secret(at_milliseconds: int) -> str:
    """Of a new notification destination: `pdl_ntfset_`, its id, and a random part."""
    destination = ids.new("ntfset", at_milliseconds)
    return f"pdl_{destination}_{secrets.token_urlsafe(24).replace('-', 'A').replace('_', 'B')}"
