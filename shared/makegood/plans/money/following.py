"""Paddle's adjustments, followed: credits go along with money, and come back with it.

Everything is a function of all that has been told of a purchase so far (`Adjustments`), so the
order in which adjustments, reversals and the purchase itself are told makes no difference.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from makegood.domain.account import Account
from makegood.domain.adjustment import (
    PENDING,
    REVERSED,
    UNDOING,
    AdjustedLine,
    Adjustment,
    Adjustments,
)
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.payout import payout_in
from makegood.domain.purchase import Purchase, PurchaseState
from makegood.domain.withdrawal import withdrawn_of
from makegood.errors import WriteRefusedError
from makegood.plans.case_opening import lots_of
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.money.carried_out import carried_out, payout_of
from makegood.plans.money.moved import Moved, with_credits, with_freeze
from makegood.plans.money.own_cases import told_case, undone_case

if TYPE_CHECKING:
    # Its models are pydantic's, which only the functions that read Paddle's words have to load.
    from makegood.events.paddle import PaddleAdjustment

KNOWN_MAX = 200
"""Adjustments of one transaction. Paddle takes one at a time, and each item once in full."""

_TAX = "tax"


@dataclass(frozen=True, slots=True)
class Followed:
    """An adjustment as it is known now. `again` says that this was known, or something newer.

    `moved` is what has changed; without it, the adjustment waits for its purchase to be granted.
    """

    adjustment: Adjustment
    transaction_id: str
    again: bool
    moved: Moved | None = None

    @property
    def waits(self) -> bool:
        return not self.again and self.moved is None


def follow_adjustment(told: "PaddleAdjustment", rules: Rules) -> Decide[Followed]:
    """Do what an adjustment means for its purchase, account, payout and case.

    Raises IdempotencyConflictError for an adjustment that was told of with other contents.
    """
    new = adjustment_of(told)

    def decide(facts: Facts) -> Plan[Followed]:
        key = Key(Adjustments, told.transaction_id)
        before = facts.get(key) or Adjustments(told.transaction_id)
        known = before.get(new.adjustment_id)
        now = new if known is None else known.after(new)
        if now == known:
            return Plan(Followed(now, told.transaction_id, again=True))
        if known is None and len(before.known) >= KNOWN_MAX:
            raise WriteRefusedError("a transaction has more adjustments than can be followed")
        purchase = facts.get(Key(Purchase, told.transaction_id))
        if purchase is None or purchase.state is not PurchaseState.GRANTED:
            kept = _kept(before.with_one(now), purchase, rules)
            return Plan(Followed(now, told.transaction_id, again=False), (kept,))
        start = _started(facts, purchase, before, now)
        moved = _followed(facts, start, now, rules)
        return Plan(
            Followed(now, told.transaction_id, again=False, moved=moved),
            (
                *([moved.purchase] if moved.purchase != purchase else []),
                *([moved.account] if moved.moves_account else []),
                *moved.beside,
            ),
        )

    return decide


def catch_up(facts: Facts, purchase: Purchase, account: Account, rules: Rules) -> Moved:
    """What was told of a purchase before it was granted, followed now. Mostly nothing was.

    The account has the lots that the purchase has just become. The record of the adjustments is
    written with every grant: an adjustment that is told at the same moment meets it there, and
    so cannot take the purchase for unknown.
    """
    known = facts.get(Key(Adjustments, purchase.transaction_id))
    told = () if known is None else known.known
    moved = Moved(purchase, account, Adjustments(purchase.transaction_id, (), account.account_id))
    for adjustment in told:
        moved = _followed(facts, moved, adjustment, rules)
    return moved


def adjustment_of(told: "PaddleAdjustment") -> Adjustment:
    """Without signs and words: the amounts of a reversal may be negative, a reason is free text."""
    return Adjustment(
        adjustment_id=told.id,
        action=told.action,
        status=told.status,
        currency=told.currency_code,
        amount_minor=abs(told.totals.total),
        lines=tuple(
            AdjustedLine(item.item_id, abs(item.totals.total))
            for item in told.items
            if item.type != _TAX and item.totals.subtotal
        ),
        created_at=told.created_at,
        told_at=told.updated_at or told.created_at,
        payout_id=payout_in(told.reason),
    )


def _kept(adjustments: Adjustments, purchase: Purchase | None, rules: Rules) -> Adjustments:
    """What there is nothing to follow for yet waits; what was not for credits never will be."""
    if purchase is not None and purchase.state is PurchaseState.NOT_CREDITED:
        return replace(adjustments, waits_since=None)
    return replace(adjustments, waits_since=adjustments.waits_since or rules.now)


def _started(facts: Facts, purchase: Purchase, before: Adjustments, coming: Adjustment) -> Moved:
    """The purchase with its account, all loaded that may be moved or have to bear it."""
    assert purchase.account_id is not None
    most = sum(take.credits for take in withdrawn_of(purchase, before.with_one(coming)))
    account = facts.account(purchase.account_id, lots=lots_of(purchase), credits=most)
    known = replace(before, account_id=purchase.account_id, waits_since=None)
    return Moved(purchase, account, known)


def _followed(facts: Facts, at: Moved, adjustment: Adjustment, rules: Rules) -> Moved:
    """One adjustment, or news of one: its credits first, then whoever is concerned by it."""
    known = at.adjustments.get(adjustment.adjustment_id)
    payout = payout_of(facts, adjustment, at.purchase.transaction_id)
    if payout is None:
        adjustment = replace(adjustment, payout_id=None)  # A marker that is not believed.
    moved, effect = with_credits(at, adjustment, payout, rules)
    if known is None:
        moved = with_freeze(moved, adjustment, rules)
    is_payouts = False
    if payout is not None:
        moved, is_payouts = carried_out(facts, moved, adjustment, payout, effect, rules)
    if _is_told(known, adjustment, is_payouts=is_payouts):
        moved = told_case(facts, moved, adjustment, effect, rules)
    for one in effect.undone:
        moved = undone_case(facts, moved, one, effect, rules)
    for one in effect.again:
        moved = told_case(facts, moved, one, effect, rules)
    return moved


def _is_told(known: Adjustment | None, now: Adjustment, *, is_payouts: bool) -> bool:
    """Whether the adjustment's own case has to hear of this.

    A payout's adjustment has none until it is undone. A reversal is told to the case of what it
    undoes, and what has been undone by one before hears nothing new by being called reversed.
    """
    if now.action in UNDOING:
        return False
    if now.status == REVERSED:
        return known is None or known.status == PENDING
    return not is_payouts
