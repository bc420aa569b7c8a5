"""What MiniStack's HTTP API lacks: reading `Body`, and refusing every malformed token.

MiniStack keeps the document of an `AWS::ApiGatewayV2::Api` and answers 404 to every request. Here
its routes, integrations, authorizers and scopes are made when CloudFormation makes or changes the
API, with all references resolved: the template stays the one source.
"""

# ruff: noqa: SLF001 - what MiniStack lacks can only be added to its inside; the pin is exact.

import json
from collections.abc import Callable, Coroutine
from typing import Any

from ministack.services import apigateway
from ministack.services.cloudformation import provisioners

from local.emulator import bodies

API_TYPE = "AWS::ApiGatewayV2::Api"

Answer = tuple[int, dict[str, str], bytes]
Verdict = tuple[dict[str, Any] | None, list[str] | None, Answer | None]
Validate = Callable[..., Coroutine[Any, Any, Verdict]]


def install() -> None:
    handlers = provisioners._RESOURCE_HANDLERS[API_TYPE]
    handlers["create"] = _with_routes_after_create(handlers["create"])
    handlers["update"] = _with_routes_after_update(handlers["update"])
    apigateway._validate_jwt_authorizer = strict(apigateway._validate_jwt_authorizer)


def carry_over(api_id: str, body: dict[str, Any]) -> None:
    """Replace everything behind the API's address by what the document says."""
    wanted_authorizers, wanted_routes = bodies.authorizers(body), bodies.routes(body)
    for store in (apigateway._routes, apigateway._integrations, apigateway._authorizers):
        store[api_id] = {}
    ids = {one.name: _create_authorizer(api_id, one) for one in wanted_authorizers}
    for route in wanted_routes:
        _create_route(api_id, route, ids)


def strict(validate: Validate) -> Validate:
    """As API Gateway: only RS256 with an end is looked at, and what cannot be read is a 401."""

    async def validate_strictly(
        route: dict[str, Any], authorizer: dict[str, Any], headers: dict[str, str], query: Any
    ) -> Verdict:
        token = apigateway._extract_token_from_identity_source(
            authorizer.get("identitySource", []), headers, query
        )
        if not well_formed(token):
            return None, None, _challenged(apigateway._jwt_unauthorized(), "Bearer")
        claims, scopes, refusal = await validate(route, authorizer, headers, query)
        if refusal is None:
            return claims, scopes, None
        challenge = "Bearer" if refusal[0] == 401 else 'Bearer error="insufficient_scope"'
        return None, None, _challenged(refusal, challenge)

    return validate_strictly


def well_formed(token: str | None) -> bool:
    """What MiniStack takes for granted about a token: else it answers 500, or even 200."""
    try:
        first, second, _signature = (token or "").split(".")
        header = json.loads(apigateway._b64url_decode(first))
        claims = json.loads(apigateway._b64url_decode(second))
    except ValueError:
        return False
    if not isinstance(header, dict) or not isinstance(claims, dict):
        return False
    times = [claims.get("exp"), claims.get("nbf", 0), claims.get("iat", 0)]
    whole = all(isinstance(time, int) and not isinstance(time, bool) for time in times)
    return header.get("alg") == "RS256" and isinstance(header.get("kid"), str) and whole


def _challenged(answer: Answer, challenge: str) -> Answer:
    status, headers, body = answer
    return status, {**headers, "www-authenticate": challenge}, body


def _with_routes_after_create(create: Callable[..., Any]) -> Callable[..., Any]:
    def create_with_routes(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        api_id, attributes = create(logical_id, props, stack_name)
        carry_over(api_id, props.get("Body") or {})
        return api_id, attributes

    return create_with_routes


def _with_routes_after_update(update: Callable[..., Any]) -> Callable[..., Any]:
    def update_with_routes(
        physical_id: str, old: dict[str, Any], new: dict[str, Any], *rest: Any, **named: Any
    ) -> Any:
        result = update(physical_id, old, new, *rest, **named)
        carry_over(result[0], new.get("Body") or {})
        return result

    return update_with_routes


def _create_authorizer(api_id: str, one: bodies.Authorizer) -> str:
    return _created(
        apigateway._create_authorizer(
            api_id,
            {
                "name": one.name,
                "authorizerType": "JWT",
                "identitySource": [one.identity_source],
                "jwtConfiguration": {"issuer": one.issuer, "audience": list(one.audience)},
            },
        ),
        "authorizerId",
    )


def _create_route(api_id: str, route: bodies.Route, authorizer_ids: dict[str, str]) -> None:
    integration = {
        "integrationUri": route.function_uri,
        "timeoutInMillis": route.timeout_milliseconds,
    }
    target = _created(apigateway._create_integration(api_id, integration), "integrationId")
    record: dict[str, Any] = {"routeKey": route.key, "target": f"integrations/{target}"}
    if route.authorizer:
        record |= {
            "authorizationType": "JWT",
            "authorizerId": authorizer_ids[route.authorizer],
            "authorizationScopes": list(route.scopes),
        }
    _created(apigateway._create_route(api_id, record), "routeId")


def _created(answer: Answer, id_name: str) -> str:
    status, _headers, payload = answer
    if status >= 300:
        raise ValueError(f"the API could not be made: {payload.decode()}")
    return str(json.loads(payload)[id_name])
