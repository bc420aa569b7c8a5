"""Jobs: charged before the work begins, ended once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from makegood.domain.account import Account, Take
from makegood.domain.entry import Cause, Entry
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.job import ChargeRequest, Job, JobState
from makegood.errors import IdempotencyConflictError, NotYetError
from makegood.events.jobs import JobEvent, JobFailed
from makegood.policy.jobs import Delivered, Deny, GiveBack, Refund, Review, Ruling, rule_on_end
from makegood.policy.versions import in_force


@dataclass(frozen=True, slots=True)
class Charged:
    """The job, and whether this very request had been answered before."""

    job: Job
    again: bool


def charge_job(job_id: str, request: ChargeRequest, *, now: datetime) -> Decide[Charged]:
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
        return _charge(facts, job_id, request, now)

    return decide


def _charge(facts: Facts, job_id: str, request: ChargeRequest, now: datetime) -> Plan[Charged]:
    policy = in_force(now)
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


@dataclass(frozen=True, slots=True)
class Ended:
    """The job as it is now. `again` says that it had ended before and nothing was changed."""

    job: Job
    again: bool


def end_job(event: JobEvent, *, now: datetime) -> Decide[Ended]:
    """End the job that an event tells of. Whatever is told of an ended job changes nothing.

    Raises NotYetError while no such job was charged.
    """

    def decide(facts: Facts) -> Plan[Ended]:
        job = facts.get(Key(Job, event.job_id))
        if job is None:
            raise NotYetError("no job with this id has been charged")
        if not job.is_open:
            return Plan(Ended(job, again=True))
        # The studio's clock may be wrong: a job ends after its charge, and not in the future.
        ended_at = max(job.charged_at, min(event.occurred_at, now))
        ruling = rule_on_end(job, event, in_force(ended_at), ended_at=ended_at)
        if isinstance(event, JobFailed):
            job = replace(job, failure_code=event.failure.code)
        return _carried_out(facts, job, ruling, ended_at=ended_at, now=max(now, job.charged_at))

    return decide


def _carried_out(
    facts: Facts, job: Job, ruling: Ruling, *, ended_at: datetime, now: datetime
) -> Plan[Ended]:
    match ruling:
        case Refund():
            ended = _ended(job, ruling, JobState.REFUNDED, at=ended_at, refunded=job.credits)
            return _give_back(facts, ended, job.takes, now)
        case GiveBack():
            ended = _ended(job, ruling, JobState.SUCCEEDED, at=ended_at, refunded=ruling.credits)
            return _give_back(facts, ended, last_of(job.takes, ruling.credits), now)
        case Deny():
            return _without_movement(_ended(job, ruling, JobState.DENIED, at=ended_at))
        case Delivered():
            return _without_movement(_delivered(job, at=ended_at))
        case Review():
            if job.state is JobState.REVIEW:
                return Plan(Ended(job, again=True))
            review = _ended(job, ruling, JobState.REVIEW, at=None)
            return _without_movement(replace(review, refund_due_at=ruling.due_at))
        case _:
            assert_never(ruling)


def _ended(
    job: Job,
    ruling: Refund | GiveBack | Deny | Review,
    state: JobState,
    *,
    at: datetime | None,
    refunded: int = 0,
) -> Job:
    return replace(
        job,
        state=state,
        refunded=refunded,
        reason=ruling.grounds.reason,
        clause=ruling.grounds.clause,
        policy_version=ruling.grounds.policy_version,
        refund_due_at=None,
        ended_at=at,
    )


def _delivered(job: Job, *, at: datetime) -> Job:
    """As ordered: what a review had said before no longer holds."""
    return replace(
        job,
        state=JobState.SUCCEEDED,
        reason=None,
        clause=None,
        policy_version=None,
        refund_due_at=None,
        ended_at=at,
    )


def _without_movement(job: Job) -> Plan[Ended]:
    """No credits move, so there is no entry: the job itself keeps its end, see ADR 0004."""
    return Plan(Ended(job, again=False), (job,))


def _give_back(facts: Facts, job: Job, takes: Sequence[Take], now: datetime) -> Plan[Ended]:
    assert job.reason is not None
    assert job.ended_at is not None
    cause = Cause(
        key=f"end:{job.job_id}",
        reason=job.reason,
        occurred_at=job.ended_at,
        recorded_at=now,
        clause=job.clause,
        policy_version=job.policy_version,
        job_id=job.job_id,
    )
    account = facts.account(job.account_id, lots=[take.number for take in takes])
    return Plan(Ended(job, again=False), (job, *_moved(account, job, takes, cause)))


def _moved(
    account: Account, job: Job, takes: Sequence[Take], cause: Cause
) -> tuple[Account, Entry]:
    if job.state is JobState.REFUNDED:
        return account.refund(takes, cause)
    return account.settle(takes, cause)


def last_of(takes: Sequence[Take], credits: int) -> list[Take]:
    """The credits that were taken last: as if the charge had been smaller to begin with."""
    chosen: list[Take] = []
    for take in reversed(takes):
        if credits:
            chosen.append(Take(take.number, min(take.credits, credits)))
            credits -= chosen[-1].credits
    return chosen
