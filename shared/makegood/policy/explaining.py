"""What the policy would say: a what-if for people, on made-up facts. Nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from makegood.domain.account import Account, AccountStatus
from makegood.domain.business_days import Calendar, due_after
from makegood.domain.case import CaseOutcome, Category
from makegood.domain.entry import timestamp
from makegood.domain.job import ChargeRequest, Job, JobEnding, JobState
from makegood.domain.lot import Lot
from makegood.domain.money import Money
from makegood.domain.purchase import Purchase, PurchaseLine, PurchaseState
from makegood.domain.refundable import refundable_of, remaining_minor
from makegood.policy.failures import classify
from makegood.policy.jobs import Delivered, Deny, GiveBack, Refund, Review, Ruling
from makegood.policy.judging import judge_ending, judge_request
from makegood.policy.published import Policies, PublishedPolicy
from makegood.policy.requests import PurchaseFacts, RequestFacts

_LOT = 1
_NOBODY = "what_if"
_WHOLE_MAY_GO_BACK = {Category.DUPLICATE_PAYMENT, Category.UNAUTHORISED}
"""Clauses 2(b) and 2(c): a person may decide on used credits too."""


@dataclass(frozen=True, slots=True)
class JobQuestion:
    """How a job of so many credits ended. `outputs` is what its charge said was ordered."""

    ending: JobEnding
    ended_at: datetime
    credits: int
    failure_code: str | None = None
    outputs: int | None = None


@dataclass(frozen=True, slots=True)
class RequestQuestion:
    """What is asked for. `refundable_minor` of the facts is reckoned from what was `paid`."""

    facts: RequestFacts
    paid: Money
    adjusted_minor: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would be decided, and on what. `credits` come back, or would at most after a review.

    `money` is what could be paid back. `due_at` is the end of the promise that then runs.
    """

    outcome: str
    policy_version: str
    inputs: Mapping[str, object]
    clause: str | None = None
    reason: str | None = None
    failure_class: str | None = None
    credits: int | None = None
    money: Money | None = None
    due_at: datetime | None = None


def explain_job(question: JobQuestion, policies: Policies) -> Explanation:
    code, ended_at = question.failure_code, question.ended_at
    ruling = judge_ending(_job(question), question.ending, code, policies, ended_at=ended_at)
    outcome, credits = _said(ruling, question.credits)
    inputs = _job_inputs(question)
    if isinstance(ruling, Delivered):
        return Explanation(outcome, policies.in_force(ended_at).version, inputs, credits=credits)
    policy = _version(ruling.grounds.policy_version, policies)
    failure = classify(code, policy).value if code is not None else None
    due_at = ruling.due_at if isinstance(ruling, Review) else ended_at + policy.refund_within
    return Explanation(
        outcome=outcome,
        policy_version=policy.version,
        inputs=inputs,
        clause=ruling.grounds.clause,
        reason=ruling.grounds.reason,
        failure_class=failure,
        credits=credits,
        due_at=None if isinstance(ruling, Deny) else due_at,
    )


def _version(name: str, policies: Policies) -> PublishedPolicy:
    return next(policy for policy in policies.versions if policy.version == name)


def _job(question: JobQuestion) -> Job:
    return Job(
        job_id=_NOBODY,
        request=ChargeRequest(_NOBODY, question.credits, outputs=question.outputs),
        state=JobState.CHARGED,
        takes=(),
        charged_at=question.ended_at,
        expected_by=question.ended_at,
    )


def _said(ruling: Ruling, credits: int) -> tuple[str, int]:
    match ruling:
        case Refund():
            return "refund", credits
        case GiveBack():
            return "give_back", ruling.credits
        case Review():
            return "review", credits
        case Deny():
            return "deny", 0
        case Delivered():
            return "delivered", 0
        case _:
            assert_never(ruling)


def _job_inputs(question: JobQuestion) -> dict[str, object]:
    ending = question.ending
    started = None if ending.work_started is None else "yes" if ending.work_started else "no"
    inputs: dict[str, object | None] = {
        "ending": ending.kind.value,
        "failure_code": question.failure_code,
        "ordered": ending.ordered,
        "delivered": ending.delivered,
        "work_started": started,
        "credits": question.credits,
        "outputs": question.outputs,
        "ended_at": timestamp(question.ended_at),
    }
    return {name: value for name, value in inputs.items() if value is not None}


def explain_request(
    question: RequestQuestion, policies: Policies, calendar: Calendar
) -> Explanation:
    facts, most = _with_money(question)
    decision = judge_request(facts, policies)
    is_open = decision.outcome is not CaseOutcome.NOT_ELIGIBLE
    days = _version(decision.policy_version, policies).review_business_days
    return Explanation(
        outcome=decision.outcome.value,
        policy_version=decision.policy_version,
        inputs=decision.inputs,
        clause=decision.clause,
        reason=decision.reason,
        money=most if is_open else None,
        due_at=due_after(facts.asked_at, days, calendar) if is_open else None,
    )


def _with_money(question: RequestQuestion) -> tuple[RequestFacts, Money | None]:
    """The facts with what is refundable, and what could be paid back in this category."""
    facts = question.facts
    if facts.matched is None:
        return facts, None
    purchase, account = _bought(question, facts.matched)
    refundable = refundable_of(purchase, account).money
    known = replace(facts.matched, refundable_minor=refundable.amount_minor)
    most = refundable
    if facts.category in _WHOLE_MAY_GO_BACK:
        most = Money(remaining_minor(purchase), purchase.currency)
    if facts.category is Category.TECHNICAL_FAILURE:
        return replace(facts, purchase=known), None
    return replace(facts, purchase=known), most


def _bought(question: RequestQuestion, facts: PurchaseFacts) -> tuple[Purchase, Account]:
    """Stands for the purchase: one line, one lot of which the rest has been used."""
    line = PurchaseLine(
        _NOBODY, _NOBODY, 1, question.paid.amount_minor, 0, credits=facts.granted, lot=_LOT
    )
    purchase = Purchase(
        transaction_id=facts.transaction_id,
        state=PurchaseState.GRANTED,
        customer_id=None,
        claimed_account_id=None,
        order_ref=None,
        currency=question.paid.currency,
        collected_minor=question.paid.amount_minor,
        lines=(line,),
        occurred_at=facts.bought_at,
        recorded_at=facts.bought_at,
        adjusted_minor=question.adjusted_minor,
    )
    used = max(facts.granted - facts.unused - facts.withdrawn, 0)
    lot = Lot(_LOT, facts.granted, used=used, withdrawn=facts.withdrawn)
    status = AccountStatus.CLOSED if question.facts.account_closed else AccountStatus.OPEN
    return purchase, Account(_NOBODY, available=facts.unused, status=status, lots=(lot,))
