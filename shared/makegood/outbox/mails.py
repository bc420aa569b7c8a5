"""What a customer is written: the same sentence as in the history and in the API, and no more.

Nothing that a customer has written goes into a mail: somebody who files in another's name could
have anything sent to that one.
"""

from datetime import UTC

from makegood.domain.case import Case, CaseEvent, CaseEventKind, Category
from makegood.outbox.effect import MailDue, without_addresses

_DECIDED = "We have decided about your request"
_NOT_PAID = "Your money could not be paid back"

_SUBJECTS = {
    CaseEventKind.APPROVED: _DECIDED,
    CaseEventKind.DECLINED: _DECIDED,
    CaseEventKind.CREDITED: _DECIDED,
    CaseEventKind.PAID: "Your money is on its way back",
    CaseEventKind.REJECTED_BY_PADDLE: _NOT_PAID,
    CaseEventKind.NOT_PAYABLE: _NOT_PAID,
}

_MONEY_MOVED = "Something has changed about your payment"


def mail_about(case: Case, step: CaseEvent, *, version: int) -> MailDue | None:
    """None for steps that the customer need not hear of, or has made, and for differences: they are
    between people of the studio, and no customer sees them.
    """
    subject = None if case.category is Category.DIFFERENCE else _SUBJECTS.get(step.kind)
    if step.kind is CaseEventKind.OPENED and case.category is Category.ADJUSTMENT:
        subject = _MONEY_MOVED
    if subject is None:
        return None
    text = "\n".join(_lines(case, step))
    return MailDue(case.case_id, version, case.transaction_id, subject, text)


def _lines(case: Case, step: CaseEvent) -> list[str]:
    said = case.verdict or case.decision
    lines = [without_addresses(said.reason), ""]
    if step.kind is CaseEventKind.PAID and case.expected_by is not None:
        day = case.expected_by.astimezone(UTC).date().isoformat()
        lines += [f"The money should have arrived by {day}.", ""]
    return [*lines, f"Clause of the refund policy: {said.clause}", f"Case: {case.case_id}", ""]
