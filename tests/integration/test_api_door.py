"""What is checked before anything is looked up: who calls, with what, and how.

The gateway checks tokens, knows the routes and their scopes, and limits rates. Here the function
stands without it: what gets past a gateway that was set up wrongly is turned away too. Single bad
requests are in tests/inputs.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

import api as function
from makegood import wiring
from makegood.api.routes import ROUTES
from makegood.api.routing import Route
from makegood.aws import Caller
from makegood.errors import AwsUnreachableError, LedgerDamagedError
from tests.api_calls import Api
from tests.asked import asking
from tests.http_events import customer, event, path_of
from tests.workers import Clock

IDS = {
    "job_id": "job_1",
    "account_id": "acc_1",
    "key": "key-1",
    "price_id": "pri_1",
    "transaction_id": "txn_1",
    "case_id": "case_1",
    "outage_id": "outage_1",
    "payout_id": "payout_1",
}
BODIES: dict[str, Any] = {
    "PUT /v1/jobs/{job_id}": {"account_id": "acc_1", "credits": 1},
    "PUT /v1/bonuses/{key}": {"account_id": "acc_1", "credits": 1, "reason": "Welcome."},
    "PUT /v1/prices/{price_id}": {"credits": 1},
    "POST /v1/unmatched/{transaction_id}/assign": {"account_id": "acc_1"},
    "POST /v1/accounts/{account_id}/corrections": {"credits": 1, "reason": "Agreed."},
    "POST /v1/accounts/{account_id}/freeze": {"reason": "Agreed."},
    "POST /v1/accounts/{account_id}/unfreeze": {"reason": "Agreed."},
    "POST /v1/accounts/{account_id}/close": {"reason": "Agreed."},
    "POST /v1/me/cases": asking(),
    "POST /v1/me/cases/{case_id}/withdraw": {},
    "POST /v1/me/cases/{case_id}/appeal": {},
    "POST /v1/cases": asking(account_id="acc_1"),
    "POST /v1/cases/{case_id}/decision": {"decision": "approve", "seen_version": 1},
    "POST /v1/payouts/resume": {"reason": "Looked at."},
    "POST /v1/payouts/{payout_id}/decision": {"decision": "give_up", "note": "Looked at."},
}
SCOPES = ("jobs", "account", "review", "operate")
PROTECTED = [route for route in ROUTES if route.scope is not None]
CHARGE = {"account_id": "acc_1", "credits": 1}


def request_for(route: Route[Any], claims: dict[str, Any] | None, **fields: Any) -> dict[str, Any]:
    headers = {"idempotency-key": "k-1"} if route.needs_idempotency_key else {}
    path = path_of(route.path, **{name: IDS[name] for name in route.ids})
    body = BODIES.get(route.key)
    return event(route.method, path, claims, body=body, headers=headers, **fields)


def claims_with(scope: str) -> dict[str, str]:
    return {"sub": "someone", "account_id": "acc_1", "scope": scope}


by_route = pytest.mark.parametrize("route", PROTECTED, ids=lambda route: route.key)


# Who calls --------------------------------------------------------------------------------------


@by_route
def test_without_a_token_there_is_nothing_to_see(api: Api, route: Route[Any]) -> None:
    answer = api.send(request_for(route, None))

    assert (answer.status, answer.problem) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert api.items() == []


@by_route
def test_a_token_opens_the_routes_of_its_scope_and_no_other(api: Api, route: Route[Any]) -> None:
    for scope in SCOPES:
        status = api.send(request_for(route, claims_with(scope))).status
        assert (status == 403) == (scope != route.scope), scope
    others = " ".join(scope for scope in SCOPES if scope != route.scope)
    refused = api.send(request_for(route, claims_with(others)))
    assert (refused.status, refused.problem) == (403, "forbidden")
    assert "insufficient_scope" in refused.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"scope": "jobs"}, 200),
        ({"scope": "makegood/jobs"}, 200),
        ({"scope": "openid makegood/jobs profile"}, 200),
        ({"scp": "[jobs account]"}, 200),
        ({"scp": "jobs"}, 200),
        ({"scope": ""}, 403),
        ({"scope": "evil/jobs"}, 403),
        ({"scope": "makegood/jobs/x"}, 403),
        ({"scope": "JOBS"}, 403),
        ({"scope": "jobsx"}, 403),
        ({"scope": "jobs,account"}, 403),
        ({"scope": ["jobs"]}, 403),
    ],
    ids=repr,
)
def test_only_the_scope_claim_gives_a_scope(api: Api, claims: dict[str, Any], status: int) -> None:
    assert api.get("/v1/accounts/acc_1", {"sub": "studio", **claims}).status == status


def test_scopes_that_the_gateway_read_itself_count_where_no_claim_has_them(api: Api) -> None:
    request = event("GET", "/v1/accounts/acc_1", {"sub": "studio"})
    request["requestContext"]["authorizer"]["jwt"]["scopes"] = ["makegood/jobs"]

    assert api.send(request).status == 200


@pytest.mark.parametrize(
    "authorizer",
    [None, {}, {"jwt": None}, {"jwt": {}}, {"jwt": {"claims": {}}}, {"lambda": {"scope": "jobs"}}],
    ids=repr,
)
def test_nothing_but_verified_claims_is_a_token(api: Api, authorizer: Any) -> None:
    header = {"authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzY29wZSI6ImpvYnMifQ."}
    request = event("GET", "/v1/accounts/acc_1", None, headers=header)
    request["requestContext"]["authorizer"] = authorizer

    assert api.send(request).status == 401


@pytest.mark.parametrize(
    "account_id",
    [None, "", " ", "acc 1", "acc_1\n", "[acc_1 acc_2]", "acc_1/x", 7, ["acc_1"]],
    ids=repr,
)
@pytest.mark.parametrize("path", ["/v1/me", "/v1/me/transactions", "/v1/me/purchases"])
def test_a_customer_s_token_names_its_account(api: Api, path: str, account_id: object) -> None:
    claims = {"sub": "acc_1", "scope": "account"}
    if account_id is not None:
        claims["account_id"] = account_id  # type: ignore[assignment]

    answer = api.get(path, claims)

    assert (answer.status, answer.problem) == (403, "forbidden")


# Which route ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/jobs",
        "/v1/jobs/",
        "/v1/jobs/job_1/",
        "/v1/jobs/job_1/refund",
        "/v1/refunds",
        "/health/",
        "/.env",
    ],
)
def test_a_route_that_is_not_there_is_not_found(api: Api, path: str) -> None:
    answer = api.get(path)

    assert (answer.status, answer.problem) == (404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/v1/jobs/job_1", "GET, PUT"),
        ("DELETE", "/v1/jobs/job_1", "GET, PUT"),
        ("PATCH", "/v1/prices/pri_1", "PUT"),
        ("HEAD", "/health", "GET"),
        ("OPTIONS", "/v1/me", "GET"),
        ("TRACE", "/v1/me", "GET"),
        ("get", "/v1/me", "GET"),
        ("GET", "/v1/accounts/acc_1/freeze", "POST"),
    ],
)
def test_a_route_says_which_methods_it_takes(
    api: Api, method: str, path: str, allowed: str
) -> None:
    answer = api.send(event(method, path))

    assert (answer.status, answer.problem) == (405, "method-not-allowed")
    assert answer.headers["allow"] == allowed


def test_ids_may_have_every_character_of_the_alphabet(api: Api) -> None:
    id_ = "A.z_0:9-" + "x" * 120

    assert api.get(f"/v1/accounts/{id_}").body["account_id"] == id_


# Queries ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 9, 50, 99, 100])
def test_the_limits_of_the_limit(api: Api, limit: int) -> None:
    assert api.get("/v1/me/transactions", customer("acc_1"), limit=limit).status == 200


@pytest.mark.parametrize("route", [r for r in ROUTES if not r.lists], ids=lambda r: r.key)
def test_a_route_without_a_list_takes_no_query(api: Api, route: Route[Any]) -> None:
    claims = None if route.scope is None else claims_with(route.scope)

    assert api.send(request_for(route, claims, query="limit=5")).problem == "invalid-request"
    assert api.items() == []


# Bodies -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
    ],
)
def test_json_is_taken_under_its_names(api: Api, content_type: str) -> None:
    request = event("PUT", "/v1/jobs/job_1", body=CHARGE, headers={"content-type": content_type})

    assert api.send(request).problem == "insufficient-credits"


def test_a_body_without_a_content_type_is_refused(api: Api) -> None:
    request = event("PUT", "/v1/jobs/job_1", body=CHARGE)
    del request["headers"]["content-type"]

    assert api.send(request).status == 415


def test_a_body_may_come_in_base64(api: Api) -> None:
    body = base64.b64encode(json.dumps(CHARGE).encode()).decode()

    request = event("PUT", "/v1/jobs/job_1", body=body, isBase64Encoded=True)

    assert api.send(request).problem == "insufficient-credits"


@pytest.mark.parametrize(
    "body", ["%%%", "eyJ", base64.b64encode(b'{"account_id": "\xff"}').decode()], ids=repr
)
def test_base64_that_is_no_text_is_refused(api: Api, body: str) -> None:
    request = event("PUT", "/v1/jobs/job_1", body=body, isBase64Encoded=True)

    assert api.send(request).problem == "invalid-request"


def test_the_largest_body_is_read(api: Api) -> None:
    text = json.dumps(CHARGE)
    padded = text + " " * (256 * 1024 - len(text))

    assert api.send(event("PUT", "/v1/jobs/job_1", body=padded)).status == 402
    assert api.send(event("PUT", "/v1/jobs/job_1", body=padded + " ")).status == 413


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "GET"], ids=lambda r: r.key)
def test_a_question_has_no_body(api: Api, route: Route[Any]) -> None:
    claims = None if route.scope is None else claims_with(route.scope)

    assert api.send(request_for(route, claims) | {"body": "{}"}).problem == "invalid-request"
    assert api.send(request_for(route, claims) | {"body": ""}).status in (200, 404)


# Open to all ------------------------------------------------------------------------------------


def test_anybody_may_ask_whether_it_runs_and_what_it_does(api: Api) -> None:
    assert api.get("/health", None).body == {"status": "ok"}
    assert api.get("/openapi.json", None).body["openapi"].startswith("3.1")


# What goes wrong here ---------------------------------------------------------------------------


class Unreachable(Caller):
    """A DynamoDB that does not answer."""

    def __init__(self) -> None:
        """Nothing is kept."""

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        raise AwsUnreachableError(f"{operation}: ConnectTimeoutError")


@pytest.mark.parametrize("path", ["/v1/accounts/acc_1", "/v1/jobs/job_1"])
def test_a_table_that_cannot_be_reached_is_worth_another_try(
    api: Api, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring.ledger().table, "_dynamodb", Unreachable())

    answer = api.get(path)

    assert (answer.status, answer.problem) == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"
    assert "dynamodb" not in json.dumps(answer.body).lower()


def test_a_charge_without_time_left_is_worth_another_try(api: Api) -> None:
    class Late(Clock):
        def get_remaining_time_in_millis(self) -> int:
            return 500

    response = function.lambda_handler(event("PUT", "/v1/jobs/job_1", body=CHARGE), Late())

    assert response["statusCode"] == 503
    assert response["headers"]["retry-after"] == "1"
    assert api.items() == []


def test_a_cursor_key_that_cannot_be_read_is_worth_another_try(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.secrets.delete_secret(SecretId="cursor", ForceDeleteWithoutRecovery=True)
    wiring.cursor_key.cache_clear()

    assert api.get("/v1/me/transactions", customer("acc_1"), cursor="Mg.x").status == 503


def test_what_contradicts_itself_in_the_ledger_is_our_fault_and_stays_inside(
    api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def damaged(*_: Any) -> Any:
        raise LedgerDamagedError("lot 7 of an account is nowhere")

    monkeypatch.setattr(wiring.ledger().table, "read", damaged)

    answer = api.get("/v1/accounts/acc_1")

    assert (answer.status, answer.problem) == (500, "internal")
    assert "lot" not in answer.body["detail"]
    assert "LedgerDamagedError" in capsys.readouterr().out


# What is told about it --------------------------------------------------------------------------


def test_one_line_tells_of_each_request(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()

    api.get("/v1/accounts/acc_1")
    api.put("/v1/jobs/job_1", CHARGE)

    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == {
        "event": "request.answered",
        "request_id": "JKJaXmPLvHcESHA=",
        "route": "GET /v1/accounts/{account_id}",
        "status": 200,
        "account_id": "acc_1",
    }
    assert (second["status"], second["error"]) == (402, "InsufficientCreditsError")


def test_a_request_is_answered_at_the_gateway_s_time(api: Api) -> None:
    request = event("PUT", "/v1/bonuses/b", body=CHARGE | {"reason": "x"})
    request["requestContext"]["timeEpoch"] = 1_800_000_000_123

    assert api.send(request).body["given_at"] == "2027-01-15T08:00:00.123000Z"
