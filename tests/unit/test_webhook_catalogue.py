"""The catalogue of bad and strange webhooks, W01 to W65: what each is answered, and by whom.

Rows that reach the webhook are played through it. What the webhook accepts because it does not
look inside, and what never reaches it, is marked with the part that answers it.
"""

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any

import pytest

import paddle_webhook
from makegood.errors import RejectedEventError
from makegood.events.paddle import parse_paddle_event
from makegood.paddle.delivery import BODY_BYTES_MAX
from makegood.paddle.inbox import WebhookInbox
from tests.webhooks import NOW_SECONDS, OTHER_SECRET, SECRET, digest, http_event, sample, sign

BODY = sample("transaction.completed.usd_credit_pack")
EVENT: dict[str, Any] = json.loads(BODY)
TS = str(NOW_SECONDS)
BASE64 = base64.b64encode(BODY).decode()
GOOD = digest(BODY)
WRONG = "0" * 64
LIMIT = BODY_BYTES_MAX

Request = dict[str, Any]


@dataclass(frozen=True)
class Row:
    number: str
    request: Request = field(repr=False)
    status: int


def header(text: str) -> Request:
    return http_event(BODY, text)


def signed(body: bytes) -> Request:
    """What is wrong is in the body; the signature is good, and the bytes arrive as they are."""
    return http_event(body, encoded=True)


def event(**changes: Any) -> Request:
    return signed(json.dumps(EVENT | changes).encode())


def data(**changes: Any) -> Request:
    return event(data=EVENT["data"] | changes)


def without_header() -> Request:
    request = http_event(BODY)
    del request["headers"]["paddle-signature"]
    return request


def header_twice() -> Request:
    request = http_event(BODY)
    request["headers"]["Paddle-Signature"] = sign(BODY)
    return request


def flagged(body: str, *, encoded: bool, given: str) -> Request:
    return http_event(BODY, given) | {"body": body, "isBase64Encoded": encoded}


def details(**totals: Any) -> Request:
    inner = EVENT["data"]["details"]
    return data(details=inner | {"totals": inner["totals"] | totals})


def quantity(value: Any) -> Request:
    item = EVENT["data"]["items"][0] | {"quantity": value}
    line = EVENT["data"]["details"]["line_items"][0] | {"quantity": value}
    return data(items=[item], details=EVENT["data"]["details"] | {"line_items": [line]})


def padded(size: int) -> Request:
    return signed(BODY + b" " * (size - len(BODY)))


def at_age(seconds: int) -> Request:
    return header(sign(BODY, ts=str(NOW_SECONDS - seconds)))


def raw(old: bytes, new: bytes) -> Request:
    body = BODY.replace(old, new, 1)
    assert body != BODY
    return signed(body)


NO_UTF8 = BODY.replace(b"1,000 credits", b"1,000 cr\xe9dits")

