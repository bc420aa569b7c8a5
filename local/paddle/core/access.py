"""Who may ask, and how often."""

import math
import re
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from local.paddle.core.errors import RefusedError
from local.paddle.core.ids import Ids
from local.paddle.core.state import Record, State
from local.paddle.core.times import milliseconds, parsed, text

WINDOW = timedelta(minutes=1)
ALL = "*"
_BEARER = re.compile(r"Bearer ([\w.~+/=-]+)")


def new_key(
    ids: Ids,
    at: datetime,
    *,
    permissions: list[str],
    environment: str = "sandbox",
    expires_at: datetime | None = None,
) -> Record:
    """An API key as Paddle writes them: its side, its id, a secret part and a checksum."""
    side = "live" if environment == "live" else "sdbx"
    middle = ids.new("x", milliseconds(at)).removeprefix("x_")
    return {
        "id": f"pdl_{side}_apikey_{middle}_{ids.secret(22)}_{ids.secret(3)}",
        "permissions": permissions,
        "expires_at": None if expires_at is None else text(expires_at),
        "revoked": False,
    }


def check(
    state: State, headers: Mapping[str, str], *, permission: str | None, now: datetime
) -> None:
    """Raises RefusedError. Names of headers in lower case.

    Paddle answers 403 to every key that it does not take; 401 is for tokens of OAuth alone.
    """
    header = headers.get("authorization")
    if not header:
        raise RefusedError("authentication_missing")
    bearer = _BEARER.fullmatch(header)
    if bearer is None:
        raise RefusedError("authentication_malformed")
    token = bearer[1]
    key = state.find("keys", token)
    if key is None or key["revoked"] or (key["expires_at"] and parsed(key["expires_at"]) <= now):
        # Three parts with dots between them: a token of OAuth.
        raise RefusedError("invalid_access_token" if token.count(".") == 2 else "invalid_token")
    if permission is not None and not _permits(key["permissions"], permission):
        raise RefusedError("forbidden")


def _permits(given: list[str], wanted: str) -> bool:
    """To write includes to read."""
    entity = wanted.partition(".")[0]
    return ALL in given or wanted in given or f"{entity}.write" in given


class RateLimit:
    """So many requests in any minute, counted for everybody: the laptop is one address."""

    def __init__(self) -> None:
        self._taken: deque[datetime] = deque()

    def check(self, most: int | None, now: datetime) -> None:
        """Raises RefusedError `too_many_requests`, which counts for nothing."""
        if most is None:
            return
        while self._taken and self._taken[0] <= now - WINDOW:
            self._taken.popleft()
        if len(self._taken) >= most:
            wait = (self._taken[0] + WINDOW - now).total_seconds()
            raise RefusedError("too_many_requests", retry_after=max(math.ceil(wait), 1))
        self._taken.append(now)

    def copy(self) -> "RateLimit":
        other = RateLimit()
        other._taken = deque(self._taken)
        return other
