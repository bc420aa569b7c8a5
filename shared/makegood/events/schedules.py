"""What a schedule sends: the time that the run is for, so that a late or repeated one decides
the same.

{"time": "2026-11-22T10:00:00Z"}
"""

from collections.abc import Mapping
from datetime import datetime

from makegood.errors import InvalidTimestampError, RejectedEventError
from makegood.events.timestamps import parse_timestamp


def scheduled_time(event: Mapping[str, object]) -> datetime:
    """Raise RejectedEventError unless the event says which time it is for."""
    try:
        return parse_timestamp(event.get("time"))
    except InvalidTimestampError as error:
        raise RejectedEventError(f"time: {error}") from None
