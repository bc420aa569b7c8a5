"""What becomes of a job's credits when it ends. Total: every end of every open job has a ruling."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from makegood.domain.job import Job
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


def rule_on_end(
    job: Job, event: JobEvent, policy: PublishedPolicy, *, ended_at: datetime
) -> Ruling:
    """Decide what an open job's end means. The credits are the job's own, never the message's."""
    match event:
        case JobFailed():
            failure = classify(event.failure.code, policy)
            return _rule_on_class(failure, policy, ended_at=ended_at)
        case JobCancelled():
            started = event.work_started
            failure = FailureClass.CANCELLED_AFTER if started else FailureClass.CANCELLED_BEFORE
            return _rule_on_class(failure, policy, ended_at=ended_at)
        case JobSucceeded():
            return _rule_on_success(job, event, policy, ended_at=ended_at)
        case _:
            assert_never(event)


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
    job: Job, event: JobSucceeded, policy: PublishedPolicy, *, ended_at: datetime
) -> Ruling:
    """Nothing delivered is a technical failure, whatever the studio calls it."""
    ordered = job.request.outputs or event.outputs.ordered
    delivered = min(event.outputs.delivered, ordered)
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
