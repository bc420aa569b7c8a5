"""Paddle's API, as much of it as is used: adjustments, one transaction, events, destinations.

Whoever asks for money reads `adjustments_of` first, asks once by `create_adjustment`, and after
a PaddleUnreachableError reads again: Paddle has no idempotency keys.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from pydantic import ValidationError

from makegood.aws import back_off
from makegood.errors import PaddleRefusedError, PaddleUnreachableError
from makegood.events.contract import rejection
from makegood.events.identifiers import check_identifier, is_identifier
from makegood.events.paddle import PaddleAdjustment
from makegood.paddle.api_answers import Fields, entity, next_target, pagination, rows
from makegood.paddle.environments import environment_named
from makegood.paddle.pace import Pace
from makegood.paddle.wire import Wire

ADJUSTMENTS_PER_PAGE = 50
EVENTS_PER_PAGE = 200
DESTINATIONS_PER_PAGE = 200

PAGES_MAX = 10
"""Of one list that is read to its end. A purchase has a handful of adjustments, not hundreds."""


@dataclass(frozen=True, slots=True)
class AdjustmentsPage:
    adjustments: list[PaddleAdjustment]
    unread: int
    """How many more were there, of a form that is not understood."""
    next_after: str | None
    has_more: bool


@dataclass(frozen=True, slots=True)
class EventsPage:
    """Events as Paddle has them, card data included: `open_envelope` takes it out."""

    events: list[Fields] = field(repr=False)
    next_after: str | None
    """Also on the last page: there the next run goes on."""
    has_more: bool


class PaddleApi:
    """For one thread. Made for one run, which takes the key that is current.

    `environment` is `sandbox`, `live`, or a stand-in's address on this machine. `newer_key` is
    asked when Paddle refuses the key of a GET, which is then asked once more; a `pace` that
    several clients share holds them all to it. Raises SettingsError for another environment, and
    PaddleKeyError for a key of the other side.

    Every method raises PaddleRefusedError, about which `advice` knows more, and
    PaddleUnreachableError where no usable answer came.
    """

    def __init__(
        self,
        environment: str,
        key: str,
        *,
        newer_key: Callable[[], str | None] = lambda: None,
        pace: Pace | None = None,
        pause: Callable[[int], None] = back_off,
    ) -> None:
        there = environment_named(environment)
        self._wire = Wire(there, key, newer_key=newer_key, pace=pace or Pace(), pause=pause)

    def __repr__(self) -> str:
        return f"PaddleApi({self._wire.url})"

    def adjustments_of(self, transaction_id: str) -> list[PaddleAdjustment]:
        """All of a transaction, the oldest first, or an error: never only some of them."""
        operation = "GET /adjustments"
        check_identifier(transaction_id, name="transaction_id")
        query = {
            "transaction_id": transaction_id,
            "order_by": "id[ASC]",
            "per_page": ADJUSTMENTS_PER_PAGE,
        }
        listed = self._all_rows(operation, "/adjustments", query)
        adjustments = [_adjustment(operation, row) for row in listed]
        if any(one.transaction_id != transaction_id for one in adjustments):
            raise PaddleUnreachableError(f"{operation}: adjustments of another transaction")
        return adjustments

    def adjustments_page(self, after: str | None = None) -> AdjustmentsPage:
        """Of all adjustments there are, the newest first, those after (older than) this id."""
        operation = "GET /adjustments"
        query = {"order_by": "id[DESC]", "per_page": ADJUSTMENTS_PER_PAGE, **_after(after)}
        answer = self._wire.get(operation, _target("/adjustments", query))
        listed = rows(operation, answer)
        understood = [one for row in listed if (one := _adjustment_or_none(row)) is not None]
        last, has_more = _end(operation, answer, listed, "id")
        unread = len(listed) - len(understood)
        return AdjustmentsPage(understood, unread, last or after, has_more)

    def create_adjustment(self, body: Mapping[str, object]) -> PaddleAdjustment:
        """The adjustment that Paddle made of this body, in one request that is never repeated."""
        operation = "POST /adjustments"
        answer = self._wire.post(operation, "/adjustments", body)
        made = _adjustment(operation, entity(operation, answer))
        if (made.transaction_id, made.action) != (body.get("transaction_id"), body.get("action")):
            raise PaddleUnreachableError(f"{operation}: the answer is about something else")
        return made

    def transaction(self, transaction_id: str) -> Fields | None:
        """As Paddle has it, card data included; None where Paddle knows of none."""
        operation = "GET /transactions"
        check_identifier(transaction_id, name="transaction_id")
        try:
            answer = self._wire.get(operation, f"/transactions/{transaction_id}")
        except PaddleRefusedError as refusal:
            if refusal.code == "not_found":
                return None
            raise
        told = entity(operation, answer)
        if told.get("id") != transaction_id:
            raise PaddleUnreachableError(f"{operation}: the answer is about something else")
        return told

    def events_page(self, since: datetime, after: str | None = None) -> EventsPage:
        """Events that occurred since then, the oldest first, those after this event's id.

        Paddle forgets them after 90 days.
        """
        operation = "GET /events"
        query = {
            "from": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "order_by": "id[ASC]",
            "per_page": EVENTS_PER_PAGE,
            **_after(after),
        }
        answer = self._wire.get(operation, _target("/events", query))
        events = rows(operation, answer)
        last, has_more = _end(operation, answer, events, "event_id")
        return EventsPage(events, last or after, has_more)

    def destinations(self) -> list[Fields]:
        """Where Paddle sends which events. The secrets that sign them are left out."""
        query = {"per_page": DESTINATIONS_PER_PAGE}
        listed = self._all_rows("GET /notification-settings", "/notification-settings", query)
        return [
            {name: value for name, value in row.items() if name != "endpoint_secret_key"}
            for row in listed
        ]

    def _all_rows(self, operation: str, path: str, query: Mapping[str, object]) -> Iterator[Fields]:
        target = _target(path, query)
        for _ in range(PAGES_MAX):
            answer = self._wire.get(operation, target)
            yield from rows(operation, answer)
            told = pagination(operation, answer)
            if not told.has_more:
                return
            target = next_target(operation, told.next, asked=self._wire.url + path)
        raise PaddleUnreachableError(f"{operation}: more than {PAGES_MAX} pages")


def _target(path: str, query: Mapping[str, object]) -> str:
    return f"{path}?{urlencode(query)}"


def _after(entity_id: str | None) -> dict[str, str]:
    return {} if entity_id is None else {"after": entity_id}


def _end(operation: str, answer: Fields, listed: list[Fields], name: str) -> tuple[str, bool]:
    """Of a page, the id of the last entity ("" for none), and whether more come after it."""
    has_more = pagination(operation, answer).has_more
    if not listed and not has_more:
        return "", False
    last = listed[-1].get(name) if listed else None
    if not isinstance(last, str) or not is_identifier(last):
        raise PaddleUnreachableError(f"{operation}: a page without an end")
    return last, has_more


def _adjustment(operation: str, row: Fields) -> PaddleAdjustment:
    try:
        return PaddleAdjustment.model_validate(row)
    except ValidationError as error:
        raise PaddleUnreachableError(f"{operation}: {rejection(error, inside='data')}") from None


def _adjustment_or_none(row: Fields) -> PaddleAdjustment | None:
    try:
        return PaddleAdjustment.model_validate(row)
    except ValidationError:
        return None
