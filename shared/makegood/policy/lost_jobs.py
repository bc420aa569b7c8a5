"""What becomes of a job whose end is overdue. Total: every such job has an answer at any time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from makegood.domain.job import EndKind, Job, JobEnding, JobState
from makegood.events.job_status import Running, Status, Unknown
from makegood.policy.jobs import code_in, ending_of
from makegood.policy.published import Policies

LOOK_AGAIN_AFTER = timedelta(minutes=30)
"""How long the studio's word that a job still runs is believed."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Nothing is done now. `is_overdue` says that an end is expected all the same."""

    is_overdue: bool


@dataclass(frozen=True, slots=True)
class LookLater:
    """It still runs, as the studio says."""

    at: datetime


@dataclass(frozen=True, slots=True)
class HasEnded:
    """As the studio says, or, since nobody says anything, as lost."""

    ending: JobEnding
    code: str | None
    ended_at: datetime


Verdict = Leave | LookLater | HasEnded


def look_at_lost(job: Job, told: Status | None, policies: Policies, *, now: datetime) -> Verdict:
    """Decide on what was `told` when asked just now; None if nobody could be asked, or answered.

    `expected_by`, `lost_after` and `lost_at_latest` are over at their very end. What ended without
    a message did so after it was last known, or expected, to run: its promise counts from then.
    """
    if job.state is not JobState.CHARGED or now < (job.look_at or job.expected_by):
        return Leave(is_overdue=job.state is JobState.CHARGED and now >= job.expected_by)
    policy = policies.in_force(job.expected_by)
    at_latest = job.expected_by + policy.lost_at_latest
    match told:
        case Running() if now < at_latest:
            return LookLater(min(now + LOOK_AGAIN_AFTER, at_latest))
        case None | Unknown() if now < job.expected_by + policy.lost_after:
            return Leave(is_overdue=True)
        case None | Unknown() | Running():
            return HasEnded(JobEnding(EndKind.LOST), None, job.expected_by)
        case _:
            ran_until = max(job.expected_by, job.asked_at or job.expected_by)
            return HasEnded(ending_of(told), code_in(told), ran_until)


def may_wait(job: Job, policies: Policies, *, now: datetime) -> bool:
    """Whether a job that nobody could be asked about in this run may be left for the next one."""
    return now < job.expected_by + policies.in_force(job.expected_by).lost_at_latest
