"""Tokens that a gateway must refuse, and a look into those that it accepts."""

import base64
import hashlib
import hmac
import json
from typing import Any

from local.tokens import base64url


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    header, claims, signature = token.split(".")
    return json.loads(decoded(header)), json.loads(decoded(claims)), decoded(signature)


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encoded(part: Any) -> str:
    return base64url(json.dumps(part).encode())


def without_signature(token: str) -> str:
    header, claims, _ = parts(token)
    return f"{encoded({**header, 'alg': 'none'})}.{encoded(claims)}."


def signed_with_the_public_key(token: str, public_key: bytes) -> str:
    """The confusion of algorithms: HMAC, keyed with what everybody may know."""
    header, claims, _ = parts(token)
    signed = f"{encoded({**header, 'alg': 'HS256'})}.{encoded(claims)}"
    digest = hmac.new(public_key, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64url(digest)}"


def with_other_claims(token: str, **claims: Any) -> str:
    """Tampered with: the signature is of the claims before."""
    header, before, signature = parts(token)
    return f"{encoded(header)}.{encoded({**before, **claims})}.{base64url(signature)}"
