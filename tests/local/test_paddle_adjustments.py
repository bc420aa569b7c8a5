"""Refunds as Paddle makes, refuses and decides them, down to the last minor unit."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.paddle.core.errors import KINDS
from tests.local.paddles import JPY, USD, USD_5000, Shop, code_of, lines_of


def two_lines(shop: Shop, **more: Any) -> dict[str, Any]:
    """2,178 and 4,899, their tax 178 and 399 included."""
    items = [{"price_id": USD, "quantity": 2}, {"price_id": USD_5000, "quantity": 1}]
    return shop.buy(items=items, **more)


def asked(transaction: dict[str, Any], *items: tuple[int, str, str | None]) -> dict[str, Any]:
    """The body's items: of which line, of what type, how much."""
    lines = [*lines_of(transaction), "txnitm_unknown"]
    return {
        "type": "partial",
        "items": [{"item_id": lines[n], "type": kind, "amount": how} for n, kind, how in items],
    }


@pytest.mark.parametrize(
    ("review", "first", "after_ten_minutes", "events"),
    [
        ("at_once", "approved", "approved", [("adjustment.created", "approved")]),
        (
            "sandbox",
            "pending_approval",
            "approved",
            [("adjustment.created", "pending_approval"), ("adjustment.updated", "approved")],
        ),
        (
            "by_hand",
            "pending_approval",
            "pending_approval",
            [("adjustment.created", "pending_approval")],
        ),
        ("live", "approved", "approved", [("adjustment.created", "approved")]),
    ],
)
def test_a_refund_is_approved_at_once_or_later_or_by_a_person(
    review: str, first: str, after_ten_minutes: str, events: list[tuple[str, str]]
) -> None:
    shop = Shop(review=review)
    transaction = shop.buy()

    made = shop.refund(transaction).json()["data"]
    shop.later(minutes=7)

    assert made["status"] == first
    assert shop.adjustments(transaction)[0]["status"] == after_ten_minutes
    assert shop.told() == events


def test_a_sandbox_approves_at_the_next_full_ten_minutes_and_dates_it_then() -> None:
    shop = Shop()
    transaction = shop.buy()
    shop.refund(transaction)

    shop.later(minutes=6, seconds=59.9)
    assert shop.adjustments(transaction)[0]["status"] == "pending_approval"
    shop.later(days=2)
    assert shop.adjustments(transaction)[0]["updated_at"] == "2026-11-22T12:10:00.000000Z"
    assert shop.paddle.events[-1]["occurred_at"] == "2026-11-22T12:10:00.000000Z"


@pytest.mark.parametrize(
    ("bought", "options", "status"),
    [
        ({"tax_rate": "0", "quantity": 40}, {}, "approved"),
        ({"tax_rate": "0", "quantity": 41}, {}, "pending_approval"),
        ({}, {"balance_minor": 2179}, "approved"),
        ({}, {"balance_minor": 2178}, "pending_approval"),
        ({"method": "wire_transfer"}, {}, "pending_approval"),
        ({"method": "paypal"}, {}, "approved"),
        # 60,000 yen are 400.40 dollars.
        ({"price_id": JPY, "quantity": 19}, {}, "approved"),
        ({"price_id": JPY, "quantity": 20}, {}, "pending_approval"),
    ],
)
def test_live_approves_by_itself_what_paddle_says_it_does(
    bought: dict[str, Any], options: dict[str, Any], status: str
) -> None:
    shop = Shop(review="live", **options)

    made = shop.refund(shop.buy(**bought)).json()["data"]

    assert made["status"] == status


@pytest.mark.parametrize(
    ("method", "days", "status"),
    [
        ("card", 119, "approved"),
        ("card", 120, "rejected"),
        ("paypal", 178, "approved"),
        ("paypal", 179, "rejected"),
    ],
)
def test_what_is_too_old_is_rejected(method: str, days: int, status: str) -> None:
    shop = Shop(review="at_once")
    transaction = shop.buy(method=method)
    shop.later(days=days, seconds=-4)

    shop.refund(transaction)

    assert shop.adjustments(transaction)[0]["status"] == status


