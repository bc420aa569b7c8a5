"""The questions that people ask of the ledger, one function each.

An index only says where to look: it lags behind and holds keys alone, so what it names is read
again, consistently, and left out if it is no longer what was asked for. No decision is made on
these answers.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from makegood.domain.account import Account
from makegood.domain.at_hand import LotCard
from makegood.domain.entry import Entry
from makegood.domain.facts import Facts, Key, Unread
from makegood.domain.job import Job
from makegood.domain.purchase import Customer, Price, Purchase, PurchaseState
from makegood.domain.record import StatusChange
from makegood.domain.studio import StudioSettings
from makegood.ledger.attributes import Item, from_item
from makegood.ledger.shapes import shape_of
from makegood.ledger.shapes.accounts import account_pk, entry_sk
from makegood.ledger.shapes.purchases import (
    PRICES_PK,
    UNMATCHED_LIST,
    customers_with,
    purchases_of,
)
from makegood.ledger.table import ACTIONS_MAX, Page, Stored, Table

R = TypeVar("R")

SEQ_MAX = 10**12 - 1

STATUS_CHANGES_MAX = 20


@dataclass(frozen=True, slots=True)
class Slice(Generic[R]):
    """Part of a list, and the position to ask for the next part from; None behind the last.

    `damaged` are the ids of records that belong there and cannot be read.
    """

    records: list[R]
    next: str | None
    damaged: tuple[str, ...] = ()


def account(table: Table, account_id: str) -> Account:
    """An account that nothing ever happened to is one without credits."""
    return one_of(table, Key(Account, account_id)) or Account(account_id)


def job(table: Table, job_id: str) -> Job | None:
    return one_of(table, Key(Job, job_id))


def price(table: Table, price_id: str) -> Price | None:
    return one_of(table, Key(Price, price_id))


def studio_settings(table: Table) -> StudioSettings:
    """Those in force; what holds where none were ever set."""
    return one_of(table, Key(StudioSettings, "")) or StudioSettings()


def status_changes(table: Table, account_id: str) -> list[StatusChange]:
    """Who froze or opened an account and why: the latest, newest first."""
    page = table.query(
        "pk = :pk AND begins_with(sk, :changes)",
        {":pk": account_pk(account_id), ":changes": "STATUS#"},
        limit=STATUS_CHANGES_MAX,
        ScanIndexForward=False,
        ConsistentRead=True,
    )
    return [shape_of(StatusChange).read(from_item(item)) for item in page.items]


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
    place = place_of_last(page, limit, "sk")
    return Slice(entries, None if place is None else str(int(place.partition("#")[2])))


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
    return Slice(found, place_of_last(page, limit, "sk"))


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
    found = purchases_named_by(table, page.items[:limit], "lookup_sk")
    return Slice(
        [purchase for purchase in found if purchase.account_id == account_id],
        place_of_last(page, limit, "lookup_sk"),
    )


def unmatched(table: Table, *, position: str | None, limit: int) -> Slice[Purchase]:
    """Purchases that wait for a person, oldest first."""
    page = table.query(
        "work_pk = :pk AND work_sk > :after",
        {":pk": UNMATCHED_LIST, ":after": position or " "},
        limit=limit + 1,
        IndexName="work",
    )
    found = purchases_named_by(table, page.items[:limit], "work_sk")
    return Slice(
        [purchase for purchase in found if purchase.state is PurchaseState.UNMATCHED],
        place_of_last(page, limit, "work_sk"),
    )


def customers_with_email(table: Table, email: str) -> list[Customer]:
    """All customers whose e-mail address this is, by their id. Case does not tell them apart."""
    wanted = customers_with(email)
    named: list[Item] = []
    more: dict[str, Item] = {}
    while True:
        page = table.query(
            "lookup_pk = :pk", {":pk": wanted}, limit=ACTIONS_MAX, IndexName="lookup", **more
        )
        named += page.items
        if page.next is None:
            break
        more = {"ExclusiveStartKey": page.next}
    found = _all(table, [Key(Customer, item["lookup_sk"]["S"]) for item in named])
    return [one for one in found if one.email is not None and customers_with(one.email) == wanted]


def account_with_lots(table: Table, account_id: str, numbers: Collection[int]) -> Account:
    """The account with these lots loaded, wherever they lie.

    Snapshot and cards are read one after the other. Read the purchases that name the lots
    first: then no lot can be missing.
    """
    key = Key(Account, account_id)
    stored: dict[Key[Any], Stored] = dict(table.read([key]))
    snapshot = Facts(_records(stored)).get(key) or Account(account_id)
    here = {lot.number for lot in snapshot.lots}
    stored |= table.read(
        Key(LotCard, (account_id, number)) for number in numbers if number not in here
    )
    while True:
        try:
            return Facts(_records(stored)).account(account_id, lots=numbers)
        except Unread as request:
            stored |= table.read(request.keys)


def one_of(table: Table, key: Key[R]) -> R | None:
    return Facts(_records(table.read([key]))).get(key)


def _all(table: Table, keys: Iterable[Key[R]]) -> list[R]:
    """Those of these records that are there, in the order of the keys."""
    keys = list(keys)
    facts = Facts(_records(table.read(keys)))
    return [record for key in keys if (record := facts.get(key)) is not None]


def purchases_named_by(table: Table, items: list[Item], order: str) -> list[Purchase]:
    """In the index's order, whose sort key is a time and the transaction's id."""
    return _all(table, [Key(Purchase, item[order]["S"].partition("#")[2]) for item in items])


def place_of_last(page: Page, limit: int, order: str) -> str | None:
    """The sort key of the last item that is shown, None if nothing comes behind it.

    One more item than is shown was asked for. DynamoDB also ends a page at a megabyte, and then
    tells where: the number of items alone does not say that a list is over.
    """
    last = page.items[limit - 1] if len(page.items) > limit else page.next
    return None if last is None else last[order]["S"]


def _records(stored: Mapping[Key[Any], Stored]) -> dict[Key[Any], Any]:
    return {key: value.record for key, value in stored.items()}
