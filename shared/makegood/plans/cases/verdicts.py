"""What a person says of a case, and how its customer reads it."""

from dataclasses import dataclass
from enum import StrEnum

from makegood.domain.case import Case, CaseEventKind, CaseOutcome, Category, Verdict
from makegood.policy.published import AnswerKind, Policies, PublishedPolicy

_DECLINING = (
    AnswerKind.NO_EXCEPTION,
    AnswerKind.ALREADY_USED,
    AnswerKind.ACCOUNT_CLOSED,
    AnswerKind.DISLIKED,
    AnswerKind.NOT_USED,
)
"""The rules that a person can cite against a request."""

_GRANTING = {
    Category.TECHNICAL_FAILURE: AnswerKind.TECHNICAL_REPORT,
    Category.DUPLICATE_PAYMENT: AnswerKind.DUPLICATE_FOUND,
    Category.UNAUTHORISED: AnswerKind.UNAUTHORISED,
    Category.SERVICE_UNAVAILABLE: AnswerKind.OUTAGE_LONG_ENOUGH,
}
"""The exceptions of clause 2. What is granted beyond them keeps the clause of its answer."""

_ASKING = frozenset({CaseEventKind.OPENED, CaseEventKind.ASKED_AGAIN, CaseEventKind.APPEALED})


class Choice(StrEnum):
    APPROVE = "approve"
    DECLINE = "decline"
    CLOSE = "close"
    """For what only had to be seen: an adjustment of Paddle's own, a difference."""


@dataclass(frozen=True, slots=True)
class Word:
    """A reviewer's decision on the version of a case that was seen.

    `amount` is in the currency's minor unit, for a failed generation in credits; without one it
    is what lies in unused credits, or the job's own. `transaction_id` says which purchase is
    meant where the request did not, `job_id` which generation failed. `clause` is what a "no"
    stands on.
    """

    choice: Choice
    author: str
    seen_version: int
    note: str | None = None
    amount: int | None = None
    clause: str | None = None
    transaction_id: str | None = None
    job_id: str | None = None


def asking(case: Case) -> frozenset[str]:
    """Who wants something by this case, and so does not decide it."""
    authors = {event.author for event in case.events if event.kind in _ASKING}
    return frozenset({case.opener, *authors})


def policy_of(case: Case, policies: Policies) -> PublishedPolicy:
    """The version that the rules judged the case by; if the preset has changed, that of then."""
    return policies.of(case.decision.policy_version, at=case.opened_at)


def granting(case: Case, policy: PublishedPolicy, *, reason: str) -> Verdict:
    kind = _GRANTING.get(case.category)
    clause = case.decision.clause if kind is None else policy.answers[kind].clause
    return Verdict(CaseOutcome.ELIGIBLE, clause, policy.version, reason)


def refusing(case: Case, word: Word, policy: PublishedPolicy) -> Verdict:
    """In the policy's words where the reviewer names a clause, else in the reviewer's own."""
    answers = [policy.answers[kind] for kind in _DECLINING]
    words = {answer.clause: answer.words for answer in answers}
    clause = word.clause or case.decision.clause
    reason = words.get(clause, "") if word.clause is not None else ""
    return Verdict(
        CaseOutcome.NOT_ELIGIBLE,
        clause,
        policy.version,
        reason or word.note or case.decision.reason,
    )
