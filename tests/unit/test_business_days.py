"""Five business days: across weekends, holidays, time zones and the change of clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.business_days import Calendar, due_after

BERLIN, NEW_YORK, SAO_PAULO = "Europe/Berlin", "America/New_York", "America/Sao_Paulo"
ZONES = ["UTC", BERLIN, NEW_YORK, "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago"]
SECOND = timedelta(seconds=1)


def calendar(zone: str = "UTC", *holidays: date) -> Calendar:
    return Calendar(ZoneInfo(zone), frozenset(holidays))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def due(text: str, zone: str = "UTC", *holidays: date, days: int = 5) -> str:
    """In the studio's own time, to be compared with a wall clock."""
    found = due_after(at(text), days, calendar(zone, *holidays))
    assert found.tzinfo is UTC
    return found.astimezone(ZoneInfo(zone)).isoformat()


@pytest.mark.parametrize(
    ("filed", "by"),
    [
        pytest.param("2026-11-23T09:00Z", "2026-11-30", id="Monday to Monday"),
        pytest.param("2026-11-24T09:00Z", "2026-12-01", id="Tuesday"),
        pytest.param("2026-11-27T23:59:59Z", "2026-12-04", id="Friday's last second"),
        pytest.param("2026-11-28T00:00Z", "2026-12-04", id="Saturday: Monday is day 1"),
        pytest.param("2026-11-29T23:59Z", "2026-12-04", id="Sunday"),
        pytest.param("2026-12-30T12:00Z", "2027-01-06", id="over the new year"),
        pytest.param("2028-02-25T12:00Z", "2028-03-03", id="over a leap day"),
    ],
)
def test_five_business_days_end_with_the_last_second_of_the_fifth(filed: str, by: str) -> None:
    assert due(filed) == f"{by}T23:59:59+00:00"


@pytest.mark.parametrize(
    ("holidays", "by"),
    [
        pytest.param([], "2026-12-30", id="none"),
        pytest.param([date(2026, 12, 25)], "2026-12-31", id="one within"),
        pytest.param([date(2026, 12, 26)], "2026-12-30", id="one on a Saturday takes nothing"),
        pytest.param([date(2026, 12, 23)], "2026-12-30", id="the day of filing is day 0 anyway"),
        pytest.param([date(2026, 12, 30)], "2026-12-31", id="the last day itself"),
        pytest.param([date(2026, 12, 31)], "2026-12-30", id="one behind it"),
        pytest.param(
            [date(2026, 12, day) for day in (24, 25, 28, 29, 30, 31)], "2027-01-07", id="six"
        ),
    ],
)
def test_holidays_are_no_business_days(holidays: list[date], by: str) -> None:
    assert due("2026-12-23T08:00Z", "UTC", *holidays) == f"{by}T23:59:59+00:00"


@pytest.mark.parametrize(
    ("filed", "zone", "by"),
    [
        pytest.param(
            "2026-11-27T23:30Z", BERLIN, "2026-12-04T23:59:59+01:00", id="Saturday in Berlin"
        ),
        pytest.param(
            "2026-11-27T22:59:59Z", BERLIN, "2026-12-04T23:59:59+01:00", id="still Friday there"
        ),
        pytest.param(
            "2026-11-30T04:59:59Z", NEW_YORK, "2026-12-04T23:59:59-05:00", id="still Sunday there"
        ),
        pytest.param(
            "2026-11-30T05:00Z", NEW_YORK, "2026-12-07T23:59:59-05:00", id="Monday there too"
        ),
    ],
)
def test_the_day_of_filing_is_the_studios(filed: str, zone: str, by: str) -> None:
    assert due(filed, zone) == by


@pytest.mark.parametrize(
    ("filed", "zone", "by", "hours"),
    [
        pytest.param(
            "2026-03-24T09:00Z", BERLIN, "2026-03-31T23:59:59+02:00", -1, id="clocks go forward"
        ),
        pytest.param(
            "2026-10-20T09:00Z", BERLIN, "2026-10-27T23:59:59+01:00", 1, id="clocks go back"
        ),
        pytest.param(
            "2026-03-03T15:00Z", NEW_YORK, "2026-03-10T23:59:59-04:00", -1, id="forward, New York"
        ),
    ],
)
def test_a_change_of_clocks_moves_no_day(filed: str, zone: str, by: str, hours: int) -> None:
    assert due(filed, zone) == by
    before = at(filed).astimezone(ZoneInfo(zone))
    end_of_that_day = before.replace(hour=23, minute=59, second=59).astimezone(UTC)
    assert due_after(at(filed), 5, calendar(zone)) - end_of_that_day == timedelta(
        days=7, hours=hours
    )


def test_where_midnight_comes_twice_the_later_last_second_is_meant() -> None:
    """On 2018-02-17 the clocks of São Paulo went back from midnight to 23:00, a Saturday."""
    found = due_after(at("2018-02-17T12:00Z"), 0, calendar(SAO_PAULO))
    assert found == datetime(2018, 2, 18, 2, 59, 59, tzinfo=UTC)


def test_where_there_is_no_midnight_the_day_still_ends_before_it() -> None:
    """On 2018-11-04 the clocks of São Paulo went forward at midnight: Saturday ends as ever."""
    found = due_after(at("2018-11-03T12:00Z"), 0, calendar(SAO_PAULO))
    assert found + SECOND == datetime(2018, 11, 4, 3, tzinfo=UTC)


moments = st.integers(0, 5 * 365 * 24 * 60 * 60).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
calendars = st.builds(
    lambda zone, days: calendar(zone, *(date(2024, 1, 1) + timedelta(days=day) for day in days)),
    st.sampled_from(ZONES),
    st.sets(st.integers(0, 5 * 366), max_size=60),
)


@given(moments, st.integers(1, 15), calendars)
def test_a_deadline_is_the_end_of_a_business_day_so_many_of_them_later(
    filed: datetime, days: int, of: Calendar
) -> None:
    found = due_after(filed, days, of)
    day, start = found.astimezone(of.zone).date(), filed.astimezone(of.zone).date()
    between = [start + timedelta(days=n) for n in range(1, (day - start).days + 1)]
    assert of.is_business_day(day)
    assert sum(map(of.is_business_day, between)) == days
    assert (found + SECOND).astimezone(of.zone).date() > day
    assert found > filed


@given(moments, st.integers(0, 10**6), st.integers(0, 15), calendars)
def test_who_files_later_is_never_due_earlier(
    filed: datetime, seconds: int, days: int, of: Calendar
) -> None:
    later = filed + timedelta(seconds=seconds)
    assert due_after(filed, days, of) <= due_after(later, days, of)


@given(moments, st.integers(0, 15), calendars)
def test_a_day_more_is_later(filed: datetime, days: int, of: Calendar) -> None:
    assert due_after(filed, days, of) < due_after(filed, days + 1, of)


@given(moments, st.integers(1, 10), calendars, st.integers(0, 5 * 366))
def test_a_holiday_more_never_makes_it_due_earlier(
    filed: datetime, days: int, of: Calendar, day: int
) -> None:
    holiday = date(2024, 1, 1) + timedelta(days=day)
    more = Calendar(of.zone, of.holidays | {holiday})
    assert due_after(filed, days, of) <= due_after(filed, days, more)
