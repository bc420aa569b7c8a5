import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.errors import RejectedEventError
from makegood.events.paddle import (
    LineTotals,
    PaddleAdjustment,
    PaddleCustomer,
    PaddleEvent,
    PaddleTransaction,
    parse_paddle_event,
)
from makegood.events.strict_json import parse_json_object
from makegood.paddle.envelope import open_envelope
from tests.webhooks import SAMPLES, sample

COMPLETED: dict[str, Any] = json.loads(sample("transaction.completed.usd_credit_pack"))
ADJUSTED: dict[str, Any] = json.loads(sample("adjustment.created.refund_partial_by_paddle"))
CUSTOMER: dict[str, Any] = json.loads(sample("customer.created"))

MISSING = object()


def changed(event: Any, path: str, value: Any) -> Any:
    """A copy in which the field at the path is another, or missing."""
    head, _, rest = path.partition(".")
    copy = list(event) if isinstance(event, list) else dict(event)
    key: Any = int(head) if isinstance(event, list) else head
    if rest:
        copy[key] = changed(copy[key], rest, value)
    elif value is MISSING:
        del copy[key]
    else:
        copy[key] = value
    return copy


def parse(event: Any) -> PaddleEvent:
    return parse_paddle_event(json.dumps(event))


def transaction(event: Any) -> PaddleTransaction:
    data = parse(event).data
    assert isinstance(data, PaddleTransaction)
    return data


def rejected(event: Any) -> str:
    with pytest.raises(RejectedEventError) as rejection:
        parse(event)
    assert rejection.value.__cause__ is None
    return str(rejection.value)


def fate(event: Any) -> str | None:
    """Why it is rejected, or None where it is read."""
    try:
        parse(event)
    except RejectedEventError as rejection:
        return str(rejection)
    return None


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_is_read_as_its_kind(path: Any) -> None:
    body = path.read_bytes()
    kinds: dict[str, type[Any]] = {
        "transaction": PaddleTransaction,
        "adjustment": PaddleAdjustment,
        "customer": PaddleCustomer,
    }

    event = parse_paddle_event(body)

    assert isinstance(event.data, kinds[path.name.split(".")[0]])
    assert event.data.id == json.loads(body)["data"]["id"]
    # What the webhook queues says the same.
    queued = open_envelope(parse_json_object(body, bytes_max=10**6)).message
    assert parse_paddle_event(queued) == event


def test_there_are_seventeen_samples() -> None:
    assert len(list(SAMPLES.glob("*.json"))) == 17


def test_a_purchase_keeps_what_a_grant_needs() -> None:
    event = parse(COMPLETED)
    bought = transaction(COMPLETED)

    assert event.event_id == "evt_01m61d6mx6qb2yhst1h2mk2aaq"
    assert event.event_type == "transaction.completed"
    assert event.occurred_at == datetime(2026, 10, 28, 14, 4, 10, 22_381, tzinfo=UTC)
    assert bought.customer_id == "ctm_01m61d4vqtyva2rpcv8w72a5ya"
    assert bought.custom_data == {"account_id": "acc_7f3c", "order_ref": "ord_99ydyxbd"}
    assert (bought.status, bought.origin, bought.currency_code) == ("completed", "api", "USD")
    assert bought.subscription_id is None
    assert [(item.price.id, item.quantity) for item in bought.items] == [
        ("pri_01kjpx71rrp1zr6z0b6nfbkm1a", 2)
    ]
    (line,) = bought.details.line_items
    assert (line.id, line.price_id, line.quantity) == (
        "txnitm_01m61d4vqt2ajstn37bgkm0kpp",
        "pri_01kjpx71rrp1zr6z0b6nfbkm1a",
        2,
    )
    assert line.totals == LineTotals(subtotal="2000", tax="178", total="2178")  # type: ignore[arg-type]
    assert (bought.details.totals.total, bought.details.totals.grand_total) == (2178, 2178)
    assert [(payment.status, payment.amount) for payment in bought.payments] == [("captured", 2178)]
    assert bought.billed_at == datetime(2026, 10, 28, 14, 4, 5, 771_640, tzinfo=UTC)


