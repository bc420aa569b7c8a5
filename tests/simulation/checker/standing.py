"""Which adjustments of a purchase stand, and what they take of its lots, as docs/ledger.md says."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.simulation.checker.reading import Record

PENDING, APPROVED, REJECTED, REVERSED = "pending_approval", "approved", "rejected", "reversed"
REFUND = "refund"
UNDONE_BY = {
    "chargeback": "chargeback_reverse",
    "chargeback_warning": "chargeback_warning_reverse",
}
TAKING = (REFUND, *UNDONE_BY)


def told_by_paddle(adjustment: Mapping[str, Any]) -> Record:
    """An adjustment of Paddle's API, as the ledger would keep it."""
    return {
        "adjustment_id": adjustment["id"],
        "action": adjustment["action"],
        "status": adjustment["status"],
        "currency": adjustment["currency_code"],
        "amount_minor": abs(int(adjustment["totals"]["total"])),
        "lines": [
            [item["item_id"], abs(int(item["totals"]["total"]))]
            for item in adjustment["items"]
            if item["type"] != "tax"
        ],
        "created_at": adjustment["created_at"],
    }


def in_order(known: Sequence[Record]) -> list[Record]:
    return sorted(known, key=lambda one: (one["created_at"], one["adjustment_id"]))


def standing(known: Sequence[Record]) -> list[Record]:
    """Each approved one that takes, and that nothing has undone."""
    known = in_order(known)
    undone = {name for action in UNDONE_BY for name in _undone(known, action)}
    return [
        one
        for one in known
        if one["action"] in TAKING
        and one["status"] == APPROVED
        and one["adjustment_id"] not in undone
    ]


def _undone(known: Sequence[Record], action: str) -> Iterator[str]:
    left = [one for one in known if one["action"] == action and one["status"] == APPROVED]
    gone = [one for one in known if one["action"] == action and one["status"] == REVERSED]
    unfit: list[Record] = []
    for reversal in known:
        if reversal["action"] != UNDONE_BY[action] or reversal["status"] != APPROVED:
            continue
        original = _original(reversal, [*gone, *left])
        if original is None:
            unfit.append(reversal)
        elif original in gone:
            gone.remove(original)
        else:
            left.remove(original)
            yield original["adjustment_id"]
    for reversal in unfit:
        if older := _before(reversal, gone):
            gone.remove(older[0])
        elif older := _before(reversal, left):
            left.remove(older[0])
            yield older[0]["adjustment_id"]


def _before(reversal: Record, originals: Sequence[Record]) -> list[Record]:
    return [one for one in originals if one["created_at"] <= reversal["created_at"]]


def _original(reversal: Record, originals: Sequence[Record]) -> Record | None:
    older = _before(reversal, originals)
    alike = [one for one in older if one["amount_minor"] == reversal["amount_minor"]]
    exact = [one for one in alike if sorted(one["lines"]) == sorted(reversal["lines"])]
    return next(iter([*exact, *alike]), None)


def claimed(purchase: Record, stands: Sequence[Record]) -> Mapping[int, int]:
    """By the lot: what money that is gone has taken along."""
    gone, collected = sum(one["amount_minor"] for one in stands), purchase["collected_minor"]
    lines = {line["item_id"]: line for line in purchase["lines"]}
    total = sum(line["amount_minor"] for line in lines.values())
    back = dict.fromkeys(lines, 0)
    elsewhere = 0
    for one in stands:
        for item, amount in one["lines"]:
            if item in back:
                back[item] += amount
            else:
                elsewhere += amount
    found = {}
    for item, line in lines.items():
        price = line["amount_minor"]
        for kind in ("", "bonus_"):
            credits, takes = line[f"{kind}credits"], 0
            if stands and gone >= collected:
                takes = credits
            elif price and collected:
                share = credits * (back[item] * total + elsewhere * price)
                takes = min(-(-share // (price * min(collected, total))), credits)
            found[line[f"{kind}lot"]] = takes
    return {lot: takes for lot, takes in found.items() if lot}
