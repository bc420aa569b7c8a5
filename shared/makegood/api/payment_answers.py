"""How far the money of a case is: in the plain form that its customer sees."""

from enum import StrEnum
from typing import NotRequired

from typing_extensions import TypedDict

from makegood.api.answers import Time, without_nothing
from makegood.domain.case import Case, CaseEvent, CaseEventKind
from makegood.domain.entry import timestamp
from makegood.ledger.shapes.shape import timestamp_if_any


class PaymentState(StrEnum):
    """`requested` is approved here, `approved` by Paddle too: the money is on its way."""

    REQUESTED = "requested"
    AT_PADDLE = "at_paddle"
    APPROVED = "approved"
    REJECTED = "rejected"
    NOT_PAYABLE = "not_payable"


_STATES = {
    CaseEventKind.APPROVED: PaymentState.REQUESTED,
    CaseEventKind.PAYING: PaymentState.AT_PADDLE,
    CaseEventKind.PAID: PaymentState.APPROVED,
    CaseEventKind.REJECTED_BY_PADDLE: PaymentState.REJECTED,
    CaseEventKind.NOT_PAYABLE: PaymentState.NOT_PAYABLE,
}
_SETTLED = frozenset({PaymentState.APPROVED, PaymentState.REJECTED, PaymentState.NOT_PAYABLE})


class PaymentAnswer(TypedDict):
    """The way of approved money: approved here at `requested_at`, with Paddle since `sent_at`,
    over since `settled_at`.

    By `expected_by` it should have arrived. `credits_taken` went back with it; what was held
    besides can be spent again. After `rejected` and `not_payable` a person has the case again.
    """

    state: PaymentState
    requested_at: Time
    sent_at: NotRequired[Time]
    settled_at: NotRequired[Time]
    expected_by: NotRequired[Time]
    credits_taken: NotRequired[int]


def show_payment(case: Case) -> PaymentAnswer | None:
    """The newest payment; None for a case whose money was never approved.

    The case's own steps tell all of it, so that no list has to read its payouts.
    """
    steps = _newest([event for event in case.events if event.kind in _STATES])
    if not steps:
        return None
    state = _STATES[steps[-1].kind]
    sent = next((step.at for step in steps if step.kind is CaseEventKind.PAYING), None)
    return without_nothing(
        PaymentAnswer,
        {
            "state": state,
            "requested_at": timestamp(steps[0].at),
            "sent_at": timestamp_if_any(sent),
            "settled_at": timestamp(steps[-1].at) if state in _SETTLED else None,
            "expected_by": timestamp_if_any(case.expected_by),
            "credits_taken": (case.credits or 0) if state is PaymentState.APPROVED else None,
        },
    )


def _newest(steps: list[CaseEvent]) -> list[CaseEvent]:
    """From the last approval on: what was approved in vain may be approved again."""
    approvals = [n for n, step in enumerate(steps) if step.kind is CaseEventKind.APPROVED]
    return steps[approvals[-1] :] if approvals else []