def test_the_next_refunds_are_rejected_when_that_is_wanted() -> None:
    shop = Shop(next_rejected=1)
    transaction = shop.buy()

    shop.refund(transaction)
    shop.later(minutes=10)
    shop.refund(transaction)
    shop.later(minutes=10)

    statuses = [one["status"] for one in shop.adjustments(transaction)]
    assert statuses == ["rejected", "approved"]


def test_a_person_decides_once() -> None:
    shop = Shop(review="by_hand")
    transaction = shop.buy()
    adjustment_id = shop.refund(transaction).json()["data"]["id"]

    shop.do("review", adjustment_id=adjustment_id, verdict="untouched")
    shop.do("review", adjustment_id=adjustment_id, verdict="rejected", after_seconds=60)
    shop.later(minutes=1)

    assert shop.adjustments(transaction)[0]["status"] == "rejected"
    assert shop.told() == [
        ("adjustment.created", "pending_approval"),
        ("adjustment.updated", "pending_approval"),
        ("adjustment.updated", "rejected"),
    ]
    with pytest.raises(Exception, match="conflict"):
        shop.do("review", adjustment_id=adjustment_id)


def test_a_pending_refund_keeps_every_other_adjustment_away() -> None:
    shop = Shop(review="by_hand")
    transaction = shop.buy()
    first = shop.refund(transaction, 1).json()["data"]

    assert code_of(shop.refund(transaction, 1)) == "adjustment_pending_refund_request"
    assert code_of(shop.refund(transaction)) == "adjustment_pending_refund_request"
    assert shop.refund(shop.buy(), 1).status == 201
    shop.do("review", adjustment_id=first["id"], verdict="rejected")
    assert shop.refund(transaction).json()["data"]["totals"]["total"] == "2178"


def test_full_takes_what_is_left_and_then_nothing_is() -> None:
    shop = Shop(review="at_once")
    transaction = two_lines(shop)
    shop.refund(transaction, 1000, 4899)

    full = shop.refund(transaction).json()["data"]

    assert [(item["type"], item["amount"]) for item in full["items"]] == [("full", "1178")]
    assert (full["type"], full["totals"]["total"]) == ("full", "1178")
    nothing = "adjustment_transaction_item_has_already_been_fully_adjusted"
    assert code_of(shop.refund(transaction)) == nothing
    assert code_of(shop.refund(transaction, 1)) == nothing


def test_a_partial_refund_is_made_again_while_something_remains() -> None:
    """Which is why sending one twice pays twice."""
    shop = Shop(review="at_once")
    transaction = shop.buy()

    statuses = [shop.refund(transaction, 1000).status for _ in range(3)]

    assert statuses == [201, 201, 400]


BIG, ZERO = "99999", "0"
SOME = (0, "partial", "100")


@pytest.mark.parametrize(
    ("items", "code", "fields"),
    [
        ([(0, "partial", BIG)], "adjustment_amount_above_remaining_allowed", 0),
        ([(0, "partial", "2178")], "", 0),
        ([(0, "partial", "2179")], "adjustment_amount_above_remaining_allowed", 0),
        ([(0, "partial", ZERO)], "adjustment_amount_cannot_be_zero", 0),
        ([(2, "full", None)], "adjustment_transaction_item_invalid", 1),
        ([(0, "partial", BIG), (1, "partial", ZERO)], "adjustment_transaction_item_invalid", 2),
        ([(0, "full", None), SOME], "adjustment_transaction_item_over_adjustment", 0),
        ([(0, "tax", None), SOME], "adjustment_invalid_combination_of_types", 0),
        ([(0, "tax", None), (1, "tax", None)], "", 0),
        ([(0, "full", None), (1, "partial", "1")], "", 0),
    ],
)
def test_items_have_to_fit(
    items: list[tuple[int, str, str | None]], code: str, fields: int
) -> None:
    shop = Shop()
    transaction = two_lines(shop)

    answer = shop.refund(transaction, **asked(transaction, *items))

    assert code_of(answer) == code
    assert len(answer.json().get("error", {}).get("errors", [])) == fields


