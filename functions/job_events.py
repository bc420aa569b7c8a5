"""Ends jobs: gives back the credits of those that failed, settles those that delivered."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from makegood import wiring
from makegood.batch import BatchResponse, Message, work_off
from makegood.domain.facts import Decide
from makegood.events.jobs import parse_job_event
from makegood.observability import count, log
from makegood.plans.jobs import Ended, end_job


def lambda_handler(event: Mapping[str, Any], context: wiring.Context) -> BatchResponse:
    worked = work_off(
        event,
        end_of_job,
        ledger=wiring.ledger(),
        dead_letters=wiring.job_events_dead_letters(),
        time_left=wiring.time_left(context),
    )
    tell(worked.outcomes)
    return worked.response()


def end_of_job(message: Message) -> Decide[Ended]:
    return end_job(parse_job_event(message.body), now=message.received_at)


def tell(outcomes: list[Ended]) -> None:
    """One line for a batch: a line for each refund would cost as much as the refund."""
    ended = Counter(outcome.job.state for outcome in outcomes if not outcome.again)
    again = sum(outcome.again for outcome in outcomes)
    returned = sum(outcome.job.refunded for outcome in outcomes if not outcome.again)
    log("jobs.ended", **{state.value: n for state, n in ended.items()}, again=again)
    for state, number in ended.items():
        count(f"Jobs{state.value.capitalize()}", number)
    if returned:
        count("CreditsReturned", returned)
    if again:
        count("JobsToldAgain", again)