ANSWERED_HERE = [
    Row("W01", without_header(), 401),
    Row("W02", header(""), 401),
    Row("W03", header(f"ts={TS}"), 401),
    Row("W04", header(f"h1={GOOD}"), 401),
    Row("W05", header(f"ts={TS};h1={WRONG}"), 401),
    Row("W06", header(f"ts={TS};h1={GOOD.upper()}"), 401),
    Row("W07", header(f"ts={TS};h1={GOOD[:-1]}"), 401),
    Row("W07", header(f"ts={TS};h1={GOOD}0"), 401),
    Row("W08", header(f"ts={TS};h1={GOOD[:-1]}é"), 401),
    Row("W09", header(f"ts=abc;h1={digest(BODY, ts='abc')}"), 401),
    Row("W10", header(f"ts={'1' * 5_000};h1={GOOD}"), 401),
    Row("W11", header(f"ts=١٧٩;h1={digest(BODY, ts='١٧٩')}"), 401),
    *(Row("W12", header(sign(BODY, ts=ts)), 401) for ts in ("+1", " 1 ", "1_0", f"+{TS}")),
    *(Row("W13", header(sign(BODY, ts=ts)), 401) for ts in ("-1", "0")),
    Row("W14", at_age(86_400), 401),
    Row("W15", at_age(-86_400), 401),
    *(Row("W16", at_age(age), 200) for age in (299, 300, -299, -300)),
    *(Row("W16", at_age(age), 401) for age in (301, -301)),
    Row("W17", header(f"ts={TS};ts={TS};h1={GOOD}"), 401),
    Row("W18", header(f"ts={TS};h1={WRONG};h1={GOOD}"), 200),
    Row("W19", header(f"ts={TS}" + f";h1={GOOD}" * 50), 401),
    Row("W19", header(f"ts={TS}" + f";h1={GOOD}" * 6), 401),
    Row("W20", header(f"ts={TS};h2={GOOD}"), 401),
    # Beside a good h1 a scheme of tomorrow does no harm, and refusing it would cost payments.
    Row("W20", header(f"ts={TS};h1={GOOD};h2=new"), 200),
    Row("W21", header(f"ts={TS};h1={GOOD};a=b=c"), 401),
    Row("W22", header(f"ts={TS},h1={GOOD}"), 401),
    Row("W22", header(f"ts={TS}; h1={GOOD}"), 401),
    Row("W23", header(f"{sign(BODY)},{sign(BODY)}"), 401),
    Row("W23", header_twice(), 401),
    Row("W24", header(sign(BODY, secret=OTHER_SECRET)), 401),
    Row("W25", header(sign(json.dumps(EVENT, separators=(",", ":")).encode())), 401),
    Row("W26", http_event(BODY + b" ", sign(BODY)), 401),
    Row("W27", signed(b"\xef\xbb\xbf" + BODY), 400),
    Row("W28", http_event(BODY, encoded=True), 200),
    Row("W29", flagged(BODY.decode(), encoded=True, given=sign(BODY)), 400),
    Row("W29", flagged(f"{BASE64}!", encoded=True, given=sign(BODY)), 400),
    Row("W29", flagged(f"{BASE64}\n", encoded=True, given=sign(BODY)), 400),
    Row("W29", flagged("é", encoded=True, given=sign(BODY)), 400),
    Row("W30", flagged(BASE64, encoded=False, given=sign(BODY)), 401),
    Row("W31", signed(b""), 400),
    Row("W31", signed(b"") | {"body": None, "isBase64Encoded": False}, 400),
    Row("W32", signed(NO_UTF8), 400),
    Row("W33", signed(BODY.decode().encode("utf-16")), 400),
    Row("W33", signed(BODY.decode().encode("utf-16-le")), 400),
    Row("W34", signed(BODY[:-20]), 400),
    Row("W35", signed(b"[" * 100_000), 400),
    Row("W35", raw(b'"business_id": null', b'"x": ' + b"[" * 99 + b"]" * 99), 400),
    *(
        Row("W36", raw(b'"business_id": null', b'"business_id": ' + number), 400)
        for number in (b"NaN", b"Infinity", b"-Infinity", b"1e999")
    ),
    Row("W37", raw(b'"business_id": null', b'"business_id": ' + b"7" * 5_000), 400),
    Row("W38", raw(b'"status": "completed"', b'"status": "paid", "status": "completed"'), 400),
    *(Row("W39", signed(body), 400) for body in (b"[]", b'"x"', b"null", b"1")),
    Row("W40", raw(b"1,000 credits", b"\\ud800"), 400),
    *(Row("W41", event(event_id=f"evt_{c}1"), 400) for c in ("\x00", "\n", "\x1b", "\u202e")),
    Row("W42", padded(LIMIT), 200),
    Row("W42", padded(LIMIT + 1), 413),
    Row("W42", http_event(b" " * (257 * 1024), "unsigned"), 413),
    Row("W43", http_event(b"[" * 9_900_000, "unsigned"), 413),
    *(
        Row("W45", event(event_id=bad), 400)
        for bad in ("", "evt 1", "e" * 129, "\u0435vt_1", 7, None)
    ),
    *(Row("W47", event(data=bad), 400) for bad in (None, "x", 1, False)),
    Row("W50", event(occurred_at="0001-01-01T00:00:00Z"), 400),
    Row("W50", event(occurred_at="9999-12-31T23:59:59Z"), 400),
    Row("W50", event(occurred_at="2026-10-28T14:04:10"), 400),
    Row("W50", event(occurred_at=None), 400),
    Row("W61", header(sign(BODY, secret="pdl_ntfset_the_sandbox_destination")), 401),
    # The signature is over the bytes, so what they are said to be does not matter.
    Row("W64", http_event(BODY) | {"headers": {"paddle-signature": sign(BODY)}}, 200),
]

# Paddle signed it, so it is kept (200); the worker behind the queue must then reject it by name.
REJECTED_BY_THE_WORKER = [
    Row("W47", event(data={"id": "txn_1"}), 200),
    *(Row("W51", data(currency_code=bad), 200) for bad in ("usd", "EURO", "", None)),
    *(Row("W52", details(grand_total=bad), 200) for bad in ("12.5", "1e3", " 5", "", None, 5)),
    *(Row("W56", quantity(bad), 200) for bad in (0, -1, 10**9, 1.5, True)),
    Row("W50", data(created_at="0001-01-01T00:00:00Z"), 200),
]

