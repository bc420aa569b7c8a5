"""Applies what Paddle tells: purchases become credits, and money that goes back takes them along.

Customers can be found, and the rest is kept.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from makegood import wiring
from makegood.adjustments_told import tell_of_adjustment
from makegood.batch import BatchResponse, Message, work_off
from makegood.domain.facts import Decide
from makegood.domain.purchase import Purchase, PurchaseState
from makegood.events.paddle import parse_paddle_event
from makegood.observability import count, log, measure
from makegood.plans.customers import Parked
from makegood.plans.money.following import Followed
from makegood.plans.paddle_events import Applied, apply_event
from makegood.plans.purchases import Credited


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


def effect_of_message(message: Message) -> Decide[Applied]:
    event = parse_paddle_event(message.body)
    return apply_event(
        event,
        message.body,
        policies=wiring.policies(),
        zones=ZoneInfo,
        now=message.received_at,
    )


def tell(outcomes: Sequence[Applied]) -> None:
    log("paddle_events.applied", **Counter(type(outcome).__name__.lower() for outcome in outcomes))
    for outcome in outcomes:
        match outcome:
            case Credited(again=False):
                _tell_of_purchase(outcome.purchase)
                _tell_of_duplicates(outcome)
                _tell_of_damage(outcome)
            case Followed(again=False):
                tell_of_adjustment(outcome)
            case Parked(again=False, event=event):
                count("EventsParked")
                log("event.parked", event_id=event.event_id, event_type=event.event_type)


def _tell_of_purchase(purchase: Purchase) -> None:
    count(f"Purchases{purchase.state.title().replace('_', '')}")
    if purchase.state is PurchaseState.GRANTED:
        # Who waits for long pays a second time.
        waited = purchase.recorded_at - purchase.occurred_at
        measure("SecondsToGrant", [max(int(waited.total_seconds()), 0)], "Seconds")
    if purchase.state is PurchaseState.UNMATCHED:
        log("purchase.unmatched", transaction_id=purchase.transaction_id, why=purchase.why)


def _tell_of_duplicates(credited: Credited) -> None:
    found = credited.duplicates_found
    if found:
        count("DuplicatesFound", len(found))
    for case in credited.cases:
        log(
            "duplicate.found" if case in found else "duplicate.seen_again",
            case_id=case.case_id,
            transaction_id=case.transaction_id,
            status=case.status.value,
        )


def _tell_of_damage(credited: Credited) -> None:
    """The purchase is granted. Whether it is a duplicate, a person can still look at."""
    if credited.unreadable:
        count("EvidenceUnreadable", len(credited.unreadable))
    for transaction_id in credited.unreadable:
        log(
            "evidence.unreadable",
            transaction_id=credited.purchase.transaction_id,
            about=transaction_id,
        )
