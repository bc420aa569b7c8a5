"""From the gateway's event (payload 2.0) to an answer: all checks that need no ledger."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from makegood.api.identity import Caller, caller_of
from makegood.api.problems import Kind, ProblemError, told
from makegood.api.requests import Body, NoBody, read_fields
from makegood.api.routes import BY_KEY, ROUTES
from makegood.api.routing import LIMIT_DEFAULT, LIMIT_MAX, Answer, Call, Desk, Route
from makegood.errors import MakegoodError, RejectedInputError
from makegood.events.http_body import raw_body
from makegood.events.identifiers import check_identifier
from makegood.events.strict_json import parse_json_object
from makegood.events.timestamps import from_milliseconds
from makegood.observability import log

Event = Mapping[str, Any]
Response = dict[str, Any]

BODY_BYTES_MAX = 256 * 1024
PARAMETERS_MAX = 20

_JSON = re.compile(r'application/json(?:\s*;\s*charset="?utf-8"?)?', re.IGNORECASE)
_LIMIT = re.compile(r"[1-9][0-9]{0,2}")

# What is answered is about somebody's credits: it is kept nowhere, and never taken for a page.
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def receive(event: Event, desk: Desk) -> Response:
    route = BY_KEY.get(event["routeKey"])
    try:
        if route is None:
            raise _not_a_route(event)
        answer = _answer(event, route, desk)
    except MakegoodError as error:
        return _refused(event, route, error)
    _log(event, route, answer.status, **answer.noted)
    return _response(answer.status, "application/json", answer.body)


def _answer(event: Event, route: Route[Any], desk: Desk) -> Answer:
    caller = Caller() if route.scope is None else caller_of(event, route.scope)
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    query = _query(event, known=_known(route))
    ids = {name: _id(event, name) for name in route.ids}
    key = _idempotency_key(headers) if route.needs_idempotency_key else ""
    body = _body(event, headers, route)
    call = Call(
        route=route.key,
        desk=desk,
        now=from_milliseconds(event["requestContext"]["timeEpoch"]),
        caller=caller,
        ids=ids,
        limit=_limit(query.get("limit")),
        cursor=query.get("cursor"),
        idempotency_key=key,
        query={one.name: one.read(query[one.name]) for one in route.query if one.name in query},
    )
    return route.does(call, body)


def _not_a_route(event: Event) -> ProblemError:
    """The gateway turns these away itself; what it lets through gets the same answer here."""
    allowed = sorted({route.method for route in ROUTES if route.fits(event.get("rawPath", ""))})
    if not allowed or event["requestContext"]["http"]["method"] in allowed:
        return ProblemError(Kind.NOT_FOUND, "there is no such route")
    methods = ", ".join(allowed)
    return ProblemError(
        Kind.METHOD_NOT_ALLOWED, f"this route takes {methods}", headers={"allow": methods}
    )


def _id(event: Event, name: str) -> str:
    return check_identifier((event.get("pathParameters") or {}).get(name), name=name)


def _idempotency_key(headers: Mapping[str, str]) -> str:
    return check_identifier(headers.get("idempotency-key"), name="Idempotency-Key header")


def _known(route: Route[Any]) -> set[str]:
    paging = {"limit", "cursor"} if route.lists else set()
    return paging | {parameter.name for parameter in route.query}


def _query(event: Event, *, known: set[str]) -> dict[str, str]:
    """The gateway joins equal names by commas, so they are counted in the raw text."""
    raw = event.get("rawQueryString") or ""
    try:
        pairs = parse_qsl(
            raw,
            keep_blank_values=True,
            strict_parsing=bool(raw),
            errors="strict",
            max_num_fields=PARAMETERS_MAX,
        )
    except ValueError:
        raise RejectedInputError("the query is not made of names and values") from None
    if not {name for name, _ in pairs} <= known:
        expected = f"only {' and '.join(sorted(known))}" if known else "none"
        raise RejectedInputError(f"unknown query parameter: this route takes {expected}")
    if len(pairs) != len(dict(pairs)):
        raise RejectedInputError("a query parameter is there twice")
    return dict(pairs)


def _limit(value: str | None) -> int:
    if value is None:
        return LIMIT_DEFAULT
    if not _LIMIT.fullmatch(value) or int(value) > LIMIT_MAX:
        raise RejectedInputError(f"limit: expected a number from 1 to {LIMIT_MAX}")
    return int(value)


def _body(event: Event, headers: Mapping[str, str], route: Route[Any]) -> Body:
    model: type[Body] = route.takes
    raw = raw_body(event, bytes_max=BODY_BYTES_MAX)
    if not raw and route.body_may_lack:
        return model()
    if model is NoBody:
        if raw:
            raise RejectedInputError("this route takes no body")
        return NoBody()
    if not _JSON.fullmatch(headers.get("content-type", "").strip()):
        raise ProblemError(Kind.UNSUPPORTED_MEDIA_TYPE, "expected a body of type application/json")
    return read_fields(model, parse_json_object(raw, bytes_max=BODY_BYTES_MAX))


def _refused(event: Event, route: Route[Any] | None, error: MakegoodError) -> Response:
    problem = told(error)
    _log(
        event,
        route,
        problem.kind.status,
        problem=problem.kind.urn,
        error=type(error).__name__,
        why=str(error),
    )
    return _response(problem.kind.status, "application/problem+json", problem.body, problem.headers)


def _log(event: Event, route: Route[Any] | None, status: int, **noted: object) -> None:
    """One line for each request, with the route's pattern: a path may hold anything."""
    log(
        "request.answered",
        request_id=event["requestContext"].get("requestId"),
        route=None if route is None else route.key,
        status=status,
        **noted,
    )


def _response(
    status: int,
    content_type: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> Response:
    return {
        "statusCode": status,
        "headers": {"content-type": content_type, **_HEADERS, **(headers or {})},
        "body": json.dumps(body, separators=(",", ":")),
        "isBase64Encoded": False,
    }
