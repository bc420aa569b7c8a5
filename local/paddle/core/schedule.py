"""When Paddle tries a delivery again.

Published: three retries within 15 minutes for a sandbox; 60 within three days for live, of which 20
in the first hour and 47 in the first day. How they lie between these marks is not: here they are
spread evenly.
"""

from datetime import datetime, timedelta
from itertools import pairwise

Schedule = tuple[timedelta, ...]
"""Time of each retry, counted from the first attempt."""


def _spread(marks: list[tuple[timedelta, int]]) -> Schedule:
    """`marks`: how many retries there have been by then."""
    times: list[timedelta] = []
    for (begin, before), (end, after) in pairwise([(timedelta(), 0), *marks]):
        count = after - before
        times += [begin + (end - begin) * number / count for number in range(1, count + 1)]
    return tuple(times)


SANDBOX = _spread([(timedelta(minutes=15), 3)])
LIVE = _spread([(timedelta(hours=1), 20), (timedelta(days=1), 47), (timedelta(days=3), 60)])


def next_attempt(
    schedule: Schedule, *, first_attempt_at: datetime, attempts: int, pace: float = 1
) -> datetime | None:
    """The time of the retry after so many attempts, or None when Paddle gives up.

    `pace` 60 makes an hour of the schedule pass in a minute.
    """
    retries = attempts - 1
    if retries >= len(schedule):
        return None
    return first_attempt_at + schedule[retries] / pace
