"""A01 to A42: requests to the API. What the gateway answers before is in `at_the_gateway`.

A request names what is only known when the studio's world is made in braces: `{mine}` is an open
case of Ann's, `{sues}` one that Sue of support filed for her, `{theirs}` one of Bob's.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.asked import ANN, REVIEWER, SECOND, asking
from tests.http_events import JOBS, OPERATOR, customer, event
from tests.inputs.rows import Row
from tests.inputs.studio_world import BONUS, CHARGE, CORRECTION, SUE

SHOWN_BY = "tests.inputs.test_requests.test_the_api_answers"
TRANSACTIONS = "/v1/me/transactions"
CORRECTIONS = "/v1/accounts/acc_1/corrections"
DECISION = "/v1/cases/{mine}/decision"
SCRIPTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[x](javascript:alert(1))",
)
FORMULAS = ('=HYPERLINK("http://x.example")', "@SUM(A1)", "+1+1", "-1+1", "\t=1+1")
BAD_IDS = (
    "",
    "a b",
    "\u00e9",
    "a" * 129,
    "' OR 1=1 --",
    "#pk_1",
    ":value",
    "../../etc/passwd",
    "%00abc",
    "\x00abc",
    "acc_1\n",
)


@dataclass(frozen=True, kw_only=True)
class Request(Row):
    """`problem` is the kind of it, `names` what its detail begins with.

    `changes` says that something is written, as for a good request.
    """

    sent: Mapping[str, Any] = field(repr=False)
    status: int
    problem: str = ""
    names: str = ""
    changes: bool = False

    def event(self, names: Mapping[str, str]) -> dict[str, Any]:
        return event(**_named(dict(self.sent), names))


def _named(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _named(inner, names) for name, inner in value.items()}
    if isinstance(value, str):
        for name, meant in names.items():
            value = value.replace("{" + name + "}", meant)
    return value


def row(number: str, what: str, status: int, problem: str, names: str = "", **sent: Any) -> Request:
    answer = f"{status} {problem}".strip() + (f": {names} …" if names else "")
    return Request(
        number=number,
        what=what,
        answer=answer,
        shown_by=SHOWN_BY,
        sent=sent,
        status=status,
        problem=problem,
        names=names,
    )


def taken(number: str, what: str, status: int, **sent: Any) -> Request:
    """What looks bad and is good, or good enough for a person to look at."""
    return Request(
        number=number,
        what=what,
        answer=str(status),
        shown_by=SHOWN_BY,
        sent=sent,
        status=status,
        changes=status == 201,
    )


def get(path: str, claims: Mapping[str, Any] | None = ANN, **more: Any) -> dict[str, Any]:
    return {"method": "GET", "path": path, "claims": claims, **more}


def put(path: str, body: Any, claims: Mapping[str, Any] = JOBS, **more: Any) -> dict[str, Any]:
    return {"method": "PUT", "path": path, "claims": claims, "body": body, **more}


def post(path: str, body: Any, claims: Mapping[str, Any] = OPERATOR, **more: Any) -> dict[str, Any]:
    return {"method": "POST", "path": path, "claims": claims, "body": body, **more}


def charging(**changes: Any) -> dict[str, Any]:
    return put("/v1/jobs/job_2", CHARGE | changes)


def correcting(key: Any = "key_2", **changes: Any) -> dict[str, Any]:
    headers = {} if key is None else {"idempotency-key": key}
    return post(CORRECTIONS, CORRECTION | changes, headers=headers)


def filing(**changes: Any) -> dict[str, Any]:
    return post("/v1/me/cases", asking(**changes), ANN)


def deciding(claims: Mapping[str, Any] = REVIEWER, path: str = DECISION, **word: Any) -> Any:
    return post(path, {"decision": "approve", "seen_version": 1, **word}, claims)


def listing(query: str, path: str = TRANSACTIONS, claims: Any = ANN) -> dict[str, Any]:
    return get(path, claims, query=query)


INVALID = (400, "invalid-request")
FIELDS = (422, "invalid-fields")
FORBIDDEN = (403, "forbidden")
SETTLED = (409, "case-settled")


def _callers() -> Iterator[Request]:
    balance = get("/v1/accounts/acc_1", None)
    yield row(
        "A01", "no token, past the gateway", 401, "unauthorized", "An access token", **balance
    )
    forged = {"authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzY29wZSI6ImpvYnMifQ."}
    unseen = get("/v1/accounts/acc_1", None, headers=forged)
    yield row(
        "A03", "a token that no gateway saw", 401, "unauthorized", "An access token", **unseen
    )
    id_token = {"sub": "ann", "token_use": "id", "aud": "client", "email": "ann@example.com"}
    for path in ("/v1/me", "/v1/accounts/acc_1", "/v1/cases", "/v1/prices"):
        yield row(
            "A06", f"an ID token, {path}", *FORBIDDEN, "The token lacks", **get(path, id_token)
        )
    for path, claims in (
        ("/v1/accounts/acc_1", ANN),
        ("/v1/me", JOBS),
        ("/v1/cases", JOBS),
        ("/v1/prices", REVIEWER),
        ("/v1/me", {"sub": "x", "scope": ""}),
        ("/v1/me", {"sub": "x", "scope": "ACCOUNT"}),
        ("/v1/me", {"sub": "x", "scope": "accounts evil/account"}),
    ):
        what = f"another scope, {path} with {claims.get('scope')!r}"
        yield row("A07", what, *FORBIDDEN, "The token lacks", **get(path, claims))
    for role in ("operate", ["operate"], "[operate]", "superuser", 1):
        for name in ("role", "roles", "cognito:groups"):
            what = f"{name} {role!r}"
            claims = {"sub": "x", "scope": "account", "account_id": "acc_1"}
            sent = get("/v1/prices", {**claims, name: role})
            yield row("A08", what, *FORBIDDEN, "The token lacks", **sent)
    unknown: tuple[tuple[str, Any], ...] = (
        ("role", "admin"),
        ("state", "refunded"),
        ("Credits", 1),
    )
    for name, value in unknown:
        what, says = f"{name} in a body", "The body has a field other than"
        yield row("A09", f"{what}, charge", *FIELDS, says, **charging(**{name: value}))
        yield row("A09", f"{what}, request", *FIELDS, says, **filing(**{name: value}))
        yield row("A09", f"{what}, decision", *FIELDS, says, **deciding(**{name: value}))
        yield row("A09", f"{what}, correction", *FIELDS, says, **correcting(**{name: value}))
    for what, sent in (
        ("the account of a request", filing(account_id="acc_2")),
        ("the author of a decision", deciding(author="boss")),
        ("the author of a correction", correcting(author="boss")),
    ):
        yield row("A09", what, *FIELDS, "The body has a field other than", **sent)


def _strangers() -> Iterator[Request]:
    for step in ("", "/withdraw", "/appeal"):
        path = "/v1/me/cases/{theirs}" + step
        sent = get(path) if step == "" else post(path, {}, ANN)
        yield row("A10", f"another account's case{step}", 404, "not-found", **sent)
        path = f"/v1/me/cases/case_unknown{step}"
        sent = get(path) if step == "" else post(path, {}, ANN)
        yield row("A10", f"an unknown case{step}", 404, "not-found", **sent)
    for job_id in ("job_b", "job_unknown"):
        sent = get(f"/v1/jobs/{job_id}")
        yield row("A11", f"{job_id} by a customer", *FORBIDDEN, "The token lacks", **sent)
        failure = "/v1/cases/{failure}/decision"
        sent = deciding(path=failure, job_id=job_id)
        yield row("A11", f"{job_id} in a decision", 404, "not-found", **sent)
    for transaction_id in ("txn_b", "txn_unknown"):
        path = "/v1/cases/{unplaced}/decision"
        sent = deciding(path=path, transaction_id=transaction_id)
        yield row("A11", f"{transaction_id} in a decision", 404, "not-found", **sent)
    for path in ("/v1/me", TRANSACTIONS, "/v1/me/purchases", "/v1/me/cases", "/v1/me/notices"):
        sent = listing("account_id=acc_2", path)
        yield row("A12", f"a stranger's account, {path}", *INVALID, "Unknown query", **sent)


def _deciders() -> Iterator[Request]:
    sues = "/v1/cases/{sues}/decision"
    for decision, note in (("approve", None), ("decline", "It was used.")):
        word = {"decision": decision} | ({"note": note} if note else {})
        sent = deciding(SUE, sues, **word)
        yield row("A13", f"{decision} what one has filed", 403, "not-allowed", **sent)
    approved, declined = "/v1/cases/{approved}/decision", "/v1/cases/{declined}/decision"
    yield taken("A14", "approve twice", 200, **deciding(path=approved))
    others: tuple[tuple[str, Mapping[str, Any], dict[str, Any]], ...] = (
        ("another person", SECOND, {}),
        ("another amount", REVIEWER, {"amount": 1}),
        ("another note", REVIEWER, {"note": "More."}),
        ("another version", REVIEWER, {"seen_version": 2}),
        ("a no", REVIEWER, {"decision": "decline", "note": "No."}),
    )
    for what, claims, other in others:
        sent = deciding(claims, approved, **other)
        yield row("A14", f"approve twice, {what}", *SETTLED, **sent)
    for version in (1, 2):
        sent = deciding(path=declined, seen_version=version)
        yield row("A15", f"approve what was declined, version {version}", *SETTLED, **sent)
    for text in (None, "", "   ", "\u200b\u200b"):
        declines: dict[str, Any] = {
            "decision": "decline",
            **({} if text is None else {"note": text}),
        }
        sent = deciding(**declines)
        yield row("A16", f"decline with note {text!a}", *FIELDS, **sent)


def _keys() -> Iterator[Request]:
    other = BONUS | {"credits": 6}
    yield row("A17", "another bonus", 409, "conflict", **put("/v1/bonuses/key_1", other))
    for change in ({"credits": 6}, {"credits": -5}, {"reason": "Another one."}):
        sent = correcting("key_1", **change)
        yield row("A17", f"another correction, {change}", 409, "conflict", **sent)
    sent = post("/v1/accounts/acc_2/corrections", CORRECTION, headers={"idempotency-key": "key_1"})
    yield row("A17", "another account's correction", 409, "conflict", **sent)
    sent = put("/v1/jobs/job_1", CHARGE | {"credits": 31})
    yield row("A17", "another charge", 409, "conflict", **sent)
    for key in (
        None,
        "",
        " ",
        "a b",
        "k" * 10_240,
        "k" * 129,
        "key\n",
        "k\x00k",
        "\u043a_1",
        "a,b",
    ):
        what = f"key {str(key)[:5]!a} of {len(key or '')}"
        yield row("A19", what, *INVALID, "Idempotency-Key header", **correcting(key))
        if key:
            sent = put("/v1/bonuses/x", BONUS, pathParameters={"key": key})
            yield row("A19", f"{what} in a path", *INVALID, "key: ", **sent)


def _words() -> Iterator[Request]:
    for text in (
        "",
        "     ",
        "x" * 2_001,
        "\u200b\u200b",
        "evil\u202etxt",
        "two\nlines",
        "a\x00zero",
        "\x1b[31mred",
        "\ufffd",
        None,
        7,
    ):
        what = f"{str(text)[:6]!a}"
        yield row("A20", f"reason {what}", *FIELDS, "reason: ", **correcting(reason=text))
        for step in ("freeze", "unfreeze", "close"):
            sent = post(f"/v1/accounts/acc_1/{step}", {"reason": text})
            yield row("A20", f"reason {what}, {step}", *FIELDS, "reason: ", **sent)
        sent = put("/v1/bonuses/key_2", BONUS | {"reason": text})
        yield row("A20", f"reason {what}, bonus", *FIELDS, "reason: ", **sent)
        sent = post("/v1/me/cases", asking() | {"description": text}, ANN)
        yield row("A20", f"description {what}", *FIELDS, "description: ", **sent)
        if text is not None:
            yield row("A20", f"note {what}", *FIELDS, "note: ", **deciding(note=text))
    for number, texts in (("A21", SCRIPTS), ("A22", FORMULAS)):
        for text in texts:
            yield taken(number, f"reason {text[:12]!r}", 201, **correcting(reason=text))
            sent = filing(description=text, transaction_id="txn_none")
            yield taken(number, f"description {text[:12]!r}", 201, **sent)


def _ids() -> Iterator[Request]:
    for bad in BAD_IDS:
        number = "A25" if "\n" in bad else "A24" if bad[:1] in ".%\x00" else "A23"
        for path, name, claims in (
            ("/v1/jobs/x", "job_id", JOBS),
            ("/v1/accounts/x", "account_id", JOBS),
            ("/v1/me/cases/x", "case_id", ANN),
            ("/v1/cases/x", "case_id", REVIEWER),
            ("/v1/outages/x/customers", "outage_id", REVIEWER),
        ):
            sent = get(path, claims, pathParameters={name: bad})
            yield row(number, f"{bad!a} in {path}", *INVALID, f"{name}: ", **sent)
        sent = charging(account_id=bad)
        yield row(number, f"{bad!a} for an account", *FIELDS, "account_id: ", **sent)
        sent = filing(transaction_id=bad)
        yield row(number, f"{bad!a} for a transaction", *FIELDS, "transaction_id: ", **sent)
    for name, value in (
        ("account_id", {"$gt": ""}),
        ("capability", {"$ne": None}),
        ("credits", {}),
    ):
        what = f"an operator for {name}"
        yield row("A23", what, *FIELDS, f"{name}: ", **charging(**{name: value}))


def _amounts() -> Iterator[Request]:
    bad: Any
    for bad in (1.5, 10.0, 10**18, 10**12 + 1, -1, 0, "10", True, None, []):
        what = f"{bad!r} credits"
        yield row("A26", f"{what}, charge", *FIELDS, "credits: ", **charging(credits=bad))
        sent = put("/v1/bonuses/key_2", BONUS | {"credits": bad})
        yield row("A26", f"{what}, bonus", *FIELDS, "credits: ", **sent)
        sent = put("/v1/prices/pri_2", {"credits": bad}, OPERATOR)
        yield row("A26", f"{what}, price", *FIELDS, "credits: ", **sent)
        if bad != -1:
            yield row("A26", f"{what}, correction", *FIELDS, "credits: ", **correcting(credits=bad))
        if bad is not None:
            amount = -(10**13) if bad == 0 else bad
            sent = deciding(amount=10**13 if bad in (10**18, 10**12 + 1) else amount)
            yield row("A26", f"{what}, decision", *FIELDS, "amount: ", **sent)
            sent = filing(amount=bad)
            yield row("A26", f"{what}, request", *FIELDS, "amount: ", **sent)
    for text in ("1e3", "1E+3", "1000.0", "0x10", "1_000", "٣", "NaN"):
        body = '{"account_id": "acc_1", "credits": ' + text + "}"
        status = INVALID if text in ("0x10", "1_000", "٣", "NaN") else FIELDS
        yield row("A26", f"{text} written for credits", *status, **put("/v1/jobs/job_2", body))
    for bad in ("usd", "US", "USD ", "$", 840, None):
        sent = post("/v1/me/cases", asking() | {"currency": bad}, ANN)
        yield row("A27", f"currency {bad!r}", *FIELDS, "currency: ", **sent)
    # No purchase of these fits; a person looks at it.
    yield taken("A27", "a currency that was not paid in", 201, **filing(currency="EUR"))
    for amount in (0, 1001, 10**12):
        sent = deciding(amount=amount)
        yield row("A28", f"{amount} of 1000", 409, "amount-refused", **sent)
    yield row("A28", "a charge above it", 402, "insufficient-credits", **charging(credits=10**6))
    sent = correcting(credits=-(10**6))
    yield row("A28", "a correction below nothing", 402, "insufficient-credits", **sent)


def _cursors() -> Iterator[Request]:
    position = base64.urlsafe_b64encode(b"99").decode().rstrip("=")
    for what, text in (
        ("empty", ""),
        ("plain", "12345"),
        ("another position", position + ".{cursor}"),
        ("something behind", "{cursor}.x"),
        ("a sign before", "!{cursor}"),
        ("an accent before", "é{cursor}"),
        ("a blank before", "%20{cursor}"),
        ("very long", "{cursor}" + "A" * 1_000),
        ("another account's", "{bobs_cursor}"),
        ("another list's", "{reviewed_cursor}"),
        ("signed with another key", "Mg.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ):
        yield row("A29", f"{what}", *INVALID, "cursor: ", **listing(f"cursor={text}"))
    for cursor, path, claims in (
        ("{cursor}", "/v1/me/purchases", ANN),
        ("{cursor}", "/v1/accounts/acc_1/transactions", OPERATOR),
        ("{reviewed_cursor}", "/v1/accounts/acc_2/transactions", OPERATOR),
    ):
        sent = listing(f"cursor={cursor}", path, claims)
        yield row("A29", f"{cursor} in {path}", *INVALID, "cursor: ", **sent)
    for limit in (
        "0",
        "-1",
        "101",
        "1000000000",
        "all",
        "",
        "1.0",
        "010",
        "%2B5",
        "5%20",
        "%D9%A1",
    ):
        sent = listing(f"limit={limit}")
        yield row("A30", f"limit {limit!r}", *INVALID, "limit: ", **sent)


def _queries() -> Iterator[Request]:
    for query in ("order=asc", "limit=5&order=asc", "Limit=5", "LIMIT=5", "limit[]=5", "_=1", "=5"):
        yield row("A31", query, *INVALID, "Unknown query parameter", **listing(query))
    for path in ("/v1/me", "/v1/policy", "/health"):
        claims = None if path == "/health" else ANN if path == "/v1/me" else OPERATOR
        sent = listing("limit=5", path, claims)
        yield row("A31", f"a limit for {path}", *INVALID, "Unknown query parameter", **sent)
    many = "&".join(f"name_{number}=1" for number in range(30))
    for query in (many, "limit", "&", "limit=5&&", "cursor=%ff"):
        yield row("A31", query[:12], *INVALID, "The query is not made", **listing(query))
    yield row("A32", "limit twice", *INVALID, "A query parameter", **listing("limit=5&limit=5"))
    sent = listing("status=open", "/v1/me/cases")
    yield row("A31", "a status for one's own cases", *INVALID, "Unknown query parameter", **sent)
    yield row("A32", "limit joined", *INVALID, "limit: ", **listing("limit=5,5"))
    sent = listing("status=open&status=open", "/v1/cases", REVIEWER)
    yield row("A32", "status twice", *INVALID, "A query parameter", **sent)


def _forms() -> Iterator[Request]:  # noqa: C901 - a table.
    for kind in (
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json, text/plain",
        "application/json; charset=utf-16",
        "application/jsonx",
        "text/json",
    ):
        sent = put("/v1/jobs/job_2", CHARGE, headers={"content-type": kind})
        yield row("A33", f"content type {kind!r}", 415, "unsupported-media-type", **sent)
    for path in ("/v1/me", TRANSACTIONS, "/health", "/openapi.json"):
        claims = ANN if path.startswith("/v1") else None
        sent = get(path, claims, body={"limit": 5})
        yield row("A34", f"a body for {path}", *INVALID, "This route takes no body", **sent)
    for method in ("HEAD", "OPTIONS", "TRACE", "PATCH", "DELETE", "CONNECT", "get", "X"):
        for path in ("/health", "/v1/me", "/v1/jobs/job_1"):
            sent = {"method": method, "path": path, "claims": ANN}
            yield row("A35", f"{method} {path}", 405, "method-not-allowed", "This route", **sent)
    for day in ("2026-02-30", "2026-13-01", "2026-10-28T24:00", "2026-10-28T10:00:00Z",
                "28.10.2026", "1999-12-31", "0001-01-01", "\uff12026-10-28", 20261028):  # fmt: skip
        sent = filing(transaction_date=day)
        yield row("A37", f"a payment on {day!a}", *FIELDS, "transaction_date: ", **sent)
    for at in ("2026-10-28T24:00:00Z", "2026-10-28T10:00:00", "2026-02-30T10:00:00Z", "tomorrow"):
        sent = listing(f"due_before={at}", "/v1/cases", REVIEWER)
        yield row("A37", f"due before {at}", *INVALID, "due_before: ", **sent)
    for size in (256 * 1024 + 1, 5_000_000):
        sent = put("/v1/jobs/job_2", "x" * size)
        yield row("A38", f"{size} bytes", 413, "too-large", **sent)
        coded = base64.b64encode(b"x" * size).decode()
        sent = put("/v1/jobs/job_2", coded, isBase64Encoded=True)
        yield row("A38", f"{size} bytes in base64", 413, "too-large", **sent)
    for text in ("[" * 100_000, '{"a":' * 40_000, '{"account_id": ' + "[" * 70 + "]" * 70 + "}"):
        sent = put("/v1/jobs/job_2", text)
        yield row("A39", f"{text[:8]} nested", *INVALID, "Nested more than 64 deep", **sent)


def _headers() -> Iterator[Request]:
    for name in ("x-request-id", "origin", "accept-language", "x-amzn-trace-id"):
        headers = {name: "a\r\nset-cookie: session=stolen"}
        yield taken("A40", f"two lines in {name}", 200, **get("/v1/me", headers=headers))
    key = "k_1\r\nset-cookie: session=stolen"
    yield row("A40", "two lines in a key", *INVALID, "Idempotency-Key header", **correcting(key))
    for path in ("/V1/me", "/v1/Me", "/v1/ME/transactions", "/HEALTH", "/v1/me/", "/v1//me"):
        yield row("A42", path, 404, "not-found", "There is no such route", **get(path))
    shouted = {"Content-Type": "application/json", "IDEMPOTENCY-KEY": "key_2"}
    sent = post(CORRECTIONS, CORRECTION, headers=shouted)
    yield taken("A42", "names of headers in capitals", 201, **sent)
    eve = customer("ACC_1")
    yield taken("A42", "an account in capitals is another one", 200, **get("/v1/me", eve))


ROWS = [
    *_callers(),
    *_strangers(),
    *_deciders(),
    *_keys(),
    *_words(),
    *_ids(),
    *_amounts(),
    *_cursors(),
    *_queries(),
    *_forms(),
    *_headers(),
]
