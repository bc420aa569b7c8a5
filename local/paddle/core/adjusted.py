"""The adjusted totals of a transaction: what is left of it after its adjustments."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from local.paddle.core import amounts, remaining
from local.paddle.core.state import Record
from local.paddle.core.times import text
from local.paddle.core.world import World

LESS = {"grand_total": "total", "grand_total_tax": "tax"}
_KINDS = {
    "credit": "credit",
    "refund": "refund",
    "chargeback": "chargeback",
    "chargeback_warning": "chargeback",
}


def follow(world: World, transaction_id: str, *, at: datetime) -> list[Record]:
    """Bring the transaction in line with its adjustments; its event where Paddle tells of it."""
    before = world.state.known("transactions", transaction_id)
    details = adjusted_details(before["details"], world.state.adjustments_of(transaction_id))
    if details == before["details"]:
        return []
    after = {**before, "details": details, "updated_at": text(at)}
    world.state.put("transactions", after)
    if not world.options.tells_transaction_updates:
        return []
    return [world.happened("transaction.updated", after, at=at)]


def adjusted_details(
    details: Mapping[str, Any], adjustments: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The same details with these approved adjustments taken off."""
    taken = [one for one in adjustments if remaining.takes(one, ("approved",))]
    adjusted = _less(details["totals"], details["adjusted_totals"], [t["totals"] for t in taken])
    after = {**details, "adjusted_totals": adjusted}
    if details["payout_totals"] is not None:
        paid = [one["payout_totals"] for one in taken if one["payout_totals"]]
        out = _less(details["payout_totals"], details["adjusted_payout_totals"], paid)
        fees = sum(int(one["chargeback_fee"]["amount"]) for one in paid if "chargeback_fee" in one)
        out["chargeback_fee"] = {"amount": str(fees), "original": None}
        after["adjusted_payout_totals"] = out
    return after


def totals_of(transaction: Record, adjustments: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`adjustments_totals` of a transaction that is read with it."""
    taken = [one for one in adjustments if remaining.takes(one, ("approved",))]
    names = ("subtotal", "tax", "total", "fee", "retained_fee", "earnings")
    breakdown = dict.fromkeys(("credit", "refund", "chargeback"), 0)
    for one in taken:
        breakdown[_KINDS[one["action"]]] += int(one["totals"]["total"])
    return {
        **{name: str(sum(int(one["totals"][name]) for one in taken)) for name in names},
        "breakdown": {kind: str(amount) for kind, amount in breakdown.items()},
        "currency_code": transaction["currency_code"],
    }


def paid_out(transaction: Record, amount: int) -> int:
    return amounts.paid_out(amount, transaction["currency_code"])


def _less(
    totals: Mapping[str, Any], adjusted: Mapping[str, Any], taken: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """`totals` less all that was taken, in the fields that `adjusted` has."""
    after = dict(adjusted)
    for name in ("subtotal", "tax", "total", "grand_total", "grand_total_tax", "fee", "earnings"):
        if totals.get(name) is not None and name in adjusted:
            less = sum(int(one[LESS.get(name, name)]) for one in taken)
            after[name] = str(int(totals[name]) - less)
    after["retained_fee"] = str(sum(int(one["retained_fee"]) for one in taken))
    return after
