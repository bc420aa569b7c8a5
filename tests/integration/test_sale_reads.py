"""Sales by the time of their payment: all of them, once each, whatever the page or the month."""

from datetime import UTC, datetime, timedelta

import pytest

from makegood import wiring
from makegood.ledger.sale_reads import sales_between
from makegood.plans.operations import set_price
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW
from tests.workers import Stack

MICROSECOND = timedelta(microseconds=1)
OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
JANUARY = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def sold(workers: Stack) -> Stack:
    """Sales on both sides of ends of months and of the year, none in December."""
    workers.decide(set_price("pri_1", 1000, 0, author="ada", now=NOW))
    for number, at in enumerate(
        (OCTOBER, NOVEMBER - MICROSECOND, NOVEMBER, NOVEMBER, JANUARY - MICROSECOND, JANUARY)
    ):
        workers.decide(
            crediting(bought(f"txn_{number}", account_id=f"acc_{number}", at=at), now=NOW)
        )
    workers.decide(crediting(bought("txn_waits", account_id=None, at=NOVEMBER), now=NOW))
    return workers


def sales(start: datetime, end: datetime, *, limit: int = 100) -> list[str]:
    found: list[str] = []
    position: str | None = None
    for _ in range(40):
        part = sales_between(wiring.ledger().table, start, end, position=position, limit=limit)
        assert len(part.records) <= limit
        found += part.records
        position = part.next
        if position is None:
            return found
    raise AssertionError("the list never ends")


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_all_sales_come_oldest_first_in_pages_of_any_size(sold: Stack, limit: int) -> None:
    assert sales(OCTOBER, JANUARY, limit=limit) == [f"txn_{n}" for n in range(6)]


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (NOVEMBER, NOVEMBER, ["txn_2", "txn_3"]),
        (NOVEMBER - MICROSECOND, NOVEMBER - MICROSECOND, ["txn_1"]),
        (NOVEMBER + MICROSECOND, JANUARY - 2 * MICROSECOND, []),
        (NOVEMBER + MICROSECOND, JANUARY - MICROSECOND, ["txn_4"]),
        (OCTOBER + MICROSECOND, NOVEMBER, ["txn_1", "txn_2", "txn_3"]),
        (JANUARY, OCTOBER, []),
    ],
)
def test_both_ends_belong_to_the_span(
    sold: Stack, start: datetime, end: datetime, found: list[str]
) -> None:
    assert sales(start, end) == found


def test_what_is_not_granted_is_no_sale(sold: Stack) -> None:
    assert "txn_waits" not in sales(OCTOBER, JANUARY)
