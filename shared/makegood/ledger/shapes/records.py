"""What a person did, and events that are parked."""

from makegood.domain.account import AccountStatus
from makegood.domain.entry import timestamp
from makegood.domain.record import Bonus, Correction, ParkedEvent, StatusChange
from makegood.ledger.shapes.accounts import account_pk
from makegood.ledger.shapes.shape import Shape, Values, to_time

PARKED_LIST = "PARKED"


def _write_bonus(bonus: Bonus) -> Values:
    return {
        "key": bonus.key,
        "account_id": bonus.account_id,
        "credits": bonus.credits,
        "reason": bonus.reason,
        "lot": bonus.lot,
        "given_at": timestamp(bonus.given_at),
    }


def _read_bonus(values: Values) -> Bonus:
    return Bonus(
        key=values["key"],
        account_id=values["account_id"],
        credits=values["credits"],
        reason=values["reason"],
        lot=values["lot"],
        given_at=to_time(values["given_at"]),
    )


def _write_correction(correction: Correction) -> Values:
    return {
        "key": correction.key,
        "account_id": correction.account_id,
        "credits": correction.credits,
        "reason": correction.reason,
        "author": correction.author,
        "seq": correction.seq,
        "made_at": timestamp(correction.made_at),
    }


def _read_correction(values: Values) -> Correction:
    return Correction(
        key=values["key"],
        account_id=values["account_id"],
        credits=values["credits"],
        reason=values["reason"],
        author=values["author"],
        seq=values["seq"],
        made_at=to_time(values["made_at"]),
    )


def _write_status(change: StatusChange) -> Values:
    return {
        "account_id": change.account_id,
        "status": change.status.value,
        "reason": change.reason,
        "author": change.author,
        "changed_at": timestamp(change.changed_at),
    }


def _read_status(values: Values) -> StatusChange:
    return StatusChange(
        account_id=values["account_id"],
        status=AccountStatus(values["status"]),
        reason=values["reason"],
        author=values["author"],
        changed_at=to_time(values["changed_at"]),
    )


def _write_parked(event: ParkedEvent) -> Values:
    return {
        "event_id": event.event_id,
        "event_type": event.event_type,
        "occurred_at": timestamp(event.occurred_at),
        "parked_at": timestamp(event.parked_at),
        "content": event.content,
        "work_pk": PARKED_LIST,
        "work_sk": f"{timestamp(event.occurred_at)}#{event.event_id}",
    }


def _read_parked(values: Values) -> ParkedEvent:
    return ParkedEvent(
        event_id=values["event_id"],
        event_type=values["event_type"],
        occurred_at=to_time(values["occurred_at"]),
        parked_at=to_time(values["parked_at"]),
        content=values["content"],
    )


BONUS: Shape[Bonus] = Shape(
    id=lambda bonus: bonus.key,
    place=lambda key: (f"BONUS#{key}", "BONUS"),
    write=_write_bonus,
    read=_read_bonus,
)
CORRECTION: Shape[Correction] = Shape(
    id=lambda correction: correction.key,
    place=lambda key: (f"CORRECTION#{key}", "CORRECTION"),
    write=_write_correction,
    read=_read_correction,
)
STATUS_CHANGE: Shape[StatusChange] = Shape(
    id=lambda change: (change.account_id, change.changed_at, change.status),
    place=lambda parts: (account_pk(parts[0]), f"STATUS#{timestamp(parts[1])}#{parts[2].value}"),
    write=_write_status,
    read=_read_status,
    once=True,
)
PARKED_EVENT: Shape[ParkedEvent] = Shape(
    id=lambda event: event.event_id,
    place=lambda event_id: (f"EVENT#{event_id}", "EVENT"),
    write=_write_parked,
    read=_read_parked,
)
