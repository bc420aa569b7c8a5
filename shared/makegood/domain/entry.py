"""Entries: the immutable record of every movement of credits, chained by hash."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from makegood.domain.lot import LotChange

GENESIS = "0" * 64
"""What the first entry of an account names as its predecessor's hash."""


class EntryKind(StrEnum):
    """Why credits moved. docs/ledger.md has the postings of each."""

    GRANT = "grant"
    BONUS = "bonus"
    CHARGE = "charge"
    REFUND = "refund"
    SETTLE = "settle"
    HOLD = "hold"
    RELEASE = "release"
    CLAWBACK = "clawback"
    RESTORE = "restore"
    CORRECTION = "correction"
    FORFEIT = "forfeit"


class Book(StrEnum):
    """Where credits can be. The first three belong to the customer and have a stored balance.

    The others are the studio's side. They have none, since every customer's entries would meet
    in that one item; `python -m makegood.ledger.audit` sums them from the entries.
    """

    AVAILABLE = "available"
    HELD = "held"
    DEBT = "debt"
    ISSUED = "issued"
    CONSUMED = "consumed"
    WITHDRAWN = "withdrawn"
    ADJUSTED = "adjusted"
    FORFEITED = "forfeited"


@dataclass(frozen=True, slots=True)
class Posting:
    """Credits that a book gains (positive) or loses. A debt is a negative amount in its book."""

    book: Book
    credits: int


@dataclass(frozen=True, slots=True)
class Cause:
    """The fact that brings an entry about, and what the customer is told of it.

    `key` is unique in the whole ledger (`end:<job>`), so that each fact moves credits once.
    """

    key: str
    reason: str
    occurred_at: datetime
    recorded_at: datetime
    clause: str | None = None
    policy_version: str | None = None
    job_id: str | None = None
    transaction_id: str | None = None
    case_id: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement. Its postings sum to zero, its seq follows its predecessor's without a gap."""

    account_id: str
    seq: int
    kind: EntryKind
    postings: tuple[Posting, ...]
    lots: tuple[LotChange, ...]
    cause: Cause
    available: int
    held: int
    debt: int
    previous_hash: str
    hash: str = ""

    def __post_init__(self) -> None:
        assert sum(posting.credits for posting in self.postings) == 0, self.cause.key

    @property
    def credits(self) -> int:
        """What the movement did to the customer's balance, signed."""
        return sum(p.credits for p in self.postings if p.book in (Book.AVAILABLE, Book.DEBT))

    @property
    def balance(self) -> int:
        return self.available - self.debt

    def sealed(self) -> "Entry":
        return replace(self, hash=entry_hash(self))


def entry_hash(entry: Entry) -> str:
    """SHA-256, in hex, over all of the entry but the hash itself.

    The form is fixed for ever: JSON with sorted keys, no spaces, ASCII only, times in UTC with
    microseconds, absent values left out. docs/ledger.md describes it for other languages.
    """
    cause = entry.cause
    content: dict[str, Any] = {
        "account_id": entry.account_id,
        "seq": entry.seq,
        "kind": entry.kind.value,
        "postings": [[posting.book.value, posting.credits] for posting in entry.postings],
        "lots": [[c.number, c.granted, c.used, c.held, c.withdrawn] for c in entry.lots],
        "after": [entry.available, entry.held, entry.debt],
        "cause": cause.key,
        "reason": cause.reason,
        "occurred_at": timestamp(cause.occurred_at),
        "recorded_at": timestamp(cause.recorded_at),
        "previous": entry.previous_hash,
    }
    for name in ("clause", "policy_version", "job_id", "transaction_id", "case_id", "author"):
        if (value := getattr(cause, name)) is not None:
            content[name] = value
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(text.encode()).hexdigest()


def timestamp(at: datetime) -> str:
    """The one written form of a time: UTC, always with microseconds, so that text sorts as time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
