"""Outages, and who was told of one, as people ask for them."""

from makegood.domain.facts import Key
from makegood.domain.monitor import Monitor
from makegood.domain.outage import Outage
from makegood.domain.record import Notice
from makegood.ledger.attributes import from_item
from makegood.ledger.reads import Slice, one_of, place_of_last
from makegood.ledger.shapes import shape_of
from makegood.ledger.shapes.cases import notices_pk
from makegood.ledger.shapes.outages import ONLY, OUTAGES_PK
from makegood.ledger.table import Table


def monitor(table: Table) -> Monitor:
    return one_of(table, Key(Monitor, ONLY)) or Monitor()


def outage(table: Table, outage_id: str) -> Outage | None:
    return one_of(table, Key(Outage, outage_id))


def outages(table: Table, *, position: str | None, limit: int) -> Slice[Outage]:
    """Newest first: their ids sort by when they began."""
    page = table.query(
        "pk = :pk AND sk < :before",
        # "~" comes after every letter, and so after every id.
        {":pk": OUTAGES_PK, ":before": position or "~"},
        limit=limit + 1,
        ScanIndexForward=False,
        ConsistentRead=True,
    )
    found = [shape_of(Outage).read(from_item(item)) for item in page.items[:limit]]
    return Slice(found, place_of_last(page, limit, "sk"))


def notices(table: Table, account_id: str, *, position: str | None, limit: int) -> Slice[Notice]:
    """What an account was told without having asked, newest first: of outages, ids sort by time."""
    page = table.query(
        "pk = :pk AND sk < :before",
        {":pk": notices_pk(account_id), ":before": position or "~"},
        limit=limit + 1,
        ScanIndexForward=False,
        ConsistentRead=True,
    )
    found = [shape_of(Notice).read(from_item(item)) for item in page.items[:limit]]
    return Slice(found, place_of_last(page, limit, "sk"))
