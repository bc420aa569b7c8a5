"""What unused credits are worth: exact, never more than was paid, never less by splitting."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.money import unused_share_minor


@dataclass(frozen=True)
class Paid:
    line: int
    total: int
    collected: int
    granted: int

    def share(self, unused: int) -> int:
        return unused_share_minor(
            line_minor=self.line,
            total_minor=self.total,
            collected_minor=self.collected,
            unused=unused,
            granted=self.granted,
        )


@st.composite
def bills(draw: Callable[[st.SearchStrategy[int]], int]) -> Paid:
    # Small amounts are where rounding shows, large ones where floating point would.
    most = draw(st.sampled_from([20, 1000, 10**18]))
    total = draw(st.integers(0, most))
    return Paid(
        line=draw(st.integers(0, total)),
        total=total,
        collected=draw(st.integers(0, total)),
        granted=draw(st.integers(1, min(most, 10**12))),
    )


@given(bills(), st.data())
def test_the_share_is_the_exact_one_rounded_down(paid: Paid, data: st.DataObject) -> None:
    unused = data.draw(st.integers(0, paid.granted))

    exact = Fraction(paid.line) * Fraction(unused, paid.granted)
    exact *= Fraction(paid.collected, paid.total) if paid.total else 0

    assert paid.share(unused) == exact.numerator // exact.denominator
    assert 0 <= paid.share(unused) <= min(paid.line, paid.collected)


@given(bills(), st.data())
def test_more_unused_is_never_worth_less(paid: Paid, data: st.DataObject) -> None:
    less, more = sorted(data.draw(st.lists(st.integers(0, paid.granted), min_size=2, max_size=2)))

    assert paid.share(less) <= paid.share(more)


@given(bills(), st.data())
def test_no_money_comes_from_asking_in_parts(paid: Paid, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, paid.granted))

    whole = paid.share(paid.granted)
    assert whole - 1 <= paid.share(first) + paid.share(paid.granted - first) <= whole


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=5), st.data())
def test_all_lines_together_are_worth_no_more_than_was_collected(
    lines: list[int], data: st.DataObject
) -> None:
    total = sum(lines)
    collected = data.draw(st.integers(0, total))

    shares = [Paid(line, total, collected, granted=10).share(10) for line in lines]

    assert collected - len(lines) < sum(shares) <= collected or total == 0


@pytest.mark.parametrize(
    ("paid", "unused", "amount"),
    [
        pytest.param(Paid(1000, 1000, 1000, 300), 300, 1000, id="all of it"),
        pytest.param(Paid(1000, 1000, 1000, 300), 0, 0, id="nothing"),
        pytest.param(Paid(1000, 1000, 1000, 3), 2, 666, id="rounded down"),
        pytest.param(Paid(1500, 1500, 1500, 1000), 999, 1498, id="yen have no cents"),
        pytest.param(Paid(0, 0, 0, 10), 10, 0, id="free"),
        pytest.param(Paid(1000, 2000, 1500, 10), 10, 750, id="part paid from a balance"),
        pytest.param(Paid(1000, 3000, 2000, 10), 9, 600, id="rounded once, not twice"),
        pytest.param(Paid(1000, 1000, 1200, 10), 10, 1000, id="no more than the line"),
        pytest.param(Paid(1000, 1000, -5, 10), 10, 0, id="nothing was collected"),
        pytest.param(Paid(1000, 1000, 1000, 0), 0, 0, id="nothing was granted"),
    ],
)
def test_cases_that_people_ask_about(paid: Paid, unused: int, amount: int) -> None:
    assert paid.share(unused) == amount
