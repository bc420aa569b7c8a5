"""The questions that people ask of the ledger, one function each.

An index only says where to look: it lags behind and holds keys alone, so what it names is read
again, consistently, and left out if it is no longer what was asked for. No decision is made on
these answers.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from makegood.domain.account import Account
from makegood.domain.at_hand import LotCard
from makegood.domain.entry import Entry
from makegood.domain.facts import Facts, Key, Unread
from makegood.domain.job import Job
from makegood.domain.purchase import Price, Purchase, PurchaseState
from makegood.ledger.attributes import Item, from_item
from makegood.ledger.shapes import shape_of
from makegood.ledger.shapes.accounts import account_pk, entry_sk
from makegood.ledger.shapes.purchases import PRICES_PK, UNMATCHED_LIST, purchases_of
from makegood.ledger.table import Stored, Table

R = TypeVar("R")

SEQ_MAX = 10**12 - 1


@dataclass(frozen=True, slots=True)
class Slice(Generic[R]):
    """Part of a list, and the position to ask for the next part from; None behind the last."""

    records: list[R]
    next: str | None


def account(table: Table, account_id: str) -> Account:
    """An account that nothing ever happened to is one without credits."""
    return _one(table, Key(Account, account_id)) or Account(account_id)


def job(table: Table, job_id: str) -> Job | None:
    return _one(table, Key(Job, job_id))


def history(table: Table, account_id: str, *, position: str | None, limit: int) -> Slice[Entry]:
    """Entries, newest first."""
    page = table.query(
        "pk = :pk AND sk BETWEEN :first AND :last",
        {
            ":pk": account_pk(account_id),
            ":first": entry_sk(0),
            ":last": entry_sk(SEQ_MAX if position is None else int(position) - 1),
        },
        limit=limit + 1,
        ScanIndexForward=False,
        ConsistentRead=True,
    )
    entries = [shape_of(Entry).read(from_item(item)) for item in page.items[:limit]]
    return Slice(entries, str(entries[-1].seq) if len(page.items) > limit else None)


def prices(table: Table, *, position: str | None, limit: int) -> Slice[Price]:
    """Prices by their id."""
    page = table.query(
        "pk = :pk AND sk > :after",
        # No id starts with a blank, so this is before the first one; a key is never empty.
        {":pk": PRICES_PK, ":after": position or " "},
        limit=limit + 1,
        ConsistentRead=True,
    )
    found = [shape_of(Price).read(from_item(item)) for item in page.items[:limit]]
    return Slice(found, found[-1].price_id if len(page.items) > limit else None)


def purchases(
    table: Table, account_id: str, *, position: str | None, limit: int
) -> Slice[Purchase]:
    """An account's purchases, newest first."""
    page = table.query(
        "lookup_pk = :pk AND lookup_sk < :before",
        # "~" comes after every digit, and so after every time.
        {":pk": purchases_of(account_id), ":before": position or "~"},
        limit=limit + 1,
        IndexName="lookup",
        ScanIndexForward=False,
    )
    found = _purchases_named_by(table, page.items[:limit], "lookup_sk")
    return Slice(
        [purchase for purchase in found.records if purchase.account_id == account_id],
        found.next if len(page.items) > limit else None,
    )


def unmatched(table: Table, *, position: str | None, limit: int) -> Slice[Purchase]:
    """Purchases that wait for a person, oldest first."""
    page = table.query(
        "work_pk = :pk AND work_sk > :after",
        {":pk": UNMATCHED_LIST, ":after": position or " "},
        limit=limit + 1,
        IndexName="work",
    )
    found = _purchases_named_by(table, page.items[:limit], "work_sk")
    return Slice(
        [purchase for purchase in found.records if purchase.state is PurchaseState.UNMATCHED],
        found.next if len(page.items) > limit else None,
    )


def account_with_lots(table: Table, account_id: str, numbers: Collection[int]) -> Account:
    """The account with these lots loaded, wherever they lie.

    Snapshot and cards are read one after the other. Read the purchases that name the lots
    first: then no lot can be missing.
    """
    stored: dict[Key[Any], Stored] = dict(table.read([Key(Account, account_id)]))
    snapshot = stored[Key(Account, account_id)].record or Account(account_id)
    here = {lot.number for lot in snapshot.lots}
    stored |= table.read(
        Key(LotCard, (account_id, number)) for number in numbers if number not in here
    )
    while True:
        try:
            return Facts(_records(stored)).account(account_id, lots=numbers)
        except Unread as request:
            stored |= table.read([request.key])


def _one(table: Table, key: Key[R]) -> R | None:
    record: R | None = table.read([key])[key].record
    return record


def _purchases_named_by(table: Table, items: list[Item], order: str) -> Slice[Purchase]:
    """In the index's order, whose sort key is a time and the transaction's id."""
    places = [item[order]["S"] for item in items]
    keys = [Key(Purchase, place.partition("#")[2]) for place in places]
    stored = table.read(keys)
    found = [stored[key].record for key in keys if stored[key].record is not None]
    return Slice(found, places[-1] if places else None)


def _records(stored: Mapping[Key[Any], Stored]) -> dict[Key[Any], Any]:
    return {key: value.record for key, value in stored.items()}
