"""The studio: it charges jobs, and tells how they ended, or the opposite, or nothing."""

import json
from collections.abc import Sequence
from typing import Any

from makegood.domain.entry import timestamp
from tests.http_events import JOBS
from tests.simulation.faults import JOB_EVENTS, PAYOUTS
from tests.simulation.world import World

CODES = (
    "provider_503",
    "provider_503",
    "render_crashed",
    "timeout",
    "nobody_knows_this",
    "moderation",
    "invalid_input",
)
POISON = (
    "{",
    "[]",
    '{"version": 2}',
    '{"version": 1, "type": "job.failed", "job_id": "job_nobodys", "occurred_at": '
    '"2026-11-22T10:00:00Z", "failure": {"code": "x"}}',
    '{"version": 1, "type": "job.succeeded", "job_id": "job_1", "occurred_at": '
    '"2026-11-22T10:00:00Z", "outputs": {"ordered": true, "delivered": -1}}',
)
LOST_SOON = 600
"""Seconds in which a job says that it will be done: so that its loss is found in the story."""

Told = tuple[str, dict[str, Any]]


def makes_something(world: World, account: str) -> None:
    """A job from its charge to its end."""
    job_id = world.name("job")
    credits = int(world.chance.between(1, 900))
    body: dict[str, Any] = {"account_id": account, "credits": credits}
    if world.chance.happens(0.5):
        body["expected_seconds"] = int(world.chance.between(1, LOST_SOON))
    charged = world.gateway.insist("PUT", f"/v1/jobs/{job_id}", JOBS, body)
    if charged.status == 402:
        world.wait(60, 3000)
        charged = world.gateway.insist("PUT", f"/v1/jobs/{job_id}", JOBS, body)
    if charged.status not in (200, 201):
        return
    truth, told, state = _end(world)
    world.witness.job_truth[job_id] = truth
    world.witness.job_status[job_id] = state
    world.outside.states[job_id] = state
    for kind, fields in told:
        world.wait(1, world.chance.choice((60, 900)))
        _tell(world, job_id, kind, fields)
        if world.chance.happens(0.1):
            _tell(world, job_id, kind, fields)
    if world.chance.happens(0.1):
        world.gateway.insist("PUT", f"/v1/jobs/{job_id}", JOBS, body)


def _end(world: World) -> tuple[str, Sequence[Told], dict[str, Any]]:
    """The truth, what is told of it, and what the status address says."""
    chance = world.chance
    ordered = int(chance.between(1, 4))
    outputs = {"ordered": ordered, "delivered": int(chance.between(0, ordered + 1))}
    failed: Told = ("job.failed", {"failure": {"code": chance.choice(CODES)}})
    succeeded: Told = ("job.succeeded", {"outputs": outputs})
    cancelled: Told = ("job.cancelled", {"work_started": chance.choice((True, False))})
    how = chance.choice(("failed", "failed", "succeeded", "cancelled", "lost", "both", "late"))
    if how in ("lost", "late"):
        kind, fields = chance.choice((failed, succeeded, cancelled))
        told = [(kind, fields)] if how == "late" else []
        is_known = chance.choice((True, False))
        state = {"state": kind.removeprefix("job."), **fields} if is_known else {"state": "unknown"}
        return "lost", told, state
    ends = {"failed": [failed], "succeeded": [succeeded], "cancelled": [cancelled]}
    told = chance.some([failed, succeeded, cancelled], 2) if how == "both" else ends[how]
    kind, fields = told[0]
    return how, told, {"state": kind.removeprefix("job."), **fields}


def _tell(world: World, job_id: str, kind: str, fields: dict[str, Any]) -> None:
    at = timestamp(world.timeline.now)
    message = {"version": 1, "type": kind, "job_id": job_id, "occurred_at": at, **fields}
    world.queues[JOB_EVENTS].put(json.dumps(message), by="studio")


def sends_nonsense(world: World) -> None:
    """A mistake in the studio's own code, in the middle of good messages."""
    for body in world.chance.some(POISON, 2):
        world.chance.saw("F29 a message is poison", JOB_EVENTS)
        world.queues[JOB_EVENTS].put(body, by="studio")
    if world.chance.happens(0.5):
        world.chance.saw("F29 a message is poison", PAYOUTS)
        world.queues[PAYOUTS].put('{"version": 1, "type": "payout.due"}', by="studio")


def gives_a_bonus(world: World, account: str) -> None:
    body = {"account_id": account, "credits": int(world.chance.between(1, 500)), "reason": "Hello."}
    path = f"/v1/bonuses/{world.name('welcome')}"
    for _ in range(world.chance.choice((1, 2))):
        world.gateway.insist("PUT", path, JOBS, body)
        world.wait(1, 600)


def goes_down(world: World) -> None:
    """Some of it or all of it is away, for up to about an hour."""
    chance = world.chance
    everything = ("image", "video")
    down = chance.choice((everything, everything, ("video",)))
    seconds = chance.between(300, 4000)
    world.outside.goes_down(down, seconds)
