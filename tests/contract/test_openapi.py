"""The OpenAPI document, the table of routes and the template say the same."""

import json
import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from makegood.api.problems import Kind
from makegood.api.requests import NoBody
from makegood.api.routes import ROUTES, document
from makegood.api.routing import Route
from tests.template import source

OPERATIONS = [
    pytest.param(method, path, operation, id=f"{method} {path}")
    for path, operations in document()["paths"].items()
    for method, operation in operations.items()
]


def test_the_document_is_one_that_tools_can_read() -> None:
    validate(document())
    assert json.loads(json.dumps(document())) == document()


def test_the_document_is_written_once() -> None:
    assert document() is document()


def test_the_document_has_every_route_of_the_template_with_its_scope() -> None:
    described = {
        f"{method.upper()} {path}": scope_of(operation)
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
    }

    assert described == template_routes()


def test_the_api_answers_exactly_the_routes_that_the_template_sends_to_it() -> None:
    answered = {route.key: route.scope and route.scope.value for route in ROUTES}

    assert answered == template_routes("Api")


def test_the_api_takes_both_spellings_of_a_scope_that_the_template_lets_pass() -> None:
    for route in ROUTES:
        if route.scope is not None:
            assert scopes_in_template(route.key) == route.scope.spellings


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_every_id_in_a_path_is_described(method: str, path: str, operation: Any) -> None:
    named = [one["name"] for one in operation["parameters"] if one["in"] == "path"]

    assert named == re.findall(r"{(\w+)}", path)


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_every_route_tells_what_it_does_and_may_answer(
    method: str, path: str, operation: Any
) -> None:
    assert operation["summary"]
    assert any(status.startswith("2") for status in operation["responses"])
    assert "400" in operation["responses"]
    assert {"401", "403"} <= set(operation["responses"]) or operation["security"] == []


def test_operations_have_names_of_their_own() -> None:
    names = [one.values[2]["operationId"] for one in OPERATIONS]  # type: ignore[index]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_a_body_is_described_where_one_is_read(route: Route[Any]) -> None:
    operation = document()["paths"][route.path][route.method.lower()]

    assert ("requestBody" in operation) == (route.takes is not NoBody)
    assert ("415" in operation["responses"]) == (route.takes is not NoBody)
    assert (route.takes is not NoBody) == (route.method != "GET")


def test_every_kind_of_problem_that_a_route_may_answer_is_in_the_document() -> None:
    text = json.dumps(document())
    # The gateway answers what is no route; nothing refuses in a way without a kind of its own.
    elsewhere = {Kind.METHOD_NOT_ALLOWED, Kind.REFUSED}

    assert {kind for kind in Kind if f"`{kind.urn}`" not in text} == elsewhere


def test_bodies_are_closed_and_answers_may_grow() -> None:
    schemas = document()["components"]["schemas"]
    closed = {name for name, schema in schemas.items() if "additionalProperties" in schema}

    assert closed == {route.takes.__name__ for route in ROUTES if route.takes is not NoBody}


def scope_of(operation: Any) -> str | None:
    security: list[dict[str, list[str]]] = operation["security"]
    return security[0]["accessToken"][0] if security else None


def template_routes(function: str | None = None) -> dict[str, str | None]:
    return {
        f"{event['Method']} {event['Path']}": min(scopes, key=len) if scopes else None
        for logical_id, event in http_events()
        if function in (None, logical_id)
        for scopes in [event["Auth"].get("AuthorizationScopes")]
    }


def scopes_in_template(route_key: str) -> set[str]:
    return {
        scope
        for _, event in http_events()
        if f"{event['Method']} {event['Path']}" == route_key
        for scope in event["Auth"]["AuthorizationScopes"]
    }


def http_events() -> list[tuple[str, dict[str, Any]]]:
    return [
        (logical_id, event["Properties"])
        for logical_id, resource in source()["Resources"].items()
        for event in resource.get("Properties", {}).get("Events", {}).values()
        if event["Type"] == "HttpApi"
    ]
