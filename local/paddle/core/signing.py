"""Signs as Paddle does: HMAC-SHA256 over `ts:body`, keyed with the whole secret as text."""

import hashlib
import hmac
from collections.abc import Sequence

from local.paddle.core.ids import Ids

HEADER = "Paddle-Signature"


def signature(body: bytes, secrets: Sequence[str], *, timestamp: int) -> str:
    """The header's value for these very bytes, sent at this Unix time; one h1 for each secret."""
    digests = [_digest(body, secret, timestamp) for secret in secrets]
    return ";".join([f"ts={timestamp}", *(f"h1={digest}" for digest in digests)])


def _digest(body: bytes, secret: str, timestamp: int) -> str:
    signed = str(timestamp).encode() + b":" + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def new_secret(ids: Ids, destination_id: str) -> str:
    """Of a notification destination: `pdl_`, its id, and a random part."""
    return f"pdl_{destination_id}_{ids.secret(32)}"
