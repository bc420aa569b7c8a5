"""What happens to a payment without the studio: banks, Paddle's own refunds, tax, and reverses."""

from typing import Any

import pytest

from local.paddle.core.errors import RefusedError
from tests.local.paddles import JPY, USD, USD_5000, Shop, code_of


def disputed(shop: Shop, transaction: dict[str, Any], **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = shop.do("chargeback", transaction_id=transaction["id"], **more)
    adjustment: dict[str, Any] = made["adjustment"]
    return adjustment


def left_of(shop: Shop, transaction: dict[str, Any]) -> int:
    details = shop.get(f"/transactions/{transaction['id']}")["details"]
    return int(details["adjusted_totals"]["grand_total"])


@pytest.mark.parametrize(
    ("warning", "action"), [(False, "chargeback"), (True, "chargeback_warning")]
)
def test_a_dispute_takes_the_money_at_once(warning: bool, action: str) -> None:
    shop = Shop()
    transaction = shop.buy()

    made = disputed(shop, transaction, warning=warning)

    assert (made["action"], made["status"], made["type"]) == (action, "approved", "full")
    assert made["payout_totals"]["chargeback_fee"]["amount"] == "1500"
    assert left_of(shop, transaction) == 0
    assert code_of(shop.refund(transaction, 1)).endswith("already_been_fully_adjusted")


def test_a_dispute_over_paypal_costs_more() -> None:
    shop = Shop()

    made = disputed(shop, shop.buy(method="paypal"))

    assert made["payout_totals"]["chargeback_fee"]["amount"] == "2000"


def test_a_dispute_takes_what_is_left_or_says_how_much() -> None:
    shop = Shop(review="at_once")
    transaction = shop.buy(
        items=[{"price_id": USD, "quantity": 2}, {"price_id": USD_5000, "quantity": 1}]
    )
    shop.refund(transaction, 1000)

    part = disputed(shop, transaction, amount=2000)
    rest = disputed(shop, transaction)

    assert [item["amount"] for item in part["items"]] == ["1178", "822"]
    assert (part["type"], rest["type"]) == ("partial", "partial")
    assert int(rest["totals"]["total"]) == 2178 + 4899 - 1000 - 2000
    assert left_of(shop, transaction) == 0


@pytest.mark.parametrize(("more", "total"), [({}, "2178"), ({"amount": 3000}, "3000")])
def test_a_dispute_knows_no_cap(more: dict[str, Any], total: str) -> None:
    """The buyer had the money back already and disputes the payment all the same."""
    shop = Shop(review="at_once")
    transaction = shop.buy()
    shop.refund(transaction)

    made = disputed(shop, transaction, **more)

    assert made["totals"]["total"] == total
    assert int(made["totals"]["subtotal"]) + int(made["totals"]["tax"]) == int(total)


def test_a_pending_refund_that_a_dispute_overtook_is_rejected() -> None:
    shop = Shop()
    transaction = shop.buy()
    shop.refund(transaction, 1500)

    disputed(shop, transaction)
    shop.later(minutes=10)

    assert [one["status"] for one in shop.adjustments(transaction)] == ["rejected", "approved"]


def test_a_small_dispute_leaves_the_pending_refund_its_money() -> None:
    shop = Shop()
    transaction = shop.buy()
    shop.refund(transaction, 1500)

    disputed(shop, transaction, amount=678)
    shop.later(minutes=10)

    assert [one["status"] for one in shop.adjustments(transaction)] == ["approved", "approved"]
    assert left_of(shop, transaction) == 0


@pytest.mark.parametrize("warning", [False, True])
@pytest.mark.parametrize(
    ("told", "events"),
    [
        (["created", "updated"], [("created", "approved"), ("updated", "reversed")]),
        (["updated", "created"], [("updated", "reversed"), ("created", "approved")]),
        (["created"], [("created", "approved")]),
        (["updated"], [("updated", "reversed")]),
        ([], []),
    ],
)
def test_a_reverse_is_told_of_in_any_way(
    warning: bool, told: list[str], events: list[tuple[str, str]]
) -> None:
    shop = Shop()
    transaction = shop.buy()
    original = disputed(shop, transaction, warning=warning)
    before = len(shop.told())

    made = shop.do("reversal", adjustment_id=original["id"], told=told)["adjustment"]

    assert shop.told()[before:] == [(f"adjustment.{what}", status) for what, status in events]
    assert made["action"] == f"{original['action']}_reverse"
    assert int(made["totals"]["total"]) == -2178
    assert "chargeback_fee" not in made["payout_totals"]
    assert [one["status"] for one in shop.adjustments(transaction)] == ["reversed", "approved"]
    assert left_of(shop, transaction) == 2178
    assert shop.refund(transaction).status == 201


def test_the_two_halves_of_a_reverse_may_lie_apart() -> None:
    shop = Shop()
    original = disputed(shop, shop.buy())

    shop.do(
        "reversal", adjustment_id=original["id"], told=["updated", "created"], apart_seconds=3600
    )

    times = [event["occurred_at"][11:16] for event in shop.paddle.events[-2:]]
    assert times == ["12:03", "13:03"]


@pytest.mark.parametrize(
    ("told", "again"), [(["something"], "invalid_field"), (["created"], "conflict")]
)
def test_a_reverse_happens_once(told: list[str], again: str) -> None:
    shop = Shop(review="at_once")
    transaction = shop.buy()
    original = disputed(shop, transaction)
    shop.do("reversal", adjustment_id=original["id"])
    refund = shop.refund(transaction).json()["data"]

    with pytest.raises(RefusedError, match=again):
        shop.do("reversal", adjustment_id=original["id"], told=told)
    with pytest.raises(RefusedError, match="conflict"):
        shop.do("reversal", adjustment_id=refund["id"])


def test_a_credit_can_be_taken_back() -> None:
    shop = Shop()
    billed = shop.buy(billed=True)
    credit = shop.refund(billed, 500, action="credit").json()["data"]

    made = shop.do("reversal", adjustment_id=credit["id"])["adjustment"]

    assert (made["action"], made["totals"]["total"]) == ("credit_reverse", "-500")


def test_tax_goes_back_alone() -> None:
    shop = Shop()
    transaction = shop.buy(JPY, 1, tax_rate="0.1")

    part = shop.do("tax_refund", transaction_id=transaction["id"], amount=73)["adjustment"]
    rest = shop.do("tax_refund", transaction_id=transaction["id"])["adjustment"]

    assert part["items"][0]["type"] == rest["items"][0]["type"] == "tax"
    assert (part["totals"]["subtotal"], part["totals"]["tax"]) == ("0", "73")
    assert (rest["totals"]["tax"], rest["status"]) == ("200", "approved")
    with pytest.raises(RefusedError, match="no_tax_available"):
        shop.do("tax_refund", transaction_id=transaction["id"])


@pytest.mark.parametrize(
    ("more", "kind", "total", "status"),
    [
        ({}, "full", "2178", "approved"),
        ({"amount": 1089}, "partial", "1089", "approved"),
        ({"status": "pending_approval"}, "full", "2178", "pending_approval"),
    ],
)
def test_paddle_refunds_without_being_asked(
    more: dict[str, Any], kind: str, total: str, status: str
) -> None:
    shop = Shop()
    transaction = shop.buy()

    made = shop.do("refund", transaction_id=transaction["id"], **more)["adjustment"]

    assert (made["type"], made["totals"]["total"], made["status"]) == (kind, total, status)
    assert shop.told()[0] == ("adjustment.created", status)
