"""The rules of the doors once more: slow, in plain steps, sharing nothing with what they judge."""

import hashlib
import json
import string
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

DEPTH_MAX = 64
DIGITS_MAX = 40
YEARS = range(2000, 2200)

_ALPHANUMERIC = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_KEY = _ALPHANUMERIC + "_-"
_VALUE = "".join(character for character in map(chr, range(0x21, 0x7F)) if character not in ",;=")


class NotStrictError(Exception):
    """This is not the strict JSON that is taken."""


def signed_by(header: str, body: bytes, secrets: Sequence[str], now: int) -> bool | None:
    """True for a signature that proves the body, False for another's, None for no fresh one."""
    parts = header[: -1 if header.endswith(";") else None].split(";")
    if len(header) > 1_000 or not all(map(_is_part, parts)):
        return None
    named = [part.split("=") for part in parts]
    times = [value for key, value in named if key == "ts"]
    digests = [value for key, value in named if key == "h1"]
    if len(times) != 1 or len(times[0]) > 12 or times[0].strip(string.digits):
        return None
    if not 1 <= len(digests) <= 5 or any(len(d) != 64 or d.strip(_HEX) for d in digests):
        return None
    if not -300 <= now - int(times[0]) <= 300:
        return None
    signed = f"{times[0]}:".encode() + body
    return any(_hmac(secret, signed) in digests for secret in secrets)


def _is_part(part: str) -> bool:
    if part.count("=") != 1:
        return False
    key, value = part.split("=")
    # Nothing is left of a text that has no other characters than these.
    return (
        0 < len(key) <= 32
        and 0 < len(value) <= 500
        and not key.strip(_KEY)
        and not value.strip(_VALUE)
    )


def _hmac(secret: str, message: bytes) -> str:
    """RFC 2104, as it is written there."""
    inner, outer = (started.copy() for started in _keyed(secret))
    inner.update(message)
    outer.update(inner.digest())
    return str(outer.hexdigest())


@cache
def _keyed(secret: str) -> tuple[Any, Any]:
    key = secret.encode()
    assert len(key) <= 64, "a longer key is hashed first"
    padded = key.ljust(64, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in padded) for pad in (0x36, 0x5C))
    return hashlib.sha256(inner), hashlib.sha256(outer)


def is_id(value: object) -> bool:
    if not isinstance(value, str) or not 0 < len(value) <= 128:
        return False
    return value[0] in _ALPHANUMERIC and not value.strip(_ALPHANUMERIC + "._:-")


def strict_json(body: bytes) -> Any:
    """The value, by a reader that takes too much, less what must not be taken."""
    try:
        value = _GENEROUS.decode(body.decode("utf-8"))
        # Neither costs anything where there is nothing to find.
        if body.count(b"[") + body.count(b"{") > DEPTH_MAX and _depth(value) > DEPTH_MAX:
            raise NotStrictError
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise NotStrictError from None
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise NotStrictError
        members[key] = value
    return members


def _short_integer(digits: str) -> int:
    if len(digits) > DIGITS_MAX:
        raise NotStrictError
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if len(digits) > DIGITS_MAX or number in (float("inf"), float("-inf")):
        raise NotStrictError
    return number


def _refused(_name: str) -> None:
    raise NotStrictError


_GENEROUS = json.JSONDecoder(
    object_pairs_hook=_once,
    parse_int=_short_integer,
    parse_float=_finite,
    parse_constant=_refused,
)


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def moment(value: object) -> datetime | None:
    """The time that this text tells, cut to microseconds; None if it tells none."""
    if not isinstance(value, str) or not value.isascii():
        return None
    shape = "".join("0" if character.isdigit() else character for character in value)
    clock, rest = shape[:19], shape[19:]
    fraction = (
        rest[1:].partition("Z")[0].partition("+")[0].partition("-")[0] if rest[:1] == "." else ""
    )
    zone = rest[1 + len(fraction) :] if rest[:1] == "." else rest
    if clock != "0000-00-00T00:00:00" or zone not in {"Z", "+00:00", "-00:00"}:
        return None
    if rest[:1] == "." and not (0 < len(fraction) <= 9 and set(fraction) == {"0"}):
        return None
    return _counted(value, value[20 : 20 + len(fraction)], zone)


def _counted(value: str, fraction: str, zone: str) -> datetime | None:
    numbers = [int(value[a:b]) for a, b in ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))]
    offset = timedelta(0)
    if zone != "Z":
        hours, minutes = int(value[-5:-3]), int(value[-2:])
        if hours > 23 or minutes > 59:
            return None
        offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    if numbers[0] not in YEARS:
        return None
    try:
        local = datetime(*numbers, microsecond=int(fraction.ljust(6, "0")[:6]), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None
    told = local - offset
    return told if told.year in YEARS else None
