"""Clause 2(d): more than 72 hours of a complete outage after the purchase, to the second."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.account import Account
from makegood.domain.lot import Lot
from makegood.domain.outage import (
    COMPLETE_FROM,
    COMPLETE_MAX,
    CompleteOutages,
    Outage,
    OutageSpan,
)
from makegood.domain.purchase import Purchase, PurchaseLine, PurchaseState
from makegood.policy.outages import (
    bought_within,
    concerned,
    may_concern_somebody,
    outage_after,
    qualifies,
    shortest,
)
from makegood.policy.published import Policies
from makegood.policy.requests import OutageAfter
from makegood.policy.versions import PRESETS, PUBLISHED

(POLICY,) = PUBLISHED.versions
START = datetime(2026, 11, 1, tzinfo=UTC)
HOURS_72 = timedelta(hours=72)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)


def lasting(length: timedelta, *, start: datetime = START, outage_id: str = "out_1") -> OutageSpan:
    return OutageSpan(outage_id, start, start + length)


@pytest.mark.parametrize(
    ("length", "enough"),
    [
        (HOURS_72 - SECOND, False),
        (HOURS_72, False),
        (HOURS_72 + MICROSECOND, True),
        (HOURS_72 + SECOND, True),
    ],
)
def test_more_than_72_hours_are_enough_and_exactly_72_are_not(
    length: timedelta, enough: bool
) -> None:
    assert qualifies(lasting(length), START - timedelta(days=1), POLICY) is enough


@pytest.mark.parametrize(
    ("bought", "after", "enough"),
    [
        pytest.param(-SECOND, 100 * 3600, True, id="before it"),
        pytest.param(timedelta(), 100 * 3600, True, id="as it began"),
        pytest.param(SECOND, 100 * 3600 - 1, True, id="just after it began"),
        pytest.param(timedelta(hours=28) - SECOND, 72 * 3600 + 1, True, id="72 h and 1 s left"),
        pytest.param(timedelta(hours=28) - MICROSECOND, 72 * 3600 + 1, True, id="and 1 us"),
        pytest.param(timedelta(hours=28), 72 * 3600, False, id="72 h left"),
        pytest.param(timedelta(hours=28) + SECOND, 72 * 3600 - 1, False, id="1 s less"),
        pytest.param(timedelta(hours=100) - SECOND, 1, False, id="as it ended"),
        pytest.param(timedelta(hours=100), None, False, id="at its last failed probe"),
        pytest.param(timedelta(hours=101), None, False, id="behind it"),
    ],
)
def test_only_the_part_after_the_purchase_counts(
    bought: timedelta, after: int | None, enough: bool
) -> None:
    span, bought_at = lasting(timedelta(hours=100)), START + bought

    expected = None if after is None else OutageAfter("out_1", after)
    assert outage_after(CompleteOutages((span,)), bought_at) == expected
    assert qualifies(span, bought_at, POLICY) is enough


def test_the_longest_part_is_the_one_that_counts() -> None:
    """Which need not be the longest outage: most of that was before the purchase."""
    complete = CompleteOutages(
        (
            lasting(timedelta(hours=200), outage_id="long"),
            lasting(timedelta(hours=80), start=START + timedelta(hours=300), outage_id="late"),
            lasting(timedelta(hours=80), start=START + timedelta(hours=500), outage_id="later"),
        )
    )

    assert outage_after(complete, START) == OutageAfter("long", 200 * 3600)
    bought_at = START + timedelta(hours=121)
    assert outage_after(complete, bought_at) == OutageAfter("late", 80 * 3600)


def test_without_an_outage_there_is_none() -> None:
    assert outage_after(CompleteOutages(), START) is None


@given(
    length=st.timedeltas(timedelta(), timedelta(days=9)),
    bought=st.timedeltas(timedelta(days=-9), timedelta(days=18)),
)
def test_a_later_purchase_never_has_more_of_an_outage(length: timedelta, bought: timedelta) -> None:
    span, bought_at = lasting(length), START + bought
    exact = span.last_failed_at - max(START, bought_at)

    assert qualifies(span, bought_at, POLICY) is (exact > HOURS_72)
    if qualifies(span, bought_at + SECOND, POLICY):
        assert qualifies(span, bought_at, POLICY)


@pytest.mark.parametrize("policies", PRESETS.values(), ids=PRESETS)
def test_every_outage_that_may_count_is_kept_for_decisions(policies: Policies) -> None:
    assert shortest(policies) >= COMPLETE_FROM


def test_what_is_kept_for_decisions_is_the_newest_hundred() -> None:
    complete = CompleteOutages()
    for number in range(COMPLETE_MAX + 1):
        at = START + timedelta(days=2 * number)
        complete = complete.with_outage(Outage(f"out_{number}", "service", at, at + COMPLETE_FROM))

    assert [span.outage_id for span in complete.spans] == [f"out_{n}" for n in range(1, 101)]


def test_an_outage_that_goes_on_is_kept_once() -> None:
    outage = Outage("out_1", "service", START, START + COMPLETE_FROM)
    longer = replace(outage, last_failed_at=START + 2 * COMPLETE_FROM)
    complete = CompleteOutages().with_outage(outage).with_outage(longer)

    assert complete.spans == (longer.span,)


@pytest.mark.parametrize(
    ("component", "length", "expected"),
    [
        ("service", HOURS_72, False),
        ("service", HOURS_72 + SECOND, True),
        ("video", timedelta(days=30), False),
    ],
)
def test_only_a_long_outage_of_everything_may_concern_somebody(
    component: str, length: timedelta, expected: bool
) -> None:
    outage = Outage("out_1", component, START, START + length)
    assert may_concern_somebody(outage, PUBLISHED) is expected


# ------------------------------------------------------------------ purchases


def bought(at: datetime, **changes: object) -> Purchase:
    line = PurchaseLine("txnitm_1", "pri_1", 1, 1000, 0, credits=100, lot=1)
    purchase = Purchase(
        transaction_id="txn_1",
        state=PurchaseState.GRANTED,
        customer_id="ctm_1",
        claimed_account_id="acc_1",
        order_ref=None,
        currency="USD",
        collected_minor=1000,
        lines=(line,),
        occurred_at=at,
        recorded_at=at,
        account_id="acc_1",
    )
    return replace(purchase, **changes)  # type: ignore[arg-type]


def owning(used: int = 40) -> Account:
    return Account("acc_1", 100 - used, lots=(Lot(1, 100, used=used),))


SPAN = lasting(timedelta(hours=100))
NOW = SPAN.last_failed_at + timedelta(hours=1)


def test_the_unused_part_of_a_concerned_purchase_can_be_paid_back() -> None:
    found = concerned(bought(START), owning(), SPAN, policies=PUBLISHED, now=NOW)

    assert found is not None
    assert found.after == OutageAfter("out_1", 100 * 3600)
    assert (found.refundable.unused, found.refundable.money.amount_minor) == (60, 600)
    assert found.policy is POLICY


@pytest.mark.parametrize(
    ("purchase", "account"),
    [
        pytest.param(bought(START + timedelta(hours=28)), owning(), id="bought too late"),
        pytest.param(bought(START), owning(used=100), id="all of it used"),
        pytest.param(bought(START, promised_minor=600), owning(), id="promised already"),
        pytest.param(bought(START, adjusted_minor=1000), owning(), id="paid back already"),
        pytest.param(
            bought(START, state=PurchaseState.UNMATCHED, account_id=None), owning(), id="no grant"
        ),
    ],
)
def test_a_purchase_that_is_not_concerned(purchase: Purchase, account: Account) -> None:
    assert concerned(purchase, account, SPAN, policies=PUBLISHED, now=NOW) is None


@given(bought_before=st.timedeltas(timedelta(days=-9), timedelta(days=400)))
def test_who_is_concerned_bought_within_the_days_that_are_searched(
    bought_before: timedelta,
) -> None:
    purchase = bought(START - bought_before)
    first, last = bought_within(SPAN, PUBLISHED)

    if concerned(purchase, owning(), SPAN, policies=PUBLISHED, now=NOW) is not None:
        assert purchase.occurred_at < last
    if first <= purchase.occurred_at < last:
        assert concerned(purchase, owning(), SPAN, policies=PUBLISHED, now=NOW) is not None
