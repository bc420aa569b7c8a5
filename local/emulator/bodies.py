"""Reads the OpenAPI document that SAM puts into an HTTP API, as API Gateway itself would.

Pure: the document comes in with every `Ref` and `Fn::…` already resolved.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
ANY_METHOD = "x-amazon-apigateway-any-method"
AUTHORIZER = "x-amazon-apigateway-authorizer"
INTEGRATION = "x-amazon-apigateway-integration"
DEFAULT_IDENTITY_SOURCE = "$request.header.Authorization"


class UnreadableBodyError(ValueError):
    """The document asks for something that the laptop does not carry over."""


@dataclass(frozen=True, slots=True)
class Authorizer:
    name: str
    issuer: str
    audience: tuple[str, ...]
    identity_source: str


@dataclass(frozen=True, slots=True)
class Route:
    key: str
    function_uri: str
    authorizer: str | None
    scopes: tuple[str, ...]
    timeout_milliseconds: int


def authorizers(body: Mapping[str, Any]) -> list[Authorizer]:
    schemes = body.get("components", {}).get("securitySchemes", {})
    return [_authorizer(name, scheme) for name, scheme in sorted(schemes.items())]


def routes(body: Mapping[str, Any]) -> list[Route]:
    return [
        _route(_route_key(method, path), operation, body.get("security", []))
        for path, item in sorted(body.get("paths", {}).items())
        for method, operation in _operations(item)
    ]


def _authorizer(name: str, scheme: Mapping[str, Any]) -> Authorizer:
    declared = scheme.get(AUTHORIZER, {})
    if declared.get("type", "jwt") != "jwt" or "jwtConfiguration" not in declared:
        raise UnreadableBodyError(f"authorizer {name} is not a JWT authorizer")
    configuration = declared["jwtConfiguration"]
    source = declared.get("identitySource", DEFAULT_IDENTITY_SOURCE)
    return Authorizer(
        name=name,
        issuer=str(configuration["issuer"]),
        audience=tuple(str(one) for one in configuration.get("audience", [])),
        identity_source=source[0] if isinstance(source, list) else str(source),
    )


def _operations(item: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for method, operation in sorted(item.items()):
        if method == ANY_METHOD:
            yield "ANY", operation
        elif method.lower() in METHODS:
            yield method.upper(), operation


def _route_key(method: str, path: str) -> str:
    return "$default" if path in ("$default", "/$default") else f"{method} {path}"


def _route(key: str, operation: Mapping[str, Any], default_security: list[Any]) -> Route:
    integration = operation.get(INTEGRATION)
    if not integration or str(integration.get("type", "")).lower() != "aws_proxy":
        raise UnreadableBodyError(f"route {key} does not lead to a function")
    authorizer, scopes = _security(operation.get("security", default_security))
    return Route(
        key=key,
        function_uri=str(integration["uri"]),
        authorizer=authorizer,
        scopes=scopes,
        timeout_milliseconds=int(integration.get("timeoutInMillis", 30_000)),
    )


def _security(security: list[Mapping[str, Any]]) -> tuple[str | None, tuple[str, ...]]:
    """The authorizer of a route and its scopes; SAM writes NONE for a route that is open."""
    for requirement in security:
        for name, scopes in requirement.items():
            if name != "NONE":
                return name, tuple(str(scope) for scope in scopes)
    return None, ()
