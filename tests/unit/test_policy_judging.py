"""Clause 8: by the version of the event's time, by a later one only where it gives more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.account import Take
from makegood.domain.case import CaseOutcome, Category
from makegood.domain.job import ChargeRequest, EndKind, Job, JobEnding, JobState
from makegood.events.jobs import JobEvent
from makegood.policy.applicable import versions_for
from makegood.policy.jobs import Delivered, Deny, GiveBack, Grounds, Refund, Review, Ruling
from makegood.policy.judging import gives_more, judge_end, judge_ending, judge_request
from makegood.policy.published import (
    ClassRule,
    FailureClass,
    Outcome,
    Policies,
    PublishedPolicy,
)
from makegood.policy.requests import Match, OutageAfter, PurchaseFacts, RequestFacts
from makegood.policy.versions.v2025_02_24 import POLICY
from tests.ends import cancelled, failed, succeeded
from tests.ledgers import NOON

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
OF = [failed("moderation"), failed("provider_503"), failed("new"), succeeded(1, 4)]
OF += [succeeded(4, 4), succeeded(0, 4), cancelled(work_started=True)]


def version(
    name: str,
    *,
    of: datetime = NOON,
    also_from: datetime | None = None,
    **classes: Outcome,
) -> PublishedPolicy:
    """A made-up version that settles some classes in another way."""
    rules = {
        FailureClass(failure): ClassRule(outcome, "2(a)", "words", "reason")
        for failure, outcome in classes.items()
    }
    return replace(
        POLICY,
        version=name,
        effective_from=of,
        classes=POLICY.classes | rules,
        also_for_events_from=also_from,
    )


FIRST = version("first", of=NOON - 30 * DAY)


def job(credits: int = 100) -> Job:
    return Job(
        job_id="job_1",
        request=ChargeRequest("acc_1", credits),
        state=JobState.CHARGED,
        takes=(Take(1, credits),),
        charged_at=NOON - 60 * DAY,
        expected_by=NOON,
    )


def ruled(event: JobEvent, *versions: PublishedPolicy, at: datetime) -> Ruling:
    return judge_end(job(), event, Policies("test", versions), ended_at=at)


def name_of(ruling: Ruling) -> str:
    assert not isinstance(ruling, Delivered)
    return ruling.grounds.policy_version


def test_a_later_version_does_not_touch_what_happened_before_it() -> None:
    later = version("later", moderation=Outcome.REFUND)
    before = ruled(failed("moderation"), FIRST, later, at=NOON - SECOND)
    at_once = ruled(failed("moderation"), FIRST, later, at=NOON)
    assert (type(before), name_of(before)) == (Deny, "first")
    assert (type(at_once), name_of(at_once)) == (Refund, "later")


@pytest.mark.parametrize(
    ("at", "is_refunded"), [(NOON - DAY, True), (NOON - DAY - SECOND, False), (NOON - SECOND, True)]
)
def test_a_later_version_may_be_more_generous_to_events_from_a_day_on(
    at: datetime, is_refunded: bool
) -> None:
    later = version("later", also_from=NOON - DAY, moderation=Outcome.REFUND)
    ruling = ruled(failed("moderation"), FIRST, later, at=at)
    assert isinstance(ruling, Refund if is_refunded else Deny)


def test_a_later_version_is_never_less_generous_to_older_events() -> None:
    later = version("later", also_from=NOON - DAY, upstream=Outcome.DENY)
    ruling = ruled(failed("provider_503"), FIRST, later, at=NOON - SECOND)
    assert (type(ruling), name_of(ruling)) == (Refund, "first")
    assert isinstance(ruled(failed("provider_503"), FIRST, later, at=NOON), Deny)


def test_the_same_generosity_leaves_the_version_of_the_time() -> None:
    later = version("later", also_from=NOON - DAY)
    assert name_of(ruled(failed("provider_503"), FIRST, later, at=NOON - SECOND)) == "first"


def test_of_several_later_versions_the_most_generous_judges() -> None:
    second = version("second", also_from=NOON - DAY, moderation=Outcome.REVIEW)
    third = version("third", of=NOON + DAY, also_from=NOON - DAY, moderation=Outcome.REFUND)
    for order in [(FIRST, second, third), (third, second, FIRST)]:
        assert name_of(ruled(failed("moderation"), *order, at=NOON - SECOND)) == "third"


def test_a_version_is_nobodys_before_it_is_posted() -> None:
    later = version("later", also_from=NOON - DAY, moderation=Outcome.REFUND)
    policies = Policies("test", (FIRST, later))

    def judged(now: datetime) -> Ruling:
        event = failed("moderation")
        return judge_end(job(), event, policies, ended_at=NOON - 2 * SECOND, now=now)

    assert isinstance(judged(NOON - SECOND), Deny)
    assert isinstance(judged(NOON), Refund)


def test_what_happened_before_the_first_version_is_judged_by_the_first() -> None:
    assert name_of(ruled(failed("provider_503"), FIRST, at=NOON - 99 * DAY)) == "first"


def test_a_job_of_which_nobody_told_is_judged_as_lost() -> None:
    ending = JobEnding(EndKind.LOST)
    later = version("later", lost=Outcome.DENY)
    policies = Policies("test", (FIRST, later))
    before = judge_ending(job(), ending, None, policies, ended_at=NOON - SECOND)
    after = judge_ending(job(), ending, None, policies, ended_at=NOON)
    assert isinstance(before, Refund)
    assert before.grounds.reason == POLICY.classes[FailureClass.LOST].words
    assert isinstance(after, Deny)


GROUNDS = Grounds("1", "v", "r")
WORSE_TO_BETTER: list[Callable[[], Ruling]] = [
    lambda: Deny(GROUNDS),
    lambda: GiveBack(1, GROUNDS),
    lambda: GiveBack(99, GROUNDS),
    lambda: Refund(GROUNDS),
]


@pytest.mark.parametrize("worse", range(len(WORSE_TO_BETTER)))
@pytest.mark.parametrize("better", range(len(WORSE_TO_BETTER)))
def test_more_credits_are_more(worse: int, better: int) -> None:
    one, other = WORSE_TO_BETTER[worse](), WORSE_TO_BETTER[better]()
    assert gives_more(other, one, credits=100) == (better > worse)


@pytest.mark.parametrize(
    ("one", "than", "is_more"),
    [
        (Review(NOON, GROUNDS), Deny(GROUNDS), True),
        (Deny(GROUNDS), Review(NOON, GROUNDS), False),
        (Refund(GROUNDS), Review(NOON, GROUNDS), True),
        (Review(NOON, GROUNDS), GiveBack(5, GROUNDS), False),
        (GiveBack(5, GROUNDS), Review(NOON, GROUNDS), False),
        (Review(NOON - SECOND, GROUNDS), Review(NOON, GROUNDS), True),
        (Review(NOON, GROUNDS), Review(NOON, GROUNDS), False),
        (Delivered(), Deny(GROUNDS), False),
    ],
)
def test_a_review_is_better_than_a_no_and_beside_a_part(
    one: Ruling, than: Ruling, is_more: bool
) -> None:
    assert gives_more(one, than, credits=100) == is_more


outcomes = st.sampled_from(Outcome)
versions = st.builds(
    lambda n, age, also, classes: version(
        f"v{n}",
        of=NOON + timedelta(hours=age),
        also_from=None if also is None else NOON + timedelta(hours=also),
        **classes,
    ),
    st.integers(0, 10**9),
    st.integers(-5, 5),
    st.none() | st.integers(-9, 5),
    st.dictionaries(st.sampled_from([each.value for each in FailureClass]), outcomes),
)


@given(
    st.lists(versions, min_size=1, max_size=5),
    st.sampled_from(OF),
    st.integers(-9, 9),
    st.integers(1, 50),
)
def test_no_later_version_ever_takes_from_what_the_one_in_force_gives(
    several: list[PublishedPolicy], event: JobEvent, hours: int, credits: int
) -> None:
    policies, at = Policies("test", tuple(several)), NOON + timedelta(hours=hours)
    made = judge_end(job(credits), event, policies, ended_at=at)
    then = judge_end(job(credits), event, Policies("then", (policies.in_force(at),)), ended_at=at)
    assert not gives_more(then, made, credits=credits)
    assert versions_for(at, policies)[0] is policies.in_force(at)


def request(category: Category, *, bought_at: datetime, match: Match = Match.ONE) -> RequestFacts:
    purchase = PurchaseFacts(
        "txn_1", bought_at, 40, 100, 400, outage=OutageAfter("out_1", 48 * 60 * 60)
    )
    return RequestFacts(category, NOON + DAY, match, purchase=purchase)


def shorter(name: str, *, also_from: datetime | None = None) -> PublishedPolicy:
    """By which two days are long enough."""
    return replace(version(name, also_from=also_from), outage_longer_than=timedelta(hours=47))


@pytest.mark.parametrize(
    ("bought_at", "by"), [(NOON - SECOND, "first"), (NOON, "later"), (NOON + SECOND, "later")]
)
def test_a_request_is_judged_by_the_version_of_the_purchase(bought_at: datetime, by: str) -> None:
    policies = Policies("test", (FIRST, shorter("later")))
    decision = judge_request(request(Category.SERVICE_UNAVAILABLE, bought_at=bought_at), policies)
    assert decision.policy_version == by
    assert (decision.outcome is CaseOutcome.ELIGIBLE) == (by == "later")


def test_a_request_without_a_purchase_is_judged_by_the_version_of_its_asking() -> None:
    policies = Policies("test", (FIRST, shorter("later")))
    facts = request(Category.OTHER, bought_at=NOON - DAY, match=Match.NONE)
    assert judge_request(facts, policies).policy_version == "later"


@pytest.mark.parametrize(("from_", "by"), [(NOON - DAY, "later"), (NOON - DAY + SECOND, "first")])
def test_a_later_version_may_say_yes_to_an_older_purchase(from_: datetime, by: str) -> None:
    policies = Policies("test", (FIRST, shorter("later", also_from=from_)))
    facts = request(Category.SERVICE_UNAVAILABLE, bought_at=NOON - DAY)
    assert judge_request(facts, policies).policy_version == by


def test_a_version_that_is_posted_after_the_asking_answers_nothing() -> None:
    policies = Policies("test", (FIRST, shorter("later", also_from=NOON - DAY)))
    facts = request(Category.SERVICE_UNAVAILABLE, bought_at=NOON - DAY)
    early = replace(facts, asked_at=NOON - SECOND)
    assert judge_request(early, policies).policy_version == "first"
    assert judge_request(replace(facts, asked_at=NOON), policies).policy_version == "later"


def test_a_later_version_never_says_no_to_what_the_version_then_allows() -> None:
    first = replace(shorter("first"), effective_from=NOON - 30 * DAY)
    policies = Policies("test", (first, version("later", also_from=NOON - DAY)))
    decision = judge_request(request(Category.SERVICE_UNAVAILABLE, bought_at=NOON - DAY), policies)
    assert (decision.outcome, decision.policy_version) == (CaseOutcome.ELIGIBLE, "first")
