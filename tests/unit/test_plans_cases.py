"""The pure parts of a case: which purchase is meant, what it holds, what can be given for it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.account import Account, Take
from makegood.domain.case import Case, CaseEventKind, CaseStatus, Category, Opener, Request
from makegood.domain.entry import EntryKind
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.money import Money
from makegood.domain.purchase import Basket, Purchase, PurchaseState, Sale, contents_of
from makegood.domain.studio import StudioSettings
from makegood.errors import AmountRefusedError, LedgerDamagedError, UnknownThingError
from makegood.ledger.case_reads import Wanted, queue
from makegood.ledger.store import Ledger
from makegood.plans.case_opening import case_id_of
from makegood.plans.cases.deciding import decide_case
from makegood.plans.cases.evidence import earlier_twin
from makegood.plans.cases.filing import Filed, Filing, file_case
from makegood.plans.cases.holding import released
from makegood.plans.cases.looking import CaseFile, Preview, look_into
from makegood.plans.cases.matching import day_anywhere, fits
from makegood.plans.cases.remedies import Payable, checked, needs_two_people
from makegood.plans.cases.turns import turns_of
from makegood.plans.cases.verdicts import Choice, Word
from makegood.plans.operations import give_bonus, set_price
from makegood.policy.requests import Twin
from makegood.policy.versions import PUBLISHED
from makegood.policy.versions.v2025_02_24 import POLICY
from tests.cases_made import opened, put_in
from tests.ledgers import NOON, cause, entries_of, memory_ledger, moving, plenty, stored
from tests.memory_dynamodb import MemoryDynamoDB
from tests.purchases_made import bought, crediting

DAY = date(2026, 11, 22)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
YEAR_2000 = datetime(2000, 1, 2, tzinfo=UTC)
PURCHASE = Purchase(
    transaction_id="txn_1",
    state=PurchaseState.GRANTED,
    customer_id="ctm_1",
    claimed_account_id=None,
    order_ref=None,
    currency="USD",
    collected_minor=1000,
    lines=(),
    occurred_at=NOON,
    recorded_at=NOON,
    account_id="acc_1",
)


def request(**changes: Any) -> Request:
    told = Request("ann@example.com", DAY, 1000, "USD", "not mine")
    return replace(told, **changes)


def with_purchases(*transaction_ids: str) -> tuple[Ledger, MemoryDynamoDB]:
    ledger, memory = memory_ledger()
    ledger.decide(set_price("pri_1", 100, 5, author="oda", now=NOON), time_left=plenty)
    for number, name in enumerate(transaction_ids):
        at = NOON + timedelta(hours=number)
        ledger.decide(crediting(bought(name, at=at), now=NOON), time_left=plenty)
    return ledger, memory


def filing(transaction_id: str = "txn_1", **changes: Any) -> Filing:
    wanted = Filing(
        account_id="acc_1",
        category=Category.UNAUTHORISED,
        request=request(transaction_id=transaction_id),
        opened_by=Opener.CUSTOMER,
        opener="ann",
        candidates=(transaction_id,),
    )
    return replace(wanted, **changes)


def file(ledger: Ledger, wanted: Filing) -> Filed:
    decision = file_case(wanted, policies=PUBLISHED, zones=ZoneInfo, now=NOON)
    return ledger.decide(decision, time_left=plenty)


def from_outages(transaction_id: str = "txn_1") -> Filing:
    return filing(
        transaction_id,
        category=Category.SERVICE_UNAVAILABLE,
        request=None,
        opened_by=Opener.DETECTOR,
        opener="outages",
        holds=False,
    )


@pytest.mark.parametrize(
    ("at", "is_fitting"),
    [
        pytest.param(datetime(2026, 11, 21, 9, 59, 59, tzinfo=UTC), False, id="a second early"),
        pytest.param(datetime(2026, 11, 21, 10, tzinfo=UTC), True, id="the day begins in UTC+14"),
        pytest.param(NOON, True, id="noon"),
        pytest.param(datetime(2026, 11, 23, 11, 59, 59, tzinfo=UTC), True, id="it ends in UTC-12"),
        pytest.param(datetime(2026, 11, 23, 12, tzinfo=UTC), False, id="a second late"),
    ],
)
def test_a_date_fits_if_it_was_that_date_somewhere(at: datetime, is_fitting: bool) -> None:
    assert fits(request(), replace(PURCHASE, occurred_at=at)) is is_fitting


@given(
    st.integers(0, 200 * 365 * 24 * 60 - 1).map(lambda minute: YEAR_2000 + minute * MINUTE),
    st.integers(-12 * 4, 14 * 4),
)
def test_the_date_on_any_clock_of_the_world_fits(at: datetime, quarters: int) -> None:
    there = at.astimezone(timezone(timedelta(minutes=15 * quarters)))
    start, end = day_anywhere(there.date())
    assert start <= at < end


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_minor": 999},
        {"amount_minor": 1001},
        {"currency": "EUR"},
        {"transaction_id": "txn_2"},
        {"transaction_date": date(2026, 11, 24)},
    ],
    ids=repr,
)
def test_all_that_is_told_has_to_fit(changes: dict[str, Any]) -> None:
    assert fits(request(), PURCHASE)
    assert fits(request(transaction_id="txn_1"), PURCHASE)
    assert not fits(request(**changes), PURCHASE)


@pytest.mark.parametrize(
    ("before", "twin"),
    [
        pytest.param(timedelta(minutes=15), Twin("txn_0", 900, same_order=False), id="to a second"),
        pytest.param(
            timedelta(minutes=15, microseconds=1),
            Twin("txn_0", 901, same_order=False),
            id="a second that has begun",
        ),
        pytest.param(-SECOND, None, id="a later payment is no twin of an earlier one"),
    ],
)
def test_the_twin_of_a_payment_is_an_earlier_one(before: timedelta, twin: Twin | None) -> None:
    contents = contents_of(PURCHASE.lines)
    sales = (Sale("txn_0", NOON - before), Sale("txn_1", NOON))
    facts = Facts({Key(Basket, ("acc_1", contents)): Basket("acc_1", contents, sales)})

    assert earlier_twin(facts, PURCHASE) == twin


def test_of_two_payments_as_near_the_one_of_the_same_order_is_the_twin() -> None:
    contents = contents_of(PURCHASE.lines)
    sales = (Sale("txn_8", NOON - SECOND, "ord_1"), Sale("txn_9", NOON - SECOND))
    facts = Facts({Key(Basket, ("acc_1", contents)): Basket("acc_1", contents, sales)})

    found = earlier_twin(facts, replace(PURCHASE, order_ref="ord_1"))

    assert found == Twin("txn_8", 1, same_order=True)


def test_a_payment_that_is_in_no_basket_has_no_twin() -> None:
    contents = contents_of(PURCHASE.lines)
    facts = Facts({Key(Basket, ("acc_1", contents)): None})

    assert earlier_twin(facts, PURCHASE) is None
    assert earlier_twin(facts, replace(PURCHASE, account_id=None)) is None


@pytest.mark.parametrize(
    ("amount", "currency", "two"),
    [
        (20_000, "USD", False),
        (20_001, "USD", True),
        (30_000, "JPY", False),
        (30_001, "JPY", True),
        (1, "KWD", True),
    ],
)
def test_above_the_policys_limit_two_people_are_needed(
    amount: int, currency: str, two: bool
) -> None:
    assert needs_two_people(Money(amount, currency), StudioSettings(), POLICY) is two


def test_the_studios_own_limits_hold_instead_of_the_policys() -> None:
    limits = StudioSettings(second_reviewer_above_minor={"EUR": 5})

    assert not needs_two_people(Money(5, "EUR"), limits, POLICY)
    assert needs_two_people(Money(6, "EUR"), limits, POLICY)
    assert needs_two_people(Money(1, "USD"), limits, POLICY)
    assert needs_two_people(Money(1, "USD"), StudioSettings(second_reviewer_above_minor={}), POLICY)


@pytest.mark.parametrize(
    ("wanted", "unused", "most", "amount"),
    [
        (None, 700, 1000, 700),
        (1000, 700, 1000, 1000),
        (1, 700, 1000, 1),
        (None, 0, 1000, None),
        (0, 700, 1000, None),
        (-1, 700, 1000, None),
        (1001, 700, 1000, None),
        (1, 0, 0, None),
    ],
)
def test_an_amount_is_more_than_nothing_and_within_the_limit(
    wanted: int | None, unused: int, most: int, amount: int | None
) -> None:
    can_be = Payable(Money(unused, "USD"), Money(most, "USD"))
    if amount is None:
        with pytest.raises(AmountRefusedError):
            checked(wanted, can_be)
    else:
        assert checked(wanted, can_be) == Money(amount, "USD")


def test_a_detector_opens_a_case_without_a_request_and_without_a_hold() -> None:
    ledger, memory = with_purchases("txn_1")
    # Clause 2(d) says no while there was no outage: another rule is needed for an open case.
    wanted = replace(from_outages(), category=Category.UNAUTHORISED)

    filed, again = file(ledger, wanted), file(ledger, wanted)

    assert (filed.again, again.again) == (False, True)
    assert (filed.case.status, filed.case.held, filed.case.request) == (CaseStatus.OPEN, (), None)
    assert filed.case.money == Money(1000, "USD")
    assert stored(ledger, Key(Purchase, "txn_1")).case_id == filed.case.case_id
    assert entries_of(memory.items.values(), "acc_1")[-1].kind is not EntryKind.HOLD


def test_a_customer_who_asks_about_a_detectors_case_adds_the_request_and_the_hold() -> None:
    ledger, _ = with_purchases("txn_1")
    found = file(ledger, replace(from_outages(), category=Category.UNAUTHORISED)).case

    asked = file(ledger, filing())

    assert (asked.again, asked.case.case_id) == (True, found.case_id)
    assert asked.case.request == request(transaction_id="txn_1")
    assert [event.kind for event in asked.case.events] == [
        CaseEventKind.OPENED,
        CaseEventKind.ASKED_AGAIN,
    ]
    assert asked.case.held == (Take(1, 100), Take(2, 5))
    assert file(ledger, filing()).case == asked.case


def test_a_detector_that_comes_second_leaves_the_customers_case_as_it_is() -> None:
    ledger, _ = with_purchases("txn_1")
    case = file(ledger, filing()).case

    late = file(ledger, replace(from_outages(), category=Category.UNAUTHORISED))

    assert late == Filed(case, again=True)


def test_a_detector_is_refused_a_purchase_that_is_not_the_accounts() -> None:
    ledger, memory = with_purchases("txn_1")
    before = dict(memory.items)

    for wanted in (from_outages("txn_2"), replace(from_outages(), account_id="acc_2")):
        with pytest.raises(UnknownThingError):
            file(ledger, wanted)

    assert memory.items == before


def test_a_failure_that_a_detector_reports_is_about_its_purchase() -> None:
    ledger, _ = with_purchases("txn_1")

    case = file(ledger, replace(from_outages(), category=Category.TECHNICAL_FAILURE)).case

    assert case.transaction_id == "txn_1"


def release(case: Case) -> Decide[None]:
    return lambda facts: Plan(None, released(facts, case, now=NOON))


def clawed_back(credits: int) -> Decide[Any]:
    return moving(
        "acc_1",
        lambda account: account.clawback([Take(1, credits)], cause("clawback:adj_1")),
        lots=[1],
    )


def test_what_a_clawback_took_of_the_held_credits_does_not_come_back() -> None:
    ledger, memory = with_purchases("txn_1")
    case = file(ledger, filing()).case
    ledger.decide(clawed_back(60), time_left=plenty)

    ledger.decide(release(case), time_left=plenty)

    account = stored(ledger, Key(Account, "acc_1"))
    assert (account.available, account.held) == (45, 0)
    entry = entries_of(memory.items.values(), "acc_1")[-1]
    assert (entry.kind, entry.cause.key) == (EntryKind.RELEASE, f"release:{case.case_id}")
    assert stored(ledger, Key(Purchase, "txn_1")).case_id is None


def test_where_nothing_is_left_to_free_nothing_moves() -> None:
    ledger, memory = with_purchases("txn_1")
    case = file(ledger, filing()).case
    only_bought = replace(case, held=(Take(1, 100),))
    ledger.decide(clawed_back(100), time_left=plenty)
    entries = len(entries_of(memory.items.values(), "acc_1"))

    ledger.decide(release(only_bought), time_left=plenty)

    assert len(entries_of(memory.items.values(), "acc_1")) == entries
    assert stored(ledger, Key(Purchase, "txn_1")).case_id is None


def test_a_case_that_its_purchase_does_not_name_frees_only_what_it_holds() -> None:
    ledger, memory = with_purchases("txn_1")
    file(ledger, filing())
    before = dict(memory.items)

    ledger.decide(release(opened("case_other", transaction_id="txn_1")), time_left=plenty)

    assert memory.items == before


def test_a_purchase_without_unused_credits_gets_a_case_without_an_entry() -> None:
    ledger, memory = with_purchases("txn_1")
    ledger.decide(
        moving("acc_1", lambda account: account.charge(105, cause("charge:j")), credits=105),
        time_left=plenty,
    )
    case = file(ledger, filing()).case

    assert (case.status, case.held, case.money) == (CaseStatus.OPEN, (), None)
    assert entries_of(memory.items.values(), "acc_1")[-1].kind is EntryKind.CHARGE
    assert stored(ledger, Key(Purchase, "txn_1")).case_id == case.case_id


def test_bonus_credits_from_elsewhere_stay_free() -> None:
    ledger, _ = with_purchases("txn_1")
    ledger.decide(give_bonus("b", "acc_1", 7, "welcome", now=NOON), time_left=plenty)

    file(ledger, filing())

    account = stored(ledger, Key(Account, "acc_1"))
    assert (account.available, account.held) == (7, 105)


def word(case: Case, **changes: Any) -> Word:
    said = Word(Choice.APPROVE, "rita", case.version, note="seen")
    return replace(said, **changes)


def test_a_case_whose_job_is_not_the_accounts_is_damaged() -> None:
    case = opened("case_1", category=Category.TECHNICAL_FAILURE, job_id="job_none")
    ledger, _ = memory_ledger()
    ledger.decide(put_in(case), time_left=plenty)

    for choice in (Choice.APPROVE, Choice.DECLINE):
        decision = decide_case(
            "case_1", word(case, choice=choice, clause=None), policies=PUBLISHED, now=NOON
        )
        with pytest.raises(LedgerDamagedError):
            ledger.decide(decision, time_left=plenty)


def test_a_version_of_the_policy_that_is_gone_is_stood_for_by_the_one_of_then() -> None:
    ledger, _ = with_purchases("txn_1")
    case = file(ledger, filing()).case
    old = replace(case, decision=replace(case.decision, policy_version="2001-01-01"))
    ledger.decide(
        lambda facts: Plan(None, (old,) if facts.get(Key(Case, case.case_id)) != old else ()),
        time_left=plenty,
    )

    decision = decide_case(case.case_id, word(case), policies=PUBLISHED, now=NOON)
    verdict = ledger.decide(decision, time_left=plenty).case.verdict

    assert verdict is not None
    assert verdict.policy_version == "2025-02-24"


def test_a_case_about_a_purchase_that_is_gone_from_its_account_has_none() -> None:
    ledger, _ = with_purchases("txn_1")
    case = opened("case_1", "acc_2", transaction_id="txn_1")
    ledger.decide(put_in(case), time_left=plenty)

    look = look_into("case_1", policies=PUBLISHED, now=NOON)

    assert ledger.decide(look, time_left=plenty) == CaseFile(case, Preview())


def test_a_failure_is_looked_into_with_its_purchase_and_without_money() -> None:
    ledger, _ = with_purchases("txn_1")
    case = file(ledger, replace(from_outages(), category=Category.TECHNICAL_FAILURE)).case

    look = look_into(case.case_id, policies=PUBLISHED, now=NOON)
    seen = ledger.decide(look, time_left=plenty)

    assert seen.preview == Preview()
    assert seen.evidence is not None
    assert seen.evidence["transaction_id"] == "txn_1"


def test_a_list_that_goes_on_behind_its_limit_is_over() -> None:
    ledger, memory = memory_ledger()
    wanted = Wanted(due_before=NOON)

    found = queue(ledger.table, wanted, position="2026-11-22T12:00:01Z#case_1", limit=5)

    assert (found.records, found.next) == ([], None)
    assert memory.items == {}


@pytest.mark.parametrize(
    ("category", "known", "next_turn"),
    [
        (Category.OTHER, 0, 1),
        (Category.OTHER, 19, 20),
        (Category.OTHER, 20, None),
        (Category.UNAUTHORISED, 20, 21),
        (Category.UNAUTHORISED, 99, 100),
        (Category.UNAUTHORISED, 100, None),
    ],
)
def test_a_thing_has_twenty_turns_and_misuse_a_hundred(
    category: Category, known: int, next_turn: int | None
) -> None:
    ids = [case_id_of("purchase", "txn_1", turn=turn) for turn in range(1, 101)]
    cases = {Key(Case, name): opened(name) if n < known else None for n, name in enumerate(ids)}
    facts = Facts(cases)

    turns = turns_of(facts, ("purchase", "txn_1"), category)

    assert turns.next_id == (None if next_turn is None else ids[next_turn - 1])
    assert len(turns.known) == known
    # Twenty at a time, and no more than are needed.
    assert len(facts.asked()) - len(turns.known) <= 20
