"""What the models at the doors share: how strict they are, and how they say no."""

import re
from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from makegood.errors import InvalidTimestampError, MalformedJsonError, RejectedEventError
from makegood.events.strict_json import JsonValue, parse_json_object
from makegood.events.timestamps import parse_timestamp

_MONEY = re.compile(r"-?[0-9]{1,18}")
_REASONS_MAX = 3


class Contract(BaseModel):
    """Frozen; unknown fields are ignored; nothing is converted silently (no "7", no true)."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", strict=True, hide_input_in_errors=True, allow_inf_nan=False
    )


def _timestamp(value: object) -> datetime:
    try:
        return parse_timestamp(value)
    except InvalidTimestampError as error:
        raise PydanticCustomError("timestamp", "{text}", {"text": str(error)}) from None


def _minor_units(value: object) -> int:
    if not isinstance(value, str) or not _MONEY.fullmatch(value):
        raise PydanticCustomError("money", "expected text of 1 to 18 digits, a minus allowed")
    return int(value)


def _first_version(value: object) -> int:
    """Literal[1] would not do: it takes true and 1.0 too."""
    if type(value) is not int or value != 1:
        raise PydanticCustomError("version", "expected 1")
    return value


# Of the messages on our own queues.
FirstVersion = Annotated[int, PlainValidator(_first_version)]

Timestamp = Annotated[datetime, PlainValidator(_timestamp)]

# An amount in the lowest unit of its currency: "1000" is 10.00 USD, and 1000 JPY.
MinorUnits = Annotated[int, PlainValidator(_minor_units)]

# A word of somebody else's list, which may grow: unknown words are values too.
Word = Annotated[str, Field(pattern="^[!-~]{1,64}$")]

Row = TypeVar("Row")
Rows = Annotated[tuple[Row, ...], Field(strict=False)]


def read_object(body: str | bytes, *, bytes_max: int) -> dict[str, JsonValue]:
    """Raise RejectedEventError unless the body is a strict JSON object."""
    try:
        raw = body.encode("utf-8") if isinstance(body, str) else body
        return parse_json_object(raw, bytes_max=bytes_max)
    except UnicodeEncodeError:
        raise RejectedEventError("body: expected text that UTF-8 can hold") from None
    except MalformedJsonError as error:
        raise RejectedEventError(f"body: {error}") from None


def rejection(error: ValidationError, *, inside: str = "") -> RejectedEventError:
    """Say which fields were wrong and what was expected of them, never what they held."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    reasons = [f"{_path(inside, detail)}: {detail['msg']}" for detail in details]
    more = [f"and {len(reasons) - _REASONS_MAX} more"] if len(reasons) > _REASONS_MAX else []
    return RejectedEventError("; ".join(reasons[:_REASONS_MAX] + more))


def _path(inside: str, detail: ErrorDetails) -> str:
    steps = [inside, *map(str, detail["loc"])]
    return ".".join(step for step in steps if step) or "body"
