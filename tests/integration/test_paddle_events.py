"""The real handler of Paddle's events, on moto: grants once, whatever is delivered how often."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

import paddle_events
from makegood.domain.adjustment import Adjustments
from makegood.domain.facts import Key
from makegood.domain.purchase import Customer, Purchase, PurchaseState
from makegood.domain.record import ParkedEvent
from makegood.plans.operations import set_price
from tests.purchases_made import assigning
from tests.webhooks import NOW, SAMPLES, sample
from tests.workers import Stack

USD = sample("transaction.completed.usd_credit_pack").decode()
TXN = json.loads(USD)["data"]["id"]
PRICE = json.loads(USD)["data"]["items"][0]["price"]["id"]
CUSTOMER = json.loads(USD)["data"]["customer_id"]
ACCOUNT = "acc_7f3c"
Change = Callable[[dict[str, Any]], None]


def changed(text: str, change: Change) -> str:
    event = json.loads(text)
    change(event)
    return json.dumps(event)


def put(path: str, value: Any) -> Change:
    """Sets data.<path>; a number in the path is a place in a list."""

    def change(event: dict[str, Any]) -> None:
        *way, last = path.split(".")
        place: Any = event["data"]
        for step in way:
            place = place[int(step)] if step.isdigit() else place[step]
        place[last] = value

    return change


@pytest.fixture
def priced(workers: Stack) -> Stack:
    workers.decide(set_price(PRICE, 1000, 0, author="operator", now=NOW))
    return workers


def purchase_of(stack: Stack, transaction_id: str = TXN) -> Purchase:
    purchase: Purchase = stack.record(Key(Purchase, transaction_id))
    return purchase


def test_a_purchase_becomes_credits_by_the_price_table_times_quantity(priced: Stack) -> None:
    assert priced.deliver(paddle_events, USD) == []

    assert priced.account(ACCOUNT).available == 2000
    purchase = purchase_of(priced)
    assert purchase.state is PurchaseState.GRANTED
    assert purchase.collected_minor == 2178
    (line,) = purchase.lines
    assert (line.credits, line.lot, line.amount_minor) == (2000, 1, 2178)
    (entry,) = priced.entries(ACCOUNT)
    assert entry["cause"] == f"grant:{TXN}:{line.item_id}"


def test_bonus_credits_come_as_a_lot_of_their_own(workers: Stack) -> None:
    workers.decide(set_price(PRICE, 1000, 100, author="operator", now=NOW))
    workers.deliver(paddle_events, USD)

    assert workers.account(ACCOUNT).available == 2200
    (line,) = purchase_of(workers).lines
    assert (line.bonus_credits, line.lot, line.bonus_lot) == (200, 1, 2)


def test_updates_after_completion_and_replays_grant_nothing_more(priced: Stack) -> None:
    told = [
        sample("transaction.paid.usd_credit_pack").decode(),
        USD,
        sample("transaction.updated.after_completed").decode(),
        USD,
    ]
    for order in itertools.permutations(told):
        assert priced.deliver(paddle_events, *order) == []
    assert priced.account(ACCOUNT).available == 2000
    assert priced.account(ACCOUNT).seq == 1


def test_an_update_with_the_status_completed_grants_if_it_comes_first(priced: Stack) -> None:
    priced.deliver(paddle_events, sample("transaction.updated.after_completed").decode())
    assert priced.account(ACCOUNT).available == 2000


@pytest.mark.parametrize(
    "name", ["transaction.paid.usd_credit_pack", "transaction.payment_failed.usd_credit_pack"]
)
def test_what_is_not_completed_grants_nothing(priced: Stack, name: str) -> None:
    assert priced.deliver(paddle_events, sample(name).decode()) == []
    assert priced.account(ACCOUNT).seq == 0
    assert priced.buried() == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(put("origin", "subscription_recurring"), id="renewal"),
        pytest.param(put("origin", "a_new_origin"), id="unknown origin"),
        pytest.param(put("subscription_id", "sub_01"), id="subscription"),
        pytest.param(put("details.totals.grand_total", "0"), id="zero value"),
        pytest.param(put("payments", []), id="no payment"),
        pytest.param(put("payments.0.status", "error"), id="payment failed"),
    ],
)
def test_what_is_no_paid_pack_is_kept_and_not_credited(priced: Stack, change: Change) -> None:
    assert priced.deliver(paddle_events, changed(USD, change)) == []
    assert purchase_of(priced).state is PurchaseState.NOT_CREDITED
    assert purchase_of(priced).why
    assert priced.account(ACCOUNT).seq == 0


def test_a_purchase_without_account_follows_the_customers_earlier_one(priced: Stack) -> None:
    second = changed(USD, put("id", "txn_second"))
    nonsense: list[Any] = [None, {}, "text", [], {"account_id": "nobody/..\n"}]
    for custom_data in nonsense:
        nameless = changed(second, put("custom_data", custom_data))
        priced.deliver(paddle_events, nameless)
        assert purchase_of(priced, "txn_second").why == "unknown_account"

    priced.deliver(paddle_events, USD)
    priced.deliver(paddle_events, changed(second, put("custom_data", None)))
    assert priced.account(ACCOUNT).available == 4000
    assert priced.record(Key(Customer, CUSTOMER)).account_id == ACCOUNT


def test_an_unknown_price_waits_for_a_person_and_is_granted_once(workers: Stack) -> None:
    workers.deliver(paddle_events, USD, USD)
    assert purchase_of(workers).why == "unknown_price"
    assert workers.account(ACCOUNT).seq == 0

    workers.decide(set_price(PRICE, 500, 0, author="operator", now=NOW))
    for _ in range(2):
        workers.decide(assigning(TXN, ACCOUNT, author="oda", now=NOW))
        workers.deliver(paddle_events, USD)
    assert workers.account(ACCOUNT).available == 1000
    assert workers.account(ACCOUNT).seq == 1


def test_an_assigned_purchase_also_says_where_the_customers_next_one_goes(priced: Stack) -> None:
    priced.deliver(paddle_events, changed(USD, put("custom_data", None)))
    priced.decide(assigning(TXN, "acc_found", author="oda", now=NOW))
    later = changed(changed(USD, put("id", "txn_later")), put("custom_data", None))
    priced.deliver(paddle_events, later)
    assert priced.account("acc_found").available == 4000


def test_a_quantity_beyond_all_credits_waits_for_a_person(priced: Stack) -> None:
    priced.decide(set_price(PRICE, 10**12, 0, author="operator", now=NOW))
    priced.deliver(paddle_events, USD)
    assert purchase_of(priced).why == "too_many_credits"
    assert priced.account(ACCOUNT).seq == 0

    priced.decide(set_price(PRICE, 1000, 0, author="operator", now=NOW))
    priced.deliver(paddle_events, USD)
    assert priced.account(ACCOUNT).available == 2000


def test_a_payment_that_is_told_of_late_is_credited_after_all(priced: Stack) -> None:
    priced.deliver(paddle_events, changed(USD, put("payments", [])))
    assert purchase_of(priced).why == "no money was collected"
    priced.deliver(paddle_events, USD)
    assert priced.account(ACCOUNT).available == 2000


def test_a_line_of_negative_amount_is_not_credited(priced: Stack) -> None:
    priced.deliver(paddle_events, changed(USD, put("details.line_items.0.totals.total", "-1")))
    assert purchase_of(priced).state is PurchaseState.NOT_CREDITED
    assert priced.account(ACCOUNT).seq == 0


def test_a_kept_event_is_the_same_when_it_is_replayed(workers: Stack) -> None:
    """A replay has another notification id, and Paddle's list of events has none."""
    first = json.loads(sample("adjustment.created.chargeback"))
    replayed = {name: first[name] for name in ("data", "occurred_at", "event_type", "event_id")}
    workers.deliver(paddle_events, json.dumps(first))
    workers.deliver(paddle_events, json.dumps(replayed, indent=1))
    assert workers.buried() == []


