"""What Paddle's API answered: read, or said no to.

Nothing here shows what an answer holds. An error's text has its code and the request's id.
"""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from makegood.errors import PaddleRefusedError, PaddleUnreachableError

Fields = dict[str, object]

RETRY_AFTER_DEFAULT = 60
RETRY_AFTER_MAX = 900

LINK_LENGTH_MAX = 2_000

_CODE = re.compile(r"[a-z0-9_]{1,100}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SECONDS = re.compile(r"[0-9]{1,9}")
_LINK = re.compile(rf"[!-~]{{1,{LINK_LENGTH_MAX}}}")


class Pagination(NamedTuple):
    has_more: bool
    next: str
    """There on the last page too."""


def read_answer(
    operation: str, wanted: int, status: int, headers: Mapping[str, str], content: bytes
) -> Fields:
    """The answer, where it has the wanted status and is an object in JSON.

    Raises PaddleRefusedError for an error code of Paddle's, which nothing came of; for all else
    PaddleUnreachableError. Paddle says of its 5xx that nothing came of them too. Where money
    moves, that is not believed.
    """
    answer = _object(content)
    if status == 429:
        # Also from whatever stands before Paddle's API, whose body says nothing.
        seconds = _retry_after(headers.get("Retry-After"))
        request_id = _request_id(answer)
        raise PaddleRefusedError("too_many_requests", status, seconds, request_id=request_id)
    if status == wanted and answer:
        return answer
    code = _code(answer)
    if 400 <= status < 500 and code:
        raise PaddleRefusedError(code, status, request_id=_request_id(answer))
    told = f"status {status} {code}".rstrip()
    raise PaddleUnreachableError(f"{operation}: {told}, request {_request_id(answer) or 'unknown'}")


def entity(operation: str, answer: Fields) -> Fields:
    """Its one entity. Raises PaddleUnreachableError, as the others here do."""
    return _fields(operation, answer.get("data"))


def rows(operation: str, answer: Fields) -> list[Fields]:
    listed = answer.get("data")
    if not isinstance(listed, list):
        raise _malformed(operation, "data")
    return [_fields(operation, row) for row in listed]


def pagination(operation: str, answer: Fields) -> Pagination:
    """Without it nobody could tell whether a list is whole."""
    told = _part(_part(answer, "meta"), "pagination")
    has_more, link = told.get("has_more"), told.get("next")
    if not isinstance(has_more, bool) or not isinstance(link, str):
        raise _malformed(operation, "meta.pagination")
    return Pagination(has_more, link)


def next_target(operation: str, link: str, *, asked: str) -> str:
    """Path and query of a link to the next page, which leads to where this one was asked for."""
    try:
        there, here = _place(link), _place(asked)
    except ValueError:
        raise _malformed(operation, "meta.pagination.next") from None
    if not _LINK.fullmatch(link) or there != here:
        raise PaddleUnreachableError(f"{operation}: the link to the next page leads elsewhere")
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"


def _place(url: str) -> tuple[str, str, int | None, str]:
    parts = urlsplit(url)
    # One machine under two names: the stand-in knows itself by the first.
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    return parts.scheme, host, parts.port, parts.path


def _object(content: bytes) -> Fields | None:
    # Python's own reader, not our strict one: what some buyer wrote into a field of one entity
    # must not make a whole page unreadable. Entities are read strictly, one by one.
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _fields(operation: str, value: object) -> Fields:
    if not isinstance(value, dict):
        raise _malformed(operation, "data")
    return value


def _part(fields: Fields | None, name: str) -> Fields:
    part = (fields or {}).get(name)
    return part if isinstance(part, dict) else {}


def _code(answer: Fields | None) -> str:
    return _matched(_CODE, _part(answer, "error").get("code"))


def _request_id(answer: Fields | None) -> str:
    return _matched(_REQUEST_ID, _part(answer, "meta").get("request_id"))


def _matched(pattern: re.Pattern[str], value: object) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def _retry_after(header: str | None) -> int:
    """Paddle writes seconds. A date, which HTTP would allow, or nonsense is a minute."""
    if header is None or not _SECONDS.fullmatch(header.strip()):
        return RETRY_AFTER_DEFAULT
    return min(max(int(header), 1), RETRY_AFTER_MAX)


def _malformed(operation: str, field: str) -> PaddleUnreachableError:
    return PaddleUnreachableError(f"{operation}: {field} has another form than agreed")
