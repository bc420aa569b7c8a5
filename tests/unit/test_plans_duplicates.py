"""Payments for the same goods end in the same cases, whatever the order they are told of in."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from makegood.domain.account import Account, Take
from makegood.domain.case import (
    Approval,
    Case,
    CaseEventKind,
    CaseOutcome,
    CaseStatus,
    Category,
    Opener,
)
from makegood.domain.entry import EntryKind
from makegood.domain.facts import Decide, Facts, Key, Plan, Unread
from makegood.domain.money import Money
from makegood.domain.purchase import LINES_MAX, SALES_MAX, Basket, Purchase, PurchaseState
from makegood.domain.studio import StudioSettings
from makegood.events.paddle import PaddleTransaction
from makegood.ledger.attributes import from_item
from makegood.ledger.audit.checking import audit
from makegood.ledger.audit.spool import Spool
from makegood.ledger.shapes import shape_of
from makegood.plans.case_opening import ROUNDS_MAX, case_id_of
from makegood.plans.duplicate_evidence import DETECTOR
from makegood.plans.operations import set_price
from makegood.plans.purchases import Credited
from makegood.plans.studio_settings import put_in_force
from tests.adjustments_made import adjusted, following
from tests.cases_made import opened
from tests.ledgers import (
    NOON,
    Moment,
    cause,
    entries_of,
    memory_ledger,
    moving,
    plenty,
    stored,
    stored_account,
)
from tests.purchases_made import assigning, bought, crediting

MINUTE = timedelta(minutes=1)
TOLD = NOON + timedelta(days=1)
FRIDAY_AFTER = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
"""TOLD is a Monday; the fifth business day after it."""


class Desk:
    """A ledger in memory with two prices, and what it holds in the end."""

    def __init__(self, *, automatic: bool | None = None) -> None:
        self.ledger, self.memory = memory_ledger()
        self.do(set_price("pri_1", 1000, 50, author="ada", now=NOON))
        self.do(set_price("pri_2", 10, 0, author="ada", now=NOON))
        if automatic is not None:
            self.do(put_in_force(StudioSettings(automatic_duplicates=automatic), now=NOON))

    def do(self, decision: Decide[Any]) -> Any:
        return self.ledger.decide(decision, time_left=plenty)

    def tell(self, *transactions: PaddleTransaction) -> list[Any]:
        decisions = [crediting(one, now=TOLD) for one in transactions]
        return self.ledger.decide_all(decisions, time_left=plenty)

    def all_of(self, kind: type[Any]) -> list[Any]:
        beginning = {Case: "CASE#", Basket: "BASKETS#", Purchase: "PURCHASE#"}[kind]
        return [
            shape_of(kind).read(from_item(item))
            for (pk, _), item in sorted(self.memory.items.items())
            if pk.startswith(beginning)
        ]

    @property
    def cases(self) -> dict[str | None, Case]:
        return {case.transaction_id: case for case in self.all_of(Case)}

    def purchase(self, transaction_id: str) -> Purchase:
        return stored(self.ledger, Key(Purchase, transaction_id))

    def held(self, purchase: Purchase) -> int:
        if purchase.account_id is None:
            return 0
        account = stored_account(self.ledger, purchase.account_id)
        lots = {number for line in purchase.lines for number in (line.lot, line.bonus_lot)}
        return sum(lot.held for lot in account.lots if lot.number in lots)

    def end(self) -> list[object]:
        """All but what tells of the way: events, versions, and which entry came first."""
        purchases = [
            (one.transaction_id, one.account_id, one.case_id, one.promised_minor, self.held(one))
            for one in self.all_of(Purchase)
        ]
        cases = [
            replace(
                case,
                version=0,
                events=(),
                held=(Take(0, sum(take.credits for take in case.held)),),
            )
            for case in self.all_of(Case)
        ]
        return [purchases, cases, self.all_of(Basket)]

    def findings(self) -> list[str]:
        with Spool() as spool:
            audit(Moment(self.memory.items), spool)
            return [str(finding) for finding in spool.findings()]


def payment(
    name: str, minutes: int = 0, order_ref: str | None = None, **wishes: Any
) -> PaddleTransaction:
    return bought(f"txn_{name}", at=NOON + minutes * MINUTE, order_ref=order_ref, **wishes)


def case_of(desk: Desk, name: str, turn: int = 1) -> Case:
    return stored(desk.ledger, Key(Case, case_id_of("purchase", f"txn_{name}", turn=turn)))


# Every order of arrival

SCENES: dict[str, list[PaddleTransaction]] = {
    "one order": [payment(name, n, "ord_1") for n, name in enumerate("abc")],
    "orders mixed": [
        payment("a", 0, "ord_1"),
        payment("b", 1, "ord_2"),
        payment("c", 2, "ord_1"),
        payment("d", 3),
    ],
    "a chain": [payment(name, 10 * n, "ord_1") for n, name in enumerate("abcd")],
    "one moment": [payment(name, 0, order) for name, order in zip("abc", "112", strict=True)],
    "other goods between": [
        payment("a", 0, "ord_1"),
        payment("b", 1, "ord_1", price_id="pri_2"),
        payment("c", 2, "ord_1"),
        payment("d", 3, "ord_1", price_id="pri_2"),
    ],
    "another account between": [
        payment("a", 0, "ord_1"),
        payment("b", 1, "ord_1", account_id="acc_2"),
        payment("c", 2, "ord_1"),
    ],
    "another order before": [
        payment("a", 0, "ord_2"),
        payment("b", 1, "ord_1"),
        payment("c", 2, "ord_1"),
    ],
    "not collected": [payment("a", 0), payment("b", 1, collected=0), payment("c", 2)],
}
DUPLICATES = {
    "one order": "bc",
    "orders mixed": "bcd",
    "a chain": "bcd",
    "one moment": "bc",
    "other goods between": "cd",
    "another account between": "c",
    "another order before": "bc",
    "not collected": "c",
}
HELD = {"one order": "bc", "orders mixed": "c", "a chain": "bcd", "one moment": "b"} | {
    "other goods between": "cd",
    "another account between": "c",
    "another order before": "c",
    "not collected": "",
}
Way = Callable[[Desk, Iterable[PaddleTransaction]], None]


def one_by_one(desk: Desk, payments: Iterable[PaddleTransaction]) -> None:
    for one in payments:
        desk.tell(one)


def each_again(desk: Desk, payments: Iterable[PaddleTransaction]) -> None:
    """After each one, all that were told before are told again."""
    told: list[PaddleTransaction] = []
    for one in payments:
        told.append(one)
        for again in told:
            desk.tell(again)


def together(desk: Desk, payments: Iterable[PaddleTransaction]) -> None:
    desk.tell(*payments)


def together_and_doubled(desk: Desk, payments: Iterable[PaddleTransaction]) -> None:
    desk.tell(*payments, *payments)


@pytest.mark.parametrize("way", [one_by_one, each_again, together, together_and_doubled])
@pytest.mark.parametrize("automatic", [True, False])
@pytest.mark.parametrize("scene", SCENES)
def test_every_order_of_arrival_ends_the_same(scene: str, automatic: bool, way: Way) -> None:
    payments = SCENES[scene]
    in_order = Desk(automatic=automatic)
    one_by_one(in_order, payments)
    for number, order in enumerate(itertools.permutations(payments)):
        desk = Desk(automatic=automatic)
        way(desk, order)
        assert desk.end() == in_order.end(), order
        if number % 7 == 0:
            assert desk.findings() == []

    assert {f"txn_{name}" for name in DUPLICATES[scene]} == set(in_order.cases)
    for name, case in in_order.cases.items():
        is_held = str(name).removeprefix("txn_") in HELD[scene]
        assert bool(case.held) is is_held
        approved = automatic and is_held
        assert case.status is (CaseStatus.APPROVED if approved else CaseStatus.OPEN)


@pytest.mark.parametrize("scene", ["one order", "orders mixed", "a chain"])
def test_a_purchase_that_is_assigned_takes_part_from_then_on(scene: str) -> None:
    payments = SCENES[scene]
    in_order = Desk()
    one_by_one(in_order, payments)
    for lost, order in itertools.product(payments, itertools.permutations(payments)):
        desk = Desk()
        for one in order:
            nameless = one.model_copy(
                update={"custom_data": {**one.custom_data, "account_id": None}}
            )
            desk.tell(nameless if one is lost else one)
        others = [one.id for one in payments if one is not lost]
        assert set(desk.cases) <= set(others)

        for _ in range(2):
            desk.do(assigning(lost.id, "acc_1", author="oda", now=TOLD))
        assert desk.end() == in_order.end()
        assert desk.findings() == []


# One pair


def test_a_duplicate_gets_a_case_with_all_that_is_known() -> None:
    desk = Desk()
    first, second = desk.tell(payment("a", 0, "ord_1"), payment("b", 14, "ord_1"))
    case = case_of(desk, "b")
    assert (case.category, case.status) == (Category.DUPLICATE_PAYMENT, CaseStatus.OPEN)
    assert (case.opened_by, case.opener) == (Opener.DETECTOR, DETECTOR)
    assert (case.opened_at, case.due_at) == (TOLD, FRIDAY_AFTER)
    assert (case.account_id, case.transaction_id) == ("acc_1", "txn_b")
    assert case.money == Money(1000, "USD")
    assert (case.decision.outcome, case.decision.clause) == (CaseOutcome.NEEDS_REVIEW, "2(b)")
    assert [event.kind for event in case.events] == [CaseEventKind.OPENED]
    assert case.decision.inputs["purchase"] == {
        "transaction_id": "txn_b",
        "bought_at": "2026-11-22T12:14:00.000000Z",
        "unused": 1000,
        "granted": 1000,
        "refundable_minor": 1000,
        "twin": {"transaction_id": "txn_a", "seconds_before": 840, "same_order": "yes"},
    }
    assert desk.purchase("txn_b").case_id == case.case_id
    assert desk.purchase("txn_a").case_id is None
    assert (first.cases, second.cases) == ((), (case,))
    assert second.duplicates_found == (case,)
    assert second.purchase == desk.purchase("txn_b")


def test_the_unused_credits_of_a_second_payment_for_one_order_cannot_be_spent() -> None:
    desk = Desk()
    desk.tell(payment("a", 0, "ord_1"), payment("b", 1, "ord_1"))
    account = stored_account(desk.ledger, "acc_1")
    assert (account.available, account.held) == (1050, 1050)
    *_, entry = entries_of(desk.memory.items.values(), "acc_1")
    case = case_of(desk, "b")
    assert (entry.kind, entry.cause.key) == (EntryKind.HOLD, f"hold:{case.case_id}")
    assert (entry.cause.clause, entry.cause.case_id) == ("2(b)", case.case_id)
    assert case.held == (Take(3, 1000), Take(4, 50))


@pytest.mark.parametrize("orders", [("o1", "o2"), ("o1", None), (None, "o1"), (None, None)])
@pytest.mark.parametrize("automatic", [True, False])
def test_two_packs_on_purpose_stay_two_packs(
    orders: tuple[str | None, str | None], automatic: bool
) -> None:
    desk = Desk(automatic=automatic)
    desk.tell(payment("a", 0, orders[0]), payment("b", 1, orders[1]))
    account = stored_account(desk.ledger, "acc_1")
    assert (account.available, account.held) == (2100, 0)
    case = case_of(desk, "b")
    assert (case.status, case.held) == (CaseStatus.OPEN, ())


@pytest.mark.parametrize(
    ("seconds", "found"), [(14 * 60 + 59, True), (15 * 60, True), (15 * 60 + 1, False)]
)
@pytest.mark.parametrize("later_first", [True, False])
def test_the_window_ends_after_fifteen_minutes(
    seconds: int, found: bool, later_first: bool
) -> None:
    desk = Desk()
    pair = [bought("txn_a", at=NOON), bought("txn_b", at=NOON + timedelta(seconds=seconds))]
    one_by_one(desk, reversed(pair) if later_first else pair)
    assert set(desk.cases) == ({"txn_b"} if found else set())


@pytest.mark.parametrize(
    "other",
    [
        payment("b", 1, price_id="pri_2"),
        payment("b", 1, lines=2),
        payment("b", 1, account_id="acc_2"),
        payment("b", 1, account_id=None),
        payment("b", 1, collected=0),
    ],
    ids=["price", "quantity", "account", "no account", "not collected"],
)
def test_what_differs_is_no_duplicate(other: PaddleTransaction) -> None:
    for order in itertools.permutations([payment("a"), other]):
        desk = Desk()
        one_by_one(desk, order)
        assert desk.cases == {}


def test_the_money_may_differ() -> None:
    """A discount or another currency does not make other goods of it."""
    desk = Desk()
    desk.tell(payment("a"), payment("b", 1, cents=900))
    assert case_of(desk, "b").money == Money(900, "USD")


# Without a person


def test_the_switch_approves_what_one_order_paid_twice() -> None:
    desk = Desk(automatic=True)
    desk.tell(payment("a", 0, "ord_1"), payment("b", 1, "ord_1"))
    case, purchase = case_of(desk, "b"), desk.purchase("txn_b")
    assert (case.status, case.money) == (CaseStatus.APPROVED, Money(1000, "USD"))
    assert (case.decided_by, case.decided_at) == (DETECTOR, TOLD)
    assert case.decision.outcome is CaseOutcome.ELIGIBLE
    assert [event.kind for event in case.events] == [CaseEventKind.OPENED, CaseEventKind.APPROVED]
    assert (case.version, purchase.promised_minor) == (2, 1000)
    assert (purchase.case_id, desk.held(purchase)) == (case.case_id, 1050)
    assert case.verdict is not None
    assert (case.verdict.outcome, case.verdict.clause) == (CaseOutcome.ELIGIBLE, "2(b)")
    assert case.verdict.policy_version == case.decision.policy_version
    assert "10.00" in case.verdict.reason


def change(desk: Desk, name: str, **changes: Any) -> None:
    purchase = replace(desk.purchase(f"txn_{name}"), **changes)

    def decide(facts: Any) -> Plan[None]:
        facts.get(Key(Purchase, purchase.transaction_id))
        return Plan(None, (purchase,))

    desk.do(decide)


def of_first(**more: Any) -> Case:
    case_id = case_id_of("purchase", "txn_a", turn=1)
    return replace(opened(case_id, transaction_id="txn_a"), **more)


@pytest.mark.parametrize("gone", [{"promised_minor": 1}, {"adjusted_minor": 1}])
def test_of_two_payments_one_stays(gone: dict[str, int]) -> None:
    """Money for the first may go back: then a person looks before the second one's does too."""
    desk = Desk(automatic=True)
    desk.tell(payment("a", 0, "ord_1"))
    change(desk, "a", **gone)
    desk.tell(payment("b", 1, "ord_1"))
    case = case_of(desk, "b")
    assert (case.status, case.decision.outcome) == (CaseStatus.OPEN, CaseOutcome.NEEDS_REVIEW)
    assert case.decision.inputs["first_stands"] == "no"
    assert desk.purchase("txn_b").promised_minor == 0
    assert case.held