def test_customers_are_kept_in_the_order_of_what_happened(priced: Stack) -> None:
    created = sample("customer.created").decode()
    updated = sample("customer.updated").decode()
    newest = json.loads(updated)["data"]["email"]
    for order in itertools.permutations([created, updated, USD]):
        assert priced.deliver(paddle_events, *order) == []
        customer: Customer = priced.record(Key(Customer, CUSTOMER))
        assert (customer.email, customer.account_id) == (newest, ACCOUNT)


def test_unknown_events_and_adjustments_of_unknown_purchases_are_kept_for_later(
    workers: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = json.dumps(
        {
            "event_id": "evt_new",
            "event_type": "payout.exploded",
            "occurred_at": "2026-10-28T14:04:10Z",
            "data": {"email": "dana@example.com"},
        }
    )
    chargeback = sample("adjustment.created.chargeback").decode()
    assert workers.deliver(paddle_events, unknown, chargeback, unknown) == []

    parked: ParkedEvent = workers.record(Key(ParkedEvent, "evt_new"))
    assert (parked.event_type, parked.content) == ("payout.exploded", unknown)
    adjusted = json.loads(chargeback)["data"]["transaction_id"]
    waiting: Adjustments = workers.record(Key(Adjustments, adjusted))
    assert waiting.waits_since is not None
    assert workers.buried() == []
    assert "dana@example.com" not in capsys.readouterr().out

    other = unknown.replace("dana@", "eve@")
    workers.deliver(paddle_events, other)
    assert [error for _, error, _ in workers.buried()] == ["IdempotencyConflictError"]


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_ends_applied_or_kept(workers: Stack, path: Any) -> None:
    body = path.read_text()
    for _ in range(2):
        assert workers.deliver(paddle_events, body) == []
    assert workers.buried() == []
