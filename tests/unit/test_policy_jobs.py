"""What a job's end means, for every class of failure and every delivery."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.account import Take
from makegood.domain.job import ChargeRequest, Job, JobState
from makegood.events.jobs import JobEvent
from makegood.policy.jobs import (
    Delivered,
    Deny,
    GiveBack,
    Refund,
    Review,
    Ruling,
    code_in,
    ending_of,
    rule_on_ending,
    undelivered_credits,
)
from makegood.policy.published import FailureClass, Outcome, Policies
from makegood.policy.versions import PUBLISHED
from makegood.policy.versions.v2025_02_24 import POLICY
from tests.ends import cancelled, failed, succeeded
from tests.ledgers import NOON

VERSION = "2025-02-24"


def job(credits: int = 100, outputs: int | None = None) -> Job:
    return Job(
        job_id="job_1",
        request=ChargeRequest("acc_1", credits, outputs=outputs),
        state=JobState.CHARGED,
        takes=(Take(1, credits),),
        charged_at=NOON - timedelta(minutes=5),
        expected_by=NOON + timedelta(hours=1),
    )


def ruled(event: JobEvent, *, of: Job | None = None) -> Ruling:
    return rule_on_ending(of or job(), ending_of(event), code_in(event), POLICY, ended_at=NOON)


@pytest.mark.parametrize("code", ["internal_error", "provider_503", "provider_timeout", "lost"])
def test_technical_failures_of_whoever_give_all_back_by_2a(code: str) -> None:
    ruling = ruled(failed(code))
    assert isinstance(ruling, Refund)
    assert (ruling.grounds.clause, ruling.grounds.policy_version) == ("2(a)", VERSION)


@pytest.mark.parametrize("code", ["moderation_input", "content_policy", "safety_x", "user_input"])
def test_blocked_content_and_unusable_input_are_no_technical_failure(code: str) -> None:
    ruling = ruled(failed(code))
    assert isinstance(ruling, Deny)
    assert (ruling.grounds.clause, ruling.grounds.policy_version) == ("1", VERSION)


def test_what_nobody_knows_waits_for_a_person_and_not_longer_than_a_day() -> None:
    ruling = ruled(failed("never_heard_of"))
    assert isinstance(ruling, Review)
    assert ruling.due_at == NOON + timedelta(hours=24)
    assert ruling.grounds.clause == "2(a)"


def test_a_cancellation_counts_from_the_beginning_of_the_work() -> None:
    assert isinstance(ruled(cancelled(work_started=False)), Refund)
    after = ruled(cancelled(work_started=True))
    assert isinstance(after, Deny)
    assert after.grounds.clause == "1"


@pytest.mark.parametrize("failure", FailureClass)
def test_each_class_ends_as_the_published_table_says(failure: FailureClass) -> None:
    codes = {
        FailureClass.TECHNICAL: "internal_x",
        FailureClass.UPSTREAM: "provider_error",
        FailureClass.TIMEOUT: "timeout",
        FailureClass.LOST: "lost",
        FailureClass.MODERATION: "moderation",
        FailureClass.USER_INPUT: "invalid_input",
        FailureClass.UNKNOWN: "what",
    }
    events: dict[FailureClass, JobEvent] = {name: failed(code) for name, code in codes.items()}
    events[FailureClass.CANCELLED_BEFORE] = cancelled(work_started=False)
    events[FailureClass.CANCELLED_AFTER] = cancelled(work_started=True)
    kinds = {Outcome.REFUND: Refund, Outcome.DENY: Deny, Outcome.REVIEW: Review}

    ruling = ruled(events[failure])

    rule = POLICY.classes[failure]
    assert type(ruling) is kinds[rule.outcome]
    assert not isinstance(ruling, Delivered)
    assert ruling.grounds.reason == rule.words


@pytest.mark.parametrize(
    ("delivered", "ordered", "given_back"),
    [(3, 4, 25), (1, 4, 75), (2, 3, 34), (1, 3, 67), (99, 100, 1), (999, 1000, 1), (1, 1000, 100)],
)
def test_what_is_missing_comes_back_rounded_for_the_customer(
    delivered: int, ordered: int, given_back: int
) -> None:
    ruling = ruled(succeeded(delivered, ordered))
    assert isinstance(ruling, GiveBack)
    assert ruling.credits == given_back
    assert ruling.grounds.clause == "2(a)"
    assert ruling.grounds.reason == (
        f"{ordered - delivered} of {ordered} outputs were not delivered."
    )


@pytest.mark.parametrize(("delivered", "ordered"), [(1, 1), (4, 4), (5, 4)])
def test_a_whole_delivery_or_more_gives_nothing_back(delivered: int, ordered: int) -> None:
    assert ruled(succeeded(delivered, ordered)) == Delivered()


@pytest.mark.parametrize("ordered", [1, 4])
def test_completed_without_an_output_is_a_technical_failure(ordered: int) -> None:
    assert ruled(succeeded(0, ordered)) == ruled(failed("internal_error"))


@pytest.mark.parametrize(
    ("charged_for", "told", "expected"),
    [(4, (3, 3), GiveBack), (4, (4, 9), Delivered), (4, (0, 1), Refund), (2, (4, 4), Delivered)],
)
def test_what_was_ordered_is_what_the_charge_says_not_the_message(
    charged_for: int, told: tuple[int, int], expected: type[Ruling]
) -> None:
    ruling = ruled(succeeded(*told), of=job(outputs=charged_for))
    assert type(ruling) is expected


@given(st.integers(1, 10**12), st.integers(1, 10**12), st.data())
def test_no_part_is_more_than_the_whole_nor_less_than_its_share(
    credits: int, ordered: int, data: st.DataObject
) -> None:
    delivered = data.draw(st.integers(0, ordered))
    back = undelivered_credits(credits, ordered=ordered, delivered=delivered)
    assert 0 <= back <= credits
    exact = credits * (ordered - delivered)
    assert exact <= back * ordered < exact + ordered


events = st.one_of(
    st.builds(failed, st.from_regex(r"\A[!-~]([ -~]{0,20}[!-~])?\Z")),
    st.builds(succeeded, st.integers(0, 10**12), st.integers(1, 10**12)),
    st.builds(lambda started: cancelled(work_started=started), st.booleans()),
)
jobs = st.builds(job, st.integers(1, 10**12), st.none() | st.integers(1, 10**6))


@given(events, jobs)
def test_every_end_of_every_job_has_a_ruling_that_its_credits_cover(
    event: JobEvent, of: Job
) -> None:
    ruling = ruled(event, of=of)
    match ruling:
        case GiveBack(credits=credits):
            assert 0 < credits <= of.credits
        case Review(due_at=due_at):
            assert due_at > NOON
        case _:
            assert isinstance(ruling, (Refund, Deny, Delivered))


def test_versions_are_in_the_order_in_which_they_came_into_force() -> None:
    times = [policy.effective_from for policy in PUBLISHED.versions]
    assert times == sorted(set(times))
    assert len({policy.version for policy in PUBLISHED.versions}) == len(PUBLISHED.versions)


@pytest.mark.parametrize(
    "at",
    [
        datetime(2001, 1, 1, tzinfo=UTC),
        datetime(2025, 2, 23, 23, 59, 59, tzinfo=UTC),
        datetime(2025, 2, 24, tzinfo=UTC),
        NOON,
    ],
)
def test_an_event_is_judged_by_the_version_of_its_time_and_before_all_by_the_first(
    at: datetime,
) -> None:
    assert PUBLISHED.in_force(at).version == VERSION


@pytest.mark.parametrize(
    ("at", "version"),
    [(timedelta(0), "b"), (timedelta(microseconds=-1), "a"), (timedelta(days=9), "b")],
)
def test_a_version_counts_from_its_first_moment(at: timedelta, version: str) -> None:
    older, newer = replace(POLICY, version="a"), replace(POLICY, version="b", effective_from=NOON)
    policies = Policies("test", (older, newer))
    assert policies.in_force(NOON + at).version == version
