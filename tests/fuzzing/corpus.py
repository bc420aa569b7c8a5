"""What each target begins with."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from makegood.api.routes import ROUTES
from makegood.events.paddle import (
    AdjustmentItem,
    LineItem,
    PaddleAdjustment,
    PaddleCustomer,
    PaddleTransaction,
    Payment,
)
from tests.fuzzing.targets import SIZES
from tests.inputs import messages, webhooks
from tests.webhooks import NOW_SECONDS, OTHER_SECRET, SAMPLES, digest, sign
from tests.workers import cancelled, failed, succeeded

_PAID = {
    "event_id": "evt_1",
    "event_type": "transaction.completed",
    "occurred_at": "2026-10-28T14:04:11.25Z",
    "notification_id": "ntf_1",
    "data": {
        "id": "txn_1",
        "payments": [
            {"method_details": {"type": "card", "card": {"last4": "4242"}}, "amount": "1999"},
            {"method_details": None, "payment_method_id": "paymtd_1", "amount": 1.5},
        ],
        "custom_data": {"card": "x", "a": ["\u00e9", {"cardholder_name": "Ada"}]},
    },
}

_READ = {
    "event_id",
    "event_type",
    "occurred_at",
    "data",
    "price",
    "type",
    "total",
    "tax",
    "subtotal",
    "grand_total",
    "totals",
    "line_items",
    "card",
    "method_details",
    "custom_data",
    "account_id",
}
for _model in (
    PaddleTransaction,
    PaddleAdjustment,
    PaddleCustomer,
    LineItem,
    AdjustmentItem,
    Payment,
):
    _READ |= _model.model_fields.keys()

_KINDS = {"paddle_events": b"p", "job_events": b"j", "payouts": b"d"}

_BODIES: dict[str, dict[str, Any]] = {
    "ChargeBody": {
        "account_id": "acct_1",
        "credits": 20,
        "capability": "video",
        "outputs": 4,
        "expected_seconds": 60,
    },
    "CaseBody": {
        "category": "duplicate",
        "email": "ada@example.com",
        "transaction_date": "2026-10-28",
        "amount": 1999,
        "currency": "USD",
        "description": "I paid twice.",
        "transaction_id": "txn_1",
    },
    "DecisionBody": {
        "decision": "approve",
        "seen_version": 1,
        "note": "As asked.",
        "amount": 1999,
        "transaction_id": "txn_1",
        "job_id": "job_1",
    },
}
_ANY_BODY: dict[str, Any] = {"account_id": "acct_1", "credits": 20, "reason": "An outage."}

_SMALL = (
    b"YWJj.AAAA",
    b"job_1",
    b"2026-10-28T14:04:11.25Z",
    b"2026-10-28T14:04:11.123456789+23:59",
    b"https://studio.example:443/health?a=b",
    b"http://[2001:db8::1]:8080/",
    b'{"state":"succeeded","outputs":{"ordered":4,"delivered":3}}',
    b'{"state":"failed","failure":{"code":"provider_503","message":"down","source":"renderer"}}',
    b'{"state":"cancelled","work_started":true}',
    b'{"time_zone":"Europe/Berlin","holidays":["2026-12-25"],"probes":[{"capability":"video",'
    b'"url":"https://studio.example/health"}],"job_status_url":"https://s.example/{job_id}",'
    b'"second_reviewer_above_minor":{"USD":100},"outage_notice":"told","payouts_per_hour":9}',
)


def samples() -> list[bytes]:
    """Only what is read of them, and each form once: everything else would only cost time."""
    read = (json.loads(path.read_bytes()) for path in sorted(SAMPLES.glob("*.json")))
    return [_compact(_what_is_read(event)) for event in read]


def _what_is_read(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _what_is_read(one) for name, one in value.items() if name in _READ}
    return [_what_is_read(one) for one in value] if isinstance(value, list) else value


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _webhooks() -> list[bytes]:
    bodies = [_body_of(row.request) for row in webhooks.ROWS]
    raw = json.dumps(_PAID, ensure_ascii=False).encode()
    return [_compact(_PAID), raw, *samples(), b"!" + _compact(_PAID), b"\0e30=", b"\0e30", *bodies]


def _body_of(request: dict[str, Any]) -> bytes:
    body = str(request.get("body") or "").encode("utf-8", "replace")
    return b"\0" + body if request.get("isBase64Encoded") else body


def _headers() -> list[bytes]:
    body = b'{"event_id":"evt_1"}'
    good, other = sign(body), sign(body, secret=OTHER_SECRET)
    late = sign(body, ts=str(NOW_SECONDS - 300))
    both = f"{other};h1={digest(body)}"
    given = [row.request["headers"].get("paddle-signature", "") for row in webhooks.ROWS]
    texts = [good, other, late, both, f"{good};v2=x-1.0;", f"h1={'0' * 64};{good}", *given]
    return [text.encode("utf-8", "surrogateescape") + b"\n" + body for text in texts]


def _messages() -> list[bytes]:
    told = [
        _KINDS[row.function.__name__] + row.body.encode("utf-8", "replace") for row in messages.ROWS
    ]
    ends = (failed("job_1"), succeeded("job_1"), cancelled("job_1", work_started=True))
    due = _compact(messages.PAYOUT)
    good = [*(b"p" + event for event in samples()), *(b"j" + end.encode() for end in ends)]
    return [*good, b"d" + due, *told]


def _requests() -> list[bytes]:
    asked = []
    for number, route in enumerate(ROUTES):
        body = _BODIES.get(route.takes.__name__.replace("ForCustomer", ""), _ANY_BODY)
        known = route.takes.model_fields
        sent = {name: value for name, value in body.items() if name in known}
        content = _compact(sent | ({"account_id": "acct_1"} if "account_id" in known else {}))
        query = b"limit=10" if route.lists else b""
        asked.append(bytes([number]) + b"\n".join((b"job_1", query, b"key_1", content)))
    return asked


def _readers() -> list[bytes]:
    return [bytes([number]) + text for number in range(250, 256) for text in _SMALL]


_SEEDS: dict[str, Callable[[], Iterable[bytes]]] = {
    "webhook": _webhooks,
    "header": _headers,
    "queue": _messages,
    "api": lambda: [*_requests(), *_readers()],
}


def seeds(target: str) -> list[bytes]:
    """Each once. What is larger than its inputs may be is left to tests of its own."""
    return [seed for seed in dict.fromkeys(_SEEDS[target]()) if len(seed) <= SIZES[target]]
