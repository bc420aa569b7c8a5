"""The API's door, and the smaller readers of text that stand beside it."""

import json
from typing import Any, cast
from zoneinfo import ZoneInfo

from makegood.api import door
from makegood.api.cursors import Cursors
from makegood.api.routes import ROUTES
from makegood.api.routing import Desk
from makegood.errors import (
    InvalidIdentifierError,
    InvalidTimestampError,
    LedgerUnavailableError,
    RejectedEventError,
    RejectedInputError,
)
from makegood.events.identifiers import check_identifier
from makegood.events.job_status import parse_job_status
from makegood.events.studio_settings import parse_settings
from makegood.events.timestamps import parse_timestamp
from makegood.events.url import url_of
from tests.fuzzing import oracles
from tests.fuzzing.outcomes import outcomes
from tests.webhooks import NOW

_KEY = b"0123456789abcdef0123456789abcdef"
_CURSORS = Cursors(lambda: _KEY, "GET /v1/accounts/{account_id}/history", "acct_1")
_CLAIMS = {"sub": "ada", "account_id": "acct_1", "scope": "jobs account review operate"}
_STATUSES = {200, 201, 400, 403, 404, 409, 413, 415, 422, 503}


class _Nothing:
    """A ledger that is down: whoever gets as far has passed the door."""

    def __getattr__(self, name: str) -> Any:
        raise LedgerUnavailableError("down")


_DESK = Desk(
    ledger=cast("Any", _Nothing()),
    policies=cast("Any", _Nothing()),
    cursor_key=lambda: _KEY,
    time_left=lambda: 10.0,
    zones=ZoneInfo,
)


def judge(data: bytes) -> None:
    """`route`, a line each of id, query and key, then the body. The door answers whatever it is.

    A first byte above the number of routes goes to one of the smaller readers.
    """
    number = data[0] if data else 0
    if number < len(ROUTES):
        _ask(number, data[1:])
    else:
        reader = _READERS[number % len(_READERS)]
        reader(data[1:])


def _ask(number: int, data: bytes) -> None:
    route = ROUTES[number]
    id_line, query, key, body = [*data.split(b"\n", 3), b"", b"", b""][:4]
    name = id_line.decode("latin-1")
    event = {
        "routeKey": route.key,
        "rawPath": route.path,
        "rawQueryString": query.decode("latin-1"),
        "headers": {"content-type": "application/json", "Idempotency-Key": key.decode("latin-1")},
        "pathParameters": dict.fromkeys(route.ids, name),
        "requestContext": {
            "requestId": "1",
            "timeEpoch": int(NOW.timestamp() * 1000),
            "http": {"method": route.method},
            "authorizer": {"jwt": {"claims": _CLAIMS}},
        },
        "body": body.decode("utf-8", "replace"),
        "isBase64Encoded": False,
    }
    answer = door.receive(event, _DESK)
    assert answer["statusCode"] in _STATUSES
    assert answer["body"].isascii()
    outcomes.came_to(f"{route.key} {answer['statusCode']}")
    if answer["statusCode"] == 400:
        outcomes.refused(answer["body"])
    if not oracles.is_id(name) and route.ids:
        assert answer["statusCode"] == 400


def _cursor(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    try:
        position = _CURSORS.read(text)
    except RejectedInputError:
        pass
    else:
        outcomes.accepted("cursor")
        assert _CURSORS.write(position) == text
    position = data.decode("utf-8", "replace")[:80]
    assert _CURSORS.read(_CURSORS.write(position)) == position


def _id(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    try:
        assert check_identifier(text, name="id") == text
        found = True
    except InvalidIdentifierError:
        found = False
    assert found is oracles.is_id(text)


def _time(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    try:
        found = parse_timestamp(text)
    except InvalidTimestampError:
        assert oracles.moment(text) is None
    else:
        outcomes.accepted("time")
        assert found == oracles.moment(text)
        assert parse_timestamp(found.isoformat()) == found


def _url(data: bytes) -> None:
    url = url_of(data.decode("utf-8", "replace"))
    if url is not None:
        outcomes.accepted(f"url {url.tls}")
        assert url.host.isascii()
        assert 0 < url.port < 65_536
        assert url.target.startswith("/")
        again = url_of(f"http{'s' if url.tls else ''}://{url.authority}{url.target}")
        assert again == url


def _status(data: bytes) -> None:
    try:
        parse_job_status(data, job_id="job_1", asked_at=NOW)
    except RejectedEventError as error:
        outcomes.refused(f"status: {error}")
    else:
        outcomes.accepted("job status")


def _settings(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    try:
        read = parse_settings(text, private=False)
    except RejectedEventError as error:
        outcomes.refused(f"settings: {str(error).rpartition(': ')[2]}")
    else:
        outcomes.accepted("settings")
        again = json.dumps(json.loads(text), indent=1)
        assert parse_settings(again, private=False) == read


_READERS = (_cursor, _id, _time, _url, _status, _settings)
