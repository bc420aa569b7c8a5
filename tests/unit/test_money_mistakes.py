"""Mistakes that others made with money and credits, each with what keeps this system from it.

The rules themselves are tried one by one in `test_plans_money.py` and `test_plans_payouts.py`, all
of them together in `tests/simulation` and `tests/property/test_adjustment_orders.py`.
"""

import itertools
import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import payouts
from local.paddle.core.faults import FaultKind
from makegood import wiring
from makegood.batch import Message
from makegood.domain.account import Account, AccountStatus
from makegood.domain.breaker import Breaker
from makegood.domain.case import Case, CaseStatus, Category
from makegood.domain.facts import Decide, Key
from makegood.domain.payout import Payout, PayoutState
from makegood.domain.purchase import Purchase
from makegood.domain.record import ParkedEvent
from makegood.domain.refundable import refundable_of
from makegood.effects.payouts_queue import PayoutsQueue, message_of
from makegood.errors import CaseSettledError, InsufficientCreditsError, StaleVersionError
from makegood.events.paddle import parse_paddle_event
from makegood.outbox.change import Change
from makegood.outbox.effect import PayoutDue
from makegood.outbox.effects import effects_of
from makegood.paddle.api import PaddleApi
from makegood.paddle.pace import Pace
from makegood.plans.case_opening import lots_of
from makegood.plans.customers import Parked
from makegood.plans.money.sending import Leased, Over, Wait, lease_payout
from makegood.plans.operations import set_price
from makegood.plans.paddle_events import apply_event
from makegood.policy.versions import PUBLISHED
from tests.adjustments_made import adjusted, adjusted_fields, following, rules
from tests.case_doors import approving, audited, charging, filing
from tests.ledgers import ledger_on, plenty, stored
from tests.local.paddles import NOON, USD
from tests.memory_dynamodb import MemoryDynamoDB
from tests.paddle_at_hand import AtHand
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW

MINUTE = timedelta(minutes=1)


class _Taking:
    """A queue that takes everything."""

    def call(self, operation: str, request: dict[str, Any]) -> Any:
        return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]]}


class Desk:
    """A ledger, and Paddle's stand-in behind the product's own client.

    A purchase is one line for 10.89 USD, 1,000 credits.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shop = AtHand(monkeypatch)
        self.memory = MemoryDynamoDB()
        self.ledger = ledger_on(self.memory)
        self._wire(monkeypatch)
        self.do(set_price(USD, 1000, 0, author="oda", now=NOON))
        self.name = self.shop.buy(quantity=1)["id"]
        self.hear()

    def _wire(self, monkeypatch: pytest.MonkeyPatch) -> None:
        key = self.shop.paddle.api_key
        pace = Pace(clock=itertools.count().__next__, sleep=lambda _: None)
        sqs: Any = _Taking()
        parts = {
            "ledger": lambda: self.ledger,
            "policies": lambda: PUBLISHED,
            "payouts_queue": lambda: PayoutsQueue(sqs, "payouts"),
            "paddle_api": lambda _: PaddleApi("sandbox", key, pace=pace, pause=lambda _: None),
        }
        for name, part in parts.items():
            monkeypatch.setattr(wiring, name, part)

    def do(self, decision: Decide[Any]) -> Any:
        return self.ledger.decide(decision, time_left=plenty)

    def hear(self, *, times: int = 1) -> None:
        """All that Paddle has told since, so many times."""
        for message in self.shop.told_since() * times:
            event = parse_paddle_event(message)
            now = self.shop.now
            self.do(apply_event(event, message, policies=PUBLISHED, zones=ZoneInfo, now=now))

    def file(self) -> Case:
        wish = filing(self.name, Category.UNAUTHORISED, cents=1089, at=self.shop.now)
        case: Case = self.do(wish).case
        return case

    def approve(self, case: Case, **wishes: Any) -> Case:
        approved: Case = self.do(approving(case, at=self.shop.now, **wishes)).case
        return approved

    def lease(self, case: Case) -> Any:
        assert case.payout_id is not None
        return self.do(lease_payout(case.payout_id, rules(self.shop.now)))

    def pay(self, case: Case) -> Any:
        """One attempt of the real function's."""
        assert case.payout_id is not None
        message = Message("1", message_of(case.payout_id), self.shop.now, 1)
        return payouts.Desk(self.shop.now, plenty).pay(message)

    def review(self, verdict: str) -> None:
        """Paddle's staff decides on the refund that waits."""
        [waiting] = [one for one in self.at_paddle() if one["status"] == "pending_approval"]
        self.shop.do("review", adjustment_id=waiting["id"], verdict=verdict)
        self.hear()

    def at_paddle(self) -> list[dict[str, Any]]:
        return self.shop.adjustments({"id": self.name})

    def refunded(self) -> list[int]:
        return [int(one["totals"]["total"]) for one in self.at_paddle()]

    def payout(self, case: Case) -> Payout:
        return stored(self.ledger, Key(Payout, case.payout_id))

    def case(self, case: Case) -> Case:
        return stored(self.ledger, Key(Case, case.case_id))

    @property
    def purchase(self) -> Purchase:
        return stored(self.ledger, Key(Purchase, self.name))

    @property
    def account(self) -> Account:
        return stored(self.ledger, Key(Account, "acc_1"))

    def refundable(self) -> int:
        purchase = self.purchase
        account = self.account
        assert {lot.number for lot in account.lots} >= set(lots_of(purchase))
        return refundable_of(purchase, account).money.amount_minor


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


