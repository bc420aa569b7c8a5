"""Which lots stay in the snapshot, and which go onto cards."""

from dataclasses import replace

import pytest

from makegood.domain.account import Account
from makegood.domain.at_hand import (
    CARDS_PER_COMMIT,
    EXHAUSTED_AT_HAND,
    OPEN_AT_HAND,
    LotCard,
    LotPage,
    arranged,
    with_page,
)
from makegood.domain.lot import Lot


def account(*lots: Lot, cards_from: int = 0) -> Account:
    balance = sum(lot.left for lot in lots)
    return Account(
        "acc_1",
        available=max(balance, 0),
        debt=max(-balance, 0),
        seq=999,
        lots=tuple(sorted(lots)),
        cards_from=cards_from,
    )


def opens(first: int, last: int) -> list[Lot]:
    return [Lot(number, 10, used=4) for number in range(first, last + 1)]


def exhausted(first: int, last: int) -> list[Lot]:
    return [Lot(number, 10, used=10) for number in range(first, last + 1)]


def numbers(lots: tuple[Lot, ...]) -> list[int]:
    return [lot.number for lot in lots]


def carded(cards: list[LotCard]) -> list[int]:
    return sorted(card.lot.number for card in cards)


@pytest.mark.parametrize(
    "lots", [[], opens(1, 16), exhausted(1, 16), [*exhausted(1, 8), *opens(9, 16)]]
)
def test_an_account_with_few_lots_keeps_them_all(lots: list[Lot]) -> None:
    before = account(*lots)
    assert arranged(before, set()) == (before, [])


def test_one_lot_more_and_the_newest_open_ones_go() -> None:
    snapshot, cards = arranged(account(*opens(1, 17)), set())
    assert numbers(snapshot.lots) == list(range(1, OPEN_AT_HAND + 1))
    assert carded(cards) == list(range(OPEN_AT_HAND + 1, 18))
    assert snapshot.cards_from == OPEN_AT_HAND + 1


def test_of_exhausted_ones_the_oldest_go_and_bound_nothing() -> None:
    snapshot, cards = arranged(account(*exhausted(1, 14), *opens(15, 20)), set())
    assert numbers(snapshot.lots) == list(range(7, 21))
    assert carded(cards) == list(range(1, 14 - EXHAUSTED_AT_HAND + 1))
    assert snapshot.cards_from == 0


def test_nothing_but_the_lots_changes() -> None:
    before = account(*opens(1, 30))
    snapshot, _ = arranged(before, set())
    assert replace(snapshot, lots=before.lots, cards_from=0) == before


def test_a_card_that_is_as_it_was_is_not_written_again() -> None:
    lots = opens(1, 20)
    snapshot, cards = arranged(account(*lots), set(lots[10:15]))
    assert numbers(snapshot.lots) == list(range(1, 9))
    assert carded(cards) == [9, 10, 16, 17, 18, 19, 20]
    assert snapshot.cards_from == 9


def test_a_card_that_is_not_as_it_was_is_written_again() -> None:
    lots = opens(1, 20)
    old = replace(lots[12], used=0)
    _, cards = arranged(account(*lots), {old, *lots[8:12], *lots[13:]})
    assert [card.lot for card in cards] == [lots[12]]


def test_what_is_behind_a_card_goes_behind_it() -> None:
    """Also where few lots are left at hand: the older one on the card comes first."""
    snapshot, cards = arranged(account(*opens(1, 3), *opens(30, 31), cards_from=20), set())
    assert numbers(snapshot.lots) == [1, 2, 3]
    assert carded(cards) == [30, 31]
    assert snapshot.cards_from == 20


def test_a_refund_into_an_older_lot_moves_the_bound_down() -> None:
    snapshot, cards = arranged(account(*opens(1, 9), cards_from=20), set())
    assert carded(cards) == [9]
    assert snapshot.cards_from == 9


def test_short_lots_and_those_that_pay_for_them_stay() -> None:
    short = Lot(40, 100, used=100, withdrawn=25)
    snapshot, cards = arranged(account(*opens(1, 30), short), set())
    # Five lots of six credits pay for twenty-five.
    assert numbers(snapshot.lots) == [*range(1, OPEN_AT_HAND + 5 + 1), 40]
    assert carded(cards) == list(range(OPEN_AT_HAND + 5 + 1, 31))


def test_all_pay_for_what_they_cannot_cover() -> None:
    short = Lot(40, 1000, used=1000, withdrawn=1000)
    snapshot, cards = arranged(account(*opens(1, 30), short), set())
    assert cards == []
    assert len(snapshot.lots) == 31


@pytest.mark.parametrize(("room", "written"), [(0, 0), (1, 1), (39, 39), (40, 40), (90, 40)])
def test_what_there_is_no_room_for_stays_newest_first_to_go(room: int, written: int) -> None:
    snapshot, cards = arranged(account(*opens(1, 100)), set(), room=room)
    assert len(cards) == written <= CARDS_PER_COMMIT
    assert carded(cards) == list(range(101 - written, 101))
    assert numbers(snapshot.lots) == list(range(1, 101 - written))
    assert snapshot.cards_from == (101 - written if written else 0)


def test_the_next_commit_takes_the_rest() -> None:
    before = account(*opens(1, 100))
    snapshot, first = arranged(before, set())
    snapshot, second = arranged(snapshot, set())
    snapshot, third = arranged(snapshot, set())
    assert numbers(snapshot.lots) == list(range(1, 9))
    assert carded([*first, *second, *third]) == list(range(9, 101))
    assert arranged(snapshot, set()) == (snapshot, [])


def test_a_page_brings_what_has_something_left_and_moves_the_bound() -> None:
    page = LotPage((*opens(20, 22), *exhausted(23, 24), *opens(25, 25)), 26)
    loaded = with_page(account(*opens(1, 3), cards_from=20), page)
    assert numbers(loaded.lots) == [1, 2, 3, 20, 21, 22, 25]
    assert loaded.cards_from == 26


def test_a_lot_at_hand_is_the_truth_not_its_card() -> None:
    here = Lot(21, 10, used=9)
    loaded = with_page(account(*opens(1, 3), here, cards_from=20), LotPage((Lot(21, 10),), 0))
    assert loaded.lot(21) == here
    assert loaded.cards_from == 0
