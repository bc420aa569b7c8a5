"""What becomes of a job's credits when it ends. Total: every end of every open job has a ruling."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from makegood.domain.job import EndKind, Job, JobEnding
from makegood.events.jobs import JobCancelled, JobEvent, JobFailed, JobSucceeded
from makegood.policy.failures import classify
from makegood.policy.published import FailureClass, Outcome, PublishedPolicy


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why: the clause, the version it stands in, and what the customer reads."""

    clause: str
    policy_version: str
    reason: str


@dataclass(frozen=True, slots=True)
class Refund:
    """All the credits go back."""

    grounds: Grounds


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Part of the outputs was delivered: the credits of the rest go back."""

    credits: int
    grounds: Grounds


@dataclass(frozen=True, slots=True)
class Delivered:
    """All that was ordered is there."""


@dataclass(frozen=True, slots=True)
class Deny:
    """The credits stay used."""

    grounds: Grounds


@dataclass(frozen=True, slots=True)
class Review:
    """A person decides; without a word from anybody the credits are due back at `due_at`."""

    due_at: datetime
    grounds: Grounds


Ruling = Refund | GiveBack | Delivered | Deny | Review


def ending_of(event: JobEvent) -> JobEnding:
    """What an event tells of a job's end, beside the code of a failure."""
    match event:
        case JobFailed():
            return JobEnding(EndKind.FAILED)
        case JobCancelled():
            return JobEnding(EndKind.CANCELLED, work_started=event.work_started)
        case JobSucceeded():
            ordered, delivered = event.outputs.ordered, event.outputs.delivered
            return JobEnding(EndKind.SUCCEEDED, ordered=ordered, delivered=delivered)
        case _:
            assert_never(event)


def code_in(event: JobEvent) -> str | None:
    return event.failure.code if isinstance(event, JobFailed) else None


def rule_on_ending(
    job: Job, ending: JobEnding, code: str | None, policy: PublishedPolicy, *, ended_at: datetime
) -> Ruling:
    """Decide what an open job's end means; also for one of which nobody ever told an end.

    The credits are the job's own, never the message's. Whatever is not said is taken in favour of
    the customer.
    """
    match ending.kind:
        case EndKind.FAILED:
            failure = classify(code or "", policy)
        case EndKind.LOST:
            failure = FailureClass.LOST
        case EndKind.CANCELLED if ending.work_started:
            failure = FailureClass.CANCELLED_AFTER
        case EndKind.CANCELLED:
            failure = FailureClass.CANCELLED_BEFORE
        case EndKind.SUCCEEDED:
            return _rule_on_success(job, ending, policy, ended_at=ended_at)
        case _:
            assert_never(ending.kind)
    return _rule_on_class(failure, policy, ended_at=ended_at)


def refund_in_doubt(policy: PublishedPolicy) -> Refund:
    """Nobody has decided about an unknown failure in time: in doubt for the customer."""
    clause = policy.classes[FailureClass.UNKNOWN].clause
    return Refund(Grounds(clause, policy.version, policy.in_doubt_words))


def _rule_on_class(failure: FailureClass, policy: PublishedPolicy, *, ended_at: datetime) -> Ruling:
    rule = policy.classes[failure]
    grounds = Grounds(rule.clause, policy.version, rule.words)
    match rule.outcome:
        case Outcome.REFUND:
            return Refund(grounds)
        case Outcome.DENY:
            return Deny(grounds)
        case Outcome.REVIEW:
            return Review(ended_at + policy.refund_within, grounds)
        case _:
            assert_never(rule.outcome)


def _rule_on_success(
    job: Job, ending: JobEnding, policy: PublishedPolicy, *, ended_at: datetime
) -> Ruling:
    """Nothing delivered is a technical failure, whatever the studio calls it."""
    ordered = job.request.outputs or ending.ordered or 1
    delivered = min(ending.delivered or 0, ordered)
    if delivered == ordered:
        return Delivered()
    if delivered == 0:
        return _rule_on_class(FailureClass.TECHNICAL, policy, ended_at=ended_at)
    words = policy.part_words.format(missing=ordered - delivered, ordered=ordered)
    return GiveBack(
        undelivered_credits(job.credits, ordered=ordered, delivered=delivered),
        Grounds(policy.part_clause, policy.version, words),
    )


def undelivered_credits(credits: int, *, ordered: int, delivered: int) -> int:
    """The share of the outputs that are missing, rounded in favour of the customer."""
    return -(-credits * (ordered - delivered) // ordered)