# Paying twice.


def test_a_refund_is_not_doubled_by_a_retry(desk: Desk) -> None:
    """Paddle has no idempotency keys, and of a part it would pay a second one."""
    case = desk.approve(desk.file(), amount=400)
    desk.shop.fault(kind=FaultKind.TIMEOUT, method="POST", after=True)

    waits = desk.pay(case)
    assert isinstance(waits, Wait)
    desk.shop.now = waits.until
    desk.pay(case)

    assert desk.refunded() == [400]
    assert desk.shop.posts == 1
    assert desk.payout(case).state is PayoutState.SENT


def test_a_refund_of_which_nobody_has_heard_is_asked_about_before_it_is_sent_again(
    desk: Desk,
) -> None:
    """Age alone says nothing: neither that it failed nor that it may be sent again."""
    case = desk.approve(desk.file(), amount=400)
    desk.shop.fault(kind=FaultKind.DROP, method="POST")
    desk.pay(case)
    desk.shop.later(days=2)
    asked = len(desk.shop.asked)

    assert desk.payout(case).state is PayoutState.SENDING
    desk.pay(case)

    assert desk.shop.asked[asked:] == [("GET", "/adjustments"), ("POST", "/adjustments")]
    assert desk.refunded() == [400]


def test_two_operators_or_two_clicks_pay_once(desk: Desk) -> None:
    case = desk.file()
    approved = desk.approve(case, amount=400)

    assert desk.approve(case, amount=400) == approved
    with pytest.raises((StaleVersionError, CaseSettledError)):
        desk.approve(case, amount=400, author="otto")
    assert isinstance(desk.lease(approved), Leased)
    assert isinstance(desk.lease(approved), Wait)

    assert len([place for place in desk.memory.items if place[1] == "PAYOUT"]) == 1


def test_a_void_and_a_refund_together_are_not_more_than_was_paid(desk: Desk) -> None:
    """All ways by which money goes back count on one sum."""
    case = desk.approve(desk.file(), amount=600)
    desk.shop.do("refund", transaction_id=desk.name, amount=500)
    desk.hear()

    over = desk.pay(case)

    assert isinstance(over, Over)
    assert over.payout.why == "paid_in_another_way"
    assert desk.refunded() == [500]
    assert (desk.purchase.adjusted_minor, desk.purchase.promised_minor) == (500, 0)
    assert desk.case(case).is_open


