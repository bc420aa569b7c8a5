"""Jobs: charged before the work begins, ended once."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from makegood.domain.account import Take
from makegood.domain.entry import Cause
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.job import ChargeRequest, Job, JobState
from makegood.errors import IdempotencyConflictError, NotYetError
from makegood.events.jobs import JobEvent, JobSucceeded
from makegood.plans.job_ends import End, Ended, carried_out
from makegood.policy.jobs import code_in, ending_of
from makegood.policy.judging import judge_end
from makegood.policy.published import Policies, PublishedPolicy

AUTHOR = "job_events"
"""Who settles a case by a message of the studio."""


@dataclass(frozen=True, slots=True)
class Charged:
    """The job, and whether this very request had been answered before."""

    job: Job
    again: bool


def charge_job(
    job_id: str, request: ChargeRequest, *, policies: Policies, now: datetime
) -> Decide[Charged]:
    """Take a job's credits, once for its id.

    Raises IdempotencyConflictError for another request under the same id, and what
    `Account.charge` raises.
    """

    def decide(facts: Facts) -> Plan[Charged]:
        job = facts.get(Key(Job, job_id))
        if job is not None:
            if job.request != request:
                raise IdempotencyConflictError("this job id was charged by another request")
            return Plan(Charged(job, again=True))
        return _charge(facts, job_id, request, policies.in_force(now), now)

    return decide


def _charge(
    facts: Facts, job_id: str, request: ChargeRequest, policy: PublishedPolicy, now: datetime
) -> Plan[Charged]:
    expected = policy.expected_by_default
    if request.expected_seconds is not None:
        expected = timedelta(seconds=request.expected_seconds)
    cause = Cause(
        key=f"charge:{job_id}",
        reason="Credits for a generation.",
        occurred_at=now,
        recorded_at=now,
        job_id=job_id,
    )
    account, entry = facts.account(request.account_id, credits=request.credits).charge(
        request.credits, cause
    )
    job = Job(
        job_id=job_id,
        request=request,
        state=JobState.CHARGED,
        takes=tuple(Take(change.number, change.used) for change in entry.lots),
        charged_at=now,
        expected_by=now + expected,
    )
    return Plan(Charged(job, again=False), (job, account, entry))


def end_job(event: JobEvent, *, policies: Policies, now: datetime) -> Decide[Ended]:
    """End the job that an event tells of. What is told of an ended job moves nothing.

    Raises NotYetError while no such job was charged.
    """

    def decide(facts: Facts) -> Plan[Ended]:
        job = facts.get(Key(Job, event.job_id))
        if job is None:
            raise NotYetError("no job with this id has been charged")
        # The studio's clock may be wrong: a job ends after its charge, and not in the future.
        at = max(job.charged_at, min(event.occurred_at, now))
        if not job.is_open:
            return _told_again(job, event, at)
        recorded = max(now, job.charged_at)
        ruling = judge_end(job, event, policies, ended_at=at, now=recorded)
        end = End(job, ending_of(event), code_in(event), at=at, now=recorded, author=AUTHOR)
        return carried_out(facts, end, ruling, policies=policies)

    return decide


def _told_again(job: Job, event: JobEvent, at: datetime) -> Plan[Ended]:
    """An end stays what it is. A success after a refund is worth remembering, once."""
    if (
        job.state is not JobState.REFUNDED
        or job.late_success_at is not None
        or not isinstance(event, JobSucceeded)
        or not event.outputs.delivered
    ):
        return Plan(Ended(job, again=True))
    job = replace(job, late_success_at=at)
    return Plan(Ended(job, again=True, late_success=True), (job,))
