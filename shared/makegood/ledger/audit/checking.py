"""The audit: everything that is stored, folded again and compared."""

from collections import Counter
from collections.abc import Iterator

from makegood.ledger.audit.documents import (
    RECORDED,
    entry_faults,
    expected_of,
    places_of,
    record_faults,
    unexplained,
)
from makegood.ledger.audit.entries import Fold
from makegood.ledger.audit.snapshots import snapshot_findings
from makegood.ledger.audit.sources import Source
from makegood.ledger.audit.spool import Spool
from makegood.ledger.audit.stored import Finding, Values

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
        places = set(spool.places(owner))
        for cause in spool.causes(owner):
            places.update(places_of(cause))
        items = source.again(owner, sorted(places))
        if items is None:
            return
        fresh = list(items)
        spool.forget(owner)
        spool.keep(fresh)
        _fold_account(spool, owner)
        _compare_records(spool, owner)


def _fold_account(spool: Spool, owner: str) -> None:
    if not owner:
        return
    fold = Fold(owner)
    for entry in spool.parts(owner, "entry"):
        spool.note(owner, fold.add(entry))
        spool.note(owner, _cause_findings(spool, owner, entry))
    spool.add_books(owner, fold.books)
    snapshot = next(spool.parts(owner, "snapshot"), None)
    cards = spool.parts(owner, "card")
    if fold.seq or snapshot is not None or next(spool.parts(owner, "card"), None):
        spool.note(owner, snapshot_findings(fold, snapshot, cards))


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


def _compare_records(spool: Spool, owner: str) -> None:
    for record in spool.parts(owner, "record"):
        spool.note(owner, _record_findings(spool, owner, record))
    left = (entry for entry in spool.unclaimed(owner) if entry["kind"] in RECORDED)
    spool.note(owner, [unexplained(entry) for entry in left])


def _record_findings(spool: Spool, owner: str, record: Values) -> Iterator[Finding]:
    pk = record["pk"]
    try:
        faults = list(record_faults(pk, record))
        for expected in expected_of(pk, record):
            entries = spool.entries_caused_by(expected.cause)
            if not entries:
                faults.append(f"says that credits moved; there is no entry {expected.cause}")
            for entry in entries:
                faults += entry_faults(expected, entry)
                if entry["account_id"] != owner:
                    faults.append(f"is of account {owner}; its entry is {entry['account_id']}'s")
            spool.claim(expected.cause)
    except (KeyError, TypeError, ValueError) as error:
        faults = [f"cannot be read: {type(error).__name__} {error}"]
    yield from (Finding(pk, fault) for fault in faults)


def books_of(spool: Spool) -> Counter[str]:
    """What all entries of the table sum to, by book."""
    books: Counter[str] = Counter()
    for book, credits in spool.books():
        books[book] += credits
    return books
