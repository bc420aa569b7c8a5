"""Scenarios of cases, of what they approve, and of what finds what was missed."""

from tests.simulation.every_call.acts import (
    ANN,
    HOUR,
    MINUTE,
    asks,
    at_paddle,
    buys,
    charges,
    decides,
    every,
    only_transaction,
    purchase,
    reconciled,
    tells,
    unheard,
    wait,
)
from tests.simulation.every_call.points import Kind
from tests.simulation.every_call.stage import Scenario
from tests.simulation.faults import (
    API,
    CASE_CLOCK,
    OUTAGE_CHECK,
    PADDLE_EVENTS,
    PAYOUTS,
    RECONCILIATION,
    RELAY,
    WEBHOOK,
)
from tests.simulation.outside import CAPABILITIES
from tests.simulation.plots.reviewers import ODA, REASON, SAM
from tests.simulation.starts import ACCOUNT, LARGE, SMALL
from tests.simulation.world import World

DAY = 24 * HOUR
MONEY = (PAYOUTS, RELAY)
CLOCK = (CASE_CLOCK, RELAY)
PROBES = (OUTAGE_CHECK, RELAY)


def bought(world: World) -> None:
    buys(world)


def bought_much(world: World) -> None:
    buys(world, LARGE, quantity=10)


def asked(world: World) -> None:
    buys(world)
    asks(world)


def asked_for_much(world: World) -> None:
    bought_much(world)
    asks(world)


def asked_for_the_rest(world: World) -> None:
    """Some of it was used."""
    buys(world, LARGE)
    charges(world, credits=3400)
    tells(world, "job_1", "job.succeeded", outputs={"ordered": 1, "delivered": 1})
    wait(world, HOUR)
    asks(world)


def asks_and_withdraws(world: World) -> None:
    case_id = asks(world)
    world.gateway.insist("POST", f"/v1/me/cases/{case_id}/withdraw", ANN)


def asks_and_appeals(world: World) -> None:
    """What the policy refuses at once, and then a person."""
    case_id = asks(world, "other")
    world.gateway.insist("POST", f"/v1/me/cases/{case_id}/appeal", ANN, {"reason": "Please."})
    decides(world, "decline", note="It was used.")


def approves(world: World) -> None:
    decides(world, "approve")
    reconciled(world)


def approves_a_part(world: World) -> None:
    decides(world, "approve", amount=700)
    reconciled(world)


def two_approve(world: World) -> None:
    decides(world, "approve", note=REASON)
    wait(world, MINUTE)
    decides(world, "approve", SAM, note=REASON)
    reconciled(world)


def approves_and_paddle_looks(world: World) -> None:
    """The refund is pending for an hour."""
    world.paddle.do("options", review="by_hand")
    approves(world)


def approves_and_paddle_refuses(world: World) -> None:
    world.paddle.do("options", review="by_hand", next_rejected=1)
    approves(world)


def approves_what_went_back(world: World) -> None:
    """Paddle has paid it back already, and nobody here has heard of that."""
    unheard(world, "refund", transaction_id=only_transaction(world))
    decides(world, "approve")
    reconciled(world)


def approves_what_is_pending(world: World) -> None:
    """The buyer has asked Paddle for a part, which is decided on later."""
    body = {"transaction_id": only_transaction(world), "amount": 300}
    world.paddle.do("refund", **body, status="pending_approval")
    decides(world, "approve")
    wait(world, 2 * HOUR)
    reconciled(world, 1)
    sees_to_payouts(world)
    reconciled(world)


def sees_to_payouts(world: World) -> None:
    """What needs a person is asked for once more: at Paddle there is nothing of it."""
    wait(world, HOUR)
    for payout in world.gateway.insist("GET", "/v1/payouts", ODA).answer["items"]:
        body = {"decision": "send_again", "note": REASON}
        world.gateway.insist("POST", f"/v1/payouts/{payout['payout_id']}/decision", ODA, body)


def approves_and_money_goes_back(world: World) -> None:
    """Paddle pays a part back while nobody works on payouts, so this one is not paid."""
    queue = world.queues[PAYOUTS]
    queue._is_shut = True
    decides(world, "approve")
    at_paddle(world, "refund", transaction_id=only_transaction(world), amount=200)
    queue.reopen()
    reconciled(world)


def went_back_unheard(world: World) -> None:
    asked(world)
    approves_what_went_back(world)


def is_given_up(world: World) -> None:
    """It was left to a person, who has looked at Paddle."""
    [payout] = world.items_of("PAYOUT")
    world.gateway.insist("GET", "/v1/payouts", ODA, state="person")
    path = f"/v1/payouts/{payout['payout_id']['S']}/decision"
    world.gateway.insist("POST", path, ODA, {"decision": "give_up", "note": REASON})


