"""Requests to the API as the gateway hands them over."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from makegood.api.routes import ROUTES
from tests.webhooks import NOW

JSON = "application/json"
JOBS = {"sub": "studio", "scope": "jobs"}
OPERATOR = {"sub": "oda", "scope": "makegood/review makegood/operate"}


def customer(account_id: str) -> dict[str, str]:
    return {"sub": f"user-of-{account_id}", "scope": "account", "account_id": account_id}


def event(
    method: str,
    path: str,
    claims: Mapping[str, Any] | None = JOBS,
    *,
    body: Any = None,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    at: datetime = NOW,
    **fields: Any,
) -> dict[str, Any]:
    """What a Lambda gets from an HTTP API, payload format 2.0. A path with ids comes decoded.

    A body is sent as JSON, text as it is.
    """
    route = next((r for r in ROUTES if r.method == method and r.fits(path)), None)
    given = {"content-type": JSON} if body is not None else {}
    context: dict[str, Any] = {
        "http": {"method": method, "path": path},
        "requestId": "JKJaXmPLvHcESHA=",
        "timeEpoch": int(at.timestamp() * 1000),
    }
    if claims is not None:
        context["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}
    request = {
        "version": "2.0",
        "routeKey": route.key if route else "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {**given, **(headers or {})},
        "requestContext": context,
        "pathParameters": {
            wanted.strip("{}"): value
            for wanted, value in zip(
                route.path.split("/") if route else [], path.split("/"), strict=False
            )
            if wanted.startswith("{")
        },
        "isBase64Encoded": False,
    }
    if body is not None:
        request["body"] = body if isinstance(body, str) else json.dumps(body)
    return {**request, **fields}


def path_of(template: str, **ids: str) -> str:
    return template.format(**{name: quote(value, safe=":") for name, value in ids.items()})
