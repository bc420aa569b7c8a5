"""What of a transaction is left to take back, and how an amount splits into net and tax."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from local.paddle.core import amounts
from local.paddle.core.amounts import Split

COUNTING = ("pending_approval", "approved")


@dataclass(frozen=True, slots=True)
class Line:
    id: str
    tax_rate: str
    whole: Split
    left: Split


def lines(
    transaction: Mapping[str, Any],
    adjustments: Sequence[Mapping[str, Any]],
    *,
    counting: Iterable[str] = COUNTING,
) -> list[Line]:
    """The transaction's lines, less what adjustments of these statuses have taken of them."""
    taken: dict[str, Split] = {}
    for adjustment in adjustments:
        if takes(adjustment, counting):
            for item in adjustment["items"]:
                before = taken.get(item["item_id"], Split(0, 0))
                taken[item["item_id"]] = before.plus(split_of(item["totals"]))
    return [
        Line(
            id=line["id"],
            tax_rate=line["tax_rate"],
            whole=split_of(line["totals"]),
            left=split_of(line["totals"]).less(taken.get(line["id"], Split(0, 0))),
        )
        for line in transaction["details"]["line_items"]
    ]


def total(
    transaction: Mapping[str, Any],
    adjustments: Sequence[Mapping[str, Any]],
    *,
    counting: Iterable[str] = COUNTING,
) -> int:
    """Of all that was asked for: less than the lines' sum where a credit paid a part."""
    asked = int(transaction["details"]["totals"]["grand_total"])
    return asked - sum(int(one["totals"]["total"]) for one in adjustments if takes(one, counting))


def takes(adjustment: Mapping[str, Any], counting: Iterable[str] = COUNTING) -> bool:
    """Whether it takes anything back: neither a reverse nor rejected nor reversed."""
    return adjustment["status"] in counting and not adjustment["action"].endswith("_reverse")


def split_of(totals: Mapping[str, Any]) -> Split:
    return Split(int(totals["subtotal"]), int(totals["tax"]))


def share(line: Line, amount: int) -> Split:
    """So much of the line, its tax included; the last piece takes what rounding has left.

    Above what is left it is a share of the whole all the same: for disputes, which know no cap.
    """
    if amount == line.left.total:
        return line.left
    tax = _part(amount, line.whole.tax, line.whole.total)
    if amount < line.left.total:
        tax = min(max(tax, amount - line.left.subtotal), line.left.tax)
    return Split(amount - tax, tax)


def share_before_tax(line: Line, subtotal: int) -> Split:
    """So much of the line without its tax, and the tax on it."""
    if subtotal == line.left.subtotal:
        return line.left
    tax = _part(subtotal, line.whole.tax, line.whole.subtotal)
    return Split(subtotal, min(tax, line.left.tax))


def _part(amount: int, tax: int, of: int) -> int:
    return amounts.rounded(Decimal(amount) * tax / of) if of else 0
