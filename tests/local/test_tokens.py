import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from local import tokens
from local.client import call
from tests.local import jwts

NOW = 1_795_000_000


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> tokens.Issuer:
    path = tmp_path_factory.mktemp("keys") / "key.pem"
    return tokens.Issuer(tokens.key_kept_at(path), "http://127.0.0.1:1")


def public_key(key: dict[str, Any]) -> rsa.RSAPublicKey:
    exponent, modulus = (int.from_bytes(jwts.decoded(key[name]), "big") for name in ("e", "n"))
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def test_the_published_key_verifies_the_signature(issuer: tokens.Issuer) -> None:
    token = issuer.token({"scope": "jobs"}, now=NOW)
    signed, _, _ = token.rpartition(".")
    header, _, signature = jwts.parts(token)
    (key,) = issuer.key_set()["keys"]

    public_key(key).verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())

    assert header == {"alg": "RS256", "typ": "JWT", "kid": key["kid"]}


def test_a_changed_claim_breaks_the_signature(issuer: tokens.Issuer) -> None:
    token = jwts.with_other_claims(issuer.token({"scope": "jobs"}, now=NOW), scope="operate")
    signed, _, _ = token.rpartition(".")
    (key,) = issuer.key_set()["keys"]

    with pytest.raises(InvalidSignature):
        public_key(key).verify(
            jwts.parts(token)[2], signed.encode(), padding.PKCS1v15(), hashes.SHA256()
        )


def test_every_token_names_issuer_audience_and_end(issuer: tokens.Issuer) -> None:
    _, claims, _ = jwts.parts(issuer.token({"scope": "jobs"}, now=NOW, life_seconds=60))

    assert claims["iss"] == "http://127.0.0.1:1"
    assert claims["aud"] == tokens.AUDIENCE
    assert (claims["iat"], claims["exp"]) == (NOW, NOW + 60)


def test_a_token_can_be_asked_for_that_is_over_already(issuer: tokens.Issuer) -> None:
    _, claims, _ = jwts.parts(issuer.token({"scope": "jobs"}, now=NOW, life_seconds=-1))

    assert claims["iat"] <= claims["exp"] < NOW


def test_the_token_of_an_account_names_it() -> None:
    claims = tokens.claims_asked_for({"scope": "account", "account_id": "acc_1"})

    assert claims == {"scope": "account", "sub": "acc_1", "account_id": "acc_1"}


@pytest.mark.parametrize("body", [{}, {"scope": ""}, {"scope": 7}])
def test_a_request_without_a_scope_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="scope"):
        tokens.claims_asked_for(body)


def test_the_key_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"

    first = tokens.key_kept_at(path)

    assert tokens.key_kept_at(path).private_numbers() == first.private_numbers()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_server_issues_and_publishes(tmp_path: Path) -> None:
    server = tokens.serve(tokens.key_kept_at(tmp_path / "key.pem"))
    try:
        discovered = call("GET", f"{server.url}/.well-known/openid-configuration").body
        keys = call("GET", discovered["jwks_uri"]).body["keys"]
        issued = call("POST", f"{server.url}/token", {"scope": "jobs", "sub": "studio"})
        refused = call("POST", f"{server.url}/token", {"scope": "account"})
    finally:
        server.stop()

    header, claims, _ = jwts.parts(issued.body["access_token"])
    assert discovered["issuer"] == server.url == claims["iss"]
    assert header["kid"] in [key["kid"] for key in keys]
    assert (claims["scope"], claims["sub"]) == ("jobs", "studio")
    assert refused.status == 400
