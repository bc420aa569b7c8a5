"""Where work waits, by the time at which it is due. Lists only: what is due is decided elsewhere.

A list is an index, which lags behind. So what it names is read again before anything is decided.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from makegood.domain.case import Case, CaseStatus
from makegood.domain.entry import timestamp
from makegood.domain.facts import Facts, Key
from makegood.domain.job import Job
from makegood.domain.payout import PayoutState
from makegood.errors import LedgerDamagedError
from makegood.ledger.shapes.cases import cases_in
from makegood.ledger.shapes.payouts import ADJUSTMENTS_WAITING, payouts_in
from makegood.ledger.shapes.shape import to_time, work_list
from makegood.ledger.table import ACTIONS_MAX, Table

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Due:
    """The id of what waits, and since when, or from when on."""

    id: str
    at: datetime


def jobs_due(table: Table, shard: int, *, until: datetime) -> Iterator[list[Due]]:
    """Charged jobs whose end is due by `until`, that included; oldest first, page by page."""
    return _pages(table, work_list("JOBS", shard), until)


def reviews_due(table: Table, shard: int, *, until: datetime) -> Iterator[list[Due]]:
    """Jobs in review whose refund is due by `until`."""
    return _pages(table, work_list("REVIEWS", shard), until)


def cases_by_due_time(table: Table, status: CaseStatus) -> Iterator[list[Due]]:
    return _pages(table, cases_in(status), None)


def cases_due_since(table: Table, status: CaseStatus, since: datetime) -> Iterator[list[Due]]:
    """The newer ones of a list that only grows."""
    return _pages(table, cases_in(status), None, since=since)


def payouts_due(
    table: Table, state: PayoutState, *, until: datetime | None = None
) -> Iterator[list[Due]]:
    """Payouts in a state that something still has to come after."""
    return _pages(table, payouts_in(state), until)


def adjustments_waiting(table: Table) -> Iterator[list[Due]]:
    """Purchases, not credited here, that Paddle has adjusted; and since when that is known."""
    return _pages(table, ADJUSTMENTS_WAITING, None)


def jobs_named(table: Table, job_ids: Iterable[str]) -> list[Job]:
    """These jobs as they are now. A damaged one is left out: who decides on it meets the damage."""
    jobs, _ = _read(table, {job_id: Key(Job, job_id) for job_id in job_ids})
    return jobs


def cases_named(
    table: Table, case_ids: Iterable[str]
) -> tuple[list[Case], dict[str, LedgerDamagedError]]:
    """These cases as they are now, and those that cannot be read."""
    return _read(table, {case_id: Key(Case, case_id) for case_id in case_ids})


def _pages(
    table: Table, name: str, until: datetime | None, *, since: datetime | None = None
) -> Iterator[list[Due]]:
    # A sort key is a time, "#" and an id: "$" comes after "#", and "~" after every time.
    condition, values = "work_sk < :end", {":pk": name}
    values[":end"] = "~" if until is None else f"{timestamp(until)}$"
    if since is not None:
        condition, values[":first"] = "work_sk BETWEEN :first AND :end", timestamp(since)
    more: dict[str, Any] = {}
    while True:
        page = table.query(
            f"work_pk = :pk AND {condition}",
            values,
            limit=ACTIONS_MAX,
            IndexName="work",
            **more,
        )
        named = [item["work_sk"]["S"].partition("#") for item in page.items]
        yield [Due(name, to_time(at)) for at, _, name in named]
        if page.next is None:
            return
        more = {"ExclusiveStartKey": page.next}


def _read(
    table: Table, keys: Mapping[str, Key[R]]
) -> tuple[list[R], dict[str, LedgerDamagedError]]:
    facts = Facts({key: stored.record for key, stored in table.read(keys.values()).items()})
    found: list[R] = []
    damaged: dict[str, LedgerDamagedError] = {}
    for name, key in keys.items():
        try:
            record = facts.get(key)
        except LedgerDamagedError as error:
            damaged[name] = error
        else:
            found += [] if record is None else [record]
    return found, damaged