@pytest.mark.parametrize("category", Category)
def test_while_somebody_asks_for_the_first_payment_a_person_looks_at_the_second(
    category: Category,
) -> None:
    desk = Desk(automatic=True)
    desk.tell(payment("a", 0, "ord_1"))
    asked = of_first(category=category)

    def decide(facts: Any) -> Plan[None]:
        facts.get(Key(Case, asked.case_id))
        return Plan(None, (asked,))

    desk.do(decide)
    change(desk, "a", case_id=asked.case_id)
    desk.tell(payment("b", 1, "ord_1"))
    assert case_of(desk, "b").status is CaseStatus.OPEN


@pytest.mark.parametrize(
    ("limits", "alone"),
    [({"USD": 1000}, True), ({"USD": 999}, False), ({"EUR": 1000}, False), ({}, False)],
)
def test_what_needs_two_people_is_not_approved_by_nobody(
    limits: dict[str, int], alone: bool
) -> None:
    desk = Desk()
    settings = StudioSettings(automatic_duplicates=True, second_reviewer_above_minor=limits)
    desk.do(put_in_force(settings, now=NOON))
    desk.tell(payment("a", 0, "ord_1"), payment("b", 1, "ord_1"))
    case = case_of(desk, "b")
    assert case.status is (CaseStatus.APPROVED if alone else CaseStatus.OPEN)
    assert case.held