def test_an_adjustment_keeps_what_a_clawback_needs() -> None:
    data = parse(ADJUSTED).data

    assert isinstance(data, PaddleAdjustment)
    assert (data.action, data.type, data.status) == ("refund", "partial", "approved")
    assert data.transaction_id == "txn_01m61d4vqtx6r9zz0799ydyxbd"
    (item,) = data.items
    assert (item.item_id, item.type, item.amount) == (
        "txnitm_01m61d4vqt2ajstn37bgkm0kpp",
        "partial",
        1089,
    )
    assert (data.totals.subtotal, data.totals.tax, data.totals.total) == (1000, 89, 1089)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("for payout_1 é", "for payout_1 é"),
        ("", ""),
        (None, ""),
        (MISSING, ""),
        (7, ""),
        (["text"], ""),
        ("z" * 100_000, "z" * 2_000),
    ],
)
def test_the_reason_is_free_text_that_refuses_no_adjustment(given: Any, kept: str) -> None:
    data = parse(changed(ADJUSTED, "data.reason", given)).data

    assert isinstance(data, PaddleAdjustment)
    assert data.reason == kept
    assert "reason" not in repr(data)


def test_a_customer_keeps_the_email_and_does_not_show_it() -> None:
    data = parse(CUSTOMER).data

    assert isinstance(data, PaddleCustomer)
    assert data.email == "dana@example.com"
    assert "dana" not in repr(parse(CUSTOMER))


def test_card_data_is_not_read_even_when_it_is_there() -> None:
    shown = repr(parse(COMPLETED))

    assert "4242" not in shown
    assert "Whitfield" not in shown


@pytest.mark.parametrize(
    "event_type", ["subscription.created", "transaction.created", "report.updated", "new.thing"]
)
def test_events_that_nobody_reads_are_values(event_type: str) -> None:
    event = parse(COMPLETED | {"event_type": event_type, "data": {"anything": [1]}})

    assert event.event_type == event_type
    assert event.data is None


@pytest.mark.parametrize(
    ("event", "path"),
    [
        (COMPLETED, "data.status"),
        (COMPLETED, "data.origin"),
        (COMPLETED, "data.payments.0.status"),
        (ADJUSTED, "data.action"),
        (ADJUSTED, "data.type"),
        (ADJUSTED, "data.status"),
        (ADJUSTED, "data.items.0.type"),
        (CUSTOMER, "data.status"),
    ],
)
def test_unknown_words_are_values(event: dict[str, Any], path: str) -> None:
    parse(changed(event, path, "something_new"))

    assert rejected(changed(event, path, 7)).startswith(f"{path}: ")
    assert rejected(changed(event, path, "w" * 65)).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("text", "units"),
    [("0", 0), ("2178", 2178), ("-1", -1), ("-0", 0), ("007", 7), ("9" * 18, 10**18 - 1)],
)
def test_money_is_whole_units_written_as_text(text: str, units: int) -> None:
    event = changed(COMPLETED, "data.details.totals.grand_total", text)

    assert transaction(event).details.totals.grand_total == units


@pytest.mark.parametrize(
    "text",
    [
        "12.5",
        "1e3",
        " 5",
        "5 ",
        "5\n",
        "",
        "+5",
        "--5",
        "-",
        "1_0",
        "\u0665",
        "9" * 19,
        None,
        5,
        5.0,
        True,
    ],
)
@pytest.mark.parametrize(
    "path",
    [
        "data.details.totals.grand_total",
        "data.details.line_items.0.totals.total",
        "data.payments.0.amount",
    ],
)
def test_other_money_is_rejected(path: str, text: Any) -> None:
    assert rejected(changed(COMPLETED, path, text)) == (
        f"{path}: expected text of 1 to 18 digits, a minus allowed"
    )


@pytest.mark.parametrize("value", [0, -1, 10**9, 1.5, 2.0, True, "2", None])
@pytest.mark.parametrize("path", ["data.items.0.quantity", "data.details.line_items.0.quantity"])
def test_a_quantity_is_a_whole_number_that_paddle_can_sell(path: str, value: Any) -> None:
    assert rejected(changed(COMPLETED, path, value)).startswith(f"{path}: ")


@pytest.mark.parametrize("value", ["usd", "US", "USDT", "", "U$D", "USD\n", None, 840])
def test_a_currency_is_three_capitals(value: Any) -> None:
    path = "data.currency_code"

    assert rejected(changed(COMPLETED, path, value)).startswith(f"{path}: ")


@pytest.mark.parametrize("value", [MISSING, None, "acc_1", ["acc_1"], 7, True])
def test_custom_data_that_is_no_object_says_nothing(value: Any) -> None:
    assert transaction(changed(COMPLETED, "data.custom_data", value)).custom_data == {}


def test_custom_data_may_be_large_and_strange() -> None:
    strange = {"account_id": None, "": {"": [1.5, "x" * 100_000]}}

    event = changed(COMPLETED, "data.custom_data", strange)

    assert transaction(event).custom_data == strange
    assert "xxxx" not in repr(parse(event))


