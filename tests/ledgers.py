"""Ledgers for tests: in memory, in moto, in the emulator; and what their tables hold afterwards."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.config import Config

from makegood.domain.account import Account
from makegood.domain.at_hand import LotCard
from makegood.domain.entry import Cause, Entry
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.lot import Lot
from makegood.domain.record import Correction
from makegood.ledger.attributes import Item, from_item
from makegood.ledger.audit.stored import Values, plain_item
from makegood.ledger.shapes import shape_of
from makegood.ledger.store import Ledger
from makegood.ledger.table import Table
from tests.callers import Through
from tests.memory_dynamodb import MemoryDynamoDB
from tests.template import table_properties

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
REGION = "eu-central-1"
_numbers = itertools.count(1)

T = TypeVar("T")
Move = Callable[[Account], tuple[Account, Entry]]


def plenty() -> float:
    """Seconds left of a Lambda that has just begun."""
    return 30.0


def no_pause(attempt: int) -> None:
    """Tests do not wait; and a ledger that goes round in circles is no endless test."""
    assert attempt < 1000


def cause(key: str, at: datetime = NOON) -> Cause:
    return Cause(key=key, reason="as a test wants it", occurred_at=at, recorded_at=at)


def ledger_on(client: Any, name: str = "ledger") -> Ledger:
    through: Any = Through(client)
    return Ledger(Table(through, name, pause=no_pause), pause=no_pause)


def memory_ledger() -> tuple[Ledger, MemoryDynamoDB]:
    client = MemoryDynamoDB()
    return ledger_on(client), client


def dynamodb(endpoint_url: str | None = None, *, connections: int = 10) -> "DynamoDBClient":
    return boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=endpoint_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 1},
            max_pool_connections=connections,
        ),
    )


def empty_table(client: "DynamoDBClient") -> str:
    """A fresh table as template.yaml describes it. Returns its name."""
    name = f"ledger-{next(_numbers)}"
    properties = table_properties("LedgerTable")
    # Nobody reads a stream here, and keeping one slows the emulator down.
    client.create_table(
        TableName=name, **{k: v for k, v in properties.items() if k != "StreamSpecification"}
    )
    return name


def moving(
    account_id: str,
    move: Move,
    *,
    lots: Iterable[int] = (),
    credits: int = 0,
    once: str | None = None,
    beside: Callable[[Facts], object] | None = None,
) -> Decide[Entry]:
    """A decision that makes one move of an account, with these lots loaded.

    With `once` it is made once under this key, as every real decision is. `beside` makes one
    more record to write.
    """
    wanted = list(lots)

    def decide(facts: Facts) -> Plan[Entry]:
        if once is not None and (made := facts.get(Key(Correction, once))) is not None:
            entry = facts.get(Key(Entry, (account_id, made.seq)))
            assert entry is not None
            return Plan(entry)
        after, entry = move(facts.account(account_id, lots=wanted, credits=credits))
        more = [beside(facts)] if beside is not None else []
        if once is not None:
            more.append(Correction(once, account_id, 1, "once", "test", entry.seq, NOON))
        return Plan(entry, (after, entry, *more))

    return decide


def stored(ledger: Ledger, key: Key[T]) -> T:
    read: Decide[T | None] = lambda facts: Plan(facts.get(key))  # noqa: E731 - types need it.
    record = ledger.decide(read, time_left=plenty)
    assert record is not None, key
    return record


def stored_account(ledger: Ledger, account_id: str) -> Account:
    """As the table has it, without what lies on cards."""
    return stored(ledger, Key(Account, account_id))


def records_of(items: Iterable[Item], kind: type[T], pk: str, sk: str = "") -> list[T]:
    """Records of one class among items, by the beginning of their sort key, in its order."""
    read = shape_of(kind).read
    found = [i for i in items if i["pk"]["S"] == pk and i["sk"]["S"].startswith(sk)]
    return [read(from_item(item)) for item in sorted(found, key=lambda i: i["sk"]["S"])]


def entries_of(items: Iterable[Item], account_id: str) -> list[Entry]:
    return records_of(items, Entry, f"ACCOUNT#{account_id}", "ENTRY#")


def all_lots(items: Iterable[Item], account: Account) -> tuple[Lot, ...]:
    """The lots at hand and those on cards, where a lot at hand is the truth."""
    cards = records_of(items, LotCard, f"LOTS#{account.account_id}")
    return account.with_lots(card.lot for card in cards).lots


def all_items(client: "DynamoDBClient", table: str) -> list[Item]:
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]  # type: ignore[misc]


class Moment:
    """Items as they are at one moment, for the audit."""

    def __init__(self, items: Mapping[tuple[str, str], Item]) -> None:
        self._items = items

    def items(self) -> Iterator[Values]:
        return map(plain_item, self._items.values())

    def again(self, account_id: str, places: Iterable[tuple[str, str]]) -> Iterator[Values] | None:
        return None