@pytest.mark.parametrize(("cents", "alone"), [(200_00, True), (200_01, False)])
def test_without_a_setting_the_policys_amount_holds(cents: int, alone: bool) -> None:
    desk = Desk(automatic=True)
    desk.tell(payment("a", 0, "ord_1"), payment("b", 1, "ord_1", cents=cents))
    assert (case_of(desk, "b").status is CaseStatus.APPROVED) is alone


@pytest.mark.parametrize("credits", [0, 1, 1000, 1001, 1050])
def test_nothing_of_it_may_have_been_used(credits: int) -> None:
    """The later payment came first, and some of it was spent before the earlier one came."""
    desk = Desk(automatic=True)
    desk.tell(payment("b", 1, "ord_1"))
    if credits:
        charge = moving("acc_1", lambda a: a.charge(credits, cause("c")), credits=credits)
        desk.do(charge)
    desk.tell(payment("a", 0, "ord_1"))
    case = case_of(desk, "b")
    assert (case.status is CaseStatus.APPROVED) is (credits == 0)
    assert sum(take.credits for take in case.held) == 1050 - credits
    assert case.decision.inputs["untouched"] == ("no" if credits else "yes")
    assert desk.purchase("txn_b").promised_minor == (0 if credits else 1000)


def test_credits_that_pay_a_debt_are_used() -> None:
    desk = Desk(automatic=True)
    desk.tell(payment("0", -60))
    charge = moving("acc_1", lambda a: a.charge(1050, cause("c")), credits=1050)
    desk.do(charge)
    desk.do(moving("acc_1", lambda a: a.clawback([Take(1, 1000)], cause("b")), lots=[1]))
    desk.tell(payment("b", 1, "ord_1"))
    desk.tell(payment("a", 0, "ord_1"))
    assert case_of(desk, "b").status is CaseStatus.OPEN


