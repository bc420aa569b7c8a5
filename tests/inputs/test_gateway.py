"""Requests from the wire to the gateway with the template's routes, and what it lets through."""

import pytest

from local import tokens
from tests.contract.test_template_watch import stage
from tests.inputs.at_the_gateway import BALANCE, ROWS, Passed, bearing, token
from tests.inputs.gateway import ISSUER, Gateway
from tests.inputs.in_memory import Aws
from tests.template import resources


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> tokens.Issuer:
    path = tmp_path_factory.mktemp("keys") / "key.pem"
    return tokens.Issuer(tokens.key_kept_at(path), ISSUER)


@pytest.fixture
def gateway(memory: Aws, monkeypatch: pytest.MonkeyPatch, issuer: tokens.Issuer) -> Gateway:
    return Gateway(monkeypatch, issuer)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_gateway_answers(
    row: Passed, gateway: Gateway, issuer: tokens.Issuer, memory: Aws
) -> None:
    headers = dict(row.headers)
    if row.authorization is not None:
        headers["authorization"] = row.authorization(issuer)

    answer = gateway.send(row.method, row.target, headers, row.body)

    assert answer.status == row.status, answer
    assert gateway.called == ([] if row.reaches is None else [row.reaches])
    assert memory.items == []
    if row.status in (401, 403) and row.reaches is None:
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert (
        headers.get("authorization", "Bearer none")[7:] not in answer.body or answer.status == 401
    )


def test_a_good_token_gets_through(gateway: Gateway, issuer: tokens.Issuer) -> None:
    answer = gateway.send("GET", BALANCE, {"authorization": bearing(token)(issuer)})

    assert (answer.status, gateway.called) == (200, ["Api"])


@pytest.mark.parametrize("target", [BALANCE, "/webhooks/paddle", "/health"])
def test_no_other_site_is_let_in(gateway: Gateway, target: str) -> None:
    """A36: a browser asks first, and is told nothing that would let it go on."""
    asked = {"origin": "https://evil.example", "access-control-request-method": "GET"}

    answers = [gateway.send(method, target, asked) for method in ("OPTIONS", "GET", "POST")]

    assert "CorsConfiguration" not in resources("AWS::ApiGatewayV2::Api")["HttpApi"]
    for answer in answers:
        assert answer.status < 500
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_thousand_requests_a_second_are_too_many() -> None:
    """A41: nobody gets near it, and the open doors are narrower than the others."""
    settings = stage()
    rates = {route: one["ThrottlingRateLimit"] for route, one in settings["RouteSettings"].items()}

    assert settings["DefaultRouteSettings"]["ThrottlingRateLimit"] < 1000
    assert max(rates.values()) < settings["DefaultRouteSettings"]["ThrottlingRateLimit"]
