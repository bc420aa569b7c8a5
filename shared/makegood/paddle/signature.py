"""Proof that a webhook came from Paddle.

`Paddle-Signature: ts=1671552777;h1=<64 hex digits>` signs `ts`, a colon and the raw body with
HMAC-SHA256 under the destination's secret. What is read here, and why:

- Parts are `key=value`, separated by `;`, in any order, and one `;` may end them. No spaces,
  commas or second `=`: Paddle sends none, and a comma is how a gateway joins two headers.
- Unknown keys are ignored, so that a new scheme beside `h1` does not close the door.
- One `ts`, of ASCII digits. Its literal text is what was signed, so it is never re-printed.
- One to five `h1`, lower-case. Several are sent while a secret is rotated; more only cost time.
"""

import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from makegood.errors import SignatureError, SignatureMismatchError

# Paddle's own helpers take 5 s. A real payment refused is worse than one delivered twice, and a
# replay inside the window changes nothing: the ledger knows each transaction for ever.
TOLERANCE_SECONDS = 300

HEADER_LENGTH_MAX = 1_000
SIGNATURES_MAX = 5

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PART = re.compile(r"([A-Za-z0-9_-]{1,32})=([!-+\--:<>-~]{1,500})")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_HEX_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class _Signature:
    timestamp: str
    digests: Sequence[str]


def verify_signature(
    header: str | None, raw_body: bytes, secrets: Iterable[str], *, now: datetime
) -> None:
    """Raise SignatureError unless one of the secrets signed this very body just now.

    Several secrets are allowed so that one can be rotated without losing events. `now` is when
    the request reached the gateway, so a slow cold start makes no signature old.
    """
    signature = _parse(header)
    if abs((now - _EPOCH) // timedelta(seconds=1) - int(signature.timestamp)) > TOLERANCE_SECONDS:
        raise SignatureError("timestamp outside the tolerance")

    signed = signature.timestamp.encode("ascii") + b":" + raw_body
    expected = [_digest(secret, signed) for secret in secrets if secret]
    if not any(hmac.compare_digest(a, b) for a in expected for b in signature.digests):
        raise SignatureMismatchError("no secret made this signature")


def _parse(header: str | None) -> _Signature:
    if not header:
        raise SignatureError("no signature")
    if len(header) > HEADER_LENGTH_MAX:
        raise SignatureError("header too long")

    parts = [_PART.fullmatch(part) for part in header.removesuffix(";").split(";")]
    pairs = [part.groups() for part in parts if part]
    timestamps = [value for key, value in pairs if key == "ts"]
    digests = [value for key, value in pairs if key == "h1"]
    if len(pairs) != len(parts):
        raise SignatureError("malformed header")
    if len(timestamps) != 1 or not _TIMESTAMP.fullmatch(timestamps[0]):
        raise SignatureError("not exactly one timestamp")
    if not 1 <= len(digests) <= SIGNATURES_MAX or not all(map(_HEX_DIGEST.fullmatch, digests)):
        raise SignatureError("not one to five lower-case hexadecimal signatures")
    return _Signature(timestamps[0], digests)


def _digest(secret: str, signed: bytes) -> str:
    # The whole secret is the key, with its prefix, as text. A secret that is no valid text
    # signs nothing; it must not break the others.
    return hmac.digest(secret.encode("utf-8", "replace"), signed, "sha256").hex()