def test_a_mistake_that_repeats_itself_stops_long_before_it_costs_a_fortune() -> None:
    """Refunds that each look right, one after the other, for as long as nobody looks."""
    memory = MemoryDynamoDB()
    ledger = ledger_on(memory)

    def do(decision: Decide[Any]) -> Any:
        return ledger.decide(decision, time_left=plenty)

    do(set_price("pri_1", 1000, 0, author="oda", now=NOW))
    came = []
    for number in range(30):
        name, account = f"txn_{number}", f"acc_{number}"
        do(crediting(bought(name, account_id=account, cents=15_000), now=NOW))
        case = do(filing(name, Category.UNAUTHORISED, account_id=account, cents=15_000)).case
        payout_id = do(approving(case)).case.payout_id
        came.append(do(lease_payout(payout_id, rules(NOW + number * MINUTE))))

    most = PUBLISHED.in_force(NOW).payouts_per_hour_minor.value["USD"]
    begun = [one for one in came if isinstance(one, Leased)]
    assert sum(one.payout.money.amount_minor for one in begun) <= most < 30 * 15_000
    assert [one.why for one in came if isinstance(one, Wait)] == ["stopped"] * (30 - len(begun))
    assert stored(ledger, Key(Breaker, "")).is_open


# Money that is promised, and money that is not paid.


def test_a_promise_of_money_is_a_stored_obligation(desk: Desk) -> None:
    """It stands in the approval's own transaction, wakes whoever pays, and is on a list."""
    case = desk.file()
    transactions = desk.memory.transactions
    approved = desk.approve(case, amount=400)

    assert desk.memory.transactions == transactions + 1
    payout = desk.payout(approved)
    assert (payout.state, payout.money.amount_minor) == (PayoutState.REQUESTED, 400)
    told = effects_of(Change(payout, None, 1, NOON))
    assert told == [PayoutDue(payout.payout_id)]
    item = desk.memory.items[f"PAYOUT#{payout.payout_id}", "PAYOUT"]
    assert item["work_pk"]["S"] == "PAYOUTS#requested"


def test_a_rejected_refund_frees_the_amount_and_the_credits(desk: Desk) -> None:
    before = desk.refundable()
    case = desk.approve(desk.file())
    desk.pay(case)
    assert desk.refundable() == 0

    desk.review("rejected")

    assert desk.purchase.promised_minor == 0
    assert desk.refundable() == before == 1089
    assert (desk.account.available, desk.account.held) == (1000, 0)
    again = desk.approve(desk.case(case))
    desk.pay(again)
    desk.review("approved")
    assert [one["status"] for one in desk.at_paddle()] == ["rejected", "approved"]
    assert desk.case(case).status is CaseStatus.PAID


def test_what_waits_at_paddle_is_not_paid_back_in_place_of_what_was_approved(desk: Desk) -> None:
    """A colleague's refund may be rejected yet: it makes no line of the purchase smaller. Without
    lines, a payout would be of the whole purchase."""
    desk.do(charging("job_1", 1000))
    desk.shop.do("refund", transaction_id=desk.name, status="pending_approval")
    desk.hear()

    case = desk.approve(desk.file(), amount=300)

    payout = desk.payout(case)
    assert [item.amount_minor for item in payout.items] == [300]
    desk.review("rejected")
    desk.pay(case)
    assert desk.refunded() == [1089, 300]


def test_a_request_that_was_turned_away_is_looked_for_before_it_is_given_up(desk: Desk) -> None:
    """An error is not always the end of it, and meanwhile the purchase has become too old."""
    case = desk.approve(desk.file(), amount=400)
    desk.shop.fault(kind=FaultKind.ERROR, code="concurrent_modification", method="POST", after=True)
    desk.pay(case)
    desk.shop.later(days=121)

    desk.pay(case)

    assert desk.payout(case).state is PayoutState.SENT
    assert desk.refunded() == [400]


# Credits that stay, and credits that go.


def test_refunded_money_takes_its_credits_along(desk: Desk) -> None:
    desk.shop.do("refund", transaction_id=desk.name)
    desk.hear()

    assert desk.account.available == 0
    assert desk.purchase.adjusted_minor == 1089


def test_a_partial_refund_takes_its_part_of_the_credits_once(desk: Desk) -> None:
    """Not all of them, and not again each time that it is told."""
    desk.shop.do("refund", transaction_id=desk.name, amount=363)
    desk.hear(times=3)

    # A third, rounded up.
    assert desk.account.available == 666


