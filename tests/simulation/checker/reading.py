"""The table as records in plain values, sorted by kind: what all other modules here look at."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.witness import Item, Place

Record = Mapping[str, Any]

NOTHING: Record = {}


def plain(item: Item) -> Record:
    """Without DynamoDB's types."""
    return {name: value_of(typed) for name, typed in item.items()}


def value_of(typed: Mapping[str, Any]) -> Any:
    [(kind, value)] = typed.items()
    if kind == "N":
        return int(value)
    if kind == "L":
        return [value_of(one) for one in value]
    if kind == "M":
        return {name: value_of(one) for name, one in value.items()}
    return None if kind == "NULL" else value


@dataclass(slots=True)
class Records:
    """All that lies in the table. Entries are in order, cards by the account and the lot."""

    entries: defaultdict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    snapshots: dict[str, Record] = field(default_factory=dict)
    cards: defaultdict[str, dict[int, Record]] = field(default_factory=lambda: defaultdict(dict))
    statuses: defaultdict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    jobs: dict[str, Record] = field(default_factory=dict)
    purchases: dict[str, Record] = field(default_factory=dict)
    adjustments: dict[str, Record] = field(default_factory=dict)
    cases: dict[str, Record] = field(default_factory=dict)
    payouts: dict[str, Record] = field(default_factory=dict)
    bonuses: dict[str, Record] = field(default_factory=dict)
    corrections: dict[str, Record] = field(default_factory=dict)
    customers: dict[str, Record] = field(default_factory=dict)
    parked: dict[str, Record] = field(default_factory=dict)
    baskets: list[Record] = field(default_factory=list)
    outages: list[Record] = field(default_factory=list)
    complete_outages: list[Any] = field(default_factory=list)
    prices: dict[str, Record] = field(default_factory=dict)
    single: dict[str, Record] = field(default_factory=dict)
    """By the sort key, those of which there is one: settings, monitor, breaker, cursor."""
    astray: list[Place] = field(default_factory=list)
    """What nobody would look for where it lies."""

    def all_entries(self) -> Iterator[Record]:
        for entries in self.entries.values():
            yield from entries


def read(items: Mapping[Place, Item]) -> Records:
    records = Records()
    for place in sorted(items):
        record = plain(items[place])
        if place != (record.get("pk"), record.get("sk")) or not _put(records, place, record):
            records.astray.append(place)
    return records


def _put(records: Records, place: Place, record: Record) -> bool:
    """False where its own attributes do not say this place."""
    kind = place[0].partition("#")[0]
    put = _KINDS.get(kind)
    return put is not None and put(records, place, record)


def _account(records: Records, place: Place, record: Record) -> bool:
    account, sk = place[0].partition("#")[2], place[1]
    if sk == "SNAPSHOT":
        records.snapshots[account] = record
    elif sk == f"ENTRY#{record.get('seq', 0):012d}":
        records.entries[account].append(record)
    elif sk == f"STATUS#{record.get('changed_at')}#{record.get('status')}":
        records.statuses[account].append(record)
    else:
        return False
    return bool(record.get("account_id", account) == account)


def _card(records: Records, place: Place, record: Record) -> bool:
    account, number = str(record["account_id"]), int(record["lot"][0])
    records.cards[account][number] = record
    return place == (f"LOTS#{account}", f"LOT#{number:012d}")


Put = Callable[[Records, Place, Record], bool]


def _by_name(kind: str, name: str, sk: str) -> Put:
    """Records that lie each under its own name."""

    def put(records: Records, place: Place, record: Record) -> bool:
        its_name = record.get(name)
        getattr(records, kind)[its_name] = record
        return place == (f"{sk}#{its_name}", sk)

    return put


def _single(sk: str) -> Put:
    def put(records: Records, place: Place, record: Record) -> bool:
        records.single[place[0]] = record
        return place[1] == sk

    return put


def _basket(records: Records, place: Place, record: Record) -> bool:
    records.baskets.append(record)
    return place == (f"BASKETS#{record['account_id']}", record["contents"])


def _outage(records: Records, place: Place, record: Record) -> bool:
    records.outages.append(record)
    return bool(place[1] == record["outage_id"])


def _complete(records: Records, place: Place, record: Record) -> bool:
    records.complete_outages = list(record["spans"])
    return place[1] == "COMPLETE"


def _price(records: Records, place: Place, record: Record) -> bool:
    records.prices[place[1]] = record
    return bool(place[1] == record["price_id"])


_KINDS: Mapping[str, Put] = {
    "ACCOUNT": _account,
    "LOTS": _card,
    "JOB": _by_name("jobs", "job_id", "JOB"),
    "PURCHASE": _by_name("purchases", "transaction_id", "PURCHASE"),
    "ADJUSTMENTS": _by_name("adjustments", "transaction_id", "ADJUSTMENTS"),
    "CASE": _by_name("cases", "case_id", "CASE"),
    "PAYOUT": _by_name("payouts", "payout_id", "PAYOUT"),
    "BONUS": _by_name("bonuses", "key", "BONUS"),
    "CORRECTION": _by_name("corrections", "key", "CORRECTION"),
    "CUSTOMER": _by_name("customers", "customer_id", "CUSTOMER"),
    "EVENT": _by_name("parked", "event_id", "EVENT"),
    "BASKETS": _basket,
    "OUTAGE_RECORDS": _outage,
    "OUTAGES": _complete,
    "PRICES": _price,
    "PAYOUT_BREAKER": _single("PAYOUT_BREAKER"),
    "RECONCILIATION": _single("CURSOR"),
    "MONITOR": _single("MONITOR"),
    "SETTINGS": _single("SETTINGS"),
    "NOTICES": lambda _records, _place, _record: True,
}