def test_more_than_was_collected_is_refused_even_where_the_lines_would_allow_it() -> None:
    """A credit paid half of it: the lines' sum is above what the buyer's card paid."""
    shop = Shop()
    transaction = shop.buy()
    details = transaction["details"]
    totals = {**details["totals"], "credit": "1000", "grand_total": "1178"}
    half = {**transaction, "details": {**details, "totals": totals}}
    shop.paddle.state.put("transactions", half)

    assert code_of(shop.refund(half, 1179)) == "adjustment_total_amount_above_remaining_allowed"
    assert code_of(shop.refund(half)) == "adjustment_total_amount_above_remaining_allowed"
    assert shop.refund(half, 1178).status == 201


def test_what_was_not_collected_cannot_be_refunded() -> None:
    shop = Shop()
    credited, billed = shop.buy(collected=False), shop.buy(billed=True)

    assert code_of(shop.refund(credited)) == "adjustment_transaction_without_captured_payment"
    assert code_of(shop.refund(billed)) == "adjustment_transaction_invalid_status_for_refund"


def test_only_an_open_invoice_takes_a_credit() -> None:
    shop = Shop()
    billed = shop.buy(billed=True)
    manual = {**shop.buy(), "collection_mode": "manual"}
    shop.paddle.state.put("transactions", manual)

    made = shop.refund(billed, 500, action="credit").json()["data"]
    assert (made["action"], made["status"], made["payout_totals"]) == ("credit", "approved", None)
    assert code_of(shop.refund(shop.buy(), action="credit")) == "adjustment_invalid_credit_action"
    wrong = "adjustment_transaction_invalid_status_for_credit"
    assert code_of(shop.refund(manual, action="credit")) == wrong


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"customer_id": "ctm_other"}, "adjustment_transaction_customer_mismatch"),
        ({"subscription_id": "sub_other"}, "adjustment_transaction_subscription_mismatch"),
        ({"transaction_id": "txn_unknown"}, "not_found"),
        ({"tax_mode": "external"}, "adjustment_tax_mode_not_allowed"),
        ({"tax_mode": "internal"}, ""),
        ({"action": "chargeback"}, "invalid_field"),
        ({"action": None}, "invalid_field"),
        ({"reason": ""}, "invalid_field"),
        ({"reason": 1}, "invalid_field"),
        ({"type": "half"}, "invalid_field"),
        ({"items": [{}]}, "invalid_field"),
        ({"type": "partial"}, "invalid_field"),
        ({"type": "partial", "items": []}, "invalid_field"),
        ({"type": "partial", "items": [1]}, "invalid_field"),
        ({"type": "partial", "items": [{"item_id": "a", "type": "partial"}]}, "invalid_field"),
        (
            {"type": "partial", "items": [{"item_id": "a", "type": "partial", "amount": 5}]},
            "invalid_field",
        ),
        (
            {"type": "partial", "items": [{"item_id": "a", "type": "partial", "amount": "-5"}]},
            "invalid_field",
        ),
        ({"type": "partial", "items": [{"item_id": "a", "type": "full"}] * 101}, "invalid_field"),
        ({"type": "partial", "items": [{"item_id": "a", "type": "proration"}]}, "invalid_field"),
    ],
)
def test_a_request_of_no_sense_is_refused(more: dict[str, Any], code: str) -> None:
    shop = Shop()

    assert code_of(shop.refund(shop.buy(), **more)) == code


def test_a_transaction_without_a_customer_cannot_be_adjusted() -> None:
    shop = Shop()
    nobody = {**shop.buy(), "customer_id": None}
    shop.paddle.state.put("transactions", nobody)

    assert code_of(shop.refund(nobody)) == "adjustment_transaction_missing_customer_id"


def test_tax_alone_can_be_given_back_once() -> None:
    shop = Shop(review="at_once")
    transaction = shop.buy()
    tax = asked(transaction, (0, "tax", None))

    made = shop.refund(transaction, **tax).json()["data"]

    assert made["items"][0]["totals"] == {"subtotal": "0", "tax": "178", "total": "178"}
    assert code_of(shop.refund(transaction, **tax)) == "adjustment_no_tax_available_to_adjust"
    assert shop.refund(transaction).json()["data"]["totals"]["total"] == "2000"


