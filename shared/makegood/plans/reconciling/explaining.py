"""Whether the ledger explains an event of Paddle: what it must have left is there."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from makegood.domain.adjustment import Adjustments
from makegood.domain.facts import Facts, Key
from makegood.domain.purchase import Customer, Purchase
from makegood.domain.reconciliation import About, Claim, PutBack
from makegood.domain.record import ParkedEvent
from makegood.errors import IdempotencyConflictError
from makegood.events.paddle import (
    PaddleAdjustment,
    PaddleCustomer,
    PaddleEntity,
    PaddleEvent,
    PaddleTransaction,
)
from makegood.plans.money.following import adjustment_of
from makegood.plans.paddle_events import NOT_COMPLETED, is_understood
from makegood.plans.purchases import as_told

GRACE = timedelta(minutes=10)
"""What is younger may still be on its way: Paddle, the queue and a retry of each take minutes."""

AGAIN_AFTER = timedelta(hours=6)
"""The table may have been away while the event was tried. It is put back once more then."""

OVER_AFTER = timedelta(days=1)
"""What was put back so long ago, and is not here, lies in the dead letters for a reason."""


class Answer(StrEnum):
    EXPLAINED = "explained"
    MISSING = "missing"
    CONTRADICTED = "contradicted"
    """It was told of with other contents, so that putting it back would change nothing."""


class Due(StrEnum):
    """What becomes of an event that was put back and is still missing."""

    WAIT = "wait"
    AGAIN = "again"
    OVER = "over"


def claim_of(event: PaddleEvent, *, begins_at: datetime) -> Claim | None:
    """None for what leaves nothing, and for sales from before this ledger had anything to do with
    them: somebody else has credited those."""
    match event.data:
        case PaddleTransaction(status="completed") as sale:
            if (sale.billed_at or sale.created_at) < begins_at:
                return None
            return _claim(event, About.SALE, sale.id)
        case PaddleTransaction() as transaction if transaction.status not in NOT_COMPLETED:
            return _claim(event, About.KEPT, event.event_id)
        case PaddleAdjustment() as adjustment if is_understood(adjustment):
            claim = _claim(event, About.ADJUSTMENT, adjustment.transaction_id)
            return replace(claim, adjustment_id=adjustment.id, status=adjustment.status)
        case PaddleAdjustment():
            return _claim(event, About.KEPT, event.event_id)
        case PaddleCustomer() as customer:
            return _claim(event, About.CUSTOMER, customer.id)
    return None


def _claim(event: PaddleEvent, about: About, subject: str) -> Claim:
    return Claim(event.event_id, event.event_type, event.occurred_at, about, subject)


_RECORDS: dict[About, type[Any]] = {
    About.SALE: Purchase,
    About.ADJUSTMENT: Adjustments,
    About.CUSTOMER: Customer,
    About.KEPT: ParkedEvent,
}


def keys_of(claims: Iterable[Claim]) -> list[Key[Any]]:
    """Each once, in order: all that `answer_to` looks at."""
    return list(dict.fromkeys(Key(_RECORDS[claim.about], claim.id) for claim in claims))


def answer_to(facts: Facts, claim: Claim, told: PaddleEntity | None = None) -> Answer:
    """`told` is what the event said, where that is at hand. Raises LedgerDamagedError."""
    match claim.about:
        case About.SALE:
            return _of_sale(facts.get(Key(Purchase, claim.id)), told)
        case About.ADJUSTMENT:
            return _of_adjustment(facts.get(Key(Adjustments, claim.id)), claim, told)
        case About.CUSTOMER:
            customer = facts.get(Key(Customer, claim.id))
            at = None if customer is None else customer.told_at
            return _answer(at is not None and at >= claim.occurred_at)
        case About.KEPT:
            return _answer(facts.get(Key(ParkedEvent, claim.id)) is not None)


def _answer(is_here: bool) -> Answer:
    return Answer.EXPLAINED if is_here else Answer.MISSING


def _of_sale(purchase: Purchase | None, told: PaddleEntity | None) -> Answer:
    """In whatever state: what waits for a person is known."""
    if purchase is None:
        return Answer.MISSING
    if isinstance(told, PaddleTransaction):
        sale = as_told(told, purchase.recorded_at)
        return Answer.EXPLAINED if purchase.is_same_sale(sale) else Answer.CONTRADICTED
    return Answer.EXPLAINED


def _of_adjustment(
    adjustments: Adjustments | None, claim: Claim, told: PaddleEntity | None
) -> Answer:
    """Known with this status, or with one that comes after it."""
    known = None if adjustments is None else adjustments.get(claim.adjustment_id or "")
    if known is None or claim.status is None:
        return Answer.MISSING
    new = replace(known, status=claim.status, told_at=claim.occurred_at)
    if isinstance(told, PaddleAdjustment):
        new = adjustment_of(told)
    try:
        return _answer(known.after(new) == known)
    except IdempotencyConflictError:
        return Answer.CONTRADICTED


def due_of(put_back: PutBack, *, now: datetime) -> Due:
    if now - put_back.first_at >= OVER_AFTER:
        return Due.OVER
    return Due.AGAIN if now - put_back.last_at >= AGAIN_AFTER else Due.WAIT
