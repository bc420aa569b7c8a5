"""Which purchase a request means, among the account's own (clause 5)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from makegood.domain.case import Category, Request
from makegood.domain.facts import Facts, Key
from makegood.domain.purchase import Customer, Purchase, PurchaseState

_FURTHEST_EAST = timedelta(hours=14)
_DAY_EVERYWHERE = timedelta(hours=24 + 14 + 12)
"""From a date's beginning in UTC+14 to its end in UTC-12."""


def day_anywhere(day: date) -> tuple[datetime, datetime]:
    """From when until when it is this date somewhere in the world; the end is not included."""
    start = datetime.combine(day, time(), UTC) - _FURTHEST_EAST
    return start, start + _DAY_EVERYWHERE


def own_purchases(
    facts: Facts, account_id: str, transaction_ids: Iterable[str]
) -> tuple[Purchase, ...]:
    """Those of these purchases that are this account's.

    Nothing more is read for a stranger's purchase than for one that does not exist.
    """
    found = facts.get_all([Key(Purchase, one) for one in sorted(set(transaction_ids))])
    return tuple(
        purchase
        for purchase in found
        if purchase is not None
        and purchase.account_id == account_id
        and purchase.state is PurchaseState.GRANTED
    )


def meant_by(
    request: Request, category: Category, facts: Facts, purchases: Iterable[Purchase]
) -> list[Purchase]:
    """Those of the purchases that fit all that the request says.

    The address only tells purchases of one account apart: it is not asked for where the
    transaction is named, nor against a purchase that somebody else may have made under another.
    """
    fitting = [purchase for purchase in purchases if fits(request, purchase)]
    if request.transaction_id is not None or category is Category.UNAUTHORISED:
        return fitting
    ids = sorted({one.customer_id for one in fitting if one.customer_id is not None})
    customers = facts.get_all([Key(Customer, customer_id) for customer_id in ids])
    emails = {customer.customer_id: customer.email for customer in customers if customer}
    return [one for one in fitting if _may_be_of(request.email, emails.get(one.customer_id or ""))]


def fits(request: Request, purchase: Purchase) -> bool:
    """Everything but the e-mail address. The amount is what was really paid, tax included."""
    start, end = day_anywhere(request.transaction_date)
    return (
        start <= purchase.occurred_at < end
        and purchase.collected_minor == request.amount_minor
        and purchase.currency == request.currency
        and request.transaction_id in (None, purchase.transaction_id)
    )


def _may_be_of(told: str, known: str | None) -> bool:
    """An address that is not known does not stand against a purchase."""
    return known is None or known.strip().lower() == told.strip().lower()
