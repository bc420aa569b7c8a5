"""News of customers in any order, and events that are kept for later."""

import itertools
import json
from datetime import datetime, timedelta

import pytest

from makegood.domain.facts import Key
from makegood.domain.purchase import Customer
from makegood.domain.record import ParkedEvent
from makegood.errors import IdempotencyConflictError
from makegood.events.paddle import PaddleCustomer
from makegood.plans.customers import Told, park_event, tell_of_customer
from tests.ledgers import NOON, memory_ledger, plenty, stored
from tests.webhooks import sample


def customer(email: str) -> PaddleCustomer:
    data = json.loads(sample("customer.created"))["data"]
    return PaddleCustomer.model_validate(data | {"id": "ctm_1", "email": email})


NEWS = {
    minute: (f"ada+{minute}@example.com", NOON + timedelta(minutes=minute)) for minute in range(4)
}


@pytest.mark.parametrize("order", list(itertools.permutations(NEWS)))
def test_the_newest_address_stays_whatever_arrives_last(order: tuple[int, ...]) -> None:
    ledger, _ = memory_ledger()
    for minute in order:
        email, at = NEWS[minute]
        ledger.decide(tell_of_customer(customer(email), occurred_at=at), time_left=plenty)
    assert stored(ledger, Key(Customer, "ctm_1")).email == "ada+3@example.com"


@pytest.mark.parametrize(
    ("at", "again"), [(timedelta(0), True), (timedelta(microseconds=1), False)]
)
def test_news_of_the_same_moment_is_no_news(at: timedelta, *, again: bool) -> None:
    ledger, _ = memory_ledger()
    ledger.decide(tell_of_customer(customer("a@example.com"), occurred_at=NOON), time_left=plenty)
    told = ledger.decide(
        tell_of_customer(customer("b@example.com"), occurred_at=NOON + at), time_left=plenty
    )
    assert told == Told("ctm_1", again=again)


def event(
    content: str = "{}", kind: str = "adjustment.created", at: datetime = NOON
) -> ParkedEvent:
    return ParkedEvent("evt_1", kind, NOON, at, content)


def test_an_event_is_kept_once() -> None:
    ledger, memory = memory_ledger()
    first = ledger.decide(park_event(event()), time_left=plenty)
    second = ledger.decide(park_event(event(at=NOON + timedelta(days=1))), time_left=plenty)
    assert (first.again, second.again) == (False, True)
    assert second.event == first.event
    assert memory.items["EVENT#evt_1", "EVENT"]["work_pk"] == {"S": "PARKED"}


@pytest.mark.parametrize("other", [event('{"data":{"a":1}}'), event(kind="adjustment.updated")])
def test_another_event_under_the_same_id_is_refused_loudly(other: ParkedEvent) -> None:
    ledger, _ = memory_ledger()
    ledger.decide(park_event(event()), time_left=plenty)
    with pytest.raises(IdempotencyConflictError):
        ledger.decide(park_event(other), time_left=plenty)
