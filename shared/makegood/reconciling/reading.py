"""Events of Paddle's list, read as a webhook would have brought them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

from makegood.domain.record import ParkedEvent
from makegood.effects.paddle_events_queue import BYTES_MAX
from makegood.errors import RejectedInputError
from makegood.events.identifiers import is_identifier
from makegood.events.paddle import PaddleEvent, parse_paddle_event
from makegood.events.timestamps import parse_timestamp
from makegood.paddle.api_answers import Fields
from makegood.paddle.envelope import PaddleEnvelope, open_envelope
from makegood.plans.reconciling.differences import CONTENT_LENGTH_MAX

RECONCILED = "evt_reconciled_"
"""So the ids of events begin that were made here, of what Paddle has: the same ones each time."""

UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Told:
    """An event, and the message that a webhook would have made of it."""

    event: PaddleEvent
    message: str


def read_events(rows: Iterable[Fields], *, now: datetime) -> tuple[list[Told], list[ParkedEvent]]:
    """Those that can be read, and what is kept of those that cannot."""
    told: list[Told] = []
    unreadable: list[ParkedEvent] = []
    for row in rows:
        one = read_event(row, now=now)
        if isinstance(one, Told):
            told.append(one)
        elif one is not None:
            unreadable.append(one)
    return told, unreadable


def read_event(row: Fields, *, now: datetime) -> Told | ParkedEvent | None:
    """None for what nobody here wants to know, and which need not be readable either."""
    try:
        envelope = open_envelope(cast("Any", row))
    except RejectedInputError as error:
        return _closed(row, str(error), now)
    except RecursionError:
        # Of what a buyer's browser wrote into it. It must not be able to end a run.
        return _closed(row, "nested too deep", now)
    try:
        return _told(envelope)
    except RejectedInputError as error:
        return None if _is_a_draft(envelope, row) else _kept(envelope, row, str(error), now)


def _told(envelope: PaddleEnvelope) -> Told:
    if len(envelope.message) > BYTES_MAX:
        raise RejectedInputError("larger than a queue takes")
    return Told(parse_paddle_event(envelope.message), envelope.message)


def sale_event(transaction: Fields, *, now: datetime) -> Told | ParkedEvent | None:
    """A completed transaction, as the event that told of it would have."""
    row: Fields = {
        "event_id": f"{RECONCILED}{transaction.get('id')}",
        "event_type": "transaction.completed",
        "occurred_at": transaction.get("updated_at"),
        "data": transaction,
    }
    return read_event(row, now=now)


def _is_a_draft(envelope: PaddleEnvelope, row: Fields) -> bool:
    """A transaction that is not completed. Drafts lack half of the fields."""
    data = row["data"]
    status = data.get("status") if isinstance(data, dict) else None
    return envelope.event_type.startswith("transaction.") and status not in (None, "completed")


def _kept(envelope: PaddleEnvelope, row: Fields, why: str, now: datetime) -> ParkedEvent:
    content = envelope.message
    if len(content) > CONTENT_LENGTH_MAX or not _is_json(content):
        content = _outline(why)
    at = parse_timestamp(row["occurred_at"])
    return ParkedEvent(envelope.event_id, envelope.event_type, at, now, content)


def _is_json(text: str) -> bool:
    """Whether it is, and can be stored: neither NaN nor half a character."""
    try:
        json.dumps(json.loads(text), ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False
    return True


def _closed(row: Fields, why: str, now: datetime) -> ParkedEvent:
    """Nothing is kept of it but why: it was never looked through for what must not be kept."""
    name, kind = row.get("event_id"), row.get("event_type")
    return ParkedEvent(
        name if isinstance(name, str) and is_identifier(name) else _digest(row),
        kind if isinstance(kind, str) and is_identifier(kind) else UNREADABLE,
        occurred_at=now,
        parked_at=now,
        content=_outline(why),
    )


def _digest(row: Fields) -> str:
    """The same for the same event, which has no id by which to know it again."""
    try:
        text = json.dumps(row, sort_keys=True, default=str)
    except (ValueError, RecursionError):
        text = "\n".join(sorted(row))
    return f"{UNREADABLE}_{sha256(text.encode()).hexdigest()[:24]}"


def _outline(why: str) -> str:
    return json.dumps({"data": {UNREADABLE: why}})
