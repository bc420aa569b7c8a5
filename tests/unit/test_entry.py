"""The form of an entry's hash is fixed for ever, and everything in an entry counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from makegood.domain.entry import (
    Book,
    Cause,
    Entry,
    EntryKind,
    Posting,
    entry_hash,
    timestamp,
)
from makegood.domain.lot import LotChange

ENTRY = Entry(
    account_id="acc_1",
    seq=7,
    kind=EntryKind.CLAWBACK,
    postings=(
        Posting(Book.AVAILABLE, -20),
        Posting(Book.HELD, -10),
        Posting(Book.DEBT, -5),
        Posting(Book.WITHDRAWN, 35),
    ),
    lots=(LotChange(3, held=-10, withdrawn=30), LotChange(4, withdrawn=5)),
    cause=Cause(
        key="clawback:adj_1",
        reason="Zahlung zurückgebucht: 35 ✓ 🎬",
        occurred_at=datetime(2026, 11, 22, 10, 0, 0, 5, UTC),
        recorded_at=datetime(2026, 11, 22, 11, 0, tzinfo=UTC),
        clause="7",
        policy_version="2025-02-24",
        transaction_id="txn_1",
    ),
    available=0,
    held=0,
    debt=5,
    previous_hash="ab" * 32,
)


def test_the_hash_is_what_it_has_always_been() -> None:
    """If this fails, no stored entry verifies any more. The form is described in docs/ledger.md."""
    assert entry_hash(ENTRY) == "ac5e3d19f60d8f085d82efcc3df5ce8777ef1050fb231d5dbdc492554f980f32"


def test_a_sealed_entry_carries_its_hash_which_does_not_count_itself() -> None:
    sealed = ENTRY.sealed()
    assert sealed.hash == entry_hash(ENTRY) == entry_hash(sealed)


CAUSE = ENTRY.cause
CHANGED = {
    "account_id": replace(ENTRY, account_id="acc_2"),
    "seq": replace(ENTRY, seq=8),
    "kind": replace(ENTRY, kind=EntryKind.RESTORE),
    "a posting's credits": replace(
        ENTRY, postings=(Posting(Book.AVAILABLE, -35), Posting(Book.WITHDRAWN, 35))
    ),
    "a posting's book": replace(ENTRY, postings=(*ENTRY.postings[:3], Posting(Book.CONSUMED, 35))),
    "a lot's number": replace(ENTRY, lots=(replace(ENTRY.lots[0], number=5), ENTRY.lots[1])),
    "a lot's granted": replace(ENTRY, lots=(replace(ENTRY.lots[0], granted=1), ENTRY.lots[1])),
    "a lot's used": replace(ENTRY, lots=(replace(ENTRY.lots[0], used=1), ENTRY.lots[1])),
    "a lot's held": replace(ENTRY, lots=(replace(ENTRY.lots[0], held=1), ENTRY.lots[1])),
    "a lot's withdrawn": replace(ENTRY, lots=(replace(ENTRY.lots[0], withdrawn=1), ENTRY.lots[1])),
    "available": replace(ENTRY, available=1),
    "held": replace(ENTRY, held=1),
    "debt": replace(ENTRY, debt=1),
    "previous_hash": replace(ENTRY, previous_hash="ac" * 32),
    "key": replace(ENTRY, cause=replace(CAUSE, key="clawback:adj_2")),
    "reason": replace(ENTRY, cause=replace(CAUSE, reason="other words")),
    "occurred_at": replace(
        ENTRY, cause=replace(CAUSE, occurred_at=CAUSE.occurred_at + timedelta(microseconds=1))
    ),
    "recorded_at": replace(
        ENTRY, cause=replace(CAUSE, recorded_at=CAUSE.recorded_at + timedelta(microseconds=1))
    ),
    "clause": replace(ENTRY, cause=replace(CAUSE, clause="2(b)")),
    "no clause": replace(ENTRY, cause=replace(CAUSE, clause=None)),
    "policy_version": replace(ENTRY, cause=replace(CAUSE, policy_version="2026-01-01")),
    "transaction_id": replace(ENTRY, cause=replace(CAUSE, transaction_id="txn_2")),
    "job_id": replace(ENTRY, cause=replace(CAUSE, job_id="job_1")),
    "case_id": replace(ENTRY, cause=replace(CAUSE, case_id="case_1")),
    "author": replace(ENTRY, cause=replace(CAUSE, author="ada")),
}


def test_every_field_of_an_entry_is_in_the_hash() -> None:
    hashes = [entry_hash(changed) for changed in CHANGED.values()]
    assert entry_hash(ENTRY) not in hashes
    assert len(set(hashes)) == len(CHANGED)


def test_the_zone_that_a_time_was_written_in_is_not() -> None:
    tokyo = timezone(timedelta(hours=9))
    moved = replace(CAUSE, occurred_at=CAUSE.occurred_at.astimezone(tokyo))
    assert entry_hash(replace(ENTRY, cause=moved)) == entry_hash(ENTRY)


def test_postings_that_do_not_balance_are_no_entry() -> None:
    with pytest.raises(AssertionError, match="clawback:adj_1"):
        replace(ENTRY, postings=(Posting(Book.AVAILABLE, -20), Posting(Book.WITHDRAWN, 35)))


def test_written_times_sort_as_times_do() -> None:
    start = datetime(2026, 11, 22, 9, 59, 59, 999_999, tzinfo=UTC)
    times = [start + timedelta(microseconds=n * 333_333) for n in range(9)]
    assert [timestamp(at) for at in times] == sorted(timestamp(at) for at in times)
    assert timestamp(start) == "2026-11-22T09:59:59.999999Z"
    assert timestamp(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000000Z"


def test_the_customer_sees_what_a_movement_did_to_the_balance() -> None:
    assert ENTRY.credits == -25
    assert ENTRY.balance == -5
