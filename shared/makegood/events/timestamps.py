"""Times as others write them to aware datetimes in UTC. Standard library only."""

import re
from datetime import UTC, datetime, timedelta

from makegood.errors import InvalidTimestampError

# Paddle writes 0 to 9 fraction digits; what is finer than a microsecond is cut off.
_RFC3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])"
    r"(?:\.([0-9]{1,6})[0-9]{0,3})?(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)

# Outside these years a time is a mistake, and arithmetic with it may overflow.
YEARS = range(2000, 2200)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_EXPECTED = "expected an RFC 3339 time with an offset, in the years 2000 to 2199"


def parse_timestamp(value: object) -> datetime:
    """Raise InvalidTimestampError unless the value is the text of an RFC 3339 time."""
    found = _RFC3339.fullmatch(value) if isinstance(value, str) else None
    if found is None or int(found[1][:4]) not in YEARS:
        raise InvalidTimestampError(_EXPECTED)
    try:
        moment = datetime.fromisoformat(f"{found[1]}.{found[2] or '0'}{found[3]}")
    except ValueError:
        raise InvalidTimestampError(_EXPECTED) from None
    moment = moment.astimezone(UTC)
    if moment.year not in YEARS:
        raise InvalidTimestampError(_EXPECTED)
    return moment


def from_milliseconds(milliseconds: int) -> datetime:
    """The time so long after 1970 began, as AWS counts it. Exact: no float is in between."""
    return _EPOCH + timedelta(milliseconds=milliseconds)
