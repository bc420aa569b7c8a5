"""The bytes of a request as the gateway hands them over. Standard library only."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from makegood.errors import BodyTooLargeError, MalformedJsonError


def raw_body(event: Mapping[str, Any], *, bytes_max: int) -> bytes:
    """Raise BodyTooLargeError, or MalformedJsonError for base64 that is none."""
    body: str = event.get("body") or ""
    # No byte is shorter than a character, nor than base64 makes it: this needs no decoding yet.
    if len(body) > bytes_max // 3 * 4 + 4:
        raise BodyTooLargeError(f"more than {bytes_max} bytes")
    try:
        encoded = event.get("isBase64Encoded", False)
        raw = base64.b64decode(body, validate=True) if encoded else body.encode("utf-8")
    except (binascii.Error, ValueError):
        raise MalformedJsonError("the body cannot be decoded") from None
    if len(raw) > bytes_max:
        raise BodyTooLargeError(f"more than {bytes_max} bytes")
    return raw
