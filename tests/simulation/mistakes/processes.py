"""Mistakes about what a process keeps, and about the time."""

from datetime import datetime
from typing import Any

import payouts
from makegood import wiring
from makegood.api import identity
from makegood.domain import monitor
from makegood.events.schedules import scheduled_time
from makegood.ledger.store import TimeLeft
from makegood.observability import log
from makegood.paddle.api_key import ApiKey
from tests.simulation.mistakes.planting import Mistake, Patch, everywhere


def keeps_the_first_caller(patch: Patch) -> None:
    """Who calls is read once, and kept for the request: for all requests of the process."""
    caller_of, known = identity.caller_of, dict[str, Any]()

    def kept(event: Any, scope: Any) -> Any:
        if scope not in known:
            known[scope] = caller_of(event, scope)
        return known[scope]

    everywhere(patch, caller_of, kept)


def reads_the_clock_once(patch: Patch) -> None:
    """The time is read where the module is loaded: so a process stays at its first event."""
    desk, known = payouts.Desk, list[datetime]()

    def opened(now: datetime, time_left: TimeLeft) -> payouts.Desk:
        known.append(now)
        return desk(known[0], time_left)

    patch.setattr(payouts, "Desk", opened)


def takes_now_for_the_time_of_a_schedule(patch: Patch) -> None:
    """A run is for the moment in which it begins."""
    everywhere(patch, scheduled_time, lambda _event: wiring.clock())


def finds_an_outage_in_one_failure(patch: Patch) -> None:
    """A probe that fails is an outage: customers must not wait for three."""
    patch.setattr(monitor, "FAILURES_TO_OPEN", 1)


def logs_the_key(patch: Patch) -> None:
    """To see which key is in use."""
    key = ApiKey.key

    def told(self: ApiKey, now: Any) -> str:
        value = key(self, now)
        log("paddle.key", key=value)
        return value

    patch.setattr(ApiKey, "key", told)


MISTAKES: tuple[Mistake, ...] = (
    keeps_the_first_caller,
    reads_the_clock_once,
    takes_now_for_the_time_of_a_schedule,
    finds_an_outage_in_one_failure,
    logs_the_key,
)
