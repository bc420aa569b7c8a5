"""What becomes of an overdue job: both sides of each boundary, and an answer in any case."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.api.requests import EXPECTED_SECONDS_MAX
from makegood.domain.account import Take
from makegood.domain.job import ChargeRequest, EndKind, Job, JobEnding, JobState
from makegood.events.job_status import Running, Status, Unknown
from makegood.policy.lost_jobs import (
    LOOK_AGAIN_AFTER,
    HasEnded,
    Leave,
    LookLater,
    Verdict,
    look_at_lost,
    may_wait,
)
from makegood.policy.published import PublishedPolicy
from makegood.policy.versions import PUBLISHED, VERSIONS
from makegood.policy.versions.v2025_02_24 import POLICY
from tests.ends import cancelled, failed, succeeded
from tests.ledgers import NOON

SECOND = timedelta(seconds=1)
RUNNING = Running(state="running")
UNKNOWN = Unknown(state="unknown")
LOST_AT = NOON + POLICY.lost_after
AT_LATEST = NOON + POLICY.lost_at_latest
LOST = HasEnded(JobEnding(EndKind.LOST), None, NOON)
OVERDUE = Leave(is_overdue=True)
NOT_OVERDUE = Leave(is_overdue=False)
JOB = Job(
    job_id="job_1",
    request=ChargeRequest("acc_1", 10),
    state=JobState.CHARGED,
    takes=(Take(1, 10),),
    charged_at=NOON - timedelta(hours=1),
    expected_by=NOON,
)


def look(told: Status | None, now: datetime, *, job: Job = JOB) -> Verdict:
    return look_at_lost(job, told, PUBLISHED, now=now)


@pytest.mark.parametrize("told", [None, UNKNOWN, RUNNING, failed("timeout"), succeeded(1, 1)])
def test_before_it_is_expected_nothing_is_done_whatever_is_said(told: Status | None) -> None:
    assert look(told, NOON - SECOND) == NOT_OVERDUE


@pytest.mark.parametrize("told", [None, UNKNOWN], ids=["no answer", "unknown"])
@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (NOON, OVERDUE),
        (NOON + SECOND, OVERDUE),
        (LOST_AT - SECOND, OVERDUE),
        (LOST_AT, LOST),
        (LOST_AT + SECOND, LOST),
        (AT_LATEST, LOST),
        (AT_LATEST + timedelta(days=100), LOST),
    ],
)
def test_what_nobody_can_say_anything_of_is_lost_after_two_hours(
    told: Status | None, now: datetime, verdict: Verdict
) -> None:
    assert look(told, now) == verdict


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (NOON, LookLater(NOON + LOOK_AGAIN_AFTER)),
        (LOST_AT + SECOND, LookLater(LOST_AT + SECOND + LOOK_AGAIN_AFTER)),
        (AT_LATEST - LOOK_AGAIN_AFTER - SECOND, LookLater(AT_LATEST - SECOND)),
        (AT_LATEST - LOOK_AGAIN_AFTER + SECOND, LookLater(AT_LATEST)),
        (AT_LATEST - SECOND, LookLater(AT_LATEST)),
        (AT_LATEST, LOST),
        (AT_LATEST + SECOND, LOST),
    ],
)
def test_what_runs_may_run_on_for_twenty_hours(now: datetime, verdict: Verdict) -> None:
    assert look(RUNNING, now) == verdict


@pytest.mark.parametrize(
    ("told", "ending", "code"),
    [
        (failed("martians"), JobEnding(EndKind.FAILED), "martians"),
        (succeeded(1, 4), JobEnding(EndKind.SUCCEEDED, ordered=4, delivered=1), None),
        (cancelled(work_started=True), JobEnding(EndKind.CANCELLED, work_started=True), None),
    ],
)
@pytest.mark.parametrize("now", [NOON, LOST_AT, AT_LATEST, AT_LATEST + timedelta(days=2)])
def test_an_end_that_is_told_counts_at_any_time(
    told: Status, ending: JobEnding, code: str | None, now: datetime
) -> None:
    assert look(told, now) == HasEnded(ending, code, NOON)


def test_an_end_that_is_told_came_after_the_job_was_last_said_to_run() -> None:
    asked_at = NOON + timedelta(hours=9)
    job = replace(JOB, asked_at=asked_at, look_at=asked_at + LOOK_AGAIN_AFTER)
    verdict = look(failed("timeout"), asked_at + LOOK_AGAIN_AFTER, job=job)
    assert verdict == HasEnded(JobEnding(EndKind.FAILED), "timeout", asked_at)


@pytest.mark.parametrize(
    ("now", "verdict"), [(LOST_AT - SECOND, OVERDUE), (LOST_AT, LOST), (LOST_AT + SECOND, LOST)]
)
def test_a_job_that_is_to_be_looked_at_later_is_left_until_then(
    now: datetime, verdict: Verdict
) -> None:
    job = replace(JOB, asked_at=LOST_AT - LOOK_AGAIN_AFTER, look_at=LOST_AT)
    assert look(None, now, job=job) == verdict


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.CHARGED])
def test_only_a_charged_job_is_looked_at(state: JobState) -> None:
    assert look(failed("timeout"), AT_LATEST, job=replace(JOB, state=state)) == NOT_OVERDUE


@pytest.mark.parametrize(
    ("now", "may"), [(AT_LATEST - SECOND, True), (AT_LATEST, False), (AT_LATEST + SECOND, False)]
)
def test_who_could_not_be_asked_about_waits_only_while_there_is_time(
    now: datetime, *, may: bool
) -> None:
    assert may_wait(JOB, PUBLISHED, now=now) is may


def test_the_windows_leave_time_to_keep_the_promise() -> None:
    """A run every five minutes, and each list worked on first in every sixteenth run at least."""
    slack = POLICY.refund_within - POLICY.lost_at_latest
    assert slack > 16 * timedelta(minutes=5) + LOOK_AGAIN_AFTER
    assert POLICY.lost_after < POLICY.lost_at_latest


@pytest.mark.parametrize("policy", VERSIONS.values(), ids=VERSIONS)
def test_a_failure_of_the_longest_job_that_nobody_reports_is_back_in_time(
    policy: PublishedPolicy,
) -> None:
    """It may have failed in the moment in which it was charged. Two runs later it is back."""
    expected = timedelta(seconds=EXPECTED_SECONDS_MAX)
    assert expected + policy.lost_after + 2 * timedelta(minutes=5) < policy.refund_within


times = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=NOON.tzinfo)
)
jobs = st.builds(
    replace,
    st.just(JOB),
    state=st.sampled_from(JobState),
    expected_by=times,
    look_at=st.none() | times,
    asked_at=st.none() | times,
)
told = st.sampled_from(
    [None, RUNNING, UNKNOWN, failed("x"), succeeded(0, 1), cancelled(work_started=False)]
)


@given(jobs, told, times)
def test_there_is_a_verdict_for_every_job_at_any_time(
    job: Job, told: Status | None, now: datetime
) -> None:
    verdict = look_at_lost(job, told, PUBLISHED, now=now)
    is_due = job.state is JobState.CHARGED and now >= (job.look_at or job.expected_by)
    assert isinstance(verdict, Leave) or is_due
    if isinstance(verdict, LookLater):
        assert now < verdict.at <= job.expected_by + POLICY.lost_at_latest
    if is_due and now >= job.expected_by + POLICY.lost_at_latest:
        assert isinstance(verdict, HasEnded)


@given(jobs, times, times)
def test_more_time_never_takes_a_refund_back(job: Job, one: datetime, other: datetime) -> None:
    early, late = sorted([one, other])
    if isinstance(look_at_lost(job, None, PUBLISHED, now=early), HasEnded):
        assert isinstance(look_at_lost(job, None, PUBLISHED, now=late), HasEnded)
