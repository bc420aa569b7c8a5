"""Cases as their customers see them, and what reviewers see of them too."""

from typing import Any, NotRequired

from typing_extensions import TypedDict

from makegood.api.answers import Time, without_nothing
from makegood.api.payment_answers import PaymentAnswer, show_payment
from makegood.domain.case import (
    Case,
    CaseDecision,
    CaseEvent,
    CaseEventKind,
    CaseOutcome,
    CaseStatus,
    Category,
    Request,
    Verdict,
)
from makegood.domain.entry import timestamp
from makegood.domain.money import Money
from makegood.ledger.shapes.shape import timestamp_if_any

_INTERNAL = frozenset(
    {
        CaseEventKind.APPROVED_FIRST,
        CaseEventKind.SEEN_AGAIN,
        CaseEventKind.REMINDED,
        CaseEventKind.OVERDUE,
        CaseEventKind.PROMISE_AT_RISK,
    }
)
"""Steps that are between reviewers, or within this system."""

_TOLD = frozenset(
    {
        CaseEventKind.DECLINED,
        CaseEventKind.WITHDRAWN,
        CaseEventKind.APPEALED,
        CaseEventKind.ASKED_AGAIN,
    }
)
"""Steps whose note is for the customer, or from the customer."""


class MoneyAnswer(TypedDict):
    """Money in the minor unit of its currency, tax included."""

    amount: int
    currency: str


class DecisionAnswer(TypedDict):
    """What holds, by which clause, and why. `inputs` are the facts that the rules looked at."""

    outcome: CaseOutcome
    clause: str
    policy_version: str
    reason: str
    inputs: dict[str, Any]


class CaseEventAnswer(TypedDict):
    """A step of a case, and the status that it left the case in."""

    at: Time
    kind: CaseEventKind
    status: CaseStatus
    note: NotRequired[str]


class RequestAnswer(TypedDict):
    """What the customer told, as it was told."""

    email: str
    transaction_date: str
    amount: int
    currency: str
    description: str
    transaction_id: NotRequired[str]


class CaseFacts(TypedDict):
    """What all see of a case. `held` credits cannot be spent until it is settled or paid.

    `money` is what would be paid back, or has been approved, or has moved at Paddle; `credits`
    likewise where credits are the remedy, or have moved with the money. `adjustment_id` is what
    the money is at Paddle. `can_appeal` says that a person can still be asked.
    """

    case_id: str
    version: int
    category: Category
    status: CaseStatus
    urgent: bool
    account_id: str
    transaction_id: NotRequired[str]
    job_id: NotRequired[str]
    decision: DecisionAnswer
    money: NotRequired[MoneyAnswer]
    credits: NotRequired[int]
    adjustment_id: NotRequired[str]
    held: int
    can_appeal: bool
    opened_at: Time
    due_at: Time
    decided_at: NotRequired[Time]
    request: NotRequired[RequestAnswer]


class CaseAnswer(CaseFacts):
    """A case as its customer sees it, and how far its money is once that has been approved."""

    payment: NotRequired[PaymentAnswer]
    events: list[CaseEventAnswer]


def show_case(case: Case) -> CaseAnswer:
    return without_nothing(
        CaseAnswer,
        {
            **facts_of(case),
            "payment": show_payment(case),
            "events": [show_event(event) for event in case.events if event.kind not in _INTERNAL],
        },
    )


def show_event(event: CaseEvent) -> CaseEventAnswer:
    return without_nothing(
        CaseEventAnswer,
        {
            "at": timestamp(event.at),
            "kind": event.kind,
            "status": event.status,
            "note": event.note if event.kind in _TOLD else None,
        },
    )


def facts_of(case: Case) -> dict[str, object]:
    return {
        "case_id": case.case_id,
        "version": case.version,
        "category": case.category,
        "status": case.status,
        "urgent": case.is_urgent,
        "account_id": case.account_id,
        "transaction_id": _transaction_id(case),
        "job_id": case.job_id,
        "decision": show_decision(case.decision, case.verdict),
        "money": None if case.money is None else show_money(case.money),
        "credits": case.credits,
        "adjustment_id": case.adjustment_id,
        "held": sum(take.credits for take in case.held),
        "can_appeal": case.status is CaseStatus.DECLINED and case.appealed_at is None,
        "opened_at": timestamp(case.opened_at),
        "due_at": timestamp(case.due_at),
        "decided_at": timestamp_if_any(case.decided_at),
        "request": None if case.request is None else _request(case.request),
    }


def _transaction_id(case: Case) -> str | None:
    """A failed generation is about no purchase; the one that the request named is shown."""
    purchase = case.decision.inputs.get("purchase")
    found = purchase.get("transaction_id") if isinstance(purchase, dict) else None
    return case.transaction_id or found


def show_decision(decision: CaseDecision, verdict: Verdict | None) -> DecisionAnswer:
    said = verdict or decision
    return {
        "outcome": said.outcome,
        "clause": said.clause,
        "policy_version": said.policy_version,
        "reason": said.reason,
        "inputs": dict(decision.inputs),
    }


def show_money(money: Money) -> MoneyAnswer:
    return {"amount": money.amount_minor, "currency": money.currency}


def _request(request: Request) -> RequestAnswer:
    return without_nothing(
        RequestAnswer,
        {
            "email": request.email,
            "transaction_date": request.transaction_date.isoformat(),
            "amount": request.amount_minor,
            "currency": request.currency,
            "description": request.description,
            "transaction_id": request.transaction_id,
        },
    )
