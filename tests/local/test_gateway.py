import asyncio
from typing import Any

import pytest

from local.emulator import gateway
from tests.local.jwts import encoded

GOOD_HEADER = {"alg": "RS256", "kid": "k"}
GOOD_CLAIMS = {"exp": 2_000_000_000}
ROUTE: dict[str, Any] = {}
AUTHORIZER = {"identitySource": ["$request.header.Authorization"]}


def token(header: Any, claims: Any) -> str:
    return f"{encoded(header)}.{encoded(claims)}.c2ln"


def test_a_usual_token_goes_on_to_be_verified() -> None:
    assert gateway.well_formed(token(GOOD_HEADER, GOOD_CLAIMS))


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
        pytest.param("a.b", id="two parts"),
        pytest.param("a.b.c.d", id="four parts"),
        pytest.param("\u00e4.b.c", id="not ASCII"),
        pytest.param("%%%.%%%.c", id="not base64"),
        pytest.param(token(["RS256"], GOOD_CLAIMS), id="header is a list"),
        pytest.param(token(GOOD_HEADER, "claims"), id="claims are a text"),
        pytest.param(token({"alg": "none", "kid": "k"}, GOOD_CLAIMS), id="alg none"),
        pytest.param(token({"alg": "HS256", "kid": "k"}, GOOD_CLAIMS), id="alg HS256"),
        pytest.param(token({"alg": "RS256"}, GOOD_CLAIMS), id="no key id"),
        pytest.param(token(GOOD_HEADER, {}), id="no end"),
        pytest.param(token(GOOD_HEADER, {"exp": "soon"}), id="end is a text"),
        pytest.param(token(GOOD_HEADER, {"exp": True}), id="end is a truth"),
        pytest.param(token(GOOD_HEADER, {**GOOD_CLAIMS, "nbf": None}), id="begin is null"),
    ],
)
def test_what_is_no_usable_token_is_stopped_before(given: str | None) -> None:
    assert not gateway.well_formed(given)


def verdict(answer: tuple[int, dict[str, str], bytes] | None, given: str) -> gateway.Verdict:
    async def validate(*_: Any) -> gateway.Verdict:
        return ({"sub": "x"}, ["jobs"], None) if answer is None else (None, None, answer)

    headers = {"authorization": f"Bearer {given}"}
    return asyncio.run(gateway.strict(validate)(ROUTE, AUTHORIZER, headers, {}))


def test_a_refusal_says_how_to_be_let_in() -> None:
    _, _, malformed = verdict(None, "nonsense")
    _, _, scope = verdict((403, {}, b"{}"), token(GOOD_HEADER, GOOD_CLAIMS))

    assert malformed is not None
    assert scope is not None
    assert (malformed[0], malformed[1]["www-authenticate"]) == (401, "Bearer")
    assert (scope[0], scope[1]["www-authenticate"]) == (403, 'Bearer error="insufficient_scope"')


def test_what_was_verified_goes_through_as_it_is() -> None:
    assert verdict(None, token(GOOD_HEADER, GOOD_CLAIMS)) == ({"sub": "x"}, ["jobs"], None)
