"""A purchase's credits come into its account, line by line, with all that hangs on it."""

from collections.abc import Mapping
from dataclasses import replace

from makegood.domain.account import Account
from makegood.domain.entry import Cause, Entry
from makegood.domain.facts import Facts, Key
from makegood.domain.purchase import (
    WRITES_MAX,
    Customer,
    Price,
    Purchase,
    PurchaseLine,
    PurchaseState,
)
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.duplicates import Met, meet
from makegood.plans.money.following import catch_up


def granted(
    facts: Facts,
    purchase: Purchase,
    account: Account,
    prices: Mapping[str, Price],
    rules: Rules,
) -> tuple[Met, tuple[object, ...]]:
    """The purchase among those of its basket, and all that is to be written."""
    lines: list[PurchaseLine] = []
    entries: list[Entry] = []
    for line in purchase.lines:
        account, granted_line, made = _grant_line(account, purchase, line, prices[line.price_id])
        lines.append(granted_line)
        entries += made
    purchase = replace(
        purchase,
        state=PurchaseState.GRANTED,
        account_id=account.account_id,
        lines=tuple(lines),
        why=None,
    )
    customer = _customer_after(facts, purchase)
    caught_up = catch_up(facts, purchase, account, rules)
    purchase, account, beside = caught_up.purchase, caught_up.account, caught_up.beside
    # Beside these, the account and the basket are written, and the purchase in any case.
    room = max(WRITES_MAX - 3 - len(entries) - len(customer) - len(beside), 0)
    met = meet(facts, purchase, account, rules, room=room)
    first = (met.purchase, met.account, *entries, *beside, *met.entries, *customer, met.basket)
    return met, (*first, *met.cases, *met.payouts, *met.others)


def _grant_line(
    account: Account, purchase: Purchase, line: PurchaseLine, price: Price
) -> tuple[Account, PurchaseLine, list[Entry]]:
    credits, bonus = price.credits * line.quantity, price.bonus_credits * line.quantity
    cause = Cause(
        key=f"grant:{purchase.transaction_id}:{line.item_id}",
        reason=f"You bought {credits:,} credits.",
        occurred_at=purchase.occurred_at,
        recorded_at=purchase.recorded_at,
        transaction_id=purchase.transaction_id,
    )
    account, entry = account.grant(credits, cause)
    line = replace(line, credits=credits, lot=entry.seq)
    if not bonus:
        return account, line, [entry]

    extra = replace(
        cause,
        key=f"purchase_bonus:{purchase.transaction_id}:{line.item_id}",
        reason=f"{bonus:,} bonus credits came with your purchase.",
    )
    account, bonus_entry = account.bonus(bonus, extra)
    line = replace(line, bonus_credits=bonus, bonus_lot=bonus_entry.seq)
    return account, line, [entry, bonus_entry]


def _customer_after(facts: Facts, purchase: Purchase) -> list[Customer]:
    """The customer's first credited purchase says where later ones without an account go."""
    if purchase.customer_id is None:
        return []
    customer = facts.get(Key(Customer, purchase.customer_id)) or Customer(purchase.customer_id)
    if customer.account_id is not None:
        return []
    return [replace(customer, account_id=purchase.account_id)]
