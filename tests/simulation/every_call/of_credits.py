"""Scenarios of purchases, jobs, and what operators do to accounts."""

from typing import Any

from tests.http_events import JOBS
from tests.simulation.every_call.acts import (
    ANN,
    HOUR,
    MINUTE,
    at_paddle,
    buys,
    charges,
    every,
    only_transaction,
    operates,
    purchase,
    tells,
    unheard,
    wait,
)
from tests.simulation.every_call.stage import Scenario
from tests.simulation.faults import (
    API,
    CASE_CLOCK,
    JOB_EVENTS,
    LOST_JOBS,
    PADDLE_EVENTS,
    RELAY,
    WEBHOOK,
)
from tests.simulation.plots.reviewers import ODA, REASON
from tests.simulation.starts import ACCOUNT, SMALL
from tests.simulation.world import World

TOLD = (WEBHOOK, PADDLE_EVENTS, RELAY)
LOST = (LOST_JOBS, RELAY)


def buys_once(world: World) -> None:
    buys(world)


def buys_twice(world: World) -> None:
    for _ in range(2):
        world.paddle.do("purchase", **purchase(SMALL, 1, ACCOUNT), order_ref="order_1")
        wait(world, 10 * MINUTE)
    wait(world, HOUR)


def buys_for_nobody(world: World) -> None:
    buys(world, custom_data=None)


def is_assigned(world: World) -> None:
    path = f"/v1/unmatched/{only_transaction(world)}/assign"
    world.gateway.insist("POST", path, ODA, {"account_id": ACCOUNT})


def tells_something_new(world: World) -> None:
    world.webhooks._invent({"event_type": "subscription.paused", "data": {"id": "sub_1"}})


def is_asked_for_at_paddle(world: World) -> None:
    """By the buyer; Paddle pays it back after a while."""
    at_paddle(
        world,
        "refund",
        transaction_id=only_transaction(world),
        amount=500,
        status="pending_approval",
    )
    wait(world, 2 * HOUR)


def is_refused_at_paddle(world: World) -> None:
    world.paddle.do("options", next_rejected=1)
    is_asked_for_at_paddle(world)


def goes_back_and_returns(world: World) -> None:
    """The buyer's bank takes the money, more than is unused, and returns it."""
    charges(world, credits=600)
    tells(world, "job_1", "job.succeeded", outputs={"ordered": 1, "delivered": 1})
    wait(world, HOUR)
    adjustment_id = at_paddle(world, "chargeback", transaction_id=only_transaction(world))
    at_paddle(world, "reversal", adjustment_id=adjustment_id)


def is_told_of_money_first(world: World) -> None:
    """The webhook of a purchase comes after that of its refund."""
    bought = unheard(world, "purchase", **purchase(SMALL, 1, ACCOUNT))
    at_paddle(world, "refund", transaction_id=bought["transaction"]["id"], amount=400)
    for event in world.paddle.paddle.events:
        if event["event_id"] in bought["event_ids"]:
            world.webhooks.attempt(event)
            # A mail goes to the address that Paddle has told by then, or to nobody.
            wait(world, HOUR)


def charges_six(world: World) -> None:
    buys(world)
    for number in range(1, 7):
        charges(world, f"job_{number}", 100)


def jobs_end(world: World) -> None:
    """In every way, all told in one batch, and something else that nobody can read."""
    tells(world, "job_1", "job.failed", failure={"code": "provider_503"})
    tells(world, "job_2", "job.failed", failure={"code": "moderation"})
    tells(world, "job_3", "job.succeeded", outputs={"ordered": 3, "delivered": 2})
    tells(world, "job_4", "job.cancelled", work_started=False)
    tells(world, "job_5", "job.succeeded", outputs={"ordered": 1, "delivered": 1})
    tells(world, "job_6", "job.cancelled", work_started=True)
    world.queues[JOB_EVENTS].put("{", by="studio")
    wait(world, HOUR)


def charged_six(world: World) -> None:
    charges_six(world)
    jobs_end(world)


def fails_for_no_known_reason(world: World) -> None:
    """Nobody decides, so it is refunded in time."""
    tells(world, "job_1", "job.failed", failure={"code": "nobody_knows_this"})
    wait(world, HOUR)
    wait(world, 20 * HOUR)
    every(world, 15 * MINUTE, 3, CASE_CLOCK)


