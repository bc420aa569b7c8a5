"""The ledger against itself: accounts folded anew from their entries, sales against what was told.

The folding is the audit's, which shares no code with what it checks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from makegood.domain.facts import Damaged
from makegood.ledger.audit.entries import Fold
from makegood.ledger.audit.snapshots import snapshot_findings
from makegood.ledger.audit.stored import Values, plain_item
from makegood.ledger.sale_reads import sales_between, sales_named
from makegood.ledger.table import Table
from makegood.plans.reconciling.progress import accounts_checked
from makegood.plans.reconciling.refunds import account_differs, check_sale
from makegood.reconciling.means import Means
from makegood.reconciling.seen import Seen

SALES_PER_PAGE = 50
ENTRIES_MAX = 5_000
"""Of an account that is folded here. Longer ones are counted: the audit takes them."""

ITEMS_PER_PAGE = 500
READINGS_MAX = 3
"""An account may change while it is read: what is wrong with it has to be so each time."""

PREVIOUS_MONTH = timedelta(days=1)
"""Before the first of a month."""


def check_accounts(means: Means, seen: Seen, *, reserve: float) -> None:
    """Those who bought in this month or the last one, from where the last night came to."""
    position = means.so_far().accounts_after
    checked: set[str] = set()
    while means.has_time(reserve):
        page = sales_between(
            means.table, _start(means.now), means.now, position=position, limit=SALES_PER_PAGE
        )
        for found in means.decide_all([check_sale(name, means.rules) for name in page.records]):
            seen.find(found)
        seen.counted["sales_checked"] += len(page.records)
        for account_id in _accounts_of(page.records, means):
            if account_id not in checked:
                checked.add(account_id)
                _check(account_id, means, seen)
        position = page.next
        means.decide(accounts_checked(position))
        if position is None:
            return
    seen.unfinished = True


def _start(now: datetime) -> datetime:
    """Of the month before this one, in UTC as the lists are."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first - PREVIOUS_MONTH).replace(day=1)


def _accounts_of(names: Sequence[str], means: Means) -> Iterator[str]:
    """In order, each once. A damaged purchase has been met before."""
    sales = sales_named(means.table, names)
    owners = (sale.account_id for sale in sales.values() if not isinstance(sale, Damaged))
    yield from dict.fromkeys(owner for owner in owners if owner is not None)


def _check(account_id: str, means: Means, seen: Seen) -> None:
    findings = findings_of(means.table, account_id)
    if findings is None:
        seen.counted["accounts_too_long"] += 1
        return
    seen.counted["accounts_checked"] += 1
    if findings:
        decision = account_differs(account_id, findings, means.rules)
        for found in means.decide_all([decision]):
            seen.find(found)


def findings_of(table: Table, account_id: str) -> tuple[str, ...] | None:
    """What is wrong with an account, in plain words; None where it is too long to be folded."""
    findings: tuple[str, ...] = ()
    for _ in range(READINGS_MAX):
        stored = _read(table, account_id)
        if stored is None:
            return None
        findings = stored.findings(account_id)
        if not findings:
            break
    return findings


@dataclass(frozen=True, slots=True)
class _Stored:
    snapshot: Values | None
    entries: list[Values]
    cards: list[Values]
    changes: list[Values]

    def findings(self, account_id: str) -> tuple[str, ...]:
        fold = Fold(account_id)
        try:
            found = [one for entry in self.entries for one in fold.add(entry)]
            found += snapshot_findings(fold, self.snapshot, self.cards, changes=self.changes)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # Damage shows in many ways, and each is a finding.
            return (f"account {account_id} cannot be folded: {type(error).__name__}",)
        return tuple(str(one) for one in found)


def _read(table: Table, account_id: str) -> _Stored | None:
    """The snapshot first: entries never change, so those up to its own are what it must sum up."""
    own, lots = f"ACCOUNT#{account_id}", f"LOTS#{account_id}"
    snapshot = next(_items(table, own, "SNAPSHOT", "SNAPSHOT"), None)
    told = None if snapshot is None else snapshot.get("seq")
    seq = told if isinstance(told, int) else 0
    if seq > ENTRIES_MAX:
        return None
    entries = list(_items(table, own, "ENTRY#", f"ENTRY#{seq:012d}"))
    cards = list(_items(table, lots, "LOT#", "LOT#~"))
    return _Stored(snapshot, entries, cards, list(_items(table, own, "STATUS#", "STATUS#~")))


def _items(table: Table, pk: str, first: str, last: str) -> Iterator[Values]:
    more: dict[str, Any] = {}
    while True:
        page = table.query(
            "pk = :pk AND sk BETWEEN :first AND :last",
            {":pk": pk, ":first": first, ":last": last},
            limit=ITEMS_PER_PAGE,
            ConsistentRead=True,
            **more,
        )
        yield from map(plain_item, page.items)
        if page.next is None:
            return
        more = {"ExclusiveStartKey": page.next}