def test_without_a_setting_the_policy_decides() -> None:
    desk = Desk()
    desk.tell(payment("a", 0, "ord_1"), payment("b", 1, "ord_1"))
    assert case_of(desk, "b").status is CaseStatus.OPEN


# Cases that are there already


def put(desk: Desk, case: Case, *, purchase: bool = True) -> None:
    """A case about txn_b, as somebody else left it."""
    purchases = [replace(desk.purchase("txn_b"), case_id=case.case_id)] if purchase else []

    def decide(facts: Any) -> Plan[None]:
        for one in (case, *purchases):
            facts.get(Key(type(one), one.case_id if isinstance(one, Case) else "txn_b"))
        return Plan(None, (case, *purchases))

    desk.do(decide)


def filed(turn: int = 1, **more: Any) -> Case:
    more = {"category": Category.DUPLICATE_PAYMENT} | more
    case_id = case_id_of("purchase", "txn_b", turn=turn)
    return replace(opened(case_id, transaction_id="txn_b"), **more)


@pytest.mark.parametrize("category", [c for c in Category if c is not Category.DUPLICATE_PAYMENT])
def test_an_open_case_about_something_else_is_left_alone(category: Category) -> None:
    desk = Desk(automatic=True)
    desk.tell(payment("b", 1, "ord_1"))
    put(desk, filed(category=category))
    desk.tell(payment("a", 0, "ord_1"))
    assert desk.cases == {"txn_b": filed(category=category)}
    assert stored_account(desk.ledger, "acc_1").held == 0


