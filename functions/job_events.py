"""Ends jobs: gives back the credits of those that failed, settles those that delivered."""

from collections.abc import Mapping
from typing import Any

from makegood import wiring
from makegood.batch import BatchResponse, Message, work_off
from makegood.domain.facts import Decide
from makegood.ends_told import tell_of_ends
from makegood.events.jobs import parse_job_event
from makegood.plans.job_ends import Ended
from makegood.plans.jobs import end_job


def lambda_handler(event: Mapping[str, Any], context: wiring.Context) -> BatchResponse:
    worked = work_off(
        event,
        end_of_job,
        ledger=wiring.ledger(),
        dead_letters=wiring.job_events_dead_letters(),
        time_left=wiring.time_left(context),
    )
    tell_of_ends(worked.outcomes)
    return worked.response()


def end_of_job(message: Message) -> Decide[Ended]:
    event = parse_job_event(message.body)
    return end_job(event, policies=wiring.policies(), now=message.received_at)
