"""What the stand-in sends, held field by field against the samples."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from local.paddle import catalog
from local.paddle.core import signing, transactions
from local.paddle.core.ids import Ids
from local.paddle.core.times import milliseconds, parsed, text
from tests.local.paddles import JPY, USD, Shop
from tests.webhooks import SAMPLES

AT = datetime(2026, 10, 28, 14, 4, 5, 771_640, tzinfo=UTC)


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text())


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
        ),
        Ids("shapes"),
    )


def shape(node: Any) -> Any:
    """Which fields there are, and of what kind, without their values."""
    if isinstance(node, dict):
        return {name: shape(value) for name, value in node.items() if name != "custom_data"}
    if isinstance(node, list):
        return [shape(value) for value in node]
    return type(node).__name__


def played(**options: Any) -> tuple[Shop, dict[str, Any], dict[str, Any]]:
    """A shop where webhooks are due, with the sampled purchases in dollars and in yen."""
    shop = Shop(**options)
    shop.ask(
        "PATCH",
        f"/notification-settings/{shop.paddle.destination['id']}",
        {"destination": "https://studio.example/hook"},
    )
    more = {"name": "Dana Whitfield", "with_paid": True, "with_failed": True, "with_updated": True}
    dollars = shop.buy(USD, 2, account_id="acc_7f3c", order_ref="ord_1", **more)
    return shop, dollars, shop.buy(JPY, 1, tax_rate="0.1", order_ref="ord_2", name="Sato")


def sent(shop: Shop, event_type: str, status: str | None = None) -> Any:
    """The body of the last webhook of that type, and of what it tells of."""
    bodies = [json.loads(due.body) for due in shop.paddle.due_deliveries(shop.now)]
    return [
        body
        for body in bodies
        if body["event_type"] == event_type and status in (None, body["data"].get("status"))
    ][-1]


def refund_pending() -> Any:
    shop, dollars, _ = played(review="by_hand")
    shop.refund(dollars)
    return sent(shop, "adjustment.created")


def refund_at_once() -> Any:
    shop, dollars, _ = played(review="at_once")
    shop.refund(dollars)
    return sent(shop, "adjustment.created")


def refund_decided(verdict: str) -> Any:
    shop, dollars, _ = played(review="by_hand")
    made = shop.refund(dollars).json()["data"]
    shop.do("review", adjustment_id=made["id"], verdict=verdict)
    return sent(shop, "adjustment.updated")


def partial_by_paddle() -> Any:
    shop, dollars, _ = played()
    shop.do("refund", transaction_id=dollars["id"], amount=1089)
    return sent(shop, "adjustment.created")


def chargeback() -> Any:
    shop, dollars, _ = played()
    shop.do("chargeback", transaction_id=dollars["id"])
    return sent(shop, "adjustment.created")


def warning_in_yen() -> Any:
    shop, _, yen = played()
    shop.do("chargeback", transaction_id=yen["id"], warning=True)
    return sent(shop, "adjustment.created")


def reversal(what: str) -> Any:
    shop, dollars, _ = played()
    made = shop.do("chargeback", transaction_id=dollars["id"])["adjustment"]
    shop.do("reversal", adjustment_id=made["id"])
    return sent(shop, f"adjustment.{what}")


def customer_updated() -> Any:
    shop, dollars, _ = played()
    changes = {"email": "dana@example.org", "custom_data": {"account_id": "acc_7f3c"}}
    shop.do("customer", id=dollars["customer_id"], **changes)
    return sent(shop, "customer.updated")


def of_purchase(event_type: str) -> Any:
    shop, *_ = played()
    return sent(shop, event_type)


ADJUSTMENTS: dict[str, Callable[[], Any]] = {
    "adjustment.created.refund_pending": refund_pending,
    "adjustment.created.refund_auto_approved": refund_at_once,
    "adjustment.created.refund_partial_by_paddle": partial_by_paddle,
    "adjustment.created.chargeback": chargeback,
    "adjustment.created.chargeback_warning.jpy": warning_in_yen,
    "adjustment.created.chargeback_reverse": lambda: reversal("created"),
    "adjustment.updated.chargeback_reversed": lambda: reversal("updated"),
    "adjustment.updated.refund_approved": lambda: refund_decided("approved"),
    "adjustment.updated.refund_rejected": lambda: refund_decided("rejected"),
}
OTHERS: dict[str, Callable[[], Any]] = {
    "customer.created": lambda: of_purchase("customer.created"),
    "customer.updated": customer_updated,
    "transaction.completed.jpy_credit_pack": lambda: of_purchase("transaction.completed"),
    "transaction.paid.usd_credit_pack": lambda: of_purchase("transaction.paid"),
    "transaction.payment_failed.usd_credit_pack": lambda: of_purchase("transaction.payment_failed"),
    "transaction.updated.after_completed": lambda: of_purchase("transaction.updated"),
}
# The same as the first one, for another transaction.
ALIKE = {"transaction.completed.usd_credit_pack", "transaction.completed.usd_duplicate_payment"}


@pytest.mark.parametrize("name", [*ADJUSTMENTS, *OTHERS])
def test_a_webhook_has_every_field_of_the_sample(name: str) -> None:
    made, real = (ADJUSTMENTS | OTHERS)[name](), sample(name)

    assert shape(made) == shape(real)


def test_every_sample_is_compared() -> None:
    names = {path.stem for path in SAMPLES.glob("*.json")}

    assert names == {*ADJUSTMENTS, *OTHERS} | ALIKE


OWN = ("id", "item_id", "transaction_id", "customer_id", "reason", "created_at", "updated_at")


def without_own(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: without_own(value) for name, value in node.items() if name not in OWN}
    return [without_own(one) for one in node] if isinstance(node, list) else node


@pytest.mark.parametrize("name", ADJUSTMENTS)
def test_an_adjustment_has_the_samples_figures(name: str) -> None:
    made, real = ADJUSTMENTS[name]()["data"], sample(name)["data"]

    assert without_own(made) == without_own(real)


PURCHASES = [
    pytest.param("transaction.completed.usd_credit_pack", USD, 2, "0.08875", id="dollars"),
    pytest.param("transaction.completed.jpy_credit_pack", JPY, 1, "0.1", id="yen, tax included"),
]


@pytest.mark.parametrize(("name", "price_id", "quantity", "rate"), PURCHASES)
def test_a_purchase_has_every_field_of_a_real_one(
    name: str, price_id: str, quantity: int, rate: str
) -> None:
    assert shape(bought(price_id, quantity, rate)) == shape(sample(name)["data"])


@pytest.mark.parametrize(("name", "price_id", "quantity", "rate"), PURCHASES)
def test_amounts_are_computed_as_paddle_does(
    name: str, price_id: str, quantity: int, rate: str
) -> None:
    made, real = bought(price_id, quantity, rate)["details"], sample(name)["data"]["details"]

    for part in ("totals", "adjusted_totals", "payout_totals", "adjusted_payout_totals"):
        assert made[part] == real[part]
    assert made["line_items"][0]["totals"] == real["line_items"][0]["totals"]
    assert made["line_items"][0]["unit_totals"] == real["line_items"][0]["unit_totals"]


def test_before_completion_there_is_no_invoice_and_no_payout() -> None:
    made = transactions.paid(bought(USD, 2, "0.08875"))

    assert (made["status"], made["invoice_id"]) == ("paid", None)


def test_a_transaction_can_be_completed_without_a_payment() -> None:
    made = bought(USD, 1, "0", collected=False)

    assert made["payments"] == []
    assert made["details"]["totals"]["total"] == made["details"]["totals"]["credit"] == "1000"
    assert made["details"]["totals"]["grand_total"] == made["details"]["totals"]["fee"] == "0"


def test_ids_look_like_paddles_and_sort_by_time_and_order() -> None:
    ids = Ids("a")
    made = [ids.new("txn", at) for at in (1_795_000_000_000, 1_795_000_000_000, 1_795_000_000_001)]

    assert all(one.startswith("txn_") and len(one) == len("txn_") + 26 for one in made)
    assert made == sorted(set(made))
    assert Ids("a").new("txn", 1) == Ids("a").new("txn", 1) != Ids("b").new("txn", 1)


def test_a_new_secret_has_the_form_of_a_destinations() -> None:
    ids = Ids("a")
    secret = signing.new_secret(ids, ids.new("ntfset", milliseconds(AT)))

    kind, destination, identity, random = secret.split("_")
    assert (kind, destination, len(identity)) == ("pdl", "ntfset", 26)
    assert len(random) >= 32


def test_times_are_written_as_paddle_writes_them() -> None:
    assert text(AT) == "2026-10-28T14:04:05.771640Z"
    assert text(AT.replace(microsecond=0)) == "2026-10-28T14:04:05.000000Z"
    assert parsed("2026-10-28T14:04:05") == parsed("2026-10-28T14:04:05Z")