def test_a_customers_open_case_learns_of_the_twin_and_stays_with_people() -> None:
    desk = Desk(automatic=True)
    desk.tell(payment("b", 1, "ord_1"))
    put(desk, filed())
    (credited,) = desk.tell(payment("a", 0, "ord_1"))
    case = case_of(desk, "b")
    assert (case.status, case.opened_by, case.version) == (CaseStatus.OPEN, Opener.CUSTOMER, 2)
    assert case.events[-1].kind is CaseEventKind.SEEN_AGAIN
    assert case.decision.outcome is CaseOutcome.NEEDS_REVIEW
    assert case.held
    assert (credited.cases, credited.duplicates_found) == ((case,), ())


@pytest.mark.parametrize("status", [CaseStatus.DECLINED, CaseStatus.WITHDRAWN, CaseStatus.CREDITED])
def test_what_was_decided_stays_decided(status: CaseStatus) -> None:
    desk = Desk(automatic=True)
    desk.tell(payment("b", 2, "ord_1"))
    decided = filed(status=status, opened_by=Opener.DETECTOR, opener=DETECTOR)
    put(desk, decided, purchase=False)
    desk.tell(payment("a", 0, "ord_1"))
    assert desk.cases == {"txn_b": decided}
    assert desk.purchase("txn_b").case_id is None


