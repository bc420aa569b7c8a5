"""Purchases: what was granted for which payment, and which are alike (I09, I19)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tests.simulation.checker.reading import Record, Records
from tests.simulation.witness import Price, Witness


def wrong_purchases(records: Records, witness: Witness) -> Iterator[str]:
    there = {one["id"]: one for one in witness.transactions}
    for name, purchase in records.purchases.items():
        if name not in there:
            yield f"I09: {name} is granted, and Paddle does not know it"
            continue
        yield from _as_paid(purchase, there[name])
        if purchase["state"] == "granted":
            yield from _grants(records, purchase, witness)
            yield from _account(records, purchase, there[name])
    if witness.settled:
        yield from _nowhere(records, witness)
    yield from _baskets(records)


def _nowhere(records: Records, witness: Witness) -> Iterator[str]:
    """What a queue has moved away by itself lies in the dead letters until somebody sees to it."""
    moved = [one.body for one in witness.buried if one.error is None]
    for transaction in witness.transactions:
        name = transaction["id"]
        is_known = name in records.purchases or any(name in body for body in moved)
        if transaction["status"] == "completed" and not is_known:
            yield f"I09: {name} was paid, and is nowhere"


def _as_paid(purchase: Record, transaction: Mapping[str, Any]) -> Iterator[str]:
    name, totals = purchase["transaction_id"], transaction["details"]["totals"]
    paid = int(totals["grand_total"]), transaction["currency_code"]
    if paid != (purchase["collected_minor"], purchase["currency"]):
        yield f"I09: {name} is of {paid}, and says {purchase['collected_minor']}"
    bought = sorted(
        (one["id"], one["price_id"], one["quantity"], int(one["totals"]["total"]))
        for one in transaction["details"]["line_items"]
    )
    lines = sorted(
        (line["item_id"], line["price_id"], line["quantity"], line["amount_minor"])
        for line in purchase["lines"]
    )
    if bought != lines:
        yield f"I09: {name} is of {bought}, and says {lines}"


def _grants(records: Records, purchase: Record, witness: Witness) -> Iterator[str]:
    """Once for each line, with the price's credits."""
    name, account = purchase["transaction_id"], purchase["account_id"]
    granted: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for entry in records.all_entries():
        if entry.get("transaction_id") == name and entry["kind"] in ("grant", "bonus"):
            if entry["account_id"] != account:
                yield f"I09: {name} is of {account}, and granted to {entry['account_id']}"
            start, _, rest = entry["cause"].partition(":")
            item = rest.partition(":")[2]
            granted[start, item].append(sum(change[1] for change in entry["lots"]))
    for place, credits in _worth(purchase, witness).items():
        wanted, got = [credits] if credits else [], granted.pop(place, [])
        if got != wanted:
            start, item = place
            yield f"I09: {item} of {name} was granted {got} by {start}, its price is {wanted}"
    for (start, item), got in granted.items():
        yield f"I09: {name} was granted {got} by {start} for {item}, which it has not"


def _worth(purchase: Record, witness: Witness) -> Mapping[tuple[str, str], int]:
    """By kind of grant and line: the credits that its price is worth."""
    worth: dict[tuple[str, str], int] = {}
    for line in purchase["lines"]:
        price = witness.prices.get(line["price_id"], Price(0, 0))
        worth["grant", line["item_id"]] = price.credits * line["quantity"]
        worth["purchase_bonus", line["item_id"]] = price.bonus * line["quantity"]
    return worth


def _account(records: Records, purchase: Record, transaction: Mapping[str, Any]) -> Iterator[str]:
    """Whose it is was told by the shop, or follows from the customer, or a person said so."""
    name, account = purchase["transaction_id"], purchase["account_id"]
    told = (transaction.get("custom_data") or {}).get("account_id")
    if purchase.get("assigned_by") or told == account:
        return
    if told is not None:
        yield f"I09: {name} is {told}'s, and was granted to {account}"
        return
    customer = transaction["customer_id"]
    others = {
        other.get("account_id")
        for other in records.purchases.values()
        if other["transaction_id"] != name and other.get("customer_id") == customer
    }
    if account not in others:
        yield f"I09: {name} was granted to {account}, of which its customer never was"


def _baskets(records: Records) -> Iterator[str]:
    """Payments for the same goods lie together, oldest first, in whatever order they came."""
    alike: defaultdict[tuple[str, Any], list[tuple[str, str]]] = defaultdict(list)
    for name, purchase in records.purchases.items():
        if purchase["state"] == "granted":
            goods = sorted((line["price_id"], line["quantity"]) for line in purchase["lines"])
            alike[purchase["account_id"], tuple(goods)].append((purchase["occurred_at"], name))
    wanted = sorted((account, sorted(sales)) for (account, _), sales in alike.items())
    got = sorted(
        (basket["account_id"], [(sale["at"], sale["transaction_id"]) for sale in basket["sales"]])
        for basket in records.baskets
    )
    if wanted != got:
        yield f"I19: baskets are {got}, the purchases make {wanted}"
