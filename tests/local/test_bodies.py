from typing import Any

import pytest

from local.emulator import bodies

JWT = {
    "type": "oauth2",
    "x-amazon-apigateway-authorizer": {
        "type": "jwt",
        "identitySource": "$request.header.Authorization",
        "jwtConfiguration": {"issuer": "http://127.0.0.1:1", "audience": ["a", "b"]},
    },
}


def operation(**more: Any) -> dict[str, Any]:
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": "arn:of:the:function"}
    return {"x-amazon-apigateway-integration": integration, **more}


def test_a_route_keeps_its_method_path_function_authorizer_and_scopes() -> None:
    secured = operation(security=[{"Jwt": ["jobs", "makegood/jobs"]}])
    body = {"paths": {"/v1/jobs/{job_id}": {"put": secured}}}

    assert bodies.routes(body) == [
        bodies.Route(
            key="PUT /v1/jobs/{job_id}",
            function_uri="arn:of:the:function",
            authorizer="Jwt",
            scopes=("jobs", "makegood/jobs"),
            timeout_milliseconds=30_000,
        )
    ]


@pytest.mark.parametrize("security", [[{"NONE": []}], []])
def test_a_route_without_an_authorizer_is_open(security: list[Any]) -> None:
    body = {
        "security": [{"Jwt": []}],
        "paths": {"/health": {"get": operation(security=security)}},
    }

    assert bodies.routes(body)[0].authorizer is None


def test_what_holds_for_the_whole_document_holds_for_a_route_that_says_nothing() -> None:
    body = {"security": [{"Jwt": ["jobs"]}], "paths": {"/v1/x": {"get": operation()}}}

    route = bodies.routes(body)[0]

    assert (route.authorizer, route.scopes) == ("Jwt", ("jobs",))


def test_every_method_of_a_path_is_a_route() -> None:
    item = {
        "get": operation(),
        "post": operation(),
        "x-amazon-apigateway-any-method": operation(),
        "parameters": [],
    }

    keys = [route.key for route in bodies.routes({"paths": {"/a": item, "$default": item}})]

    assert keys == ["$default", "$default", "$default", "GET /a", "POST /a", "ANY /a"]


def test_an_authorizer_keeps_its_issuer_and_audiences() -> None:
    body = {"components": {"securitySchemes": {"Jwt": JWT}}}

    assert bodies.authorizers(body) == [
        bodies.Authorizer("Jwt", "http://127.0.0.1:1", ("a", "b"), "$request.header.Authorization")
    ]


def test_an_authorizer_of_another_kind_is_refused_rather_than_left_open() -> None:
    scheme = {"x-amazon-apigateway-authorizer": {"type": "request"}}

    with pytest.raises(bodies.UnreadableBodyError, match="Own"):
        bodies.authorizers({"components": {"securitySchemes": {"Own": scheme}}})


def test_a_route_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(bodies.UnreadableBodyError, match="GET /a"):
        bodies.routes({"paths": {"/a": {"get": {}}}})
