"""Makes adjustments: those asked for over the API, and those that Paddle makes by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from local.paddle.core import (
    adjusted,
    adjustments,
    approvals,
    refund_requests,
    refund_rules,
    remaining,
)
from local.paddle.core.adjustments import Draft, Part
from local.paddle.core.amounts import Split
from local.paddle.core.errors import RefusedError, invalid_field
from local.paddle.core.state import Record
from local.paddle.core.times import text
from local.paddle.core.world import Sending, World

REASONS = {
    "chargeback": "fraud",
    "chargeback_warning": "early fraud warning",
    "chargeback_reverse": "chargeback won",
    "chargeback_warning_reverse": "chargeback warning withdrawn",
    "credit_reverse": "credit taken back",
}
REVERSIBLE = ("chargeback", "chargeback_warning", "credit")
BOTH = ("created", "updated")


def create(
    world: World,
    body: Mapping[str, Any],
    *,
    sending: Sending | None = None,
    status: str | None = None,
) -> tuple[Record, list[Record]]:
    """As `POST /adjustments`. `status`: decided already, by whoever made it at Paddle."""
    wanted = refund_requests.parsed(body)
    transaction = world.state.known("transactions", wanted.transaction_id)
    draft = refund_rules.draft(
        wanted, transaction, world.state.adjustments_of(wanted.transaction_id)
    )
    if status is not None:
        draft = replace(draft, status=status)
    elif wanted.action == "refund":
        total = draft.whole.total
        draft = replace(draft, status=approvals.first_status(world, transaction, total))
    return _keep(world, draft, transaction, sending)


def dispute(
    world: World,
    transaction_id: str,
    *,
    action: str,
    amount: int | None = None,
    reason: str | None = None,
    sending: Sending | None = None,
) -> tuple[Record, list[Record]]:
    """A chargeback or its warning. It asks nobody: neither for a pending refund nor for a cap.

    `amount` None is what is left, or the whole where nothing is: a payment that was refunded can
    be disputed too.
    """
    transaction = world.state.known("transactions", transaction_id)
    made = world.state.adjustments_of(transaction_id)
    lines = remaining.lines(transaction, made, counting=("approved",))
    if not any(line.left.total for line in lines):
        lines = remaining.lines(transaction, ())
    left = sum(line.left.total for line in lines)
    wanted = left if amount is None else amount
    if wanted <= 0:
        raise invalid_field([("amount", "must be above nothing")])
    full = wanted == sum(line.whole.total for line in lines)
    parts = _spread(lines, wanted)
    draft = Draft(action, full, reason or REASONS[action], "approved", parts)
    return _keep(world, draft, transaction, sending)


def tax_back(
    world: World,
    transaction_id: str,
    *,
    amount: int | None = None,
    reason: str | None = None,
    sending: Sending | None = None,
) -> tuple[Record, list[Record]]:
    """What Paddle does when a buyer shows a tax id: the tax goes back, nothing else."""
    transaction = world.state.known("transactions", transaction_id)
    lines = remaining.lines(transaction, world.state.adjustments_of(transaction_id))
    left = sum(line.left.tax for line in lines)
    wanted = left if amount is None else amount
    if not 0 < wanted <= left:
        raise RefusedError("adjustment_no_tax_available_to_adjust", lines[0].id)
    parts = []
    for line in lines:
        tax = min(line.left.tax, wanted)
        wanted -= tax
        if tax:
            parts.append(Part(line.id, "tax", Split(0, tax), line.tax_rate))
    draft = Draft("refund", False, reason or "tax id given", "approved", parts)
    return _keep(world, draft, transaction, sending)


def reverse(
    world: World,
    adjustment_id: str,
    *,
    told: Sequence[str] = BOTH,
    apart: timedelta = timedelta(),
    sending: Sending | None = None,
) -> tuple[Record, list[Record]]:
    """Take a dispute or a credit back: a `…_reverse` of its own, and the original `reversed`.

    `told`: which of both becomes an event, and in which order they occur: no source says.
    `apart`: how much later the second one occurs.
    """
    if not set(told) <= set(BOTH):
        raise invalid_field([("told", "may hold: created, updated")])
    original = world.state.known("adjustments", adjustment_id)
    if original["action"] not in REVERSIBLE or original["status"] != "approved":
        raise RefusedError("conflict")
    action = f"{original['action']}_reverse"
    made = adjustments.reversed_of(original, REASONS[action], world.state.ids, world.now)
    world.state.put("adjustments", made)
    world.lagging(made["id"], world.options.list_lag_seconds)
    at = {what: world.now + apart * place for place, what in enumerate(told)}
    ended_at = at.get("updated", world.now)
    after = {**original, "status": "reversed", "updated_at": text(ended_at)}
    world.state.put("adjustments", after)
    facts = {"created": made, "updated": after}
    events = [world.happened(f"adjustment.{what}", facts[what], at=at[what]) for what in told]
    events += adjusted.follow(world, original["transaction_id"], at=ended_at)
    world.tell(events, sending)
    return made, events


def _keep(
    world: World, draft: Draft, transaction: Record, sending: Sending | None
) -> tuple[Record, list[Record]]:
    made = adjustments.made(draft, transaction, world.state.ids, world.now)
    world.state.put("adjustments", made)
    world.lagging(made["id"], world.options.list_lag_seconds)
    events = [world.happened("adjustment.created", made)]
    if draft.status == approvals.PENDING:
        approvals.begin(world, made)
    else:
        events += adjusted.follow(world, transaction["id"], at=world.now)
    world.tell(events, sending)
    return made, events


def _spread(lines: Sequence[remaining.Line], amount: int) -> list[Part]:
    """The amount over the lines, each up to what it has; the last one takes what is above all."""
    parts = []
    for place, line in enumerate(lines, start=1):
        taken = amount if place == len(lines) else min(line.left.total, amount)
        amount -= taken
        if taken:
            kind = "full" if taken == line.whole.total else "partial"
            parts.append(Part(line.id, kind, remaining.share(line, taken), line.tax_rate))
    return parts