def test_a_chargeback_takes_the_credits_and_what_is_missing_is_owed(desk: Desk) -> None:
    desk.do(charging("job_1", 700))
    desk.shop.do("chargeback", transaction_id=desk.name)
    desk.hear()

    account = desk.account
    assert (account.available, account.debt) == (0, 700)
    assert account.status is AccountStatus.FROZEN


def test_credits_that_are_asked_money_for_are_not_spent_meanwhile(desk: Desk) -> None:
    """Asked, spent, approved, and paid in full: the credits are held from the first moment."""
    case = desk.file()
    with pytest.raises(InsufficientCreditsError):
        desk.do(charging("job_1", 1))

    desk.pay(desk.approve(case))
    desk.review("approved")

    assert desk.refunded() == [1089]
    assert (desk.account.available, desk.account.held, desk.account.debt) == (0, 0, 0)


def test_credits_that_were_spent_before_are_not_paid_for(desk: Desk) -> None:
    desk.do(charging("job_1", 500))

    case = desk.approve(desk.file())

    assert desk.payout(case).money.amount_minor == 544


@pytest.mark.parametrize("dispute", ["chargeback", "chargeback_warning"])
def test_a_won_dispute_is_netted_by_what_stands_and_not_by_what_came_first(dispute: str) -> None:
    """A refund, a dispute about the rest, and its end: 300 of 1000 are gone, in whatever order."""
    told = [
        adjusted("adj_1", cents=300),
        adjusted("adj_2", action=dispute, cents=700),
        adjusted("adj_3", action=f"{dispute}_reverse", cents=700, at=NOW + MINUTE),
    ]
    for order in itertools.permutations(told):
        memory = MemoryDynamoDB()
        ledger = ledger_on(memory)
        ledger.decide(set_price("pri_1", 100, 0, author="oda", now=NOW), time_left=plenty)
        ledger.decide(crediting(bought("txn_1"), now=NOW), time_left=plenty)
        for adjustment in order:
            ledger.decide(following(adjustment), time_left=plenty)

        account = stored(ledger, Key(Account, "acc_1"))
        assert (account.available, account.debt) == (70, 0), order
        assert stored(ledger, Key(Purchase, "txn_1")).adjusted_minor == 300
        assert audited(memory.items) == []


# What nobody has seen before.


@pytest.mark.parametrize(
    "new", [{"action": "goodwill"}, {"status": "under_review"}, {"action": "chargeback_again"}]
)
def test_a_value_that_nobody_knows_yet_is_kept_and_breaks_nothing(
    desk: Desk, new: dict[str, str]
) -> None:
    data = adjusted_fields("adj_1", desk.name, cents=300) | new
    event: dict[str, Any] = {
        "event_id": "evt_1",
        "event_type": "adjustment.created",
        "occurred_at": NOW.isoformat(),
        "data": data,
    }
    message = json.dumps(event)
    told = parse_paddle_event(message)
    for _ in range(2):
        kept = desk.do(apply_event(told, message, policies=PUBLISHED, zones=ZoneInfo, now=NOON))

    assert isinstance(kept, Parked)
    assert stored(desk.ledger, Key(ParkedEvent, "evt_1")).content == message
    assert desk.account.available == 1000


def test_a_payout_whose_status_nobody_knows_yet_is_for_a_person(desk: Desk) -> None:
    """It is not taken for paid, and once Paddle says something that is known, it goes on."""
    case = desk.approve(desk.file(), amount=400)
    desk.shop.fault(kind=FaultKind.TIMEOUT, method="POST", after=True)
    waits = desk.pay(case)
    desk.shop.told_since()  # Its webhook is lost.
    [made] = desk.at_paddle()
    desk.shop.paddle.state.put("adjustments", made | {"status": "under_review"})

    desk.shop.now = waits.until
    over = desk.pay(case)

    assert isinstance(over, Over)
    assert (over.payout.state, over.payout.why) == (PayoutState.PERSON, "unknown_status")
    desk.shop.paddle.state.put("adjustments", made)
    desk.review("approved")
    assert desk.case(case).status is CaseStatus.PAID
    assert desk.refunded() == [400]