def missed(world: World) -> None:
    """No webhook tells of a purchase, of another one, and of what went back of it."""
    unheard(world, "purchase", **purchase(SMALL, 1, ACCOUNT))
    done = unheard(world, "purchase", **purchase(LARGE, 1, ACCOUNT))
    wait(world, MINUTE)
    unheard(world, "refund", transaction_id=done["transaction"]["id"], amount=900)
    wait(world, HOUR)


def is_found_within_the_hour(world: World) -> None:
    every(world, HOUR, 4, RECONCILIATION)


def is_looked_at_each_night(world: World) -> None:
    every(world, HOUR, 3, RECONCILIATION, nightly=True)


def is_reminded_of(world: World) -> None:
    wait(world, 7 * DAY - 30 * MINUTE)
    every(world, 15 * MINUTE, 3, CASE_CLOCK)


def reminded(world: World) -> None:
    asked(world)
    is_reminded_of(world)


def is_overdue(world: World) -> None:
    wait(world, 2 * DAY)
    every(world, 15 * MINUTE, 3, CASE_CLOCK)


def failed_twice(world: World) -> None:
    """So an outage is not believed yet."""
    bought(world)
    world.outside.goes_down(CAPABILITIES, 10 * MINUTE)
    every(world, MINUTE, 2, OUTAGE_CHECK)


def down(world: World) -> None:
    failed_twice(world)
    wait(world, MINUTE)
    every(world, MINUTE, 2, OUTAGE_CHECK)


def is_probed(world: World) -> None:
    wait(world, MINUTE)
    every(world, MINUTE, 4, OUTAGE_CHECK)


def down_for_days(world: World) -> None:
    """Who bought before has a right to money back."""
    bought(world)
    world.outside.goes_down(CAPABILITIES, 73 * HOUR)
    every(world, 30 * MINUTE, 4, OUTAGE_CHECK)
    every(world, 71 * HOUR, 2, OUTAGE_CHECK)


def comes_back(world: World) -> None:
    wait(world, HOUR)
    every(world, MINUTE, 4, OUTAGE_CHECK)


SCENARIOS = (
    Scenario("a case that is withdrawn", (API, RELAY), asks_and_withdraws, before=bought),
    Scenario("a case that is appealed", (API, RELAY), asks_and_appeals, before=bought),
    Scenario("a refund of all", (API, *MONEY, WEBHOOK, PADDLE_EVENTS), approves, before=asked),
    Scenario("a refund of what is unused", MONEY, approves, before=asked_for_the_rest),
    Scenario("a refund of a part", MONEY, approves_a_part, before=asked),
    Scenario("a refund by two", (API, *MONEY), two_approve, before=asked_for_much),
    Scenario(
        "a payout that is pending",
        (*MONEY, PADDLE_EVENTS),
        approves_and_paddle_looks,
        before=asked,
    ),
    Scenario(
        "a payout that Paddle rejects",
        (*MONEY, PADDLE_EVENTS),
        approves_and_paddle_refuses,
        before=asked,
    ),
    Scenario(
        "a payout that was made, unseen",
        (PAYOUTS, RECONCILIATION),
        approves,
        before=asked,
        runs_max=2,
        fails=(PAYOUTS, "POST /adjustments", Kind.AFTER),
    ),
    Scenario(
        "a payout without an answer",
        (PAYOUTS, RECONCILIATION),
        approves,
        before=asked,
        runs_max=2,
        fails=(PAYOUTS, "POST /adjustments", Kind.LOST),
    ),
    Scenario("money that went back unheard", MONEY, approves_what_went_back, before=asked),
    Scenario("a payout that is given up", (API, RELAY), is_given_up, before=went_back_unheard),
    Scenario("a payout that is refused", MONEY, approves_and_money_goes_back, before=asked),
    Scenario(
        "money that is asked for",
        MONEY,
        approves_what_is_pending,
        before=asked,
        may_end_otherwise="Paddle pays the buyer's part before ours is asked for, or after it",
    ),
    Scenario(
        "missed webhooks", (RECONCILIATION,), is_found_within_the_hour, before=missed, runs_max=2
    ),
    Scenario("a night", (RECONCILIATION,), is_looked_at_each_night, before=missed, runs_max=1),
    Scenario("a case that waits", CLOCK, is_reminded_of, before=asked, runs_max=1),
    Scenario("a case that is late", CLOCK, is_overdue, before=reminded, runs_max=1),
    Scenario("an outage is found", PROBES, is_probed, before=failed_twice, runs_max=2),
    Scenario("an outage ends", PROBES, comes_back, before=down, runs_max=1),
    Scenario("an outage of days ends", PROBES, comes_back, before=down_for_days, runs_max=2),
)
