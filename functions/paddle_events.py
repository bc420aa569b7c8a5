"""Applies what Paddle tells: purchases become credits, customers can be found, the rest is kept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from makegood import wiring
from makegood.batch import BatchResponse, Message, work_off
from makegood.domain.facts import Decide, Plan
from makegood.domain.purchase import PurchaseState
from makegood.domain.record import ParkedEvent
from makegood.events.paddle import (
    PaddleCustomer,
    PaddleEvent,
    PaddleTransaction,
    parse_paddle_event,
)
from makegood.observability import count, log
from makegood.plans.customers import Parked, Told, park_event, tell_of_customer
from makegood.plans.purchases import Credited, credit_purchase


@dataclass(frozen=True, slots=True)
class Ignored:
    """A transaction that is not completed says nothing about credits."""

    again: bool = False


Outcome = Credited | Told | Parked | Ignored


def lambda_handler(event: Mapping[str, Any], context: wiring.Context) -> BatchResponse:
    worked = work_off(
        event,
        effect_of_message,
        ledger=wiring.ledger(),
        dead_letters=wiring.paddle_events_dead_letters(),
        time_left=wiring.time_left(context),
    )
    tell(worked.outcomes)
    return worked.response()


def effect_of_message(message: Message) -> Decide[Outcome]:
    event = parse_paddle_event(message.body)
    match event.data:
        # The status counts, not the event's name: an update may be the first to arrive.
        case PaddleTransaction(status="completed"):
            return credit_purchase(event.data, now=message.received_at)
        case PaddleCustomer():
            return tell_of_customer(event.data, occurred_at=event.occurred_at)
    if event.event_type.startswith("transaction."):
        return lambda _: Plan(Ignored())
    return park_event(_to_park(event, message))


def _to_park(event: PaddleEvent, message: Message) -> ParkedEvent:
    return ParkedEvent(
        event_id=event.event_id,
        event_type=event.event_type,
        occurred_at=event.occurred_at,
        parked_at=message.received_at,
        content=message.body,
    )


def tell(outcomes: Sequence[Outcome]) -> None:
    log("paddle_events.applied", **Counter(type(outcome).__name__.lower() for outcome in outcomes))
    for outcome in outcomes:
        match outcome:
            case Credited(again=False, purchase=purchase):
                count(f"Purchases{purchase.state.title().replace('_', '')}")
                if purchase.state is PurchaseState.UNMATCHED:
                    log(
                        "purchase.unmatched",
                        transaction_id=purchase.transaction_id,
                        why=purchase.why,
                    )
            case Parked(again=False, event=event):
                count("EventsParked")
                log("event.parked", event_id=event.event_id, event_type=event.event_type)
