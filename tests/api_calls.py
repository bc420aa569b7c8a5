"""The API as the gateway calls it, on moto. Every answer is held to the OpenAPI document."""

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from moto import mock_aws

import api
from makegood import settings, wiring
from makegood.api.routes import document
from makegood.aws import Caller
from makegood.domain.facts import Decide
from makegood.errors import MakegoodError
from makegood.ledger.table import Table
from tests.callers import forget, wire_to_moto
from tests.http_events import JOBS, JSON, OPERATOR, event
from tests.template import REGION, table_properties
from tests.workers import Clock, plenty

TABLE = "ledger"
CURSOR_SECRET = "cursor"
CURSOR_KEY = bytes(range(32))
CACHED = (
    wiring.ledger,
    wiring.cursor_key,
    wiring.policies,
    settings.ledger_settings,
    settings.api_settings,
    settings.policy_settings,
)


client = cache(partial(boto3.client, region_name=REGION))
"""Making a client takes longer than a test. moto answers also those that are older than it."""


@dataclass(frozen=True)
class Answered:
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def problem(self) -> str:
        """The kind of problem, without the part that all of them share."""
        assert self.headers["content-type"] == "application/problem+json", self
        assert self.body["status"] == self.status
        kind: str = self.body["type"]
        return kind.removeprefix("urn:makegood:problem:")


class Noting(Caller):
    """A caller that notes the operations, for tests that count them."""

    def __init__(self, caller: Caller, calls: list[str]) -> None:
        self._caller = caller
        self._calls = calls

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        self._calls.append(operation)
        return self._caller.call(operation, request)


class Api:
    """The real handler behind a gateway that knows the routes."""

    def __init__(self) -> None:
        self.dynamodb = client("dynamodb")
        self.dynamodb.create_table(TableName=TABLE, **table_properties("LedgerTable"))
        self.secrets = client("secretsmanager")
        self.secrets.create_secret(
            Name=CURSOR_SECRET, SecretString=json.dumps({"key": CURSOR_KEY.hex()})
        )

    def get(self, path: str, claims: Mapping[str, Any] | None = JOBS, **query: Any) -> Answered:
        return self.send(event("GET", path, claims, query=urlencode(query)))

    def put(self, path: str, body: Any, claims: Mapping[str, Any] | None = JOBS) -> Answered:
        return self.send(event("PUT", path, claims, body=body))

    def post(
        self,
        path: str,
        body: Any,
        claims: Mapping[str, Any] | None = OPERATOR,
        *,
        key: str | None = None,
    ) -> Answered:
        headers = {} if key is None else {"idempotency-key": key}
        return self.send(event("POST", path, claims, body=body, headers=headers))

    def send(self, request: dict[str, Any]) -> Answered:
        response = api.lambda_handler(request, Clock())
        headers = response["headers"]
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        answered = Answered(response["statusCode"], headers, json.loads(response["body"]))
        check_against_document(request["routeKey"], answered)
        return answered

    def decide(self, decision: Decide[Any]) -> Any:
        return wiring.ledger().decide(decision, time_left=plenty)

    def decide_all(self, decisions: Iterable[Decide[Any]]) -> None:
        results = wiring.ledger().decide_all(list(decisions), time_left=plenty)
        assert not [result for result in results if isinstance(result, MakegoodError)]

    @property
    def table(self) -> Table:
        return wiring.ledger().table

    def calls_during(self, work: Callable[[], object]) -> list[str]:
        """Which operations of DynamoDB some work takes, in their order."""
        calls: list[str] = []
        caller = self.table._dynamodb
        self.table._dynamodb = Noting(caller, calls)
        try:
            work()
        finally:
            self.table._dynamodb = caller
        return calls

    def items(self) -> list[Any]:
        """All that the table holds, for tests that nothing has moved."""
        return sorted(
            self.dynamodb.scan(TableName=TABLE)["Items"],
            key=lambda item: (item["pk"]["S"], item["sk"]["S"]),
        )


def check_against_document(route_key: str, answered: Answered) -> None:
    """The document describes this status of this route, and this body has the shape it says."""
    method, _, path = route_key.partition(" ")
    operation = document()["paths"].get(path, {}).get(method.lower())
    if operation is None:
        assert answered.status in (404, 405), route_key
        return
    described = operation["responses"].get(str(answered.status))
    assert described is not None, f"{route_key} answers {answered.status}, which is not described"
    [(content_type, content)] = described["content"].items()
    assert answered.headers["content-type"] == content_type
    if content_type != JSON:
        assert answered.body["type"] in described["description"], answered.body
    _validator(json.dumps(content["schema"])).validate(answered.body)


@cache
def _validator(schema: str) -> Draft202012Validator:
    components = copy.deepcopy(document()["components"])
    whole = json.loads(schema) | {"components": components}
    _close(whole)
    return Draft202012Validator(whole)


def _close(schema: Any) -> None:
    """No field may be in an answer and not in the document."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("unevaluatedProperties", False)
        for part in schema.values():
            _close(part)
    elif isinstance(schema, list):
        for part in schema:
            _close(part)


@contextmanager
def wired_api() -> Iterator[None]:
    """The function's environment. What it keeps between two events is kept between two tests."""
    with pytest.MonkeyPatch.context() as environment:
        wire_to_moto(environment)
        wire_to_moto(environment)
        environment.setenv("MAKEGOOD_TABLE", TABLE)
        environment.setenv("MAKEGOOD_CURSOR_SECRET_ARN", CURSOR_SECRET)
        environment.setenv("MAKEGOOD_STAGE", "test")
        environment.setenv("MAKEGOOD_POLICY", "published")
        for cached in CACHED:
            cached.cache_clear()
        yield
        for cached in CACHED:
            cached.cache_clear()
        forget()


@contextmanager
def running_api() -> Iterator[Api]:
    with mock_aws():
        yield Api()
