"""What was sent here, and what came of it; what was to be told, and was (I15, I16, I17)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.simulation.checker.jobs import read_message
from tests.simulation.checker.reading import Records, plain
from tests.simulation.witness import Sent, Witness

TOLD_ENTRIES = frozenset(
    {"grant", "bonus", "refund", "settle", "clawback", "restore", "correction", "forfeit"}
)
TOLD_STEPS = frozenset(
    {
        *("opened", "approved", "credited", "declined", "paying", "paid", "rejected_by_paddle"),
        *("not_payable", "appealed", "withdrawn", "adjusted", "reversed", "closed", "overdue"),
        "promise_at_risk",
    }
)


def wrong_messages(records: Records, witness: Witness) -> Iterator[str]:
    yield from _deliveries(witness)
    yield from _endings(witness)
    buried = {one.body for one in witness.buried}
    for sent in witness.sent:
        is_done = (sent.queue, sent.number) in witness.done
        if is_done and sent.body not in buried and not _is_applied(records, sent):
            yield f"I16: {sent.queue} {sent.number} is done, and nothing came of it: {sent.body}"
    if witness.settled:
        yield from _untold(witness)


def _deliveries(witness: Witness) -> Iterator[str]:
    """I15: who hears a 2xx will not send it again."""
    for delivery in witness.deliveries:
        is_taken = 200 <= delivery.status < 300
        if is_taken and not delivery.queued:
            yield f"I15: {delivery.event_id} heard {delivery.status} before it was queued"
        if is_taken and not delivery.is_good:
            yield f"I15: {delivery.event_id} was forged, and heard {delivery.status}"
    forged = {one.event_id for one in witness.deliveries if not one.is_good}
    good = {one.event_id for one in witness.deliveries if one.is_good}
    for sent in witness.sent:
        if sent.source == "paddle_webhook" and _event_id(sent.body) in forged - good:
            yield f"I15: {_event_id(sent.body)} was forged, and queued"


def _event_id(body: str) -> str:
    return str(read_message(body).get("event_id"))


def _endings(witness: Witness) -> Iterator[str]:
    """I16: done, or in the dead letters, or still to come."""
    moved = {(one.queue, one.number) for one in witness.buried if one.error is None}
    for sent in witness.sent:
        place = sent.queue, sent.number
        if place not in witness.done and place not in moved and place not in witness.waiting:
            yield f"I16: {sent.queue} {sent.number} is gone"
        if place in witness.waiting and witness.settled:
            yield f"I17: {sent.queue} {sent.number} still waits"
    for one in witness.buried:
        if one.error is not None and not one.reason:
            yield f"I16: {one.queue} buried a message for {one.error}, and does not say why"


def _is_applied(records: Records, sent: Sent) -> bool:
    """Whether the table knows of it."""
    message = read_message(sent.body)
    if sent.queue == "job_events":
        job = records.jobs.get(message.get("job_id", ""))
        return job is not None and job["state"] != "charged"
    if sent.queue == "payouts":
        return message.get("payout_id") in records.payouts
    return _is_heard(records, message)


def _is_heard(records: Records, event: Mapping[str, Any]) -> bool:
    kind, data = event.get("event_type", ""), event.get("data", {})
    if event.get("event_id") in records.parked:
        return True
    if kind == "transaction.completed":
        return data.get("id") in records.purchases
    if kind.startswith("adjustment."):
        told = records.adjustments.get(data.get("transaction_id"), {"known": []})
        return any(one["adjustment_id"] == data.get("id") for one in told["known"])
    return kind.startswith("customer.") and data.get("id") in records.customers


def _untold(witness: Witness) -> Iterator[str]:
    """Of all that was committed in the story, the bus has heard, or the dead letters."""
    told = {str(event.get("event_id")) for event in witness.events}
    told |= {_effect(one.body) for one in witness.buried}
    for wanted in _to_tell(witness):
        if wanted not in told:
            yield f"I16: {wanted} was committed, and never told"


def _effect(body: str) -> str:
    try:
        return str(json.loads(body).get("effect"))
    except (ValueError, AttributeError):
        return ""


def _to_tell(witness: Witness) -> Iterator[str]:
    for write in witness.writes:
        pk, sk = write.place
        if sk.startswith("ENTRY#") and write.new:
            if write.new["kind"]["S"] in TOLD_ENTRIES:
                yield f"entry:{pk.partition('#')[2]}:{int(sk.partition('#')[2])}"
        elif sk == "CASE" and write.new and write.new["category"]["S"] != "difference":
            before = 0 if write.old is None else len(write.old["events"]["L"])
            case = plain(write.new)
            for number, event in enumerate(case["events"][before:], before + 1):
                if event["kind"] in TOLD_STEPS:
                    yield f"case:{case['case_id']}:{number}"
