"""Which adjustments stand, and what they take along, on purchases made by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.simulation.checker.standing import claimed, standing

LINE = {"item_id": "a", "amount_minor": 1000, "credits": 99, "lot": 1}
PURCHASE = {
    "collected_minor": 2000,
    "lines": [
        {**LINE, "bonus_credits": 10, "bonus_lot": 2},
        {**LINE, "item_id": "b", "credits": 50, "lot": 3, "bonus_credits": 0, "bonus_lot": 0},
    ],
}


def adjustment(number: int, action: str = "refund", **more: Any) -> Mapping[str, Any]:
    return {
        "adjustment_id": f"adj_{number}",
        "created_at": f"2026-11-24T09:00:{number:02d}.000000Z",
        "action": action,
        "status": "approved",
        "amount_minor": 100,
        "lines": [["a", 100]],
        **more,
    }


@pytest.mark.parametrize(
    ("known", "stand"),
    [
        pytest.param([adjustment(1)], [1], id="a refund"),
        pytest.param([adjustment(1, status="pending_approval")], [], id="not decided"),
        pytest.param([adjustment(1, "credit")], [], id="credit at Paddle"),
        pytest.param(
            [adjustment(1, "chargeback"), adjustment(2, "chargeback_reverse")], [], id="undone"
        ),
        pytest.param(
            [adjustment(1, "chargeback_warning"), adjustment(2, "chargeback_reverse")],
            [1],
            id="undone is a chargeback, not a warning",
        ),
        pytest.param(
            [
                adjustment(1, "chargeback", lines=[["b", 100]]),
                adjustment(2, "chargeback"),
                adjustment(3, "chargeback_reverse"),
            ],
            [1],
            id="the one of the same lines",
        ),
        pytest.param(
            [
                adjustment(1, "chargeback"),
                adjustment(2, "chargeback", status="reversed"),
                adjustment(3, "chargeback_reverse"),
            ],
            [1],
            id="the one that is reversed already",
        ),
        pytest.param(
            [
                adjustment(1, "chargeback", amount_minor=7),
                adjustment(2, "chargeback", amount_minor=8),
                adjustment(3, "chargeback_reverse"),
            ],
            [2],
            id="none fits, so the oldest",
        ),
        pytest.param(
            [
                adjustment(1, "chargeback", amount_minor=7),
                adjustment(2, "chargeback", amount_minor=8, status="reversed"),
                adjustment(3, "chargeback_reverse"),
            ],
            [1],
            id="none fits, and one is reversed",
        ),
        pytest.param(
            [
                adjustment(1, "chargeback"),
                adjustment(2, "chargeback_reverse"),
                adjustment(3, "chargeback", status="reversed"),
            ],
            [],
            id="one that came after the reversal is not the one",
        ),
        pytest.param(
            [
                adjustment(1, "chargeback", amount_minor=7),
                adjustment(2, "chargeback_reverse"),
                adjustment(3, "chargeback", amount_minor=8, status="reversed"),
            ],
            [],
            id="nor is it where none fits",
        ),
    ],
)
def test_what_stands(known: Sequence[Mapping[str, Any]], stand: list[int]) -> None:
    wanted = [f"adj_{number}" for number in stand]
    for order in (known, known[::-1]):
        assert [one["adjustment_id"] for one in standing(order)] == wanted


@pytest.mark.parametrize(
    ("lines", "amount", "wanted"),
    [
        pytest.param([["a", 100]], 100, {1: 10, 2: 1, 3: 0}, id="rounded up"),
        pytest.param([["a", 1000]], 1000, {1: 99, 2: 10, 3: 0}, id="a line"),
        pytest.param([["a", 1500]], 1500, {1: 99, 2: 10, 3: 0}, id="never more than all"),
        pytest.param([["c", 1000]], 1000, {1: 50, 2: 5, 3: 25}, id="of no line of it"),
        pytest.param([], 80, {1: 0, 2: 0, 3: 0}, id="tax alone"),
        pytest.param([], 2000, {1: 99, 2: 10, 3: 50}, id="all of the money"),
    ],
)
def test_what_money_takes_along(
    lines: Sequence[Any], amount: int, wanted: Mapping[int, int]
) -> None:
    assert claimed(PURCHASE, [{"lines": lines, "amount_minor": amount}]) == wanted


def test_parts_are_rounded_together() -> None:
    """Each alone would take one credit more."""
    parts = [{"lines": [["a", 5]], "amount_minor": 5} for _ in range(4)]

    assert claimed(PURCHASE, parts)[1] == 2
