"""What the webhook looks at in a proven event, and what it leaves out of the queue."""

import json
import re
from dataclasses import dataclass

from makegood.errors import InvalidTimestampError, RejectedEventError
from makegood.events.identifiers import check_identifier
from makegood.events.strict_json import JsonValue
from makegood.events.timestamps import parse_timestamp

# What the buyer paid with is Paddle's business. Also outside of `payments`: dropping a field of
# that name too many costs nothing here.
CARD_FIELDS = frozenset(
    {
        "card",
        "cardholder_name",
        "payment_method_id",
        "stored_payment_method_id",
    }
)


METHOD = "method_details"
"""Of it only the `type` is kept: Paddle refunds a card for another time than PayPal."""

_DELETE = r"\u007f"
# An escaped backslash is one too, so that what only looks like an escape behind it is none.
_ESCAPE = re.compile(r"\\(?:u[0-9a-f]{4}|.)")


@dataclass(frozen=True, slots=True)
class PaddleEnvelope:
    event_id: str
    event_type: str
    message: str


def open_envelope(event: dict[str, JsonValue]) -> PaddleEnvelope:
    """Raise RejectedInputError unless id, type and time have their form and data is an object.

    Nothing else is looked at: an event that Paddle signed is kept first and understood later.
    `message` is what goes to the queue: compact, ASCII only, without card data.
    """
    event_id = check_identifier(event.get("event_id"), name="event_id")
    event_type = check_identifier(event.get("event_type"), name="event_type")
    _check_time(event.get("occurred_at"))
    data = event.get("data")
    if not isinstance(data, dict):
        raise RejectedEventError("data: expected an object")

    kept: dict[str, JsonValue] = {
        "event_id": event_id,
        "event_type": event_type,
        "occurred_at": event["occurred_at"],
    }
    # The notification id is left out: each replay of an event has a new one.
    kept["data"] = _without_card_fields(data)
    return PaddleEnvelope(event_id, event_type, _written(kept))


def _written(kept: dict[str, JsonValue]) -> str:
    """At most four times as long as it came, so that the queue takes whatever the door takes.

    Python escapes DEL too, the one ASCII character of which six would be made.
    """
    message = json.dumps(kept, separators=(",", ":"))
    return _ESCAPE.sub(_delete_as_it_is, message) if _DELETE in message else message


def _delete_as_it_is(escape: re.Match[str]) -> str:
    return "\x7f" if escape[0] == _DELETE else escape[0]


def _check_time(value: JsonValue) -> None:
    try:
        parse_timestamp(value)
    except InvalidTimestampError as error:
        raise InvalidTimestampError(f"occurred_at: {error}") from None


def _without_card_fields(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {
            name: _kind_of_method(field) if name == METHOD else _without_card_fields(field)
            for name, field in value.items()
            if name not in CARD_FIELDS
        }
    if isinstance(value, list):
        return [_without_card_fields(element) for element in value]
    return value


def _kind_of_method(value: JsonValue) -> JsonValue:
    kind = value.get("type") if isinstance(value, dict) else None
    is_word = isinstance(kind, str) and len(kind) <= 64 and kind.replace("_", "").isalpha()
    return {"type": kind} if is_word else None
