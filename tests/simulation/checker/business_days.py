"""The end of the fifth business day, in the studio's zone (I22)."""

from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tests.simulation.checker.reading import Record

DAYS = 5
_FRIDAY = 4


def last_moment(at: str, settings: Record) -> str:
    """The day of `at` is day 0."""
    return _last_moment(
        at, settings.get("time_zone", "UTC"), tuple(map(str, settings.get("holidays", ())))
    )


@cache
def _last_moment(at: str, zone_name: str, holidays: tuple[str, ...]) -> str:
    zone = ZoneInfo(zone_name)
    day = datetime.fromisoformat(at).astimezone(zone).date()
    left = DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() <= _FRIDAY and day.isoformat() not in holidays
    end = datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)
    return f"{end:%Y-%m-%dT%H:%M:%S}.000000Z"
