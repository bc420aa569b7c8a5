"""What is told of a case: one event for each of its new steps."""

from makegood.domain.case import Case, CaseEvent, CaseEventKind
from makegood.domain.entry import timestamp
from makegood.outbox.effect import DomainEvent, Effect, money_facts, without_addresses
from makegood.outbox.mails import mail_about

STEP_EVENTS = {
    CaseEventKind.OPENED: "case.opened",
    CaseEventKind.APPROVED: "case.decided",
    CaseEventKind.DECLINED: "case.decided",
    CaseEventKind.CREDITED: "case.decided",
    CaseEventKind.PAYING: "case.paying",
    CaseEventKind.PAID: "case.paid",
    CaseEventKind.REJECTED_BY_PADDLE: "case.reopened",
    CaseEventKind.NOT_PAYABLE: "case.reopened",
    CaseEventKind.APPEALED: "case.appealed",
    CaseEventKind.WITHDRAWN: "case.withdrawn",
    CaseEventKind.ADJUSTED: "case.adjusted",
    CaseEventKind.REVERSED: "case.adjusted",
    CaseEventKind.CLOSED: "case.closed",
    CaseEventKind.PROMISE_AT_RISK: "promise.at_risk",
    CaseEventKind.OVERDUE: "case.overdue",
}

NOT_TOLD = frozenset(
    {
        CaseEventKind.ASKED_AGAIN,
        CaseEventKind.SEEN_AGAIN,
        CaseEventKind.APPROVED_FIRST,
        CaseEventKind.REMINDED,
    }
)
"""Steps after which nothing is otherwise for anybody else."""


def of_case(case: Case, old: Case | None) -> list[Effect]:
    """A case's version is the number of its steps, so a step's place is its version."""
    effects: list[Effect] = []
    for position in range(0 if old is None else len(old.events), len(case.events)):
        step = case.events[position]
        if step.kind in NOT_TOLD:
            continue
        effects.append(_event(case, step, version=position + 1))
        mail = mail_about(case, step, version=position + 1)
        if mail is not None:
            effects.append(mail)
    return effects


def _event(case: Case, step: CaseEvent, *, version: int) -> DomainEvent:
    """No note: whose it is and whom it is for differs. The sentence that holds says enough."""
    said = case.verdict or case.decision
    facts = {
        "case_id": case.case_id,
        "case_version": version,
        "account_id": case.account_id,
        "category": case.category.value,
        "step": step.kind.value,
        "status": step.status.value,
        "urgent": case.is_urgent,
        "outcome": said.outcome.value,
        "clause": said.clause,
        "policy_version": said.policy_version,
        "reason": without_addresses(said.reason),
        "money": money_facts(case.money),
        "credits": case.credits,
        "transaction_id": case.transaction_id,
        "job_id": case.job_id,
        "payout_id": case.payout_id,
        "adjustment_id": case.adjustment_id,
        "opened_at": timestamp(case.opened_at),
        "due_at": timestamp(case.due_at),
        "expected_by": None if case.expected_by is None else timestamp(case.expected_by),
    }
    event_id = f"case:{case.case_id}:{version}"
    return DomainEvent(STEP_EVENTS[step.kind], event_id, step.at, step.at, facts)
