"""What is said to a request, clause by clause, with both sides of each boundary."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.case import CaseDecision, CaseOutcome, Category
from makegood.ledger.attributes import from_attribute, to_attribute
from makegood.policy.published import AnswerKind
from makegood.policy.requests import (
    Argument,
    Match,
    OutageAfter,
    PurchaseFacts,
    RequestFacts,
    Twin,
    facts_of,
    inputs_of,
    rule_on_request,
)
from makegood.policy.versions.v2025_02_24 import POLICY
from tests.ledgers import NOON

BOUGHT = PurchaseFacts(
    transaction_id="txn_1",
    bought_at=NOON - timedelta(days=9),
    unused=40,
    granted=100,
    refundable_minor=400,
)
HOURS_72 = 72 * 60 * 60
MINUTES_15 = 15 * 60

ELIGIBLE, NOT_ELIGIBLE, NEEDS_REVIEW = (
    CaseOutcome.ELIGIBLE,
    CaseOutcome.NOT_ELIGIBLE,
    CaseOutcome.NEEDS_REVIEW,
)


def asked(category: Category, *, match: Match = Match.ONE, closed: bool = False) -> RequestFacts:
    bought = BOUGHT if match is Match.ONE else None
    return RequestFacts(category, NOON, match, account_closed=closed, purchase=bought)


def bought(**facts: object) -> PurchaseFacts:
    return replace(BOUGHT, **facts)  # type: ignore[arg-type]


def about(category: Category, purchase: PurchaseFacts) -> RequestFacts:
    return replace(asked(category), purchase=purchase)


def after_outage(seconds: int | None, *, unused: int = 40) -> RequestFacts:
    outage = None if seconds is None else OutageAfter("out_1", seconds)
    return about(Category.SERVICE_UNAVAILABLE, bought(outage=outage, unused=unused))


def after_payment(seconds: int) -> RequestFacts:
    twin = Twin("txn_0", seconds, same_order=False)
    return about(Category.DUPLICATE_PAYMENT, bought(twin=twin))


def ruled(facts: RequestFacts) -> CaseDecision:
    return rule_on_request(facts, POLICY)


def is_answer(decision: CaseDecision, outcome: CaseOutcome, kind: AnswerKind) -> None:
    answer = POLICY.answers[kind]
    assert (decision.outcome, decision.clause) == (outcome, answer.clause)
    assert decision.reason == answer.words
    assert decision.policy_version == "2025-02-24"


def test_bought_credits_are_not_refundable_as_a_rule() -> None:
    decision = ruled(asked(Category.OTHER))
    is_answer(decision, NOT_ELIGIBLE, AnswerKind.NO_EXCEPTION)
    assert decision.clause == "1"


@pytest.mark.parametrize("match", Match)
def test_the_rule_needs_no_purchase_to_be_said(match: Match) -> None:
    is_answer(ruled(asked(Category.OTHER, match=match)), NOT_ELIGIBLE, AnswerKind.NO_EXCEPTION)


@pytest.mark.parametrize(("unused", "clause"), [(0, "3(a)"), (1, "1"), (100, "1")])
def test_used_credits_are_not_refundable(unused: int, clause: str) -> None:
    decision = ruled(about(Category.OTHER, bought(unused=unused)))
    assert (decision.outcome, decision.clause) == (NOT_ELIGIBLE, clause)


@pytest.mark.parametrize(
    ("withdrawn", "kind"),
    [(0, AnswerKind.ALREADY_USED), (1, AnswerKind.ALREADY_PAID_BACK)],
)
@pytest.mark.parametrize("category", [Category.OTHER, Category.SERVICE_UNAVAILABLE])
def test_that_credits_were_used_is_said_only_where_no_money_has_gone_back(
    category: Category, withdrawn: int, kind: AnswerKind
) -> None:
    outage = OutageAfter("out_1", HOURS_72 + 1)
    gone = bought(unused=0, withdrawn=withdrawn, outage=outage)
    is_answer(ruled(about(category, gone)), NOT_ELIGIBLE, kind)


def test_money_that_went_back_for_a_part_does_not_stand_against_the_rest() -> None:
    part = bought(withdrawn=60, outage=OutageAfter("out_1", HOURS_72 + 1))
    assert ruled(about(Category.SERVICE_UNAVAILABLE, part)).outcome is ELIGIBLE


@pytest.mark.parametrize("withdrawn", [0, 100])
@pytest.mark.parametrize("unused", [0, 1])
def test_what_the_owner_gave_up_is_not_paid_back_after_an_outage(
    unused: int, withdrawn: int
) -> None:
    facts = after_outage(HOURS_72 + 1, unused=unused)
    assert facts.purchase is not None
    given_up = replace(facts.purchase, withdrawn=withdrawn)
    closed = replace(facts, account_closed=True, purchase=given_up)
    is_answer(ruled(closed), NOT_ELIGIBLE, AnswerKind.ACCOUNT_CLOSED)


def test_a_short_outage_is_the_reason_also_in_a_closed_account() -> None:
    facts = replace(after_outage(HOURS_72), account_closed=True)
    is_answer(ruled(facts), NOT_ELIGIBLE, AnswerKind.OUTAGE_TOO_SHORT)


@pytest.mark.parametrize(("closed", "clause"), [(True, "3(b)"), (False, "1")])
def test_what_is_left_in_a_closed_account_is_not_refundable(closed: bool, clause: str) -> None:
    decision = ruled(asked(Category.OTHER, closed=closed))
    assert (decision.outcome, decision.clause) == (NOT_ELIGIBLE, clause)


@pytest.mark.parametrize(
    ("argument", "clause"),
    [(Argument.DISLIKED, "3(c)"), (Argument.NOT_USED, "3(d)"), (None, "1")],
)
def test_dislike_and_disuse_are_no_reasons(argument: Argument | None, clause: str) -> None:
    decision = ruled(replace(asked(Category.OTHER), argument=argument))
    assert (decision.outcome, decision.clause) == (NOT_ELIGIBLE, clause)


def test_of_several_reasons_against_it_the_closed_account_comes_first_and_use_last() -> None:
    used = about(Category.OTHER, bought(unused=0))
    disliked = replace(used, argument=Argument.DISLIKED)
    assert ruled(replace(disliked, account_closed=True)).clause == "3(b)"
    assert ruled(disliked).clause == "3(c)"
    assert ruled(used).clause == "3(a)"


@pytest.mark.parametrize("match", Match)
def test_who_reports_a_failed_generation_gets_a_person(match: Match) -> None:
    decision = ruled(asked(Category.TECHNICAL_FAILURE, match=match))
    is_answer(decision, NEEDS_REVIEW, AnswerKind.TECHNICAL_REPORT)
    assert decision.clause == "2(a)"


@pytest.mark.parametrize("match", Match)
def test_who_reports_misuse_gets_a_person_whatever_purchase_it_is(match: Match) -> None:
    decision = ruled(asked(Category.UNAUTHORISED, match=match))
    is_answer(decision, NEEDS_REVIEW, AnswerKind.UNAUTHORISED)
    assert decision.clause == "2(c)"


@pytest.mark.parametrize(
    ("seconds", "kind"),
    [
        (0, AnswerKind.DUPLICATE_FOUND),
        (MINUTES_15 - 1, AnswerKind.DUPLICATE_FOUND),
        (MINUTES_15, AnswerKind.DUPLICATE_FOUND),
        (MINUTES_15 + 1, AnswerKind.DUPLICATE_NOT_FOUND),
    ],
)
def test_a_second_payment_is_a_duplicate_up_to_the_window_the_limit_included(
    seconds: int, kind: AnswerKind
) -> None:
    decision = ruled(after_payment(seconds))
    is_answer(decision, NEEDS_REVIEW, kind)
    assert decision.clause == "2(b)"


def test_a_person_looks_where_no_second_payment_is_seen() -> None:
    decision = ruled(asked(Category.DUPLICATE_PAYMENT))
    is_answer(decision, NEEDS_REVIEW, AnswerKind.DUPLICATE_NOT_FOUND)


@pytest.mark.parametrize("category", [Category.DUPLICATE_PAYMENT, Category.SERVICE_UNAVAILABLE])
@pytest.mark.parametrize(
    ("match", "kind"),
    [(Match.NONE, AnswerKind.NOT_MATCHED), (Match.SEVERAL, AnswerKind.MATCHED_SEVERAL)],
)
def test_a_purchase_that_is_not_clear_is_an_answer_and_a_person_looks(
    category: Category, match: Match, kind: AnswerKind
) -> None:
    decision = ruled(asked(category, match=match))
    is_answer(decision, NEEDS_REVIEW, kind)
    assert decision.clause == "5"


def test_facts_of_a_purchase_that_is_not_clear_do_not_count() -> None:
    unclear = replace(after_outage(HOURS_72 + 1), match=Match.SEVERAL)
    is_answer(ruled(unclear), NEEDS_REVIEW, AnswerKind.MATCHED_SEVERAL)


@pytest.mark.parametrize(
    ("seconds", "outcome", "kind"),
    [
        (None, NOT_ELIGIBLE, AnswerKind.OUTAGE_TOO_SHORT),
        (0, NOT_ELIGIBLE, AnswerKind.OUTAGE_TOO_SHORT),
        (HOURS_72 - 1, NOT_ELIGIBLE, AnswerKind.OUTAGE_TOO_SHORT),
        (HOURS_72, NOT_ELIGIBLE, AnswerKind.OUTAGE_TOO_SHORT),
        (HOURS_72 + 1, ELIGIBLE, AnswerKind.OUTAGE_LONG_ENOUGH),
    ],
)
def test_an_outage_counts_if_it_is_longer_than_72_hours_not_exactly_as_long(
    seconds: int | None, outcome: CaseOutcome, kind: AnswerKind
) -> None:
    decision = ruled(after_outage(seconds))
    is_answer(decision, outcome, kind)
    assert decision.clause == "2(d)"


@pytest.mark.parametrize(
    ("unused", "outcome", "clause"), [(0, NOT_ELIGIBLE, "3(a)"), (1, ELIGIBLE, "2(d)")]
)
def test_after_a_long_outage_only_what_is_unused_can_be_paid_back(
    unused: int, outcome: CaseOutcome, clause: str
) -> None:
    decision = ruled(after_outage(HOURS_72 + 1, unused=unused))
    assert (decision.outcome, decision.clause) == (outcome, clause)


def test_a_short_outage_is_the_reason_also_where_nothing_is_left() -> None:
    assert ruled(after_outage(HOURS_72, unused=0)).clause == "2(d)"


@pytest.mark.parametrize(
    "facts",
    [
        after_payment(1),
        asked(Category.UNAUTHORISED),
        asked(Category.TECHNICAL_FAILURE),
    ],
    ids=lambda facts: facts.category.value,
)
def test_closing_an_account_takes_away_nothing_that_is_about_the_payment(
    facts: RequestFacts,
) -> None:
    closed = ruled(replace(facts, account_closed=True))
    open_ = ruled(facts)
    assert (closed.outcome, closed.clause) == (open_.outcome, open_.clause)


@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize("seconds", [1, MINUTES_15 + 1])
def test_bonus_and_size_of_a_purchase_never_change_the_answer(
    category: Category, seconds: int
) -> None:
    """Only what is unused counts, and whether anything is."""
    facts = about(category, bought(twin=Twin("txn_0", seconds, same_order=True)))
    larger = about(category, replace(facts.purchase or BOUGHT, granted=10**9, refundable_minor=0))
    assert ruled(facts).reason == ruled(larger).reason


times = st.integers(0, 10**9).map(lambda seconds: NOON - timedelta(seconds=seconds))
names = st.text("abc_0", min_size=1, max_size=9)
numbers = st.integers(0, 10**12)
purchases = st.builds(
    PurchaseFacts,
    transaction_id=names,
    bought_at=times,
    unused=numbers,
    granted=numbers,
    refundable_minor=numbers,
    twin=st.none() | st.builds(Twin, names, numbers.map(lambda n: n % 2000), st.booleans()),
    outage=st.none() | st.builds(OutageAfter, names, numbers.map(lambda n: n % (2 * HOURS_72))),
    withdrawn=numbers,
)
requests = st.builds(
    RequestFacts,
    category=st.sampled_from(Category),
    asked_at=times,
    match=st.sampled_from(Match),
    account_closed=st.booleans(),
    purchase=st.none() | purchases,
    argument=st.none() | st.sampled_from(Argument),
)


@given(requests)
def test_every_request_has_an_answer_in_words_of_the_policy(facts: RequestFacts) -> None:
    decision = ruled(facts)
    assert (decision.clause, decision.reason) in {
        (answer.clause, answer.words) for answer in POLICY.answers.values()
    }
    assert decision.inputs == inputs_of(facts)


@given(requests)
def test_only_a_long_outage_is_a_clear_yes_and_money_is_never_refused_by_2b_or_2c(
    facts: RequestFacts,
) -> None:
    outcome = ruled(facts).outcome
    if outcome is ELIGIBLE:
        assert facts.category is Category.SERVICE_UNAVAILABLE
    if facts.category in (Category.DUPLICATE_PAYMENT, Category.UNAUTHORISED):
        assert outcome is NEEDS_REVIEW


@given(requests)
def test_what_a_decision_keeps_can_be_stored_and_says_all_that_it_was_made_on(
    facts: RequestFacts,
) -> None:
    kept = from_attribute(to_attribute(inputs_of(facts)))
    assert facts_of(kept) == facts
    assert rule_on_request(facts_of(kept), POLICY) == ruled(facts)


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"category": "other"},
        {**inputs_of(asked(Category.OTHER)), "category": "another"},
        {**inputs_of(asked(Category.OTHER)), "account_closed": "perhaps"},
        {**inputs_of(asked(Category.OTHER)), "asked_at": 7},
        {**inputs_of(asked(Category.OTHER)), "purchase": {"unused": 1}},
    ],
)
def test_other_inputs_are_not_taken_for_facts(inputs: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        facts_of(inputs)


def test_evidence_beside_the_facts_is_left_alone() -> None:
    facts = asked(Category.DUPLICATE_PAYMENT)
    assert facts_of({**inputs_of(facts), "twins": []}) == facts