def charges_one(world: World) -> None:
    buys(world)
    charges(world)


def charges_what_fails(world: World) -> None:
    """The studio knows that, and has not told."""
    charges_one(world)
    _knows(world, {"state": "failed", "failure": {"code": "provider_503"}})


def charges_what_succeeds(world: World) -> None:
    """Partly, and expected to be done soon."""
    buys(world)
    charges(world, "job_1", 100, expected_seconds=600)
    _knows(world, {"state": "succeeded", "outputs": {"ordered": 2, "delivered": 1}})


def _knows(world: World, state: dict[str, Any]) -> None:
    world.outside.states["job_1"] = state
    world.witness.job_status["job_1"] = state


def is_asked_about(world: World) -> None:
    wait(world, 2 * HOUR)
    every(world, 5 * MINUTE, 3, LOST_JOBS)


def stays_unknown(world: World) -> None:
    wait(world, 24 * HOUR)
    every(world, 5 * MINUTE, 3, LOST_JOBS)


def is_charged_and_ends(world: World) -> None:
    """Asked for twice, as somebody does who is not sure."""
    charges(world)
    wait(world, MINUTE)
    charges(world)
    world.gateway.insist("GET", "/v1/jobs/job_1", JOBS)
    tells(world, "job_1", "job.failed", failure={"code": "timeout"})
    wait(world, HOUR)


def is_operated_on(world: World) -> None:
    account = f"/v1/accounts/{ACCOUNT}"
    bonus = {"account_id": ACCOUNT, "credits": 50, "reason": REASON}
    world.gateway.insist("PUT", "/v1/bonuses/welcome", JOBS, bonus)
    for credits in (70, -30):
        body = {"credits": credits, "reason": REASON}
        world.gateway.insist(
            "POST", f"{account}/corrections", ODA, body, key=f"correction_{abs(credits)}"
        )
    operates(world, "POST", f"{account}/freeze")
    operates(world, "POST", f"{account}/unfreeze")
    world.gateway.insist("PUT", "/v1/prices/pri_new", ODA, {"credits": 10, "bonus_credits": 1})
    operates(world, "POST", f"{account}/close")


def looks(world: World) -> None:
    """At the balance and at all of the history, page by page."""
    world.gateway.insist("GET", "/v1/me", ANN)
    call = world.gateway.insist("GET", "/v1/me/transactions", ANN, limit=1)
    while cursor := call.answer["next_cursor"]:
        call = world.gateway.insist("GET", "/v1/me/transactions", ANN, limit=1, cursor=cursor)


SCENARIOS = (
    Scenario("a purchase", TOLD, buys_once),
    Scenario("a purchase that was paid twice", TOLD, buys_twice),
    Scenario("a purchase of nobody", (PADDLE_EVENTS,), buys_for_nobody),
    Scenario("a purchase finds its account", (API, RELAY), is_assigned, before=buys_for_nobody),
    Scenario("an event that is kept for later", (WEBHOOK, PADDLE_EVENTS), tells_something_new),
    Scenario("a refund at Paddle", TOLD, is_asked_for_at_paddle, before=buys_once),
    Scenario("a refund that Paddle refuses", TOLD, is_refused_at_paddle, before=buys_once),
    Scenario("a chargeback and its reversal", TOLD, goes_back_and_returns, before=buys_once),
    Scenario("a refund before its purchase", TOLD, is_told_of_money_first),
    Scenario("ends of jobs", (JOB_EVENTS, RELAY), jobs_end, before=charges_six),
    Scenario(
        "a failure that nobody knows",
        (JOB_EVENTS, CASE_CLOCK, RELAY),
        fails_for_no_known_reason,
        before=charges_one,
        runs_max=1,
    ),
    Scenario("a failure untold", LOST, is_asked_about, before=charges_what_fails, runs_max=1),
    Scenario("a success untold", LOST, is_asked_about, before=charges_what_succeeds, runs_max=1),
    Scenario("a lost job", LOST, stays_unknown, before=charges_one, runs_max=1),
    Scenario("a job", (API, JOB_EVENTS), is_charged_and_ends, before=buys_once),
    Scenario("an account", (API, RELAY), is_operated_on, before=buys_once),
    Scenario("a history", (API,), looks, before=charged_six),
)
