"""What the gateway answers before any function runs, and what it hands on all the same."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import rsa

from local.tokens import Issuer
from tests.inputs.rows import Row
from tests.inputs.webhooks import BODY
from tests.local import jwts
from tests.webhooks import NOW_SECONDS, sign

Forge = Callable[[Issuer], str]

SHOWN_BY = "tests.inputs.test_gateway.test_the_gateway_answers"
BALANCE = "/v1/accounts/acc_1"


@dataclass(frozen=True, kw_only=True)
class Passed(Row):
    """`reaches` is the function that is asked all the same, if one is."""

    method: str
    target: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    authorization: Callable[[Issuer], str] | None = field(default=None, repr=False)
    reaches: str | None = None


def token(issuer: Issuer, **claims: object) -> str:
    return issuer.token({"scope": "jobs", **claims}, now=NOW_SECONDS)


def bearing(forge: Forge) -> Forge:
    return lambda issuer: f"Bearer {forge(issuer)}"


def another_key(issuer: Issuer) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = jwts.parts(token(Issuer(key, issuer.url)))
    header = forged[0] | {"kid": issuer.key_id}
    return ".".join([jwts.encoded(header), jwts.encoded(forged[1]), "c2ln"])


WRONG_TOKENS: dict[str, tuple[str, Forge]] = {
    "nothing behind Bearer": ("A01", lambda _: "Bearer "),
    "nonsense": ("A01", lambda _: "Bearer nonsense"),
    "another scheme": ("A01", lambda _: "Basic c3R1ZGlvOnNlY3JldA=="),
    "over": ("A02", bearing(lambda issuer: token(issuer, exp=NOW_SECONDS))),
    "over for a day": ("A02", bearing(lambda issuer: token(issuer, exp=NOW_SECONDS - 86_400))),
    "without an end": ("A02", bearing(lambda issuer: token(issuer, exp=None))),
    "an end that is a text": ("A02", bearing(lambda issuer: token(issuer, exp="never"))),
    "not valid yet": ("A02", bearing(lambda issuer: token(issuer, nbf=NOW_SECONDS + 600))),
    "alg none": ("A03", bearing(lambda issuer: jwts.without_signature(token(issuer)))),
    "tampered with": (
        "A03",
        bearing(lambda issuer: jwts.with_other_claims(token(issuer), scope="operate")),
    ),
    "signed with another key": ("A03", bearing(another_key)),
    "HS256 with the public key": (
        "A04",
        bearing(lambda issuer: jwts.signed_with_the_public_key(token(issuer), issuer.public_pem)),
    ),
    "another issuer's": ("A05", bearing(lambda issuer: token(issuer, iss="https://evil.example"))),
    "for another audience": ("A05", bearing(lambda issuer: token(issuer, aud="somebody-else"))),
    "without an audience": ("A05", bearing(lambda issuer: token(issuer, aud=None))),
}

WRONG_SCOPES: dict[str, tuple[str, Forge]] = {
    "an ID token": ("A06", lambda issuer: token(issuer, scope=None, token_use="id")),
    "no scope": ("A07", lambda issuer: token(issuer, scope="")),
    "another scope": ("A07", lambda issuer: token(issuer, scope="account")),
    "a scope that begins like it": ("A07", lambda issuer: token(issuer, scope="jobs2 xjobs")),
    "a role": ("A08", lambda issuer: token(issuer, scope=None, role="jobs")),
    "a list of roles": ("A08", lambda issuer: token(issuer, scope=None, roles=["jobs"])),
}


def row(
    number: str,
    what: str,
    method: str,
    target: str,
    status: int,
    *,
    by: str | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    authorization: Forge | None = None,
) -> Passed:
    return Passed(
        number=number,
        what=what,
        answer=f"{status} by the {'function' if by else 'gateway'}",
        shown_by=SHOWN_BY,
        method=method,
        target=target,
        status=status,
        headers=headers or {},
        body=body,
        authorization=authorization,
        reaches=by,
    )


def _tokens() -> Iterator[Passed]:
    yield row("A01", "no token", "GET", BALANCE, 401)
    for what, (number, forge) in WRONG_TOKENS.items():
        yield row(number, f"a token: {what}", "GET", BALANCE, 401, authorization=forge)
    for what, (number, forge) in WRONG_SCOPES.items():
        sent = bearing(forge)
        yield row(number, f"a token: {what}", "GET", BALANCE, 403, authorization=sent)
    good = bearing(token)
    for method in ("HEAD", "PATCH", "DELETE", "TRACE", "get"):
        yield row("A35", f"{method} of a balance", method, BALANCE, 404, authorization=good)
    for target in ("/v1/jobs/%00", "/v1/jobs/a%0Ab", "/v1/jobs/%2e%2e", "/v1/jobs/%20"):
        yield row("A24", target, "GET", target, 400, by="Api", authorization=good)
    for target in (
        "/v1/jobs/../../etc/passwd",
        "/v1/jobs/..%2F..%2Fetc",
        "/v1/jobs/",
        "/V1/jobs/a",
    ):
        yield row("A24", target, "GET", target, 404, authorization=good)
    for name in ("AUTHORIZATION", "Authorization", "aUTHORIZATION"):
        headers = {name: "Bearer nonsense"}
        yield row("A42", f"a bad token in {name}", "GET", BALANCE, 401, headers=headers)


def _webhooks() -> Iterator[Passed]:
    path, signed = (
        "/webhooks/paddle",
        {"paddle-signature": sign(BODY), "content-type": "text/plain"},
    )
    sent: dict[str, object] = {"headers": signed, "body": BODY}
    for method in ("GET", "PUT", "HEAD", "DELETE", "PATCH", "post"):
        yield row("W62", f"{method} with a good signature", method, path, 404, **sent)  # type: ignore[arg-type]
    for target in (
        f"{path}/",
        "/webhooks//paddle",
        f"/x/%2e%2e{path}",
        f"{path}/%2e%2e/paddle",
        "/Webhooks/Paddle",
        f"/.{path}",
        f"{path}%00",
    ):
        yield row("W63", target, "POST", target, 404, **sent)  # type: ignore[arg-type]
    # The signature is what counts: the same door by another spelling is the same door.
    for target in (f"/{path}", "/webhooks/%70addle", "/webhooks%2Fpaddle"):
        yield row("W63", f"{target}, unsigned", "POST", target, 401, by="PaddleWebhook", body=BODY)
    kinds = ("application/json", "text/plain", "application/octet-stream", "image/png", "")
    for kind in kinds:
        headers = signed | {"content-type": kind}
        what = f"content type {kind!r} from the wire"
        yield row("W64", what, "POST", path, 200, by="PaddleWebhook", headers=headers, body=BODY)


ROWS = [*_tokens(), *_webhooks()]
