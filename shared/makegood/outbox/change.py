"""A record before and after a write."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Change:
    """`old` is None where the record is new. `version` counts the record's writes.

    `at` is when the table had it, to the second: the same whenever it is asked.
    """

    new: object
    old: object | None
    version: int
    at: datetime
