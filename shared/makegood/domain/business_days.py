"""Business days: Monday to Friday less the studio's holidays, in the studio's time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)
_LAST_SECOND = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Calendar:
    zone: tzinfo
    holidays: frozenset[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        return day.weekday() < _SATURDAY and day not in self.holidays


def due_after(at: datetime, days: int, calendar: Calendar) -> datetime:
    """The last second, in UTC, of the day that is so many business days after the day of `at`.

    That day itself is day 0, whether it is a business day or not.
    """
    day = at.astimezone(calendar.zone).date()
    while days > 0:
        day += _ONE_DAY
        days -= calendar.is_business_day(day)
    # Where clocks go back at midnight, the last second comes twice: the later one is meant.
    return datetime.combine(day, _LAST_SECOND, calendar.zone).replace(fold=1).astimezone(UTC)