@pytest.mark.parametrize(
    ("event", "path"),
    [
        (COMPLETED, "data.customer_id"),
        (COMPLETED, "data.subscription_id"),
        (COMPLETED, "data.billed_at"),
        (ADJUSTED, "data.type"),
        (ADJUSTED, "data.items.0.amount"),
        (ADJUSTED, "data.updated_at"),
        (ADJUSTED, "data.subscription_id"),
    ],
)
def test_what_may_be_null_may_also_be_absent(event: dict[str, Any], path: str) -> None:
    parse(changed(event, path, None))
    parse(changed(event, path, MISSING))


REQUIRED = [
    (COMPLETED, "data.id"),
    (COMPLETED, "data.status"),
    (COMPLETED, "data.origin"),
    (COMPLETED, "data.currency_code"),
    (COMPLETED, "data.items"),
    (COMPLETED, "data.items.0.price"),
    (COMPLETED, "data.items.0.price.id"),
    (COMPLETED, "data.details"),
    (COMPLETED, "data.details.totals"),
    (COMPLETED, "data.details.totals.grand_total"),
    (COMPLETED, "data.details.line_items"),
    (COMPLETED, "data.details.line_items.0.id"),
    (COMPLETED, "data.details.line_items.0.price_id"),
    (COMPLETED, "data.details.line_items.0.totals.tax"),
    (COMPLETED, "data.payments"),
    (COMPLETED, "data.created_at"),
    (ADJUSTED, "data.transaction_id"),
    (ADJUSTED, "data.action"),
    (ADJUSTED, "data.totals.total"),
    (ADJUSTED, "data.items"),
    (CUSTOMER, "data.email"),
    (CUSTOMER, "event_id"),
    (CUSTOMER, "event_type"),
    (CUSTOMER, "occurred_at"),
    (CUSTOMER, "data"),
]


@pytest.mark.parametrize(("event", "path"), REQUIRED)
def test_a_missing_field_is_named(event: dict[str, Any], path: str) -> None:
    assert rejected(changed(event, path, MISSING)) == f"{path}: Field required"


@pytest.mark.parametrize(("event", "path"), REQUIRED)
@pytest.mark.parametrize("value", [None, 7, [None], {"Zq7": "Zq7"}, "Zq7\x00é"])
def test_a_wrong_field_is_named_and_its_value_is_not(
    event: dict[str, Any], path: str, value: Any
) -> None:
    reason = rejected(changed(event, path, value))

    assert reason.startswith(path)
    assert "Zq7" not in reason


def test_a_replayed_event_without_notification_id_is_the_same() -> None:
    assert parse(changed(COMPLETED, "notification_id", MISSING)) == parse(COMPLETED)


def test_the_same_price_may_stand_in_two_lines() -> None:
    [line] = COMPLETED["data"]["details"]["line_items"]
    lines = [line, {**line, "id": "txnitm_other"}]

    event = changed(COMPLETED, "data.details.line_items", lines)

    assert len(transaction(event).details.line_items) == 2


def test_the_same_line_stands_there_once() -> None:
    """It would be granted twice, and was paid for once."""
    lines = COMPLETED["data"]["details"]["line_items"]

    event = changed(COMPLETED, "data.details.line_items", lines * 2)

    assert rejected(event) == "data.details.line_items: expected each line once"


def test_negative_totals_of_a_reversal_are_read() -> None:
    event = changed(ADJUSTED, "data.totals.total", "-1089")

    data = parse(event).data

    assert isinstance(data, PaddleAdjustment)
    assert data.totals.total == -1089


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "2026-10-28"])
def test_times_are_aware_and_of_our_days(value: str) -> None:
    for path in ("occurred_at", "data.billed_at"):
        assert rejected(changed(COMPLETED, path, value)).startswith(f"{path}: expected an RFC 3339")


@pytest.mark.parametrize(
    "body", ["", "null", "[]", '{"a":1,"a":1}', '{"a":1e999}', b"\xff", "[" * 100_000, "\ud800"]
)
def test_what_is_no_strict_json_object_is_rejected(body: str | bytes) -> None:
    with pytest.raises(RejectedEventError, match=r"^body: "):
        parse_paddle_event(body)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(case=st.sampled_from(REQUIRED), value=ANYTHING)
def test_any_value_anywhere_is_read_or_rejected(
    case: tuple[dict[str, Any], str], value: Any
) -> None:
    event, path = case
    reason = fate(changed(event, path, value))

    assert reason is None or reason.startswith(("body: ", path))


@given(body=st.binary() | st.text(st.characters()))
def test_no_body_raises_anything_but_a_rejection(body: str | bytes) -> None:
    with pytest.raises(RejectedEventError):
        parse_paddle_event(body)
