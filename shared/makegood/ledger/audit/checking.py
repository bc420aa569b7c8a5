"""The audit: everything that is stored, folded again and compared."""

from collections import Counter
from collections.abc import Iterator

from makegood.ledger.audit.agreement import record_findings
from makegood.ledger.audit.documents import RECORDED, unexplained
from makegood.ledger.audit.entries import Fold
from makegood.ledger.audit.holds import held_faults
from makegood.ledger.audit.places import Place, mentioned_by, place_faults, places_of
from makegood.ledger.audit.snapshots import snapshot_findings
from makegood.ledger.audit.sources import Source
from makegood.ledger.audit.spool import Spool
from makegood.ledger.audit.stored import Finding, Values

CHAINED = frozenset({"entry", "snapshot", "card"})
"""Parts that are checked by folding."""

READINGS_MAX = 5
"""How often an account that looks wrong is read again: it may have changed while it was read."""


def audit(source: Source, spool: Spool) -> None:
    """Note what is wrong in the spool."""
    spool.keep(source.items())
    owners = spool.owners()
    for owner in owners:
        _fold_account(spool, owner)
    for owner in owners:
        _compare_records(spool, owner)
    for owner in spool.suspects():
        _look_again(source, spool, owner)


def _look_again(source: Source, spool: Spool, owner: str) -> None:
    for _ in range(READINGS_MAX):
        if not spool.is_suspect(owner):
            return
        places = set(_places_to_read(spool, owner))
        items = source.again(owner, sorted(places))
        if items is None:
            return
        fresh = list(items)
        spool.forget(owner)
        spool.keep(fresh)
        _fold_account(spool, owner)
        _compare_records(spool, owner)


def _places_to_read(spool: Spool, owner: str) -> Iterator[Place]:
    for item in spool.to_read_again(owner):
        yield item["pk"], item["sk"]
        try:
            yield from mentioned_by(item)
        except (KeyError, TypeError, AttributeError):
            continue  # What cannot be read names nothing.
    for cause in spool.causes(owner):
        yield from places_of(cause)


def _fold_account(spool: Spool, owner: str) -> None:
    if not owner:
        return
    fold = Fold(owner)
    for entry in spool.parts(owner, "entry"):
        spool.note(owner, fold.add(entry))
        spool.note(owner, _cause_findings(spool, owner, entry))
    spool.add_books(owner, fold.books)
    withdrawn = {number: amounts[3] for number, amounts in fold.lots.by_number.items()}
    spool.keep_withdrawn(owner, withdrawn)
    snapshot = next(spool.parts(owner, "snapshot"), None)
    cards = spool.parts(owner, "card")
    if fold.seq or snapshot is not None or next(spool.parts(owner, "card"), None):
        changes = spool.parts(owner, "status")
        spool.note(owner, snapshot_findings(fold, snapshot, cards, changes=changes))
    spool.note(owner, _held_findings(spool, owner, fold))


def _cause_findings(spool: Spool, owner: str, entry: Values) -> Iterator[Finding]:
    where = f"account {owner}, entry {entry.get('seq', '?')}"
    try:
        others = spool.keep_cause(entry)
    except KeyError:
        return  # Said already, by the fold.
    for other in others:
        yield Finding(
            where,
            f"has the cause {entry['cause']}, as entry {other['seq']} of account"
            f" {other['account_id']} has",
        )
    if entry["kind"] == "forfeit" and entry["cause"] != f"forfeit:{owner}":
        yield Finding(where, "is a forfeit by another cause than the closing of its account")


def _held_findings(spool: Spool, owner: str, fold: Fold) -> Iterator[Finding]:
    lots = {number: amounts[2] for number, amounts in fold.lots.by_number.items() if amounts[2]}
    cases = list(spool.parts(owner, "case"))
    try:
        faults = list(held_faults(cases, by_case=fold.holds, lots=lots, clawed=fold.clawed))
    except (KeyError, TypeError, ValueError):
        return  # Said of the case itself.
    for where, fault in faults:
        yield Finding(where or f"account {owner}", fault)


def _compare_records(spool: Spool, owner: str) -> None:
    for part in spool.parts_of(owner):
        if part in CHAINED:
            continue
        for item in spool.parts(owner, part):
            where = f"{item['pk']}, {item['sk']}"
            spool.note(owner, (Finding(where, fault) for fault in place_faults(item)))
    spool.note(owner, record_findings(spool, owner))
    left = (entry for entry in spool.unclaimed(owner) if entry["kind"] in RECORDED)
    spool.note(owner, [unexplained(entry) for entry in left])


def books_of(spool: Spool) -> Counter[str]:
    """What all entries of the table sum to, by book."""
    books: Counter[str] = Counter()
    for book, credits in spool.books():
        books[book] += credits
    return books