def test_what_was_approved_without_a_person_learns_of_a_further_twin_and_stays_approved() -> None:
    desk = Desk(automatic=True)
    desk.tell(payment("a", 0, "ord_1"), payment("c", 2, "ord_1"))
    before = case_of(desk, "c")
    desk.tell(payment("b", 1, "ord_2"))
    after = case_of(desk, "c")
    assert (after.status, after.money, after.held) == (before.status, before.money, before.held)
    assert [event.kind.value for event in after.events] == ["opened", "approved", "seen_again"]
    assert after.decision.outcome is CaseOutcome.ELIGIBLE
    assert desk.purchase("txn_c").promised_minor == 1000


def test_what_was_approved_without_a_person_is_not_unsaid_by_turning_the_switch_off() -> None:
    desk = Desk(automatic=True)
    desk.tell(payment("a", 0, "ord_1"), payment("c", 2, "ord_1"))
    before = case_of(desk, "c")
    desk.do(put_in_force(StudioSettings(automatic_duplicates=False), now=NOON))
    desk.tell(payment("b", 1, "ord_2"))
    assert case_of(desk, "c") == before


@pytest.mark.parametrize("status", ["rejected", "approved"])
def test_what_was_approved_in_vain_waits_for_a_person_whatever_twin_is_told_then(
    status: str,
) -> None:
    """And what has been paid back is not approved again."""
    desk = Desk(automatic=True)
    desk.tell(payment("a", 0, "ord_1"), payment("c", 2, "ord_1"))
    marker = f"[makegood:{case_of(desk, 'c').payout_id}]"
    desk.do(following(adjusted("adj_1", "txn_c", status=status, reason=marker)))
    before = case_of(desk, "c")
    desk.tell(payment("b", 1, "ord_1"))
    after = case_of(desk, "c")
    assert after.status is before.status
    assert after.approvals == 1
    assert desk.purchase("txn_c").promised_minor == 0
    assert desk.findings() == []


def test_what_a_person_approved_stays_as_it_was_approved() -> None:
    desk = Desk(automatic=True)
    desk.tell(payment("b", 1, "ord_1"))
    approved = filed(status=CaseStatus.APPROVED, decided_by="rita", money=Money(1000, "USD"))
    put(desk, approved)
    desk.tell(payment("a", 0, "ord_1"))
    assert desk.cases == {"txn_b": approved}


