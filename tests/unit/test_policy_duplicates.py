"""Which of several payments is the duplicate, and when no person has to look at it."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.case import CaseDecision, CaseOutcome, Category
from makegood.domain.purchase import PurchaseLine, Sale, contents_of, in_order
from makegood.policy.duplicates import (
    Duplicate,
    first_of_order,
    nearest,
    rule_on_duplicate,
    twins_of,
)
from makegood.policy.published import Policies, PublishedPolicy, Setting
from makegood.policy.requests import PurchaseFacts, Twin, facts_of
from makegood.policy.versions import PUBLISHED
from tests.ledgers import NOON

SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
WINDOW = timedelta(minutes=15)
(POLICY,) = PUBLISHED.versions


def sale(name: str, after: timedelta = timedelta(0), order_ref: str | None = None) -> Sale:
    return Sale(name, NOON + after, order_ref)


def twins(later: Sale, *others: Sale, policies: Policies = PUBLISHED) -> tuple[Twin, ...]:
    return twins_of(later, in_order([later, *others]), policies, now=NOON + timedelta(days=1))


# Twins


@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        (timedelta(0), 0),
        (MICROSECOND, 1),
        (SECOND, 1),
        (WINDOW - SECOND, 899),
        (WINDOW - MICROSECOND, 900),
        (WINDOW, 900),
        (WINDOW + MICROSECOND, None),
        (WINDOW + SECOND, None),
    ],
)
def test_the_window_includes_its_end(after: timedelta, seconds: int | None) -> None:
    first, second = sale("txn_a"), sale("txn_b", after)
    found = () if seconds is None else (Twin("txn_a", seconds, same_order=False),)
    assert twins(second, first) == found
    assert twins(first, second) == ()


def test_of_the_same_moment_one_of_the_two_is_the_later() -> None:
    one, other = sale("txn_1"), sale("txn_2")
    assert [bool(twins(one, other)), bool(twins(other, one))] == [False, True]


@pytest.mark.parametrize(
    ("order", "other", "same"),
    [("o1", "o1", True), ("o1", "o2", False), ("o1", None, False), (None, None, False)],
)
def test_an_order_is_the_same_only_if_both_name_it(
    order: str | None, other: str | None, *, same: bool
) -> None:
    for one, two in ((order, other), (other, order)):
        (twin,) = twins(sale("txn_2", SECOND, one), sale("txn_1", order_ref=two))
        assert twin.same_order is same


def test_all_earlier_ones_are_named_whatever_the_order_they_are_known_in() -> None:
    sales = [sale("txn_c"), sale("txn_a", SECOND), sale("txn_b", SECOND), sale("txn_d", WINDOW)]
    for known in itertools.permutations(sales):
        found = twins_of(sales[3], in_order(known), PUBLISHED, now=NOON)
        assert [(twin.transaction_id, twin.seconds_before) for twin in found] == [
            ("txn_c", 900),
            ("txn_a", 899),
            ("txn_b", 899),
        ]


def test_the_nearest_one_is_of_the_same_order_if_there_is_a_choice() -> None:
    far = Twin("txn_1", 60, same_order=True)
    near = [Twin("txn_2", 5, same_order=False), Twin("txn_3", 5, same_order=True)]
    for found in itertools.permutations([far, *near]):
        assert nearest(found) == near[1]


def test_the_first_payment_for_an_order_is_the_one_that_stays() -> None:
    other = sale("txn_0")
    first, second, third = (sale(f"txn_{n}", n * SECOND, "o1") for n in (1, 2, 3))
    for known in itertools.permutations([other, first, second, third]):
        sales = in_order(known)
        found = [first_of_order(one, sales) for one in sales]
        assert found == [None, None, first, first]


def later_version(posted: datetime, also_from: datetime | None, within: timedelta) -> Policies:
    later = replace(
        POLICY,
        version="later",
        effective_from=posted,
        also_for_events_from=also_from,
        duplicate_within=within,
    )
    return Policies("two", (POLICY, later))


@pytest.mark.parametrize(
    ("posted", "also_from", "found"),
    [
        (timedelta(hours=1), timedelta(0), True),
        (timedelta(hours=1), MICROSECOND + timedelta(hours=1), False),
        (timedelta(hours=1), None, False),
        (timedelta(days=2), timedelta(0), False),
        (-timedelta(hours=1), None, True),
    ],
    ids=["serves older", "serves none so old", "serves no older", "not posted", "in force"],
)
def test_a_wider_window_of_a_later_version_counts_where_it_serves_older_events(
    posted: timedelta, also_from: timedelta | None, *, found: bool
) -> None:
    policies = later_version(
        NOON + posted, None if also_from is None else NOON + also_from, timedelta(hours=1)
    )
    pair = sale("txn_b", timedelta(hours=1)), sale("txn_a")
    at_once = twins(sale("txn_b", timedelta(minutes=50)), sale("txn_a"), policies=policies)
    assert bool(at_once) is found
    assert bool(twins(*pair, policies=PUBLISHED)) is False


# Ruling


def duplicate(
    *twin: Twin,
    untouched: bool = True,
    first_stands: bool = True,
    needs_two_people: bool = False,
    automatic: bool | None = None,
) -> Duplicate:
    found = twin or (Twin("txn_a", 60, same_order=True),)
    facts = PurchaseFacts("txn_b", NOON, 1000, 1000, 1000, twin=nearest(found))
    return Duplicate(
        facts, found, untouched, first_stands, needs_two_people, automatic, asked_at=NOON
    )


def automatic_policy(*, on: bool) -> Policies:
    return Policies("one", (replace(POLICY, automatic_duplicates=Setting(on, "as tested")),))


SAME = Twin("txn_a", 60, same_order=True)
OTHER = Twin("txn_0", 30, same_order=False)


@pytest.mark.parametrize("two_people", [True, False])
@pytest.mark.parametrize("stands", [True, False])
@pytest.mark.parametrize("untouched", [True, False])
@pytest.mark.parametrize("found", [(SAME,), (OTHER,), (SAME, OTHER)])
@pytest.mark.parametrize("policy", [True, False])
@pytest.mark.parametrize("setting", [True, False, None])
def test_no_person_is_needed_only_if_all_of_it_holds(
    setting: bool | None,
    policy: bool,
    found: tuple[Twin, ...],
    untouched: bool,
    stands: bool,
    two_people: bool,
) -> None:
    wanted = policy if setting is None else setting
    alone = wanted and SAME in found and untouched and stands and not two_people
    asked = duplicate(
        *found,
        untouched=untouched,
        first_stands=stands,
        needs_two_people=two_people,
        automatic=setting,
    )
    decision = rule_on_duplicate(asked, automatic_policy(on=policy))
    assert decision.clause == "2(b)"
    assert decision.outcome is (CaseOutcome.ELIGIBLE if alone else CaseOutcome.NEEDS_REVIEW)
    assert ("paid back" in decision.reason) or not alone


def test_the_published_policy_leaves_it_to_a_person() -> None:
    assert rule_on_duplicate(duplicate(SAME), PUBLISHED).outcome is CaseOutcome.NEEDS_REVIEW


def test_a_later_version_decides_only_where_it_gives_more() -> None:
    posted = NOON + timedelta(hours=1)
    later = later_version(posted, NOON, timedelta(minutes=30)).versions[1]
    more = replace(later, automatic_duplicates=Setting(value=True, reason="as tested"))
    asked = replace(duplicate(SAME), asked_at=posted)

    def version(*policies: PublishedPolicy, of: Duplicate = asked) -> str:
        return rule_on_duplicate(of, Policies("two", policies)).policy_version

    assert version(POLICY, later) == POLICY.version
    assert version(POLICY, more) == "later"
    assert version(POLICY, more, of=duplicate(SAME)) == POLICY.version
    far = replace(duplicate(Twin("txn_a", 1000, same_order=False)), asked_at=posted)
    assert version(POLICY, later, of=far) == "later"


def test_the_inputs_are_those_of_a_request_and_the_evidence() -> None:
    decision = rule_on_duplicate(duplicate(OTHER, SAME, automatic=False), PUBLISHED)
    facts = facts_of(decision.inputs)
    assert (facts.category, facts.asked_at) == (Category.DUPLICATE_PAYMENT, NOON)
    assert facts.matched is not None
    assert facts.matched.twin == OTHER
    assert decision.inputs["twins"] == [
        {"transaction_id": "txn_0", "seconds_before": 30, "same_order": "no"},
        {"transaction_id": "txn_a", "seconds_before": 60, "same_order": "yes"},
    ]
    assert decision.inputs["untouched"] == "yes"
    assert decision.inputs["first_stands"] == "yes"
    assert decision.inputs["needs_two_people"] == "no"
    assert decision.inputs["automatic_duplicates"] == "no"
    assert "first_stands" not in rule_on_duplicate(duplicate(OTHER), PUBLISHED).inputs
    assert "automatic_duplicates" not in rule_on_duplicate(duplicate(), PUBLISHED).inputs


moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants them so
sales = st.builds(
    Sale,
    st.from_regex(r"txn_[a-z0-9]{1,3}", fullmatch=True),
    st.one_of(moments, st.integers(-1000, 1000).map(lambda n: NOON + n * SECOND)),
    st.sampled_from([None, "o1", "o2"]),
)


@given(st.lists(sales, max_size=8, unique_by=lambda one: one.transaction_id), st.data())
def test_every_payment_has_a_ruling(known: list[Sale], data: st.DataObject) -> None:
    ordered = in_order(known)
    for later in ordered:
        found = twins_of(later, ordered, PUBLISHED, now=NOON)
        names = [one.transaction_id for one in ordered[: ordered.index(later)]]
        assert {twin.transaction_id for twin in found} <= set(names)
        assert all(0 <= twin.seconds_before <= 900 for twin in found)
        if not found:
            continue
        decision = rule_on_duplicate(
            duplicate(
                *found,
                untouched=data.draw(st.booleans()),
                automatic=data.draw(st.sampled_from([True, False, None])),
            ),
            PUBLISHED,
        )
        assert isinstance(decision, CaseDecision)
        assert decision.outcome is not CaseOutcome.NOT_ELIGIBLE


# Contents


def lines(*sold: tuple[str, int]) -> list[PurchaseLine]:
    return [PurchaseLine(f"item_{n}", *one, n, n) for n, one in enumerate(sold)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ([("p", 1)], [("p", 1)], True),
        ([("p", 1), ("q", 2)], [("q", 2), ("p", 1)], True),
        ([("p", 1), ("p", 1)], [("p", 2)], True),
        ([("p", 1)], [("p", 2)], False),
        ([("p", 1)], [("q", 1)], False),
        ([("p", 1)], [("p", 1), ("q", 1)], False),
        ([("p", 1), ("q", 2)], [("p", 2), ("q", 1)], False),
        ([("p", 11)], [("p", 1), ("p1", 1)], False),
    ],
)
def test_goods_are_the_same_by_price_and_quantity(
    one: list[tuple[str, int]], other: list[tuple[str, int]], *, same: bool
) -> None:
    assert (contents_of(lines(*one)) == contents_of(lines(*other))) is same
