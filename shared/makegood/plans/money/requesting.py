"""The wish to pay money back, stored with the approval that promises it."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from makegood.domain.account import Account
from makegood.domain.adjustment import PENDING, Adjustments
from makegood.domain.case import Case, CaseStatus
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.money import Money
from makegood.domain.payout import (
    Payout,
    PayoutItem,
    PayoutState,
    items_for,
    payout_id_of,
    refundable_until,
)
from makegood.domain.purchase import Purchase
from makegood.domain.refundable import refundable_of
from makegood.errors import AmountRefusedError, LedgerDamagedError
from makegood.plans.cases.holding import bought


def request_payout(
    facts: Facts, case: Case, purchase: Purchase, account: Account, *, now: datetime
) -> Payout:
    """The payout of a case that has just been approved. The purchase does not promise it yet.

    Its id follows from the case and how often that was approved, so there is one for each approval.
    """
    assert case.money is not None
    return Payout(
        payout_id=payout_id_of(case.case_id, case.approvals),
        case_id=case.case_id,
        account_id=case.account_id,
        transaction_id=purchase.transaction_id,
        money=case.money,
        items=_items(facts, case.money, purchase, account),
        state=PayoutState.REQUESTED,
        requested_at=now,
        due_at=now,
        adjusted_before=purchase.adjusted_minor,
    )


def request_missing(case_id: str, *, now: datetime) -> Decide[Payout | None]:
    """The payout of a case that was approved before there were any; None where nothing is missing.

    What is held and promised stays as it is: only the wish is written down.
    """

    def decide(facts: Facts) -> Plan[Payout | None]:
        case = facts.get(Key(Case, case_id))
        if case is None or case.status is not CaseStatus.APPROVED or case.payout_id is not None:
            return Plan(None)
        at = bought(facts, case)
        if at is None or case.money is None:
            raise LedgerDamagedError("a case promises money of a purchase that it does not have")
        promised = at.purchase.promised_minor - case.money.amount_minor
        before = replace(at.purchase, promised_minor=promised)
        payout = request_payout(facts, case, before, at.account, now=now)
        asked = replace(case, payout_id=payout.payout_id)
        return Plan(payout, (asked, payout))

    return decide


def check_age(purchase: Purchase, *, now: datetime) -> None:
    """Raise AmountRefusedError for a payment that is too old for Paddle to refund it."""
    until = refundable_until(purchase)
    if until is not None and now >= until:
        raise AmountRefusedError(
            f"Paddle refunds what was paid by {purchase.paid_by} until {until.date().isoformat()}"
        )


def _items(
    facts: Facts, money: Money, purchase: Purchase, account: Account
) -> tuple[PayoutItem, ...]:
    """Nothing where all of the payment is due: Paddle then takes whatever remains, once."""
    known = facts.get(Key(Adjustments, purchase.transaction_id))
    adjustments = known or Adjustments(purchase.transaction_id)
    # What waits for Paddle's approval has not gone: it makes the whole uncertain, and no line less.
    pending = [one for one in adjustments.known if one.takes and one.status == PENDING]
    is_whole = money.amount_minor == purchase.collected_minor
    if is_whole and not pending and not adjustments.standing:
        return ()
    gone: Counter[str] = Counter()
    for adjustment in adjustments.standing:
        for line in adjustment.lines:
            gone[line.item_id] += line.amount_minor
    return items_for(
        money.amount_minor,
        unused_minor=refundable_of(purchase, account).lines,
        left_minor=[line.amount_minor - gone[line.item_id] for line in purchase.lines],
        purchase=purchase,
    )
