"""Duplicate payments are found in the transaction that grants a purchase.

Two payments for the same goods meet in their basket, which each of them reads and writes. So it
makes no difference which is told of first, or whether both are at the same moment: the later
payment gets the case, with the same evidence. See docs/adr/0013-baskets.md.
"""

from dataclasses import dataclass, replace

from makegood.domain.account import Account
from makegood.domain.case import Case
from makegood.domain.entry import Entry
from makegood.domain.facts import Facts, Key
from makegood.domain.payout import Payout
from makegood.domain.purchase import (
    SALES_MAX,
    Basket,
    Purchase,
    Sale,
    contents_of,
    in_order,
    sale_of,
)
from makegood.errors import LedgerDamagedError
from makegood.plans.duplicate_cases import WRITES_EACH, see_to
from makegood.plans.duplicate_evidence import Earlier, Rules, stands
from makegood.policy.duplicates import first_of_order, twins_of
from makegood.policy.requests import Twin


@dataclass(frozen=True, slots=True)
class Met:
    """What became of a purchase and its account when the purchase came into its basket.

    `cases` were opened or have changed, `payouts` are those of approved ones, and `others` are
    purchases that have changed with them. `unreadable` are transactions whose records are damaged,
    so that they count for nothing.
    """

    purchase: Purchase
    account: Account
    basket: Basket
    entries: tuple[Entry, ...] = ()
    cases: tuple[Case, ...] = ()
    payouts: tuple[Payout, ...] = ()
    others: tuple[Purchase, ...] = ()
    unreadable: tuple[str, ...] = ()


def meet(facts: Facts, purchase: Purchase, account: Account, rules: Rules, *, room: int) -> Met:
    """Put a purchase that has just been granted into its basket, and see to the duplicates.

    `room` is how many records may be written beside the basket. Where it is short, which takes
    a purchase of dozens of lines, cases that are open already may lack this one as evidence.
    Nothing that is damaged stands between a customer and what was paid for.
    """
    key = (account.account_id, contents_of(purchase.lines))
    before = facts.get(Key(Basket, key)) or Basket(*key)
    # The purchase may have been granted by a rival after it was read here, and before the basket
    # was: then it is in there already. Nothing of this will be written.
    sales = in_order({*before.sales, sale_of(purchase)})
    met = Met(purchase, account, replace(before, sales=sales[-SALES_MAX:]))
    for sale, twins in _concerned(purchase, sales, rules)[: room // WRITES_EACH]:
        met, first_stands = _of_first(met, facts, sale, sales, twins)
        met = _seen(met, facts, sale, Earlier(twins, first_stands), rules)
    return met


def _concerned(
    purchase: Purchase, sales: tuple[Sale, ...], rules: Rules
) -> list[tuple[Sale, tuple[Twin, ...]]]:
    """The payments for which this one changes something, each with all its earlier twins.

    That is this one, if it has any, and the later ones that it is a twin of, nearest first: of
    those only the nearest may be without a case until now.
    """
    new = purchase.transaction_id
    found = [(sale, twins_of(sale, sales, rules.policies, now=rules.now)) for sale in sales]
    return [
        (sale, twins)
        for sale, twins in found
        if (twins and sale.transaction_id == new) or new in {twin.transaction_id for twin in twins}
    ]


def _of_first(
    met: Met, facts: Facts, sale: Sale, sales: tuple[Sale, ...], twins: tuple[Twin, ...]
) -> tuple[Met, bool]:
    """Whether the first payment for the same order stands. One that cannot be read does not."""
    first = first_of_order(sale, sales) if any(twin.same_order for twin in twins) else None
    if first is None:
        return met, False
    try:
        purchase = _purchase_of(met, facts, first)
        return met, stands(purchase, _case_of(met, facts, purchase))
    except LedgerDamagedError:
        return _without(met, first), False


def _seen(met: Met, facts: Facts, sale: Sale, earlier: Earlier, rules: Rules) -> Met:
    try:
        return _with(met, facts, sale, earlier, rules)
    except LedgerDamagedError:
        return _without(met, sale)


def _case_of(met: Met, facts: Facts, purchase: Purchase) -> Case | None:
    if purchase.case_id is None:
        return None
    new = (case for case in met.cases if case.case_id == purchase.case_id)
    return next(new, None) or facts.get(Key(Case, purchase.case_id))


def _without(met: Met, sale: Sale) -> Met:
    return replace(met, unreadable=tuple(sorted({*met.unreadable, sale.transaction_id})))


def _with(met: Met, facts: Facts, sale: Sale, earlier: Earlier, rules: Rules) -> Met:
    is_new = sale.transaction_id == met.purchase.transaction_id
    purchase = _purchase_of(met, facts, sale)
    seen = see_to(facts, purchase, met.account, earlier, rules)
    if seen is None:
        return met
    changed = () if is_new or seen.purchase == purchase else (seen.purchase,)
    return replace(
        met,
        purchase=seen.purchase if is_new else met.purchase,
        account=seen.account,
        entries=(*met.entries, *seen.entries),
        cases=(*met.cases, seen.case),
        payouts=(*met.payouts, *seen.payouts),
        others=(*met.others, *changed),
    )


def _purchase_of(met: Met, facts: Facts, sale: Sale) -> Purchase:
    if sale.transaction_id == met.purchase.transaction_id:
        return met.purchase
    purchase = facts.get(Key(Purchase, sale.transaction_id))
    if purchase is None:
        raise LedgerDamagedError("a basket remembers a purchase that is not there")
    return purchase
