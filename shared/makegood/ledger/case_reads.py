"""The questions that people ask about cases. No decision is made on these answers.

As with all reads: an index only says where to look, and what it names is read again.
"""

from dataclasses import dataclass
from datetime import datetime

from makegood.domain.case import Case, CaseStatus, Category
from makegood.domain.entry import timestamp
from makegood.ledger.attributes import Item
from makegood.ledger.reads import Slice, place_of_last
from makegood.ledger.shapes.cases import cases_in, cases_of
from makegood.ledger.shapes.purchases import purchases_of
from makegood.ledger.table import ACTIONS_MAX, Table
from makegood.ledger.work_lists import cases_named


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases: of one status, and where they are given, due earlier and of one category."""

    status: CaseStatus = CaseStatus.OPEN
    due_before: datetime | None = None
    category: Category | None = None


def queue(table: Table, wanted: Wanted, *, position: str | None, limit: int) -> Slice[Case]:
    """Cases by the time they are due, the next one first."""
    # A sort key is a time, "#" and an id: " " comes right behind the position, and a time alone
    # before all that are due at it. "~" comes after every digit.
    before = "~" if wanted.due_before is None else timestamp(wanted.due_before)
    first = " " if position is None else f"{position} "
    if first > before:
        return Slice([], None)
    page = table.query(
        "work_pk = :pk AND work_sk BETWEEN :first AND :before",
        {":pk": cases_in(wanted.status), ":first": first, ":before": before},
        limit=limit + 1,
        IndexName="work",
    )
    found, damaged = _named_by(table, page.items[:limit], "work_sk")
    return Slice(
        [
            case
            for case in found
            if case.status is wanted.status and wanted.category in (None, case.category)
        ],
        place_of_last(page, limit, "work_sk"),
        damaged,
    )


def of_account(table: Table, account_id: str, *, position: str | None, limit: int) -> Slice[Case]:
    """An account's cases, newest first."""
    page = table.query(
        "lookup_pk = :pk AND lookup_sk < :before",
        {":pk": cases_of(account_id), ":before": position or "~"},
        limit=limit + 1,
        IndexName="lookup",
        ScanIndexForward=False,
    )
    found, damaged = _named_by(table, page.items[:limit], "lookup_sk")
    return Slice(found, place_of_last(page, limit, "lookup_sk"), damaged)


def purchases_between(
    table: Table, account_id: str, start: datetime, end: datetime
) -> tuple[str, ...]:
    """The ids of an account's purchases from `start` on and before `end`."""
    found: list[Item] = []
    more: dict[str, Item] = {}
    while True:
        page = table.query(
            "lookup_pk = :pk AND lookup_sk BETWEEN :start AND :end",
            {":pk": purchases_of(account_id), ":start": timestamp(start), ":end": timestamp(end)},
            limit=ACTIONS_MAX,
            IndexName="lookup",
            **more,
        )
        found += page.items
        if page.next is None:
            return tuple(item["lookup_sk"]["S"].partition("#")[2] for item in found)
        more = {"ExclusiveStartKey": page.next}


def _named_by(table: Table, items: list[Item], order: str) -> tuple[list[Case], tuple[str, ...]]:
    """Those that can be read, and the ids of those that cannot: one does not hide the others."""
    found, damaged = cases_named(table, [item[order]["S"].partition("#")[2] for item in items])
    return found, tuple(damaged)
