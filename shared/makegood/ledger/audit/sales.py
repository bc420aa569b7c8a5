"""Purchases and baskets: what is promised of the money, and which sales a basket remembers."""

from collections.abc import Collection, Iterator

from makegood.ledger.audit.adjustments import standing_of
from makegood.ledger.audit.cases import PROMISING
from makegood.ledger.audit.places import Look, purchase_place
from makegood.ledger.audit.stored import Values


def promise_faults(
    purchase: Values, cases: Collection[Values], adjustments: Values | None
) -> Iterator[str]:
    """`cases` are all that are about this purchase."""
    promised, adjusted = purchase.get("promised_minor", 0), purchase.get("adjusted_minor", 0)
    of_cases = sum(case["amount_minor"] for case in cases if case["status"] in PROMISING)
    if promised != of_cases:
        yield f"says that {promised} are promised; its approved cases promise {of_cases}"
    # What nobody here asked for may take money that is promised. A person sees that.
    paid = {case.get("adjustment_id") for case in cases if case["status"] == "paid"}
    are_ours = all(one["adjustment_id"] in paid for one in standing_of(adjustments))
    most = promised + adjusted if are_ours else max(promised, adjusted)
    if min(promised, adjusted) < 0 or most > purchase["collected_minor"]:
        yield (
            f"has {promised} promised and {adjusted} adjusted,"
            f" of {purchase['collected_minor']} that were collected"
        )


def basket_faults(basket: Values, look: Look) -> Iterator[str]:
    sales = basket["sales"]
    if [sale["at"] for sale in sales] != sorted(sale["at"] for sale in sales):
        yield "has sales that are not in order, oldest first"
    names = [sale["transaction_id"] for sale in sales]
    if len(set(names)) < len(names):
        yield "names a sale twice"
    for sale in sales:
        purchase = look(purchase_place(sale["transaction_id"])) or {}
        told = (sale["at"], sale.get("order_ref"), basket["account_id"], "granted")
        names_of_it = ("occurred_at", "order_ref", "account_id", "state")
        if tuple(purchase.get(name) for name in names_of_it) != told:
            yield f"has the sale {sale['transaction_id']} otherwise than its purchase"
