"""Compares Paddle with the ledger each hour, and the ledger with itself each night.

What was only missed is repaired: events go onto the queue that webhooks go to, payouts are woken.
What does not agree becomes a case. Late, doubled, skipped and broken-off runs end the same: each
goes on where the last one was. Its answer is its report.
"""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from makegood import wiring
from makegood.errors import PaddleKeyError, SecretUnavailableError
from makegood.events.schedules import scheduled_time
from makegood.paddle.api import PaddleApi
from makegood.plans.duplicate_evidence import Rules
from makegood.reconciling.means import Means
from makegood.reconciling.run import look_at_deployment, reconcile
from makegood.reconciling.seen import Report, Seen


def lambda_handler(event: Mapping[str, Any], context: wiring.Context) -> Report:
    seen = Seen(scheduled_time(event))
    paddle = opened_paddle(seen)
    if event.get("deployed") is True:
        if paddle is not None:
            look_at_deployment(paddle, seen)
    else:
        nightly = event.get("nightly") is True
        reconcile(means_of(seen, context), paddle, seen, nightly=nightly)
        seen.tell()
    seen.tell_of_destination()
    return seen.report()


def opened_paddle(seen: Seen) -> PaddleApi | None:
    """None while there is no key that fits: no deployment fails for that, and no payout sleeps."""
    try:
        return wiring.paddle_api(seen.until)
    except (PaddleKeyError, SecretUnavailableError) as error:
        seen.fail("paddle", error)
        return None


def means_of(seen: Seen, context: wiring.Context) -> Means:
    return Means(
        ledger=wiring.ledger(),
        events_queue=wiring.paddle_events_queue(),
        payouts_queue=wiring.payouts_queue(),
        rules=Rules(wiring.policies(), ZoneInfo, seen.until),
        begins_at=wiring.paddle_events_since(),
        time_left=wiring.time_left(context),
    )
