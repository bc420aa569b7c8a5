"""A stored decision beside what other versions of the policy would have decided. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from makegood.domain.case import ASKED_FOR, Case, CaseDecision, CaseOutcome
from makegood.domain.job import EndKind, Job, JobEnding, JobState
from makegood.policy.duplicates import Duplicate, rule_on_duplicate
from makegood.policy.jobs import Delivered, Deny, GiveBack, Refund, Review, Ruling, rule_on_ending
from makegood.policy.judging import judge_ending, judge_request
from makegood.policy.published import FailureClass, Policies
from makegood.policy.requests import facts_of, heard, twin_of
from makegood.policy.versions import VERSIONS

_OUTCOMES = (CaseOutcome.NOT_ELIGIBLE, CaseOutcome.NEEDS_REVIEW, CaseOutcome.ELIGIBLE)
_WITHOUT_CODE = {
    FailureClass.TECHNICAL: JobEnding(EndKind.SUCCEEDED, ordered=1, delivered=0),
    FailureClass.LOST: JobEnding(EndKind.LOST),
    FailureClass.CANCELLED_BEFORE: JobEnding(EndKind.CANCELLED, work_started=False),
    FailureClass.CANCELLED_AFTER: JobEnding(EndKind.CANCELLED, work_started=True),
}


class Direction(StrEnum):
    """What the other version would change, as the customer sees it."""

    SAME = "same"
    MORE = "more"
    LESS = "less"
    OTHERWISE = "otherwise"


class CannotJudgeError(Exception):
    """The record does not keep enough of what it was judged by. The text says what is missing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided: in a word, by which clause, and the credits or steps that it is worth."""

    outcome: str
    clause: str | None
    policy_version: str | None
    least: int
    most: int

    def __str__(self) -> str:
        by = f" by {self.clause}" if self.clause else ""
        return f"{self.outcome}{by} ({self.policy_version or 'no version'})"


@dataclass(frozen=True, slots=True)
class Compared:
    was: Verdict
    would_be: Verdict

    @property
    def direction(self) -> Direction:
        was, now = self.was, self.would_be
        if (was.outcome, was.least, was.most) == (now.outcome, now.least, now.most):
            return Direction.SAME if was.clause == now.clause else Direction.OTHERWISE
        if now.least >= was.least and now.most >= was.most:
            return Direction.MORE
        if now.least <= was.least and now.most <= was.most:
            return Direction.LESS
        return Direction.OTHERWISE


def job_again(job: Job, policies: Policies) -> Compared | None:
    """None for a job of whose end nothing is known yet. Raises CannotJudgeError."""
    if job.state is JobState.CHARGED:
        return None
    ending, at = job.ending or _ending_before(job), _ended_at(job)
    ruling = judge_ending(job, ending, job.failure_code, policies, ended_at=at)
    return Compared(_was(job, ending, at), _verdict(job, ruling, policies))


def case_again(case: Case, policies: Policies) -> Compared | None:
    """None for a case about a job, which is judged as that, and for one that nobody asked for.

    Raises CannotJudgeError.
    """
    if case.job_id is not None or case.category not in ASKED_FOR:
        return None
    try:
        decision = _decision_again(case.decision.inputs, policies)
    except (KeyError, TypeError, ValueError):
        raise CannotJudgeError("its inputs are not those of a request") from None
    return Compared(_said_of(case.decision), _said_of(decision))


def _decision_again(inputs: Mapping[str, Any], policies: Policies) -> CaseDecision:
    """A detector keeps its evidence beside the facts of a request."""
    facts = facts_of(inputs)
    if "twins" not in inputs or facts.purchase is None:
        return judge_request(facts, policies)
    automatic = inputs.get("automatic_duplicates")
    duplicate = Duplicate(
        purchase=facts.purchase,
        twins=tuple(map(twin_of, inputs["twins"])),
        untouched=heard(inputs["untouched"]),
        first_stands=heard(inputs.get("first_stands", "no")),
        needs_two_people=heard(inputs["needs_two_people"]),
        automatic=None if automatic is None else heard(automatic),
        asked_at=facts.asked_at,
    )
    return rule_on_duplicate(duplicate, policies)


def _said_of(decision: CaseDecision) -> Verdict:
    rank = _OUTCOMES.index(decision.outcome)
    outcome = decision.outcome.value
    return Verdict(outcome, decision.clause, decision.policy_version, rank, rank)


def _was(job: Job, ending: JobEnding, at: datetime) -> Verdict:
    """What the rules said. Where they called a person, that person's word is not compared."""
    policy = VERSIONS.get(job.policy_version or "")
    if policy is not None:
        ruling = rule_on_ending(job, ending, job.failure_code, policy, ended_at=at)
        if isinstance(ruling, Review):
            return Verdict("review", ruling.grounds.clause, job.policy_version, 0, job.credits)
        if isinstance(ruling, Delivered) and job.state is JobState.REFUNDED:
            return Verdict("delivered", None, job.policy_version, 0, 0)
    outcome = {
        JobState.REFUNDED: "refund",
        JobState.DENIED: "deny",
        JobState.REVIEW: "review",
    }.get(job.state, "give_back" if job.refunded else "delivered")
    most = job.credits if job.state is JobState.REVIEW else job.refunded
    return Verdict(outcome, job.clause, job.policy_version, job.refunded, most)


def _verdict(job: Job, ruling: Ruling, policies: Policies) -> Verdict:
    if isinstance(ruling, Delivered):
        return Verdict("delivered", None, policies.name, 0, 0)
    word, least, most = {
        Refund: ("refund", job.credits, job.credits),
        Review: ("review", 0, job.credits),
        Deny: ("deny", 0, 0),
    }.get(type(ruling), ("give_back", 0, 0))
    if isinstance(ruling, GiveBack):
        least = most = ruling.credits
    return Verdict(word, ruling.grounds.clause, ruling.grounds.policy_version, least, most)


def _ended_at(job: Job) -> datetime:
    """A review has not ended: its promise says from when it runs."""
    if job.ended_at is not None:
        return job.ended_at
    policy = VERSIONS.get(job.policy_version or "")
    if policy is None or job.refund_due_at is None:
        return job.charged_at
    return job.refund_due_at - policy.refund_within


def _ending_before(job: Job) -> JobEnding:
    """Jobs that ended before endings were kept: their code or their sentence tells the class."""
    if job.failure_code is not None:
        return JobEnding(EndKind.FAILED)
    if job.state is JobState.SUCCEEDED and not job.refunded:
        ordered = job.request.outputs or 1
        return JobEnding(EndKind.SUCCEEDED, ordered=ordered, delivered=ordered)
    policy = VERSIONS.get(job.policy_version or "")
    for failure, ending in _WITHOUT_CODE.items():
        if policy is not None and policy.classes[failure].words == job.reason:
            return ending
    raise CannotJudgeError("it keeps nothing of how it ended")