# Paddle signed it and it has the form: what it means is for paddle_events and the ledger.
DECIDED_BY_THE_LEDGER = [
    Row("W44", data(status="paid"), 200),
    Row("W46", event(event_type="something.new", data={"id": 1}), 200),
    Row("W48", event(more={"x": [1]}), 200),
    # The simulator's have another form, and nothing depends on them.
    Row("W48", event(notification_id=["ntfsimevt_1"]), 200),
    Row("W48", data(more={"x": [1]}), 200),
    Row("W49", data(status="new_status", origin="new_origin"), 200),
    Row("W52", details(grand_total="-1"), 200),
    *(
        Row("W53", data(custom_data=value), 200)
        for value in (None, "acc_1", ["acc_1"], {"account_id": "x" * 100_000})
    ),
    Row("W54", data(custom_data={"account_id": "acc_of_a_stranger"}), 200),
    Row("W55", data(items=[{"price": {"id": "pri_unknown"}, "quantity": 1}]), 200),
    Row("W57", data(items=EVENT["data"]["items"] * 2), 200),
    Row("W58", details(grand_total="0", total="0"), 200),
    Row("W59", signed(sample("adjustment.created.refund_pending")), 200),
    Row("W60", signed(sample("adjustment.created.chargeback")), 200),
]

# Never seen by the function.
ANSWERED_BY_THE_GATEWAY = {
    "W62": "other methods have no route: 404",
    "W63": "other paths have no route: 404",
    "W65": "chunks and Expect are put together, 10 KB of headers are refused",
}

PLAYED = ANSWERED_HERE + REJECTED_BY_THE_WORKER + DECIDED_BY_THE_LEDGER


class Neighbours:
    """One secret, and a queue that remembers."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def call(self, operation: str, request: dict[str, str]) -> dict[str, Any]:
        if operation == "GetSecretValue":
            return {"SecretString": json.dumps({"secrets": [SECRET]})}
        assert operation == "SendMessage"
        self.sent.append(request["MessageBody"])
        return {"MessageId": "1"}


def play(request: Request) -> tuple[dict[str, Any], list[str]]:
    beside: Any = Neighbours()
    inbox = WebhookInbox(secrets_manager=beside, queues=beside, secret_arn="s", queue_url="q")
    return paddle_webhook.receive(request, inbox), beside.sent


def names(rows: list[Row]) -> list[str]:
    return [f"{row.number}-{row.status}" for row in rows]


@pytest.mark.parametrize("row", PLAYED, ids=names(PLAYED))
def test_the_answer_is_the_expected_one_and_only_200_is_queued(
    row: Row, capsys: pytest.CaptureFixture[str]
) -> None:
    response, sent = play(row.request)

    assert response["statusCode"] == row.status
    assert len(sent) == (row.status == 200)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    entries = [line for line in lines if "_aws" not in line]
    assert [entry["event"] for entry in entries] == [
        "webhook.accepted" if row.status == 200 else "webhook.refused"
    ]


@pytest.mark.parametrize("row", ANSWERED_HERE, ids=names(ANSWERED_HERE))
def test_a_refusal_is_a_problem_that_repeats_nothing(
    row: Row, capsys: pytest.CaptureFixture[str]
) -> None:
    response, _ = play(row.request)
    if row.status == 200:
        return

    problem = json.loads(response["body"])
    assert response["headers"]["content-type"] == "application/problem+json"
    assert set(problem) == {"type", "title", "status", "detail"}
    assert problem["status"] == row.status
    shown = response["body"] + capsys.readouterr().out
    assert shown.isascii()
    for private in (GOOD, WRONG, SECRET, "txn_", "evt_", "4242", "Dana"):
        assert private not in shown


def test_every_401_looks_the_same() -> None:
    rows = [row for row in ANSWERED_HERE if row.status == 401]

    assert len({json.dumps(play(row.request)[0]) for row in rows}) == 1


@pytest.mark.parametrize("row", REJECTED_BY_THE_WORKER, ids=names(REJECTED_BY_THE_WORKER))
def test_what_is_kept_in_wrong_form_is_rejected_behind_the_queue(row: Row) -> None:
    (message,) = play(row.request)[1]

    with pytest.raises(RejectedEventError, match=r"^data\."):
        parse_paddle_event(message)


@pytest.mark.parametrize("row", DECIDED_BY_THE_LEDGER, ids=names(DECIDED_BY_THE_LEDGER))
def test_what_is_kept_in_good_form_can_be_read_behind_the_queue(row: Row) -> None:
    (message,) = play(row.request)[1]

    parse_paddle_event(message)


def test_the_catalogue_is_complete() -> None:
    numbers = {row.number for row in PLAYED} | set(ANSWERED_BY_THE_GATEWAY)

    assert numbers == {f"W{number:02}" for number in range(1, 66)}
    assert all(re.fullmatch(r"W\d\d", number) for number in numbers)
