"""What an event from Paddle means: a purchase, news of a customer, nothing, or work for later."""

from dataclasses import dataclass
from datetime import datetime

from makegood.domain.adjustment import KNOWN_ACTIONS, STATUSES
from makegood.domain.facts import Decide, Plan
from makegood.domain.record import ParkedEvent
from makegood.domain.studio import ZoneNamed
from makegood.events.paddle import (
    PaddleAdjustment,
    PaddleCustomer,
    PaddleEvent,
    PaddleTransaction,
)
from makegood.plans.customers import Parked, Told, park_event, tell_of_customer
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.money.following import Followed, follow_adjustment
from makegood.plans.purchases import Credited, credit_purchase
from makegood.policy.published import Policies

NOT_COMPLETED = frozenset({"draft", "ready", "billed", "paid", "canceled", "past_due"})
"""Paddle's statuses of a transaction beside `completed`, which is its last."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A transaction that is not completed says nothing about credits."""

    again: bool = False


Applied = Credited | Followed | Told | Parked | Ignored


def apply_event(
    event: PaddleEvent, content: str, *, policies: Policies, zones: ZoneNamed, now: datetime
) -> Decide[Applied]:
    """Do what the event means. `content` is all of it, as JSON, for what is kept for later."""
    match event.data:
        # The status counts, not the event's name: an update may be the first to arrive.
        case PaddleTransaction(status="completed"):
            return credit_purchase(event.data, policies=policies, zones=zones, now=now)
        case PaddleAdjustment() if is_understood(event.data):
            return follow_adjustment(event.data, Rules(policies, zones, now))
        case PaddleCustomer():
            return tell_of_customer(event.data, occurred_at=event.occurred_at)
        case PaddleTransaction() if event.data.status in NOT_COMPLETED:
            return lambda _: Plan(Ignored())
        case None if event.event_type.startswith("transaction."):
            return lambda _: Plan(Ignored())
    return park_event(
        ParkedEvent(event.event_id, event.event_type, event.occurred_at, now, content)
    )


def is_understood(adjustment: PaddleAdjustment) -> bool:
    """Paddle's lists of actions and statuses grow. What is new is kept until somebody knows it."""
    return adjustment.action in KNOWN_ACTIONS and adjustment.status in STATUSES
