"""Purchases as they are shown: what was paid, what it became, and what could be paid back."""

from typing import NotRequired

from typing_extensions import TypedDict

from makegood.api.answers import Time, without_nothing
from makegood.domain.account import Account
from makegood.domain.entry import timestamp
from makegood.domain.lot import Lot, unused
from makegood.domain.money import unused_share_minor
from makegood.domain.purchase import Purchase, PurchaseLine, PurchaseState, Unmatched
from makegood.policy.money_back import why_not_paid_back


class CreditedLine(TypedDict):
    """A line as it was paid and credited. Money is in the currency's minor unit, tax included."""

    item_id: str
    price_id: str
    quantity: int
    amount_minor: int
    tax_minor: int
    credits: int
    bonus_credits: int


class PurchaseAnswer(TypedDict):
    """A purchase as it was reported. `why` says what an unmatched one waits for.

    `assigned_by` is the operator who said whose it is.
    """

    transaction_id: str
    state: PurchaseState
    account_id: NotRequired[str]
    assigned_by: NotRequired[str]
    why: NotRequired[Unmatched]
    claimed_account_id: NotRequired[str]
    customer_id: NotRequired[str]
    order_ref: NotRequired[str]
    currency: str
    collected_minor: int
    lines: list[CreditedLine]
    occurred_at: Time
    recorded_at: Time


class LotAnswer(TypedDict):
    """What became of credits that came in together. `unused` ones can be spent."""

    granted: int
    unused: int
    used: int
    held: int
    withdrawn: int


class Refundable(TypedDict):
    """The share of the money that lies in unused credits, and the rule that keeps it there."""

    amount_minor: int
    why_not: str
    clause: str
    policy_version: str


class OwnedLine(LotAnswer):
    """A line of one's own purchase. `bonus` credits have no money value."""

    item_id: str
    price_id: str
    quantity: int
    amount_minor: int
    tax_minor: int
    bonus: LotAnswer | None
    refundable: Refundable


class OwnedPurchase(TypedDict):
    """One's own purchase. Money is in the currency's minor unit, tax included."""

    transaction_id: str
    currency: str
    collected_minor: int
    lines: list[OwnedLine]
    occurred_at: Time
    recorded_at: Time


class ReviewedPurchase(OwnedPurchase):
    """As the customer sees it, and the operator who said whose it is."""

    assigned_by: NotRequired[str]


def show_purchase(purchase: Purchase) -> PurchaseAnswer:
    return without_nothing(
        PurchaseAnswer,
        {
            "transaction_id": purchase.transaction_id,
            "state": purchase.state,
            "account_id": purchase.account_id,
            "assigned_by": purchase.assigned_by,
            "why": purchase.why,
            "claimed_account_id": purchase.claimed_account_id,
            "customer_id": purchase.customer_id,
            "order_ref": purchase.order_ref,
            "currency": purchase.currency,
            "collected_minor": purchase.collected_minor,
            "lines": [_credited(line) for line in purchase.lines],
            "occurred_at": timestamp(purchase.occurred_at),
            "recorded_at": timestamp(purchase.recorded_at),
        },
    )


def _credited(line: PurchaseLine) -> CreditedLine:
    return {
        "item_id": line.item_id,
        "price_id": line.price_id,
        "quantity": line.quantity,
        "amount_minor": line.amount_minor,
        "tax_minor": line.tax_minor,
        "credits": line.credits,
        "bonus_credits": line.bonus_credits,
    }


def show_owned(purchase: Purchase, account: Account) -> OwnedPurchase:
    """The account has the lots of the purchase loaded."""
    free = {lot.number: credits for lot, credits in unused(account.lots)}
    return {
        "transaction_id": purchase.transaction_id,
        "currency": purchase.currency,
        "collected_minor": purchase.collected_minor,
        "lines": [_owned(line, purchase, account, free) for line in purchase.lines],
        "occurred_at": timestamp(purchase.occurred_at),
        "recorded_at": timestamp(purchase.recorded_at),
    }


def show_owned_in_review(purchase: Purchase, account: Account) -> ReviewedPurchase:
    shown = show_owned(purchase, account)
    return without_nothing(ReviewedPurchase, {**shown, "assigned_by": purchase.assigned_by})


def _owned(
    line: PurchaseLine, purchase: Purchase, account: Account, free: dict[int, int]
) -> OwnedLine:
    lot = account.lot(line.lot)
    return {
        "item_id": line.item_id,
        "price_id": line.price_id,
        "quantity": line.quantity,
        "amount_minor": line.amount_minor,
        "tax_minor": line.tax_minor,
        **_shown(lot, free),
        "bonus": _shown(account.lot(line.bonus_lot), free) if line.bonus_lot else None,
        "refundable": _refundable(line, purchase, lot, free[lot.number]),
    }


def _shown(lot: Lot, free: dict[int, int]) -> LotAnswer:
    return {
        "granted": lot.granted,
        "unused": free[lot.number],
        "used": lot.used,
        "held": lot.held,
        "withdrawn": lot.withdrawn,
    }


def _refundable(line: PurchaseLine, purchase: Purchase, lot: Lot, credits: int) -> Refundable:
    grounds = why_not_paid_back(unused=credits, bought_at=purchase.occurred_at)
    amount = unused_share_minor(
        line_minor=line.amount_minor,
        total_minor=sum(line.amount_minor for line in purchase.lines),
        collected_minor=purchase.collected_minor,
        unused=credits,
        granted=lot.granted,
    )
    return {
        "amount_minor": amount,
        "why_not": grounds.reason,
        "clause": grounds.clause,
        "policy_version": grounds.policy_version,
    }
