"""Smaller records: what a person did, and what could not be understood yet."""

import json
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
    """An event from Paddle that nothing here acts on yet, kept with its content, a JSON object."""

    event_id: str
    event_type: str
    occurred_at: datetime
    parked_at: datetime
    content: str

    def tells_the_same_as(self, other: "ParkedEvent") -> bool:
        """However it is spelled: the same event may come again from another of Paddle's doors."""

        def told(event: "ParkedEvent") -> tuple[object, ...]:
            return event.event_type, event.occurred_at, json.loads(event.content).get("data")

        return told(self) == told(other)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a customer is told without having asked, once under its key."""

    account_id: str
    key: str
    text: str
    clause: str
    policy_version: str
    noticed_at: datetime
