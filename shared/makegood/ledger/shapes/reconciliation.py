"""What one reconciliation leaves to the next."""

from makegood.domain.entry import timestamp
from makegood.domain.reconciliation import About, Claim, PutBack, Reconciliation, Walk
from makegood.ledger.shapes.shape import (
    Shape,
    Values,
    timestamp_if_any,
    to_time,
    to_time_if_any,
)


def _write(reconciliation: Reconciliation) -> Values:
    walk = reconciliation.walk
    return {
        "seen_until": timestamp_if_any(reconciliation.seen_until),
        "walk": None if walk is None else _walk_values(walk),
        "put_back": [_put_back_values(one) for one in reconciliation.put_back],
        "accounts_after": reconciliation.accounts_after,
    }


def _walk_values(walk: Walk) -> Values:
    return {
        "since": timestamp(walk.since),
        "began_at": timestamp(walk.began_at),
        "after": walk.after,
        "newest": timestamp_if_any(walk.newest),
        "again_since": timestamp_if_any(walk.again_since),
    }


def _put_back_values(put_back: PutBack) -> Values:
    claim = put_back.claim
    return {
        "event_id": claim.event_id,
        "event_type": claim.event_type,
        "occurred_at": timestamp(claim.occurred_at),
        "about": claim.about.value,
        "id": claim.id,
        "adjustment_id": claim.adjustment_id,
        "status": claim.status,
        "first_at": timestamp(put_back.first_at),
        "last_at": timestamp(put_back.last_at),
        "over": int(put_back.over),
    }


def _read(values: Values) -> Reconciliation:
    walk = values.get("walk")
    return Reconciliation(
        seen_until=to_time_if_any(values.get("seen_until")),
        walk=None if walk is None else _read_walk(walk),
        put_back=tuple(_read_put_back(one) for one in values["put_back"]),
        accounts_after=values.get("accounts_after"),
    )


def _read_walk(values: Values) -> Walk:
    return Walk(
        since=to_time(values["since"]),
        began_at=to_time(values["began_at"]),
        after=values.get("after"),
        newest=to_time_if_any(values.get("newest")),
        again_since=to_time_if_any(values.get("again_since")),
    )


def _read_put_back(values: Values) -> PutBack:
    claim = Claim(
        event_id=values["event_id"],
        event_type=values["event_type"],
        occurred_at=to_time(values["occurred_at"]),
        about=About(values["about"]),
        id=values["id"],
        adjustment_id=values.get("adjustment_id"),
        status=values.get("status"),
    )
    first_at, last_at = to_time(values["first_at"]), to_time(values["last_at"])
    return PutBack(claim, first_at, last_at, over=bool(values["over"]))


RECONCILIATION: Shape[Reconciliation] = Shape(
    id=lambda _: "",
    place=lambda _: ("RECONCILIATION", "CURSOR"),
    write=_write,
    read=_read,
)
