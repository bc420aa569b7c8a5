"""From `pending_approval` to `approved` or `rejected`: at once, after a while, or by a person."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from local.paddle.core import adjusted, payments, remaining
from local.paddle.core.errors import RefusedError
from local.paddle.core.options import Options, Review
from local.paddle.core.state import Record
from local.paddle.core.times import parsed, text
from local.paddle.core.world import Sending, World

ROUND = timedelta(minutes=10)
# Paddle refuses refunds that are older; how it says so is not documented. Here they are rejected.
AGE_DAYS, AGE_DAYS_PAYPAL = 120, 179

APPROVED, PENDING, REJECTED = "approved", "pending_approval", "rejected"
UNTOUCHED = "untouched"
"""A verdict: `adjustment.updated` is sent and nothing has changed. Paddle's own example is one."""


def first_status(world: World, transaction: Record, total: int) -> str:
    """Of a refund of so much that is made now."""
    review = world.options.review
    at_once = review == Review.AT_ONCE or (
        review == Review.LIVE and _approves_itself(world.options, transaction, total)
    )
    doomed = world.options.next_rejected > 0 or too_old(transaction, world.now)
    return APPROVED if at_once and not doomed else PENDING


def begin(world: World, adjustment: Record) -> None:
    """Note when and how a pending refund is decided on."""
    decided = {
        Review.AT_ONCE: world.now,
        Review.SANDBOX: _next_round(world.now),
        Review.LIVE: None,
        Review.BY_HAND: None,
    }[world.options.review]
    schedule(world, adjustment["id"], at=decided, verdict=None)


def schedule(world: World, adjustment_id: str, *, at: datetime | None, verdict: str | None) -> None:
    """`verdict` None: whatever is right at that time. `at` None: not before somebody says so."""
    review = {"id": adjustment_id, "verdict": verdict, "done": False}
    world.state.put("reviews", {**review, "at": None if at is None else text(at)})


def settle(world: World) -> None:
    """Decide on everything whose time has come, in order of time."""
    now = text(world.now)
    due = [one for one in world.state.open("reviews") if one["at"] and one["at"] <= now]
    for review in sorted(due, key=lambda one: (one["at"], one["id"])):
        decide(world, review["id"], review["verdict"], at=parsed(review["at"]))


def decide(
    world: World,
    adjustment_id: str,
    verdict: str | None,
    *,
    at: datetime,
    sending: Sending | None = None,
) -> list[Record]:
    """The events of it. Raises RefusedError where it is not pending any more."""
    adjustment = world.state.known("adjustments", adjustment_id)
    if verdict == UNTOUCHED:
        event = world.happened("adjustment.updated", adjustment, at=at)
        world.tell([event], sending)
        return [event]
    if adjustment["status"] != PENDING:
        raise RefusedError("conflict")
    status = verdict or _verdict(world, adjustment, at)
    world.state.put("reviews", {"id": adjustment_id, "at": text(at), "done": True})
    events = _changed(world, {**adjustment, "status": status}, at=at)
    world.tell(events, sending)
    return events


def _changed(world: World, adjustment: Record, *, at: datetime) -> list[Record]:
    """Keep the new status; its event, and the transaction's if asked for."""
    after = {**adjustment, "updated_at": text(at)}
    world.state.put("adjustments", after)
    event = world.happened("adjustment.updated", after, at=at)
    return [event, *adjusted.follow(world, after["transaction_id"], at=at)]


def too_old(transaction: Mapping[str, Any], now: datetime) -> bool:
    """Cards take money back for less than 120 days, PayPal for less than 179."""
    days = AGE_DAYS_PAYPAL if payments.method_of(transaction) == "paypal" else AGE_DAYS
    billed_at = transaction["billed_at"] or transaction["created_at"]
    return now - parsed(billed_at) >= timedelta(days=days)


def _verdict(world: World, adjustment: Record, at: datetime) -> str:
    transaction = world.state.known("transactions", adjustment["transaction_id"])
    others = world.state.adjustments_of(transaction["id"])
    left = remaining.total(transaction, others, counting=("approved",))
    if world.options.next_rejected > 0:
        rejected = world.options.next_rejected - 1
        world.set_options(replace(world.options, next_rejected=rejected))
        return REJECTED
    # A dispute may have taken the money while the refund was waiting.
    if too_old(transaction, at) or int(adjustment["totals"]["total"]) > left:
        return REJECTED
    return APPROVED


def _approves_itself(options: Options, transaction: Record, total: int) -> bool:
    """`total` in the transaction's currency."""
    paid_out = adjusted.paid_out(transaction, total)
    bank = payments.method_of(transaction) in payments.BANK_TRANSFERS
    small = paid_out <= options.auto_approve_max_minor and paid_out < options.balance_minor
    return small and not bank


def _next_round(now: datetime) -> datetime:
    begun = now.replace(minute=now.minute - now.minute % 10, second=0, microsecond=0)
    return begun + ROUND
