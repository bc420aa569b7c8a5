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
        made = _End(job, event, at=ended_at, now=max(now, job.charged_at))
        return _carried_out(facts, made, ruling)

    return decide


@dataclass(frozen=True, slots=True)
class _End:
    """An open job, what was told of it, and when: `at` it ended, `now` that is recorded."""

    job: Job
    event: JobEvent
    at: datetime
    now: datetime


def _carried_out(facts: Facts, end: _End, ruling: Ruling) -> Plan[Ended]:
    job = end.job
    match ruling:
        case Refund():
            return _give_back(facts, end, ruling, JobState.REFUNDED, job.takes)
        case GiveBack():
            takes = last_of(job.takes, ruling.credits)
            return _give_back(facts, end, ruling, JobState.SUCCEEDED, takes)
        case Deny():
            return _without_movement(_ended(end, ruling, JobState.DENIED))
        case Delivered():
            return _without_movement(_delivered(job, at=end.at))
        case Review():
            if job.state is JobState.REVIEW:
                return Plan(Ended(job, again=True))
            review = _ended(end, ruling, JobState.REVIEW)
            due = replace(review, ended_at=None, refund_due_at=ruling.due_at)
            return _without_movement(due)
        case _:
            assert_never(ruling)


def _ended(
    end: _End, ruling: Refund | GiveBack | Deny | Review, state: JobState, *, refunded: int = 0
) -> Job:
    code = end.job.failure_code
    if isinstance(end.event, JobFailed):
        code = end.event.failure.code
    return replace(
        end.job,
        state=state,
        refunded=refunded,
        reason=ruling.grounds.reason,
        clause=ruling.grounds.clause,
        policy_version=ruling.grounds.policy_version,
        failure_code=code,
        refund_due_at=None,
        ended_at=end.at,
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


def _give_back(
    facts: Facts,
    end: _End,
    ruling: Refund | GiveBack,
    state: JobState,
    takes: Sequence[Take],
) -> Plan[Ended]:
    # First of all: while the account has not been read, nothing is made in vain.
    account = facts.account(end.job.account_id, lots=[take.number for take in takes])
    job = _ended(end, ruling, state, refunded=sum(take.credits for take in takes))
    cause = Cause(
        key=f"end:{job.job_id}",
        reason=ruling.grounds.reason,
        occurred_at=end.at,
        recorded_at=end.now,
        clause=job.clause,
        policy_version=job.policy_version,
        job_id=job.job_id,
    )
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