def test_an_amount_before_tax_brings_its_tax() -> None:
    shop = Shop(review="at_once")
    transaction = shop.buy()

    def made(amount: int) -> Any:
        return shop.refund(transaction, amount, tax_mode="external").json()["data"]["totals"]

    first, rest = made(1000), made(1000)

    assert (first["subtotal"], first["tax"], first["total"]) == ("1000", "89", "1089")
    assert (rest["subtotal"], rest["tax"]) == ("1000", "89")
    assert code_of(shop.refund(transaction, 1, tax_mode="external"))


@given(
    rate=st.sampled_from(["0", "0.08875", "0.1", "0.255", "0.5", "1"]),
    price=st.integers(1, 12) | st.integers(1000, 5000),
    included=st.booleans(),
    quantity=st.integers(1, 3),
    shares=st.lists(st.integers(1, 12) | st.integers(100, 5000), min_size=1, max_size=12),
    before_tax=st.booleans(),
)
def test_refunds_add_up_to_the_payment_and_never_above(
    rate: str, price: int, quantity: int, shares: list[int], *, included: bool, before_tax: bool
) -> None:
    """Prices of a few units and high taxes, where every rounding shows."""
    shop = Shop(review="at_once")
    made_price = shop.do("price", name="credits", amount=price, tax_included=included)
    transaction = shop.buy(made_price["id"], quantity, tax_rate=rate)
    for share in shares:
        mode = "external" if before_tax else "internal"
        shop.refund(transaction, share, tax_mode=mode)
    shop.refund(transaction)

    made = shop.paddle.state.adjustments_of(transaction["id"])

    paid = transaction["details"]["totals"]
    for name in ("subtotal", "tax", "total"):
        assert sum(int(one["totals"][name]) for one in made) == int(paid[name])
        assert all(int(one["totals"][name]) >= 0 for one in made)
    left = shop.get(f"/transactions/{transaction['id']}")["details"]["adjusted_totals"]
    assert (left["subtotal"], left["tax"], left["grand_total"]) == ("0", "0", "0")


@pytest.mark.parametrize("mode", ["internal", "external"])
@pytest.mark.parametrize("rate", ["0.1", "0.5", "1"])
@pytest.mark.parametrize("piece", [1, 2, 3])
def test_the_smallest_amounts_add_up_too(mode: str, rate: str, piece: int) -> None:
    """Taken in pieces until one does not fit, then the rest: every price of a few units."""
    for price in range(1, 9):
        shop = Shop(review="at_once")
        made_price = shop.do("price", name="credits", amount=price)
        transaction = shop.buy(made_price["id"], 1, tax_rate=rate)
        while shop.refund(transaction, piece, tax_mode=mode).status == 201:
            pass
        rest = shop.refund(transaction)

        made = shop.paddle.state.adjustments_of(transaction["id"])

        if piece == 1:
            # The last piece has taken what rounding had left.
            assert code_of(rest).endswith("already_been_fully_adjusted")
        for name in ("subtotal", "tax"):
            paid = int(transaction["details"]["totals"][name])
            assert sum(int(one["totals"][name]) for one in made) == paid, (price, name)
            assert all(int(one["totals"][name]) >= 0 for one in made)


def test_every_error_has_a_sentence_and_a_page() -> None:
    for code, kind in KINDS.items():
        assert 400 <= kind.status <= 503
        assert kind.detail, code


def test_the_transaction_follows_its_adjustments() -> None:
    shop = Shop(tells_transaction_updates=True)
    transaction = shop.buy()
    shop.refund(transaction, 1089)
    before = shop.get(f"/transactions/{transaction['id']}")
    shop.later(minutes=10)

    after = shop.get(f"/transactions/{transaction['id']}")

    assert before["details"] == transaction["details"]
    assert after["details"]["adjusted_totals"]["total"] == "1089"
    assert after["details"]["totals"] == transaction["details"]["totals"]
    assert shop.paddle.events[-1]["event_type"] == "transaction.updated"
