"""The questions that people ask about money on its way back. No decision is made on these answers.

As with all reads: an index only says where to look, and what it names is read again.
"""

from collections.abc import Sequence
from typing import TypeVar

from makegood.domain.adjustment import Adjustments
from makegood.domain.facts import Damaged, Key
from makegood.domain.payout import Payout, PayoutState
from makegood.ledger.reads import Slice, place_of_last
from makegood.ledger.shapes.payouts import ADJUSTMENTS_WAITING, payouts_in
from makegood.ledger.table import Page, Table

R = TypeVar("R")


def payouts(table: Table, state: PayoutState, *, position: str | None, limit: int) -> Slice[Payout]:
    """Payouts in a state that something comes after, by the time when they are looked at next."""
    page = _listed(table, payouts_in(state), position=position, limit=limit)
    found, damaged = payouts_named(table, _ids(page, limit))
    kept = [payout for payout in found.values() if payout.state is state]
    return Slice(kept, place_of_last(page, limit, "work_sk"), damaged)


def payouts_named(table: Table, ids: Sequence[str]) -> tuple[dict[str, Payout], tuple[str, ...]]:
    """Those of these payouts that can be read, by their ids, and the ids of those that cannot."""
    return _read(table, Payout, ids)


def adjustments_waiting(table: Table, *, position: str | None, limit: int) -> Slice[Adjustments]:
    """Adjustments of transactions that nothing has been granted for, those told of first first."""
    page = _listed(table, ADJUSTMENTS_WAITING, position=position, limit=limit)
    found, damaged = _read(table, Adjustments, _ids(page, limit))
    kept = [one for one in found.values() if one.waits_since is not None]
    return Slice(kept, place_of_last(page, limit, "work_sk"), damaged)


def _listed(table: Table, name: str, *, position: str | None, limit: int) -> Page:
    return table.query(
        "work_pk = :pk AND work_sk > :after",
        # No time starts with a blank, so this is before the first one; a key is never empty.
        {":pk": name, ":after": position or " "},
        limit=limit + 1,
        IndexName="work",
    )


def _ids(page: Page, limit: int) -> list[str]:
    return [item["work_sk"]["S"].partition("#")[2] for item in page.items[:limit]]


def _read(table: Table, kind: type[R], ids: Sequence[str]) -> tuple[dict[str, R], tuple[str, ...]]:
    """In the order of the ids. A damaged one hides no other."""
    stored = table.read([Key(kind, one) for one in ids])
    records = {one: stored[Key(kind, one)].record for one in ids}
    damaged = tuple(one for one, record in records.items() if isinstance(record, Damaged))
    found = {one: record for one, record in records.items() if isinstance(record, kind)}
    return found, damaged
