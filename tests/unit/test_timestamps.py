"""Times that come as a number."""

from datetime import UTC, datetime

import pytest

from makegood.events.timestamps import from_milliseconds


@pytest.mark.parametrize(
    ("milliseconds", "at"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1, datetime(1970, 1, 1, microsecond=1000, tzinfo=UTC)),
        (1_793_196_251_999, datetime(2026, 10, 28, 14, 4, 11, 999_000, tzinfo=UTC)),
        # As a binary fraction of a second, this would end in 249999.
        (4_102_444_799_001, datetime(2099, 12, 31, 23, 59, 59, 1000, tzinfo=UTC)),
    ],
)
def test_milliseconds_are_a_time_to_the_millisecond(milliseconds: int, at: datetime) -> None:
    assert from_milliseconds(milliseconds) == at
    assert from_milliseconds(milliseconds).tzinfo is UTC
