"""Smaller records: what a person did, and what could not be understood yet."""

from dataclasses import dataclass
from datetime import datetime

from makegood.domain.account import AccountStatus


@dataclass(frozen=True, slots=True)
class Bonus:
    """Free credits, given once under the studio's own key."""

    key: str
    account_id: str
    credits: int
    reason: str
    lot: int
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Correction:
    """Credits added or taken away by a person, once under that person's idempotency key."""

    key: str
    account_id: str
    credits: int
    reason: str
    author: str
    seq: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class StatusChange:
    """Who froze or opened an account, when and why."""

    account_id: str
    status: AccountStatus
    reason: str
    author: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event from Paddle that nothing here acts on yet, kept with its content (JSON)."""

    event_id: str
    event_type: str
    occurred_at: datetime
    parked_at: datetime
    content: str
