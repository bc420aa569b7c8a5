"""The OpenAPI 3.1 document, written from the table of routes and the types that it names."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter

from makegood.api.problems import Kind, Problem
from makegood.api.requests import NoBody
from makegood.api.routing import LIMIT_DEFAULT, LIMIT_MAX, Parameter, Route
from makegood.events.identifiers import IDENTIFIER_PATTERN

Json = dict[str, Any]

VERSION = "1.0.0"

_REFERENCE = "#/components/schemas/{model}"
_IDENTIFIER = {"type": "string", "pattern": f"^{IDENTIFIER_PATTERN}$"}

_INTRODUCTION = (
    "Credits are whole numbers. Every request that changes something takes effect once: sent again,"
    " it gets the same answer, and with other contents 409. Errors are problem details (RFC 9457)"
    " whose `type` is stable. `next_cursor` is null on the last page of a list; a page may have"
    " fewer items than asked for."
)

_LIST_PARAMETERS = [
    {
        "name": "limit",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
    },
    {
        "name": "cursor",
        "in": "query",
        "description": "The next_cursor of the page before.",
        "schema": {"type": "string"},
    },
]
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Names what is asked for, so that it happens once. A UUID will do.",
    "schema": _IDENTIFIER,
}

# Answered by another function of the stack, which the signature of Paddle opens, not a token.
_WEBHOOK: Json = {
    "post": {
        "operationId": "postWebhooksPaddle",
        "summary": "For Paddle alone",
        "security": [],
        "parameters": [
            {
                "name": "Paddle-Signature",
                "in": "header",
                "required": True,
                "schema": {"type": "string"},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        "responses": {
            "200": {
                "description": "The event is kept",
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
        },
    }
}


def describe(routes: Iterable[Route[Any]]) -> Json:
    """Build the document. It takes long enough to be built once."""
    routes = list(routes)
    references, schemas = _schemas(routes)
    paths: defaultdict[str, Json] = defaultdict(dict)
    for route in routes:
        paths[route.path][route.method.lower()] = _operation(route, references)
    webhook = {**_WEBHOOK["post"]}
    webhook["responses"] = webhook["responses"] | _refusals(
        [Kind.INVALID_REQUEST, Kind.UNAUTHORIZED, Kind.TOO_LARGE, Kind.UNAVAILABLE]
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Makegood", "version": VERSION, "description": _INTRODUCTION},
        "servers": [{"url": "/"}],
        "paths": {**paths, "/webhooks/paddle": {"post": webhook}},
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def _schemas(routes: Iterable[Route[Any]]) -> tuple[dict[str, Json], Json]:
    """Where each type is described, by its name, and the descriptions."""
    types = {Problem.__name__: Problem}
    for route in routes:
        types |= {kind.__name__: kind for kind in [*route.gives.values(), route.takes]}
    types.pop(NoBody.__name__, None)
    adapters = [(name, "validation", TypeAdapter(kind)) for name, kind in types.items()]
    found, definitions = TypeAdapter.json_schemas(adapters, ref_template=_REFERENCE)  # type: ignore[arg-type]
    return {name: schema for (name, _), schema in found.items()}, definitions["$defs"]


def _operation(route: Route[Any], references: Mapping[str, Json]) -> Json:
    operation: Json = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "security": [{"accessToken": [route.scope.value]}] if route.scope else [],
        "parameters": _parameters(route),
        "responses": {
            str(status): _success(references[kind.__name__], is_list=route.lists)
            for status, kind in route.gives.items()
        }
        | _refusals(problems_of(route)),
    }
    if route.takes is not NoBody:
        schema = references[route.takes.__name__]
        operation["requestBody"] = {
            "required": not route.body_may_lack,
            "content": {"application/json": {"schema": schema}},
        }
    return operation


def _operation_id(route: Route[Any]) -> str:
    words = [word for word in route.path.replace(".", "/").split("/") if word and word != "v1"]
    named = [word.strip("{}").title().replace("_", "") for word in words]
    return route.method.lower() + "".join(named)


def _parameters(route: Route[Any]) -> list[Json]:
    ids = [
        {"name": name, "in": "path", "required": True, "schema": _IDENTIFIER} for name in route.ids
    ]
    return [
        *ids,
        *(_described(parameter) for parameter in route.query),
        *(_LIST_PARAMETERS if route.lists else []),
        *([_IDEMPOTENCY_KEY] if route.needs_idempotency_key else []),
    ]


def _described(parameter: Parameter) -> Json:
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "schema": {**parameter.schema},
    }


def problems_of(route: Route[Any]) -> list[Kind]:
    """All that a route may answer beside what it is asked for."""
    kinds = {Kind.INVALID_REQUEST, *route.problems}
    if route.scope is not None:
        kinds |= {Kind.UNAUTHORIZED, Kind.FORBIDDEN, Kind.INTERNAL, Kind.UNAVAILABLE}
    if route.takes is not NoBody:
        kinds |= {Kind.TOO_LARGE, Kind.UNSUPPORTED_MEDIA_TYPE, Kind.INVALID_FIELDS}
    return [kind for kind in Kind if kind in kinds]


def _success(schema: Json, *, is_list: bool) -> Json:
    if is_list:
        schema = {
            "type": "object",
            "required": ["items", "next_cursor"],
            "properties": {
                "items": {"type": "array", "items": schema},
                "next_cursor": {"type": ["string", "null"]},
            },
        }
    return {"description": "Done", "content": {"application/json": {"schema": schema}}}


def _refusals(kinds: Iterable[Kind]) -> Json:
    by_status: defaultdict[int, list[Kind]] = defaultdict(list)
    for kind in kinds:
        by_status[kind.status].append(kind)
    return {
        str(status): {
            "description": " or ".join(f"{kind.title} (`{kind.urn}`)" for kind in same),
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": _REFERENCE.format(model=Problem.__name__)}
                }
            },
        }
        for status, same in by_status.items()
    }