def test_a_request_that_was_settled_before_does_not_hide_a_duplicate() -> None:
    desk = Desk()
    desk.tell(payment("b", 1))
    put(desk, filed(status=CaseStatus.DECLINED), purchase=False)
    put(desk, filed(turn=2, status=CaseStatus.WITHDRAWN), purchase=False)
    desk.tell(payment("a"))
    third = case_of(desk, "b", turn=3)
    assert (third.opener, desk.purchase("txn_b").case_id) == (DETECTOR, third.case_id)


def test_the_turns_of_a_purchase_come_to_an_end() -> None:
    desk = Desk()
    desk.tell(payment("b", 1))
    for turn in range(1, ROUNDS_MAX + 1):
        put(desk, filed(turn=turn, status=CaseStatus.WITHDRAWN), purchase=False)
    desk.tell(payment("a"))
    assert desk.purchase("txn_b").case_id is None
    assert len(desk.all_of(Case)) == ROUNDS_MAX


@pytest.mark.parametrize(
    "begun",
    [
        {"appealed_at": NOON},
        {"opened_by": Opener.CUSTOMER},
        {"approval": Approval("rita", 1000, NOON)},
    ],
    ids=["an appeal", "a customer's", "one of two approvals"],
)
def test_what_people_have_begun_to_decide_is_not_approved_by_itself(begun: dict[str, Any]) -> None:
    desk = Desk(automatic=True)
    desk.tell(payment("b", 1, "ord_1"))
    put(desk, filed(**{"opened_by": Opener.DETECTOR, "opener": DETECTOR} | begun))
    desk.tell(payment("a", 0, "ord_1"))
    case = case_of(desk, "b")
    assert (case.status, case.decision.outcome) == (CaseStatus.OPEN, CaseOutcome.NEEDS_REVIEW)
    # An appeal has held what it may hold.
    assert bool(case.held) is (case.appealed_at is None)


def test_what_is_held_already_is_not_held_twice() -> None:
    desk = Desk()
    desk.tell(payment("a", 0, "ord_1"), payment("c", 2, "ord_1"))
    held = case_of(desk, "c").held
    desk.tell(payment("b", 1, "ord_1"))
    assert case_of(desk, "c").held == held


def test_money_that_has_all_gone_back_makes_no_case() -> None:
    desk = Desk()
    desk.tell(payment("b", 1))
    refunded = replace(desk.purchase("txn_b"), adjusted_minor=1000)

    def decide(facts: Any) -> Plan[None]:
        facts.get(Key(Purchase, "txn_b"))
        return Plan(None, (refunded,))

    desk.do(decide)
    desk.tell(payment("a"))
    assert desk.cases == {}


# Limits


def test_a_basket_remembers_the_newest_twenty() -> None:
    desk = Desk()
    payments = [payment(f"{n:02d}", 60 * n) for n in range(SALES_MAX + 3)]
    one_by_one(desk, reversed(payments))
    (basket,) = desk.all_of(Basket)
    assert [sale.transaction_id for sale in basket.sales] == [one.id for one in payments[3:]]
    assert [sale.at for sale in basket.sales] == sorted(sale.at for sale in basket.sales)


def test_one_that_is_older_than_all_that_are_remembered_is_still_a_twin() -> None:
    desk = Desk()
    one_by_one(desk, [payment(f"{n:02d}", 60 * n) for n in range(1, SALES_MAX + 1)])
    desk.tell(payment("00", 55))
    assert set(desk.cases) == {"txn_01"}


