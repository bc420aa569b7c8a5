"""What happens at Paddle that nobody here asked for."""

from functools import partial
from typing import Any

from tests.simulation.faults import WEBHOOK
from tests.simulation.world import World

COMMANDS: tuple[tuple[float, str, dict[str, Any]], ...] = (
    (0.25, "refund", {}),
    (0.2, "refund", {"status": "pending_approval"}),
    (0.2, "chargeback", {}),
    (0.15, "chargeback", {"warning": True}),
    (0.15, "tax_refund", {}),
)
TOLD = (("created", "updated"), ("updated", "created"), ("created",), ("updated",))


def move_money(world: World, transaction_id: str, length: float) -> None:
    """Of one purchase, often while a payout of it is on its way, which is soon."""
    for probability, command, more in COMMANDS:
        if world.chance.happens(probability):
            at = world.chance.between(0, world.chance.choice((0.5, 0.5, 30.0, 1000.0, length)))
            body = {"transaction_id": transaction_id, **more, **_amount(world, command)}
            world.timeline.later(at, partial(_move, world, command, body))


def ask_for_a_part(world: World) -> None:
    """The buyer asks Paddle itself, in the same moment; its lists do not show that yet."""
    world.paddle.bad_luck = 0
    amount = int(world.chance.between(1, 1000))
    body = {"transaction_id": world.start.transactions[-1], "amount": amount}
    _move(
        world, "refund", {**body, "status": world.chance.choice(("approved", "pending_approval"))}
    )


def _amount(world: World, command: str) -> dict[str, int]:
    most = {"tax_refund": 80}.get(command, 1500)
    whole = command != "tax_refund" and world.chance.happens(0.5)
    return {} if whole else {"amount": int(world.chance.between(1, most))}


def _move(world: World, command: str, body: dict[str, Any]) -> None:
    done = world.paddle.do(command, **body)
    if done is None or command != "chargeback" or not world.chance.happens(0.6):
        return
    body = {
        "adjustment_id": done["adjustment"]["id"],
        "told": world.chance.choice(TOLD),
        "apart_seconds": world.chance.choice((0, 60)),
    }

    def reverse() -> None:
        if world.paddle.do("reversal", **body) is not None:
            world.chance.saw("F54 a chargeback is reversed", WEBHOOK)

    world.timeline.later(world.chance.between(10, 5000), reverse)
