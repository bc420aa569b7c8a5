"""The effects that a committed record has: a payout begins, others are told, a mail is written.

Nothing in them is personal data. Whom a mail goes to is looked up when it is sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from makegood.domain.entry import timestamp
from makegood.domain.money import Money

EVENT_VERSION = 1

_ADDRESS = re.compile(r"\S*@\S*")


@dataclass(frozen=True, slots=True)
class PayoutDue:
    """A payout wants to be worked on."""

    payout_id: str


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """Something that others may want to know. docs/events.md describes each type.

    `event_id` follows from the record, so that every repetition has the same. Of `facts` those
    that are None are left out.
    """

    type: str
    event_id: str
    occurred_at: datetime
    recorded_at: datetime
    facts: Mapping[str, object]

    @property
    def detail(self) -> dict[str, object]:
        """As it is told: a JSON object."""
        return {
            "version": EVENT_VERSION,
            "event_id": self.event_id,
            "occurred_at": timestamp(self.occurred_at),
            "recorded_at": timestamp(self.recorded_at),
            **{name: value for name, value in self.facts.items() if value is not None},
        }


@dataclass(frozen=True, slots=True)
class MailDue:
    """What the customer of a case is written about the step `case_version` of it.

    It goes to who made the purchase, or without one to who is named in the case's own request.
    """

    case_id: str
    case_version: int
    transaction_id: str | None
    subject: str
    text: str


Effect = PayoutDue | DomainEvent | MailDue


def without_addresses(text: str) -> str:
    """A sentence without what may be somebody's e-mail address: people write some of them."""
    return _ADDRESS.sub("[address]", text)


def money_facts(money: Money | None) -> dict[str, object] | None:
    return None if money is None else {"amount": money.amount_minor, "currency": money.currency}