def test_twenty_payments_for_one_order_are_one_sale_and_nineteen_duplicates() -> None:
    desk = Desk(automatic=True)
    payments = [
        bought(f"txn_{n:02d}", at=NOON + timedelta(seconds=n), order_ref="ord_1") for n in range(20)
    ]
    assert all(isinstance(one, Credited) for one in desk.tell(*reversed(payments)))
    assert len(desk.cases) == 19
    assert {case.status for case in desk.cases.values()} == {CaseStatus.APPROVED}
    account = stored_account(desk.ledger, "acc_1")
    assert (account.available, account.held) == (1050, 19 * 1050)
    assert desk.findings() == []


@pytest.mark.parametrize("automatic", [True, False])
def test_the_largest_purchases_fit_into_a_transaction_with_their_cases(automatic: bool) -> None:
    desk = Desk(automatic=automatic)
    payments = [
        payment(f"{n:02d}", n, "ord_1", lines=LINES_MAX, customer_id="ctm_1") for n in range(10)
    ]
    for one in reversed(payments):
        (outcome,) = desk.tell(one)
        assert isinstance(outcome, Credited), outcome
    assert set(desk.cases) == {one.id for one in payments[1:]}
    assert desk.findings() == []


@pytest.mark.parametrize("gone", [True, False])
def test_a_damaged_later_payment_does_not_refuse_a_good_one(gone: bool) -> None:
    desk = Desk()
    desk.tell(payment("b", 1))
    if gone:
        del desk.memory.items["PURCHASE#txn_b", "PURCHASE"]
    else:
        del desk.memory.items["PURCHASE#txn_b", "PURCHASE"]["currency"]
    (credited,) = desk.tell(payment("a"))
    assert credited.purchase.state is PurchaseState.GRANTED
    assert (credited.unreadable, credited.cases) == (("txn_b",), ())
    assert stored_account(desk.ledger, "acc_1").available == 2100


def test_a_damaged_case_does_not_refuse_a_good_payment() -> None:
    desk = Desk()
    desk.tell(payment("a"), payment("c", 2))
    del desk.memory.items[f"CASE#{case_of(desk, 'c').case_id}", "CASE"]["category"]
    (credited,) = desk.tell(payment("b", 1))
    assert credited.unreadable == ("txn_c",)
    assert [case.transaction_id for case in credited.cases] == ["txn_b"]


def test_where_the_first_payment_cannot_be_read_a_person_looks() -> None:
    desk = Desk(automatic=True)
    desk.tell(payment("a", 0, "ord_1"))
    del desk.memory.items["PURCHASE#txn_a", "PURCHASE"]["currency"]
    (credited,) = desk.tell(payment("b", 1, "ord_1"))
    assert credited.unreadable == ("txn_a",)
    case = case_of(desk, "b")
    assert (case.status, case.decision.inputs["first_stands"]) == (CaseStatus.OPEN, "no")
    assert case.held


def test_the_calendar_of_the_studio_counts() -> None:
    desk = Desk()
    settings = StudioSettings(
        time_zone="America/New_York", holidays=(datetime(2026, 11, 26, tzinfo=UTC).date(),)
    )
    desk.do(put_in_force(settings, now=NOON))
    desk.tell(payment("a"), payment("b", 1))
    new_york = ZoneInfo("America/New_York")
    assert case_of(desk, "b").due_at == datetime(2026, 12, 1, 23, 59, 59, tzinfo=new_york)


def test_a_purchase_that_a_rival_grants_meanwhile_is_one_sale() -> None:
    """The purchase is read before it was granted, the basket after that."""
    desk = Desk()
    desk.tell(payment("a"), payment("b", 1))
    known: dict[Key[Any], Any] = {
        Key(Purchase, "txn_b"): None,
        Key(Account, "acc_1"): stored_account(desk.ledger, "acc_1"),
    }
    plan = None
    while plan is None:
        try:
            plan = crediting(payment("b", 1), now=TOLD)(Facts(known))
        except Unread as unread:
            read = desk.ledger.table.read(unread.keys)
            known |= {key: read[key].record for key in unread.keys}

    [basket] = [record for record in plan.writes if isinstance(record, Basket)]
    assert [sale.transaction_id for sale in basket.sales] == ["txn_a", "txn_b"]
