"""Which purchases were paid for in a span of time: who had credits while the service was down.

An index only says where to look: each purchase is read again by whoever decides or tells.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from makegood.domain.entry import timestamp
from makegood.domain.facts import Damaged, Key
from makegood.domain.purchase import Purchase
from makegood.ledger.reads import Slice, place_of_last
from makegood.ledger.shapes.purchases import sales_of_month
from makegood.ledger.table import Table

_DECEMBER = 12


def sales_between(
    table: Table, start: datetime, end: datetime, *, position: str | None, limit: int
) -> Slice[str]:
    """The ids of purchases granted and paid for from `start` to `end`, both included, oldest first.

    Sales are listed by month, and a slice is of one month: it may hold fewer than `limit`, or
    none, and still have a next one. Ask until there is none.
    """
    # A sort key is a time, "#" and an id: " " comes before whatever may follow, "~" after it.
    first = timestamp(start) if position is None else f"{position} "
    last = f"{timestamp(end)}~"
    if first > last:
        return Slice([], None)
    month = datetime.fromisoformat(first[:7] + "-01").replace(tzinfo=UTC)
    page = table.query(
        "work_pk = :pk AND work_sk BETWEEN :first AND :last",
        {":pk": sales_of_month(month), ":first": first, ":last": last},
        limit=limit + 1,
        IndexName="work",
    )
    found = [item["work_sk"]["S"].partition("#")[2] for item in page.items[:limit]]
    place = place_of_last(page, limit, "work_sk")
    if place is None and (following := timestamp(_next(month))) <= last:
        place = following
    return Slice(found, place)


def sales_named(table: Table, ids: Sequence[str]) -> dict[str, Purchase | Damaged]:
    """Those of these purchases that are there, in this order, damaged ones among them."""
    stored = table.read([Key(Purchase, transaction_id) for transaction_id in ids])
    found = {one: stored[Key(Purchase, one)].record for one in ids}
    return {one: record for one, record in found.items() if record is not None}


def _next(month: datetime) -> datetime:
    year, number = divmod(month.month, _DECEMBER)
    return month.replace(year=month.year + year, month=number + 1)
