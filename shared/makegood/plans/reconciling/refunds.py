"""Refunds at Paddle against payouts here, and a purchase's money against what was told of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from makegood.domain.adjustment import APPROVED, PENDING, REFUND, REJECTED, Adjustment, Adjustments
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.money import format_money
from makegood.domain.payout import Payout, PayoutState
from makegood.domain.purchase import Purchase, PurchaseState
from makegood.domain.withdrawal import adjusted_minor
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.money.following import adjustment_of
from makegood.plans.money.telling import money_of
from makegood.plans.reconciling.differences import (
    BY_ITSELF,
    BY_PADDLE,
    Difference,
    Found,
    What,
    found_out,
)

if TYPE_CHECKING:
    from makegood.events.paddle import PaddleAdjustment

_UNPAID = frozenset(PayoutState) - {PayoutState.PAID}
_FITTING: Mapping[str, frozenset[PayoutState]] = {
    PENDING: _UNPAID,
    APPROVED: frozenset({PayoutState.PAID}),
    REJECTED: frozenset({PayoutState.REJECTED}),
}
"""The states that a payout can be in once its adjustment was followed, by that one's status."""


def check_refund(told: "PaddleAdjustment", rules: Rules) -> Decide[Found | None]:
    """Whether a refund that Paddle lists agrees with the payout whose mark it has.

    It has been followed before. A mark of a payout of another purchase was copied: that refund is
    somebody else's, and has a case of its own.
    """
    new = adjustment_of(told)

    def decide(facts: Facts) -> Plan[Found | None]:
        if new.payout_id is None or new.action != REFUND:
            return Plan(None)
        payout = facts.get(Key(Payout, new.payout_id))
        known = facts.get(Key(Adjustments, told.transaction_id))
        if payout is None or payout.transaction_id != told.transaction_id:
            return Plan(None)
        if known is None or known.waits_since is not None:
            return Plan(None)  # It is followed with its purchase.
        reason = _disagreement(payout, new)
        if reason is None:
            return Plan(None)
        return found_out(facts, _about(payout, What.REFUND, new.adjustment_id, reason), rules)

    return decide


def _disagreement(payout: Payout, new: Adjustment) -> str | None:
    refund = f"the refund {new.adjustment_id} of {format_money(money_of(new))}"
    if payout.adjustment_id not in (None, new.adjustment_id):
        if new.status == REJECTED:
            return None  # Nothing has gone back by it.
        return (
            f"Paddle has {refund} ({new.status}) with the mark of {payout.payout_id}, which was"
            f" paid by {payout.adjustment_id}: this money may have been paid back twice."
        )
    if payout.state not in _FITTING.get(new.status, frozenset(PayoutState)):
        return f"At Paddle {refund} is {new.status}; here {payout.payout_id} is {payout.state}."
    if new.status != REJECTED and new.amount_minor != payout.money.amount_minor:
        return (
            f"At Paddle {refund} carries out {payout.payout_id},"
            f" which is of {format_money(payout.money)}."
        )
    return None


def check_listed(payout_id: str, listed: frozenset[str], rules: Rules) -> Decide[Found | None]:
    """Whether Paddle has what a payout was sent or paid by. `listed` is all that it has told."""

    def decide(facts: Facts) -> Plan[Found | None]:
        payout = facts.get(Key(Payout, payout_id))
        if payout is None or payout.adjustment_id is None:
            return Plan(None)
        if payout.adjustment_id in listed or payout.state not in _AT_PADDLE:
            return Plan(None)
        reason = (
            f"Here {payout_id} of {format_money(payout.money)} is {payout.state} by"
            f" {payout.adjustment_id}, which Paddle does not list."
        )
        return found_out(facts, _about(payout, What.PAYOUT, payout_id, reason), rules)

    return decide


_AT_PADDLE = frozenset({PayoutState.SENT, PayoutState.PAID})


def _about(payout: Payout, what: What, name: str, reason: str) -> Difference:
    inputs = {
        "payout_id": payout.payout_id,
        "payout_state": payout.state.value,
        "amount_minor": payout.money.amount_minor,
        "currency": payout.money.currency,
        "paid_for_case": payout.case_id,
        **({} if payout.adjustment_id is None else {"adjustment_id": payout.adjustment_id}),
        **({"found": name} if what is What.REFUND else {}),
    }
    return Difference(
        what, name, payout.account_id, BY_PADDLE, reason, inputs, payout.transaction_id
    )


def check_sale(transaction_id: str, rules: Rules) -> Decide[Found | None]:
    """Whether a purchase says that so much of it has gone back as its adjustments come to."""

    def decide(facts: Facts) -> Plan[Found | None]:
        purchase = facts.get(Key(Purchase, transaction_id))
        known = facts.get(Key(Adjustments, transaction_id)) or Adjustments(transaction_id)
        if purchase is None or purchase.state is not PurchaseState.GRANTED:
            return Plan(None)
        gone = adjusted_minor(purchase, known)
        if gone == purchase.adjusted_minor or purchase.account_id is None:
            return Plan(None)
        reason = (
            f"The purchase {transaction_id} says that {purchase.adjusted_minor} of its"
            f" {purchase.collected_minor} {purchase.currency} (in the lowest unit) have gone back;"
            f" what Paddle told of it comes to {gone}."
        )
        inputs = {
            "adjusted_minor": purchase.adjusted_minor,
            "told_minor": gone,
            "collected_minor": purchase.collected_minor,
            "currency": purchase.currency,
        }
        difference = Difference(
            What.SALE,
            transaction_id,
            purchase.account_id,
            BY_ITSELF,
            reason,
            inputs,
            transaction_id,
        )
        return found_out(facts, difference, rules)

    return decide


def account_differs(account_id: str, findings: tuple[str, ...], rules: Rules) -> Decide[Found]:
    """`findings` are what is wrong with it, in plain words, at least one."""
    more = f" And {len(findings) - 1} more." if len(findings) > 1 else ""
    reason = f"What is stored of this account does not agree: {findings[0]}.{more}"
    difference = Difference(
        What.ACCOUNT,
        account_id,
        account_id,
        BY_ITSELF,
        reason,
        {"findings": list(findings[:_FINDINGS_MAX])},
    )
    return lambda facts: found_out(facts, difference, rules)


_FINDINGS_MAX = 10
