"""Purchases as they are shown: what was paid, what it became, and what could be paid back."""

from typing import NotRequired

from typing_extensions import TypedDict

from makegood.api.answers import Time, without_nothing
from makegood.domain.account import Account, AccountStatus
from makegood.domain.entry import timestamp
from makegood.domain.lot import Lot, unused
from makegood.domain.payout import refundable_until
from makegood.domain.purchase import Purchase, PurchaseLine, PurchaseState, Unmatched
from makegood.domain.refundable import refundable_of
from makegood.ledger.shapes.shape import timestamp_if_any
from makegood.policy.jobs import Grounds
from makegood.policy.money_back import why_not_paid_back
from makegood.policy.published import Policies


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

    `assigned_by` is the operator who said whose it is, `case_id` the case that is open about its
    money, or approved.
    """

    transaction_id: str
    state: PurchaseState
    account_id: NotRequired[str]
    assigned_by: NotRequired[str]
    why: NotRequired[Unmatched]
    claimed_account_id: NotRequired[str]
    customer_id: NotRequired[str]
    order_ref: NotRequired[str]
    case_id: NotRequired[str]
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
    """The share of the money that lies in unused credits, and the rule that keeps it there.

    What is held for a case is unused. What has gone back or is promised does not count.
    """

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
    """One's own purchase. Money is in the currency's minor unit, tax included.

    `adjusted_minor` has gone back, `promised_minor` is approved to go. `refundable_minor` lies in
    unused credits besides; `refundable_tax_minor` of it is tax. Before `refundable_until` Paddle
    can pay it back, where that is known. `case_id` is the case that is open about it, or approved.
    """

    transaction_id: str
    case_id: NotRequired[str]
    currency: str
    collected_minor: int
    adjusted_minor: int
    promised_minor: int
    refundable_minor: int
    refundable_tax_minor: int
    refundable_until: NotRequired[Time]
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
            "case_id": purchase.case_id,
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


def show_owned(purchase: Purchase, account: Account, policies: Policies) -> OwnedPurchase:
    """The account has the lots of the purchase loaded."""
    free = {lot.number: credits for lot, credits in unused(account.lots)}
    refundable = refundable_of(purchase, account)
    refundable_lines = [
        _refundable(
            amount,
            why_not_paid_back(
                unused=free[line.lot] + account.lot(line.lot).held,
                withdrawn=account.lot(line.lot).withdrawn,
                account_closed=account.status is AccountStatus.CLOSED,
                bought_at=purchase.occurred_at,
                policies=policies,
            ),
        )
        for line, amount in zip(purchase.lines, refundable.lines, strict=True)
    ]
    shown = {
        "transaction_id": purchase.transaction_id,
        "case_id": purchase.case_id,
        "currency": purchase.currency,
        "collected_minor": purchase.collected_minor,
        "adjusted_minor": purchase.adjusted_minor,
        "promised_minor": purchase.promised_minor,
        "refundable_minor": refundable.money.amount_minor,
        "refundable_tax_minor": refundable.tax_minor,
        "refundable_until": timestamp_if_any(refundable_until(purchase)),
        "lines": [
            _owned(line, account, free, kept)
            for line, kept in zip(purchase.lines, refundable_lines, strict=True)
        ],
        "occurred_at": timestamp(purchase.occurred_at),
        "recorded_at": timestamp(purchase.recorded_at),
    }
    return without_nothing(OwnedPurchase, shown)


def show_owned_in_review(
    purchase: Purchase, account: Account, policies: Policies
) -> ReviewedPurchase:
    shown = show_owned(purchase, account, policies)
    return without_nothing(ReviewedPurchase, {**shown, "assigned_by": purchase.assigned_by})


def _owned(
    line: PurchaseLine, account: Account, free: dict[int, int], refundable: Refundable
) -> OwnedLine:
    return {
        "item_id": line.item_id,
        "price_id": line.price_id,
        "quantity": line.quantity,
        "amount_minor": line.amount_minor,
        "tax_minor": line.tax_minor,
        **_shown(account.lot(line.lot), free),
        "bonus": _shown(account.lot(line.bonus_lot), free) if line.bonus_lot else None,
        "refundable": refundable,
    }


def _shown(lot: Lot, free: dict[int, int]) -> LotAnswer:
    return {
        "granted": lot.granted,
        "unused": free[lot.number],
        "used": lot.used,
        "held": lot.held,
        "withdrawn": lot.withdrawn,
    }


def _refundable(amount_minor: int, grounds: Grounds) -> Refundable:
    return {
        "amount_minor": amount_minor,
        "why_not": grounds.reason,
        "clause": grounds.clause,
        "policy_version": grounds.policy_version,
    }
