"""Customers as Paddle tells of them, and events that are kept for later."""

from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.purchase import Customer
from makegood.domain.record import ParkedEvent
from makegood.errors import IdempotencyConflictError
from makegood.events.paddle import PaddleCustomer


@dataclass(frozen=True, slots=True)
class Told:
    """News of a customer; `again` says that it, or something newer, was known."""

    customer_id: str
    again: bool


@dataclass(frozen=True, slots=True)
class Parked:
    """An event that is kept; `again` says that it was kept already."""

    event: ParkedEvent
    again: bool


def tell_of_customer(customer: PaddleCustomer, *, occurred_at: datetime) -> Decide[Told]:
    """Keep the e-mail address, for looking a customer up; events arrive in any order."""

    def decide(facts: Facts) -> Plan[Told]:
        known = facts.get(Key(Customer, customer.id)) or Customer(customer.id)
        if known.told_at is not None and occurred_at <= known.told_at:
            return Plan(Told(customer.id, again=True))
        return Plan(
            Told(customer.id, again=False),
            (replace(known, email=customer.email, told_at=occurred_at),),
        )

    return decide


def park_event(event: ParkedEvent) -> Decide[Parked]:
    """Keep an event that nothing acts on yet.

    Raises IdempotencyConflictError for the id of a kept event with other contents.
    """

    def decide(facts: Facts) -> Plan[Parked]:
        known = facts.get(Key(ParkedEvent, event.event_id))
        if known is None:
            return Plan(Parked(event, again=False), (event,))
        if not known.tells_the_same_as(event):
            raise IdempotencyConflictError("this event id came before with other contents")
        return Plan(Parked(known, again=True))

    return decide
