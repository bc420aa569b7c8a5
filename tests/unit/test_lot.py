"""What can be spent follows from what was granted, used, held and withdrawn."""

import pytest

from makegood.domain.lot import Lot, LotChange, shortage, unused


@pytest.mark.parametrize(
    ("lot", "left"),
    [
        (Lot(1, 10), 10),
        (Lot(1, 10, used=3, held=2, withdrawn=1), 4),
        (Lot(1, 10, used=10), 0),
        (Lot(1, 10, used=10, withdrawn=10), -10),
    ],
)
def test_left_is_what_nobody_has_taken(lot: Lot, left: int) -> None:
    assert lot.left == left


def test_a_change_adds_to_each_amount() -> None:
    change = LotChange(4, used=2, held=-3, withdrawn=3)
    assert change.applied_to(Lot(4, 10, used=1, held=3)) == Lot(4, 10, used=3, withdrawn=3)
    assert change.left == -2


def free(*lots: Lot) -> dict[int, int]:
    return {lot.number: credits for lot, credits in unused(lots)}


def test_without_short_lots_all_that_is_left_can_be_spent() -> None:
    assert free(Lot(2, 5, used=1), Lot(1, 10), Lot(3, 4, used=4)) == {1: 10, 2: 4, 3: 0}


def test_lots_come_oldest_first_however_they_are_given() -> None:
    assert [lot.number for lot, _ in unused([Lot(3, 1), Lot(1, 1), Lot(2, 1)])] == [1, 2, 3]


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        (0, {1: 10, 2: 5, 9: 0}),
        (4, {1: 6, 2: 5, 9: 0}),
        (10, {1: 0, 2: 5, 9: 0}),
        (11, {1: 0, 2: 4, 9: 0}),
        (15, {1: 0, 2: 0, 9: 0}),
        (20, {1: 0, 2: 0, 9: 0}),
    ],
)
def test_what_a_short_lot_lacks_is_taken_from_the_oldest_that_have_something(
    missing: int, expected: dict[int, int]
) -> None:
    assert free(Lot(1, 10), Lot(2, 5), Lot(9, 20, used=20, withdrawn=missing)) == expected


def test_newer_lots_pay_for_an_older_short_one_too() -> None:
    assert free(Lot(1, 10, used=10, withdrawn=10), Lot(2, 4), Lot(3, 8)) == {1: 0, 2: 0, 3: 2}


def test_held_credits_pay_for_nothing() -> None:
    assert free(Lot(1, 10, held=10), Lot(2, 5), Lot(3, 3, used=3, withdrawn=2)) == {
        1: 0,
        2: 3,
        3: 0,
    }


def test_the_shortage_is_that_of_all_short_lots() -> None:
    lots = [Lot(1, 5, used=5, withdrawn=2), Lot(2, 100), Lot(3, 5, used=4, withdrawn=5)]
    assert shortage(lots) == 6
