"""Cases, and what customers are told without asking."""

from datetime import date

from makegood.domain.account import Take
from makegood.domain.case import (
    Approval,
    Case,
    CaseDecision,
    CaseEvent,
    CaseEventKind,
    CaseOutcome,
    CaseStatus,
    Category,
    Opener,
    Request,
    Verdict,
)
from makegood.domain.entry import timestamp
from makegood.domain.money import Money
from makegood.domain.record import Notice
from makegood.ledger.shapes.shape import (
    Shape,
    Values,
    timestamp_if_any,
    to_time,
    to_time_if_any,
)


def cases_in(status: CaseStatus) -> str:
    """The work list of a status. People work on cases, so one key takes them all."""
    return f"CASES#{status.value}"


def cases_of(account_id: str) -> str:
    return f"CASES_OF#{account_id}"


def notices_pk(account_id: str) -> str:
    return f"NOTICES#{account_id}"


def _write_case(case: Case) -> Values:
    return {
        "case_id": case.case_id,
        "account_id": case.account_id,
        "category": case.category.value,
        "status": case.status.value,
        "decision": _decision_values(case.decision),
        "opened_by": case.opened_by.value,
        "opener": case.opener,
        "opened_at": timestamp(case.opened_at),
        "due_at": timestamp(case.due_at),
        "version": case.version,
        "request": _request_values(case.request) if case.request is not None else None,
        "transaction_id": case.transaction_id,
        "job_id": case.job_id,
        "held": [[take.number, take.credits] for take in case.held],
        "amount_minor": case.money.amount_minor if case.money is not None else None,
        "currency": case.money.currency if case.money is not None else None,
        "credits": case.credits,
        "approval": _approval_values(case.approval) if case.approval is not None else None,
        "verdict": _verdict_values(case.verdict) if case.verdict is not None else None,
        "decided_by": case.decided_by,
        "decided_at": timestamp_if_any(case.decided_at),
        "appealed_at": timestamp_if_any(case.appealed_at),
        "reminded_at": timestamp_if_any(case.reminded_at),
        "overdue_at": timestamp_if_any(case.overdue_at),
        "at_risk_at": timestamp_if_any(case.at_risk_at),
        "payout_id": case.payout_id,
        "adjustment_id": case.adjustment_id,
        "expected_by": timestamp_if_any(case.expected_by),
        "events": [_event_values(event) for event in case.events],
        "work_pk": cases_in(case.status),
        "work_sk": f"{timestamp(case.due_at)}#{case.case_id}",
        "lookup_pk": cases_of(case.account_id),
        "lookup_sk": f"{timestamp(case.opened_at)}#{case.case_id}",
    }


def _decision_values(decision: CaseDecision) -> Values:
    return {
        "outcome": decision.outcome.value,
        "clause": decision.clause,
        "policy_version": decision.policy_version,
        "reason": decision.reason,
        "inputs": dict(decision.inputs),
    }


def _request_values(request: Request) -> Values:
    return {
        "email": request.email,
        "transaction_date": request.transaction_date.isoformat(),
        "amount_minor": request.amount_minor,
        "currency": request.currency,
        "description": request.description,
        "transaction_id": request.transaction_id,
    }


def _approval_values(approval: Approval) -> Values:
    return {
        "author": approval.author,
        "amount": approval.amount,
        "at": timestamp(approval.at),
        "job_id": approval.job_id,
    }


def _verdict_values(verdict: Verdict) -> Values:
    return {
        "outcome": verdict.outcome.value,
        "clause": verdict.clause,
        "policy_version": verdict.policy_version,
        "reason": verdict.reason,
    }


def _event_values(event: CaseEvent) -> Values:
    return {
        "at": timestamp(event.at),
        "kind": event.kind.value,
        "author": event.author,
        "status": event.status.value,
        "note": event.note,
    }


def _read_case(values: Values) -> Case:
    request, approval = values.get("request"), values.get("approval")
    verdict = values.get("verdict")
    return Case(
        case_id=values["case_id"],
        account_id=values["account_id"],
        category=Category(values["category"]),
        status=CaseStatus(values["status"]),
        decision=_read_decision(values["decision"]),
        opened_by=Opener(values["opened_by"]),
        opener=values["opener"],
        opened_at=to_time(values["opened_at"]),
        due_at=to_time(values["due_at"]),
        version=values["version"],
        request=_read_request(request) if request is not None else None,
        transaction_id=values.get("transaction_id"),
        job_id=values.get("job_id"),
        held=tuple(Take(*take) for take in values["held"]),
        money=_read_money(values),
        credits=values.get("credits"),
        approval=_read_approval(approval) if approval is not None else None,
        verdict=_read_verdict(verdict) if verdict is not None else None,
        decided_by=values.get("decided_by"),
        decided_at=to_time_if_any(values.get("decided_at")),
        appealed_at=to_time_if_any(values.get("appealed_at")),
        reminded_at=to_time_if_any(values.get("reminded_at")),
        overdue_at=to_time_if_any(values.get("overdue_at")),
        at_risk_at=to_time_if_any(values.get("at_risk_at")),
        payout_id=values.get("payout_id"),
        adjustment_id=values.get("adjustment_id"),
        expected_by=to_time_if_any(values.get("expected_by")),
        events=tuple(_read_event(event) for event in values["events"]),
    )


def _read_decision(values: Values) -> CaseDecision:
    return CaseDecision(**values | {"outcome": CaseOutcome(values["outcome"])})


def _read_request(values: Values) -> Request:
    return Request(**values | {"transaction_date": date.fromisoformat(values["transaction_date"])})


def _read_money(values: Values) -> Money | None:
    if values.get("amount_minor") is None:
        return None
    return Money(values["amount_minor"], values["currency"])


def _read_approval(values: Values) -> Approval:
    return Approval(**values | {"at": to_time(values["at"])})


def _read_verdict(values: Values) -> Verdict:
    return Verdict(**values | {"outcome": CaseOutcome(values["outcome"])})


def _read_event(values: Values) -> CaseEvent:
    return CaseEvent(
        at=to_time(values["at"]),
        kind=CaseEventKind(values["kind"]),
        author=values["author"],
        status=CaseStatus(values["status"]),
        note=values.get("note"),
    )


def _write_notice(notice: Notice) -> Values:
    return {
        "account_id": notice.account_id,
        "key": notice.key,
        "text": notice.text,
        "clause": notice.clause,
        "policy_version": notice.policy_version,
        "noticed_at": timestamp(notice.noticed_at),
    }


def _read_notice(values: Values) -> Notice:
    return Notice(
        account_id=values["account_id"],
        key=values["key"],
        text=values["text"],
        clause=values["clause"],
        policy_version=values["policy_version"],
        noticed_at=to_time(values["noticed_at"]),
    )


CASE: Shape[Case] = Shape(
    id=lambda case: case.case_id,
    place=lambda case_id: (f"CASE#{case_id}", "CASE"),
    write=_write_case,
    read=_read_case,
)
NOTICE: Shape[Notice] = Shape(
    id=lambda notice: (notice.account_id, notice.key),
    place=lambda parts: (notices_pk(parts[0]), parts[1]),
    write=_write_notice,
    read=_read_notice,
)
