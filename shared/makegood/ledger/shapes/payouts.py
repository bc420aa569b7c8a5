"""Money on its way back: payouts, the breaker that stops them, and Paddle's adjustments."""

from makegood.domain.adjustment import AdjustedLine, Adjustment, Adjustments
from makegood.domain.breaker import Breaker, Minute
from makegood.domain.entry import timestamp
from makegood.domain.money import Money
from makegood.domain.payout import Payout, PayoutItem, PayoutState
from makegood.ledger.shapes.shape import (
    Shape,
    Values,
    timestamp_if_any,
    to_time,
    to_time_if_any,
)

ADJUSTMENTS_WAITING = "ADJUSTMENTS_WAITING"
"""One key for all whose purchase is not known: they are few, or something is wrong."""


def payouts_in(state: PayoutState) -> str:
    """The work list of a state. Paddle takes four a second at most, so one key takes them all."""
    return f"PAYOUTS#{state.value}"


def _write_payout(payout: Payout) -> Values:
    values = {
        "payout_id": payout.payout_id,
        "case_id": payout.case_id,
        "account_id": payout.account_id,
        "transaction_id": payout.transaction_id,
        "amount_minor": payout.money.amount_minor,
        "currency": payout.money.currency,
        "items": [[item.item_id, item.amount_minor] for item in payout.items],
        "state": payout.state.value,
        "requested_at": timestamp(payout.requested_at),
        "due_at": timestamp(payout.due_at),
        "attempt": payout.attempt,
        "unknown": payout.unknown,
        "asked": int(payout.asked),
        "counted": int(payout.counted),
        "lease_until": timestamp_if_any(payout.lease_until),
        "adjustment_id": payout.adjustment_id,
        "sent_at": timestamp_if_any(payout.sent_at),
        "settled_at": timestamp_if_any(payout.settled_at),
        "why": payout.why,
        "handled_by": payout.handled_by,
        "note": payout.note,
        "adjusted_before": payout.adjusted_before or None,
    }
    if payout.is_in_flight:
        values["work_pk"] = payouts_in(payout.state)
        values["work_sk"] = f"{timestamp(payout.due_at)}#{payout.payout_id}"
    return values


def _read_payout(values: Values) -> Payout:
    return Payout(
        payout_id=values["payout_id"],
        case_id=values["case_id"],
        account_id=values["account_id"],
        transaction_id=values["transaction_id"],
        money=Money(values["amount_minor"], values["currency"]),
        items=tuple(PayoutItem(*item) for item in values["items"]),
        state=PayoutState(values["state"]),
        requested_at=to_time(values["requested_at"]),
        due_at=to_time(values["due_at"]),
        attempt=values["attempt"],
        unknown=values["unknown"],
        asked=bool(values["asked"]),
        counted=bool(values["counted"]),
        lease_until=to_time_if_any(values.get("lease_until")),
        adjustment_id=values.get("adjustment_id"),
        sent_at=to_time_if_any(values.get("sent_at")),
        settled_at=to_time_if_any(values.get("settled_at")),
        why=values.get("why"),
        handled_by=values.get("handled_by"),
        note=values.get("note"),
        adjusted_before=values.get("adjusted_before", 0),
    )


def _write_adjustments(adjustments: Adjustments) -> Values:
    values: Values = {
        "transaction_id": adjustments.transaction_id,
        "account_id": adjustments.account_id,
        "known": [_adjustment_values(one) for one in adjustments.known],
        "waits_since": timestamp_if_any(adjustments.waits_since),
    }
    if adjustments.waits_since is not None:
        since = timestamp(adjustments.waits_since)
        values["work_pk"] = ADJUSTMENTS_WAITING
        values["work_sk"] = f"{since}#{adjustments.transaction_id}"
    return values


def _adjustment_values(adjustment: Adjustment) -> Values:
    return {
        "adjustment_id": adjustment.adjustment_id,
        "action": adjustment.action,
        "status": adjustment.status,
        "currency": adjustment.currency,
        "amount_minor": adjustment.amount_minor,
        "lines": [[line.item_id, line.amount_minor] for line in adjustment.lines],
        "created_at": timestamp(adjustment.created_at),
        "told_at": timestamp(adjustment.told_at),
        "payout_id": adjustment.payout_id,
        "clawback_seq": adjustment.clawback_seq,
        "restore_seq": adjustment.restore_seq,
    }


def _read_adjustments(values: Values) -> Adjustments:
    return Adjustments(
        transaction_id=values["transaction_id"],
        known=tuple(_read_adjustment(one) for one in values["known"]),
        account_id=values.get("account_id"),
        waits_since=to_time_if_any(values.get("waits_since")),
    )


def _read_adjustment(values: Values) -> Adjustment:
    return Adjustment(
        adjustment_id=values["adjustment_id"],
        action=values["action"],
        status=values["status"],
        currency=values["currency"],
        amount_minor=values["amount_minor"],
        lines=tuple(AdjustedLine(*line) for line in values["lines"]),
        created_at=to_time(values["created_at"]),
        told_at=to_time(values["told_at"]),
        payout_id=values.get("payout_id"),
        clawback_seq=values["clawback_seq"],
        restore_seq=values["restore_seq"],
    )


def _write_breaker(breaker: Breaker) -> Values:
    return {
        "minutes": [[timestamp(m.at), m.count, dict(m.sums)] for m in breaker.minutes],
        "tripped_at": timestamp_if_any(breaker.tripped_at),
        "why": breaker.why,
        "resumed_at": timestamp_if_any(breaker.resumed_at),
        "resumed_by": breaker.resumed_by,
        "resumed_why": breaker.resumed_why,
        "tripped_by": breaker.tripped_by,
        "allowed": breaker.allowed,
    }


def _read_breaker(values: Values) -> Breaker:
    return Breaker(
        minutes=tuple(Minute(to_time(at), count, sums) for at, count, sums in values["minutes"]),
        tripped_at=to_time_if_any(values.get("tripped_at")),
        why=values.get("why"),
        resumed_at=to_time_if_any(values.get("resumed_at")),
        resumed_by=values.get("resumed_by"),
        resumed_why=values.get("resumed_why"),
        tripped_by=values.get("tripped_by"),
        allowed=values.get("allowed"),
    )


PAYOUT: Shape[Payout] = Shape(
    id=lambda payout: payout.payout_id,
    place=lambda payout_id: (f"PAYOUT#{payout_id}", "PAYOUT"),
    write=_write_payout,
    read=_read_payout,
)
ADJUSTMENTS: Shape[Adjustments] = Shape(
    id=lambda adjustments: adjustments.transaction_id,
    place=lambda transaction_id: (f"ADJUSTMENTS#{transaction_id}", "ADJUSTMENTS"),
    write=_write_adjustments,
    read=_read_adjustments,
)
BREAKER: Shape[Breaker] = Shape(
    id=lambda _: "",
    place=lambda _: ("PAYOUT_BREAKER", "PAYOUT_BREAKER"),
    write=_write_breaker,
    read=_read_breaker,
)
