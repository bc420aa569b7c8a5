"""The facts that a request is judged by, gathered from the ledger."""

from datetime import timedelta

from makegood.domain.account import Account
from makegood.domain.facts import Facts, Key
from makegood.domain.outage import CompleteOutages
from makegood.domain.purchase import Basket, Purchase, Sale, contents_of, in_order, sale_of
from makegood.domain.refundable import refundable_of
from makegood.policy.duplicates import nearest
from makegood.policy.outages import outage_after
from makegood.policy.requests import PurchaseFacts, Twin

_SECOND = timedelta(seconds=1)


def purchase_facts(facts: Facts, purchase: Purchase, account: Account) -> PurchaseFacts:
    """The account has the lots of the purchase loaded. What is held for a case is unused."""
    refundable = refundable_of(purchase, account)
    complete = facts.get(Key(CompleteOutages, "")) or CompleteOutages()
    return PurchaseFacts(
        transaction_id=purchase.transaction_id,
        bought_at=purchase.occurred_at,
        unused=refundable.unused,
        granted=refundable.granted,
        refundable_minor=refundable.money.amount_minor,
        twin=earlier_twin(facts, purchase),
        outage=outage_after(complete, purchase.occurred_at),
        withdrawn=refundable.withdrawn,
    )


def earlier_twin(facts: Facts, purchase: Purchase) -> Twin | None:
    """The nearest earlier payment of the same account for the same goods, however far it is."""
    if purchase.account_id is None:
        return None
    basket = facts.get(Key(Basket, (purchase.account_id, contents_of(purchase.lines))))
    this = sale_of(purchase)
    sales = in_order({*(() if basket is None else basket.sales), this})
    twins = [_twin(this, other) for other in sales[: sales.index(this)]]
    return nearest(twins) if twins else None


def _twin(sale: Sale, other: Sale) -> Twin:
    return Twin(
        transaction_id=other.transaction_id,
        # A second that has begun counts: so the limit holds to the microsecond.
        seconds_before=-((other.at - sale.at) // _SECOND),
        same_order=sale.order_ref is not None and other.order_ref == sale.order_ref,
    )
