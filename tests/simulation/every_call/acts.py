"""What people, banks and schedules do in the scenarios, one small thing each."""

import json
from collections.abc import Mapping
from typing import Any

from makegood.domain.entry import timestamp
from tests.http_events import JOBS, customer
from tests.simulation.faults import JOB_EVENTS, RECONCILIATION
from tests.simulation.plots.reviewers import ODA, REASON, RITA
from tests.simulation.starts import ACCOUNT, SMALL
from tests.simulation.witness import Call
from tests.simulation.world import World

MINUTE, HOUR = 60.0, 3600.0
ANN = customer(ACCOUNT)


def wait(world: World, seconds: float) -> None:
    world.timeline.run.wait(seconds)


def wait_until(world: World, seconds: float) -> None:
    """Since the story's beginning: what schedules do does not depend on how long others took."""
    wait(world, max(seconds - world.timeline.seconds, 0))


def every(world: World, seconds: float, times: int, function: str, **fields: Any) -> None:
    """From now on, whatever takes long meanwhile."""
    begin = world.timeline.seconds
    for number in range(times):
        wait_until(world, begin + number * seconds)
        world.schedules.due(function, **fields)


def buys(
    world: World, price: str = SMALL, *, quantity: int = 1, account: str = ACCOUNT, **more: Any
) -> str:
    """A purchase; its webhook is heard long before the next thing happens."""
    done = world.paddle.do("purchase", **purchase(price, quantity, account), **more)
    assert done is not None
    wait(world, HOUR)
    transaction_id: str = done["transaction"]["id"]
    return transaction_id


def purchase(price: str, quantity: int, account: str) -> dict[str, Any]:
    return {
        "items": [{"price_id": price, "quantity": quantity}],
        "email": f"{account}@example.com",
        "account_id": account,
    }


def at_paddle(world: World, command: str, **body: Any) -> str:
    """Money moves there; the webhook is heard long before the next thing happens."""
    done = world.paddle.do(command, **body)
    assert done is not None
    wait(world, HOUR)
    adjustment_id: str = done["adjustment"]["id"]
    return adjustment_id


def unheard(world: World, command: str, **body: Any) -> dict[str, Any]:
    """The same, of which no webhook tells."""
    done = world.paddle.paddle.command(command, body, world.timeline.now)
    world.paddle._told = len(world.paddle.paddle.events)
    return done


def only_transaction(world: World) -> str:
    [transaction] = world.paddle.paddle.state.all("transactions")
    transaction_id: str = transaction["id"]
    return transaction_id


def asks(world: World, category: str = "unauthorised") -> str:
    """The customer wants the money of the latest purchase back."""
    listed = world.gateway.insist("GET", "/v1/me/purchases", ANN)
    bought = listed.answer["items"][0]
    body = {
        "category": category,
        "email": f"{ACCOUNT}@example.com",
        "transaction_date": bought["occurred_at"][:10],
        "amount": bought["collected_minor"],
        "currency": "USD",
        "description": "That was not as it should be.",
        "transaction_id": bought["transaction_id"],
    }
    filed = world.gateway.insist("POST", "/v1/me/cases", ANN, body)
    wait(world, HOUR)
    case_id: str = filed.answer["case_id"]
    return case_id


def only_case(world: World) -> Mapping[str, Any]:
    [case] = world.items_of("CASE")
    return case


def decides(world: World, decision: str, claims: Mapping[str, str] = RITA, **more: Any) -> Call:
    path = f"/v1/cases/{only_case(world)['case_id']['S']}"
    seen = world.gateway.insist("GET", path, claims).answer["version"]
    body = {"decision": decision, "seen_version": seen, **more}
    return world.gateway.insist("POST", f"{path}/decision", claims, body)


def reconciled(world: World, hours: int = 3) -> None:
    """Each hour from now on. It wakes payouts that nobody works on any more."""
    wait(world, 20 * MINUTE)
    every(world, HOUR, hours, RECONCILIATION)


def charges(world: World, job_id: str = "job_1", credits: int = 300, **more: Any) -> None:
    body = {"account_id": ACCOUNT, "credits": credits, **more}
    world.gateway.insist("PUT", f"/v1/jobs/{job_id}", JOBS, body)


def tells(world: World, job_id: str, kind: str, **fields: Any) -> None:
    """What the studio says of a job's end."""
    at = timestamp(world.timeline.now)
    message = {"version": 1, "type": kind, "job_id": job_id, "occurred_at": at, **fields}
    world.queues[JOB_EVENTS].put(json.dumps(message), by="studio")


def operates(world: World, method: str, path: str, **body: Any) -> Call:
    """Something that operators do, with a reason."""
    return world.gateway.insist(method, path, ODA, {"reason": REASON, **body})
