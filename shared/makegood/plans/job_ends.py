"""How a job ends: what it keeps of that, what its account gets back, what its case becomes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypedDict, Unpack, assert_never

from makegood.domain.account import Account, Take
from makegood.domain.entry import Cause, Entry
from makegood.domain.facts import Facts, Plan
from makegood.domain.job import Job, JobEnding, JobState
from makegood.errors import ImpossibleMoveError
from makegood.plans.job_reviews import opened_for, settled_with
from makegood.policy.jobs import Delivered, Deny, GiveBack, Refund, Review, Ruling
from makegood.policy.published import Policies

_ONE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Ended:
    """The job as it is now. `again` says that it had ended before, and that its end stays.

    `late_success` says that it did deliver, for the first time, and after its refund.
    """

    job: Job
    again: bool
    late_success: bool = False
    recorded_at: datetime | None = None

    @property
    def seconds_to_refund(self) -> int | None:
        """From the end of a job to its credits being back, where this end gave some back."""
        if self.again or not self.job.refunded or self.recorded_at is None:
            return None
        assert self.job.ended_at is not None
        return (self.recorded_at - self.job.ended_at) // _ONE_SECOND


@dataclass(frozen=True, slots=True)
class End:
    """An open job and what is known of its end: `at` it happened, `now` that is recorded.

    `author` is the part of this system that knows it.
    """

    job: Job
    ending: JobEnding
    code: str | None
    at: datetime
    now: datetime
    author: str


def carried_out(facts: Facts, end: End, ruling: Ruling, *, policies: Policies) -> Plan[Ended]:
    """End the job as the ruling says. If it was in review, its case is settled by that."""
    if isinstance(ruling, Review):
        return _reviewed(end, ruling, policies)
    job, moved = _after(facts, end, ruling)
    # Most jobs end without ever having been in review: they have no case, and none is asked for.
    settled: tuple[object, ...] = ()
    if end.job.state is JobState.REVIEW:
        settled = settled_with(facts, job, author=end.author, now=end.now)
    return Plan(Ended(job, again=False, recorded_at=end.now), (job, *moved, *settled))


class Word(TypedDict):
    """What a case says of a job: whose word it is, and what the customer reads."""

    reason: str
    clause: str
    policy_version: str
    author: str
    case_id: str


def refund_after_review(
    facts: Facts, job: Job, *, now: datetime, **word: Unpack[Word]
) -> tuple[Job, Account, Entry]:
    """All the credits back, as was decided about a job in review, or after an appeal.

    Raises ImpossibleMoveError for a job that is neither in review nor denied.
    """
    if job.state not in (JobState.REVIEW, JobState.DENIED):
        raise ImpossibleMoveError("only a job in review, or a denied one, is refunded by a case")
    return refund_reported(facts, job, now=now, **word)


def refund_reported(
    facts: Facts, job: Job, *, now: datetime, **word: Unpack[Word]
) -> tuple[Job, Account, Entry]:
    """All the credits back of a job that a person knows to have failed, whatever was told of it.

    Raises ImpossibleMoveError for a job of which something is back already.
    """
    if job.refunded:
        raise ImpossibleMoveError("a job gets its credits back once")
    account = _account_of(facts, job, job.takes)
    refunded = replace(
        _decided(job, JobState.REFUNDED, now=now),
        refunded=job.credits,
        reason=word["reason"],
        clause=word["clause"],
        policy_version=word["policy_version"],
    )
    cause = _cause_of(refunded, now=now)
    cause = replace(cause, case_id=word["case_id"], author=word["author"])
    return (refunded, *account.refund(job.takes, cause))


def deny_after_review(
    job: Job, *, reason: str, clause: str, policy_version: str, now: datetime
) -> Job:
    """The credits stay used, as was decided about a job in review.

    Raises ImpossibleMoveError for any other job. No credits move, so there is no entry.
    """
    if job.state is not JobState.REVIEW:
        raise ImpossibleMoveError("only a job in review is denied by a case")
    return replace(
        _decided(job, JobState.DENIED, now=now),
        reason=reason,
        clause=clause,
        policy_version=policy_version,
    )


def _decided(job: Job, state: JobState, *, now: datetime) -> Job:
    """A job ended when it failed, not when somebody decided what that means."""
    ended_at = job.ended_at or job.failed_at or max(now, job.charged_at)
    return replace(
        job, state=state, refund_due_at=None, failed_at=None, ended_at=ended_at, look_at=None
    )


def _after(
    facts: Facts, end: End, ruling: Refund | GiveBack | Delivered | Deny
) -> tuple[Job, tuple[object, ...]]:
    """The job as the ruling leaves it, and the movement of its account, if there is one."""
    job = end.job
    match ruling:
        case Refund():
            return _given_back(facts, end, ruling, JobState.REFUNDED, job.takes)
        case GiveBack():
            takes = last_of(job.takes, ruling.credits)
            return _given_back(facts, end, ruling, JobState.SUCCEEDED, takes)
        case Deny():
            return _told(end, ruling, JobState.DENIED), ()
        case Delivered():
            return _delivered(end), ()
        case _:
            assert_never(ruling)


def _reviewed(end: End, ruling: Review, policies: Policies) -> Plan[Ended]:
    if end.job.state is JobState.REVIEW:
        return Plan(Ended(end.job, again=True))
    job = replace(
        _told(end, ruling, JobState.REVIEW),
        ended_at=None,
        failed_at=end.at,
        refund_due_at=ruling.due_at,
    )
    case = opened_for(job, policies=policies, now=end.now)
    return Plan(Ended(job, again=False, recorded_at=end.now), (job, case))


def _told(
    end: End, ruling: Refund | GiveBack | Deny | Review, state: JobState, *, refunded: int = 0
) -> Job:
    return replace(
        end.job,
        state=state,
        refunded=refunded,
        reason=ruling.grounds.reason,
        clause=ruling.grounds.clause,
        policy_version=ruling.grounds.policy_version,
        failure_code=end.code or end.job.failure_code,
        refund_due_at=None,
        failed_at=None,
        ended_at=end.at,
        ending=end.ending,
        look_at=None,
    )


def _delivered(end: End) -> Job:
    """As ordered: what a review had said before no longer holds."""
    return replace(
        end.job,
        state=JobState.SUCCEEDED,
        reason=None,
        clause=None,
        policy_version=None,
        refund_due_at=None,
        failed_at=None,
        ended_at=end.at,
        ending=end.ending,
        look_at=None,
    )


def _given_back(
    facts: Facts, end: End, ruling: Refund | GiveBack, state: JobState, takes: Sequence[Take]
) -> tuple[Job, tuple[Account, Entry]]:
    # First of all: while the account has not been read, nothing is made in vain.
    account = _account_of(facts, end.job, takes)
    job = _told(end, ruling, state, refunded=sum(take.credits for take in takes))
    cause = _cause_of(job, now=end.now)
    # No credits move without an entry, and no entry is without movement: see ADR 0004.
    if state is JobState.REFUNDED:
        return job, account.refund(takes, cause)
    return job, account.settle(takes, cause)


def _account_of(facts: Facts, job: Job, takes: Sequence[Take]) -> Account:
    return facts.account(job.account_id, lots=[take.number for take in takes])


def _cause_of(job: Job, *, now: datetime) -> Cause:
    """Of the entry that gives back what a job, as it has ended now, was not worth."""
    assert job.ended_at is not None
    assert job.reason is not None
    return Cause(
        key=f"end:{job.job_id}",
        reason=job.reason,
        occurred_at=job.ended_at,
        recorded_at=max(now, job.charged_at),
        clause=job.clause,
        policy_version=job.policy_version,
        job_id=job.job_id,
    )


def last_of(takes: Sequence[Take], credits: int) -> list[Take]:
    """The credits that were taken last: as if the charge had been smaller to begin with."""
    chosen: list[Take] = []
    for take in reversed(takes):
        if credits:
            chosen.append(Take(take.number, min(take.credits, credits)))
            credits -= chosen[-1].credits
    return chosen
