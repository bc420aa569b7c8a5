"""What the stand-in sends, held against the recorded samples and Paddle's own SDK."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from paddle_billing.Entities.Notifications import NotificationEvent
from paddle_billing.Notifications import Secret, Verifier

from local.paddle import catalog, delivery, ids, signing, transactions
from local.paddle.clock import milliseconds, text
from tests.webhooks import SAMPLES

AT = datetime(2026, 10, 28, 14, 4, 5, 771_640, tzinfo=UTC)
SECRET = signing.new_secret(milliseconds(AT))


class SentRequest:
    """As Paddle's SDK wants a request."""

    def __init__(self, body: bytes, header: str) -> None:
        self.body = body
        self.headers = {signing.HEADER: header}


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())["data"]


def bought(price_id: str, quantity: int, rate: str, **more: Any) -> dict[str, Any]:
    price = next(one for one in catalog.PRICES if one["id"] == price_id)
    return transactions.completed(
        transactions.Purchase(
            customer_id="ctm_01m61d4vqtyva2rpcv8w72a5ya",
            items=[(price, quantity)],
            captured_at=AT,
            custom_data={"account_id": "acc_7f3c", "order_ref": "ord_1"},
            tax_rate=Decimal(rate),
            **more,
        )
    )


def shape(node: Any) -> Any:
    """Which fields there are, and of what kind, without their values."""
    if isinstance(node, dict):
        return {name: shape(value) for name, value in node.items()}
    if isinstance(node, list):
        return [shape(value) for value in node]
    return type(node).__name__


USD, JPY = "pri_01kjpx71rrp1zr6z0b6nfbkm1a", "pri_01kjpxj1arftknfxt33wwanzbz"
PURCHASES = [
    pytest.param("transaction.completed.usd_credit_pack", USD, 2, "0.08875", id="dollars"),
    pytest.param("transaction.completed.jpy_credit_pack", JPY, 1, "0.1", id="yen, tax included"),
]


@pytest.mark.parametrize(("name", "price_id", "quantity", "rate"), PURCHASES)
def test_a_purchase_has_every_field_of_a_real_one(
    name: str, price_id: str, quantity: int, rate: str
) -> None:
    made, real = bought(price_id, quantity, rate), sample(name)
    for one in (made, real):
        one["custom_data"] = one["items"][0]["price"]["custom_data"] = None

    assert shape(made) == shape(real)


@pytest.mark.parametrize(("name", "price_id", "quantity", "rate"), PURCHASES)
def test_amounts_are_computed_as_paddle_does(
    name: str, price_id: str, quantity: int, rate: str
) -> None:
    made, real = bought(price_id, quantity, rate)["details"], sample(name)["details"]

    for part in ("totals", "adjusted_totals", "payout_totals", "adjusted_payout_totals"):
        assert made[part] == real[part]
    assert made["line_items"][0]["totals"] == real["line_items"][0]["totals"]
    assert made["line_items"][0]["unit_totals"] == real["line_items"][0]["unit_totals"]


def test_a_paid_transaction_lacks_what_comes_with_completion() -> None:
    made = transactions.paid(bought(USD, 2, "0.08875"))
    real = sample("transaction.paid.usd_credit_pack")

    assert shape(made["details"]) == shape(real["details"])
    assert (made["status"], made["invoice_id"]) == ("paid", None)


def test_a_transaction_can_be_completed_without_a_payment() -> None:
    made = bought(USD, 1, "0", collected=False)

    assert made["payments"] == []
    assert made["details"]["totals"]["total"] == made["details"]["totals"]["credit"] == "1000"
    assert made["details"]["totals"]["grand_total"] == made["details"]["totals"]["fee"] == "0"


@pytest.mark.parametrize(
    ("event_type", "data"),
    [
        ("transaction.completed", bought(USD, 2, "0.08875")),
        ("transaction.completed", bought(JPY, 3, "0.1")),
        ("transaction.paid", transactions.paid(bought(USD, 1, "0.2"))),
        (
            "customer.created",
            catalog.customer("ctm_1", email="ada@example.com", name="Ada", at=text(AT)),
        ),
    ],
)
def test_paddles_own_sdk_understands_and_verifies_what_is_sent(
    event_type: str, data: dict[str, Any]
) -> None:
    payload = {
        "event_id": ids.new("evt", milliseconds(AT)),
        "event_type": event_type,
        "occurred_at": text(AT),
        "notification_id": ids.new("ntf", milliseconds(AT)),
        "data": data,
    }
    body = delivery.encoded(payload)
    now = int(datetime.now(UTC).timestamp())
    request = SentRequest(body, signing.signature(body, SECRET, timestamp=now))

    parsed = NotificationEvent.from_request(request)

    assert (parsed.event_id, parsed.data.id) == (payload["event_id"], data["id"])
    assert Verifier().verify(request, Secret(SECRET)) is True
    assert Verifier().verify(request, Secret(SECRET + "x")) is False


def test_ids_look_like_paddles_and_sort_by_time() -> None:
    earlier, later = ids.new("txn", 1_795_000_000_000), ids.new("txn", 1_795_000_000_001)

    assert earlier.startswith("txn_")
    assert len(earlier) == len("txn_") + 26
    assert earlier < later
    assert ids.new("txn", 1) != ids.new("txn", 1)


def test_a_new_secret_has_the_form_of_a_destinations() -> None:
    kind, destination, identity, random = SECRET.split("_")

    assert (kind, destination, len(identity)) == ("pdl", "ntfset", 26)
    assert len(random) >= 32
