"""Facts know what was read, ask for what was not, and show what was planned since."""

from typing import Any

import pytest

from makegood.domain.account import Account
from makegood.domain.at_hand import LotCard, LotPage
from makegood.domain.facts import Damaged, Facts, Key, Plan, Unread
from makegood.domain.lot import Lot
from makegood.domain.purchase import Price
from makegood.errors import LedgerDamagedError
from makegood.ledger.shapes import key_of
from tests.ledgers import NOON

ACCOUNT = Key(Account, "acc_1")
PRICE = Price("pri_1", 10, 0, set_at=NOON, set_by="ada")


def page(first: int) -> Key[LotPage]:
    return Key(LotPage, ("acc_1", first))


def card(number: int) -> Key[LotCard]:
    return Key(LotCard, ("acc_1", number))


def account(*lots: Lot, cards_from: int = 0, available: int | None = None) -> Account:
    left = sum(lot.left for lot in lots)
    return Account(
        "acc_1",
        available=max(left, 0) if available is None else available,
        lots=lots,
        cards_from=cards_from,
    )


def asked_for(facts: Facts, **what: Any) -> Key[Any]:
    with pytest.raises(Unread) as request:
        facts.account("acc_1", **what)
    (key,) = request.value.keys
    return key


def test_what_was_not_read_is_asked_for() -> None:
    with pytest.raises(Unread) as request:
        Facts({}).get(key_of(PRICE))
    assert request.value.keys == (Key(Price, "pri_1"),)


def test_no_except_clause_swallows_the_request() -> None:
    assert not issubclass(Unread, Exception)


def test_what_was_read_and_is_not_there_is_none() -> None:
    assert Facts({key_of(PRICE): None}).get(key_of(PRICE)) is None


def test_plans_lie_over_what_was_read() -> None:
    facts = Facts({key_of(PRICE): None})
    facts.expect(Plan(None, (PRICE,)), [key_of(PRICE)])
    assert facts.get(key_of(PRICE)) is PRICE


def test_a_plan_and_its_keys_belong_together() -> None:
    with pytest.raises(ValueError, match="argument 2"):
        Facts({}).expect(Plan(None, (PRICE,)), [])


def test_what_was_asked_is_told_once() -> None:
    facts = Facts({ACCOUNT: None})
    facts.account("acc_1")
    with pytest.raises(Unread):
        facts.get(key_of(PRICE))
    assert facts.asked() == {ACCOUNT, key_of(PRICE)}
    assert facts.asked() == set()


def test_an_account_that_nobody_gave_anything_is_empty() -> None:
    assert Facts({ACCOUNT: None}).account("acc_1", credits=5) == Account("acc_1")


def test_lots_at_hand_need_no_card() -> None:
    known = account(Lot(1, 10), Lot(2, 10))
    assert Facts({ACCOUNT: known}).account("acc_1", lots=[1, 2], credits=20) == known


def test_lots_that_are_named_are_read_from_their_cards() -> None:
    facts = Facts({ACCOUNT: account(Lot(5, 10)), card(1): LotCard("acc_1", Lot(1, 10, used=10))})
    assert facts.account("acc_1", lots=[5, 1]).lot(1) == Lot(1, 10, used=10)
    assert asked_for(facts, lots=[1, 2]) == card(2)


def test_a_lot_that_is_nowhere_is_damage() -> None:
    facts = Facts({ACCOUNT: account(Lot(5, 10)), card(1): None})
    with pytest.raises(LedgerDamagedError):
        facts.account("acc_1", lots=[1])


@pytest.mark.parametrize("credits", [0, 1, 19, 20])
def test_what_the_lots_before_the_first_card_cover_needs_no_page(credits: int) -> None:
    known = account(Lot(1, 10), Lot(2, 10), cards_from=3, available=100)
    assert Facts({ACCOUNT: known}).account("acc_1", credits=credits) == known


def test_one_credit_more_needs_the_next_page() -> None:
    known = account(Lot(1, 10), Lot(2, 10), cards_from=3, available=100)
    assert asked_for(Facts({ACCOUNT: known}), credits=21) == page(3)


def test_lots_behind_the_first_card_do_not_count() -> None:
    """The one on the card is older, so its credits go first."""
    known = account(Lot(1, 10), Lot(9, 50), cards_from=3, available=100)
    assert asked_for(Facts({ACCOUNT: known}), credits=11) == page(3)


def test_pages_are_read_until_they_suffice() -> None:
    known: dict[Key[Any], Any] = {
        ACCOUNT: account(Lot(1, 10), cards_from=3, available=100),
        page(3): LotPage((Lot(3, 10), Lot(4, 10, used=10)), 5),
        page(5): LotPage((Lot(5, 10),), 6),
        page(6): LotPage((Lot(6, 10),), 0),
    }
    facts = Facts(known)
    assert [lot.number for lot in facts.account("acc_1", credits=20).lots] == [1, 3]
    assert [lot.number for lot in facts.account("acc_1", credits=21).lots] == [1, 3, 5]
    assert facts.account("acc_1", credits=30).cards_from == 6
    assert facts.account("acc_1", credits=31).cards_from == 0


def test_more_than_there_is_reads_all_that_could_be_spent_and_no_further() -> None:
    known = account(Lot(1, 10), Lot(2, 10), cards_from=3, available=20)
    assert Facts({ACCOUNT: known}).account("acc_1", credits=10**12) == known


@pytest.mark.parametrize(("withdrawn", "pages"), [(10, 0), (11, 1)])
def test_what_short_lots_lack_must_be_covered_too(withdrawn: int, pages: int) -> None:
    """Or it would not be known which of the lots at hand can be spent."""
    known = account(
        Lot(1, 10), Lot(2, 20, used=20, withdrawn=withdrawn), cards_from=3, available=100
    )
    facts = Facts({ACCOUNT: known, page(3): LotPage((Lot(3, 200),), 0)})
    assert len(facts.account("acc_1").lots) == 2 + pages


def test_a_planned_account_is_the_one_that_decisions_build_on() -> None:
    facts = Facts({ACCOUNT: account(Lot(1, 10))})
    richer = account(Lot(1, 10), Lot(2, 10))
    facts.expect(Plan(None, (richer,)), [ACCOUNT])
    assert facts.account("acc_1") == richer


def test_cards_that_are_needed_are_asked_for_all_at_once() -> None:
    account = Account("acc_1", available=10, seq=9)
    with pytest.raises(Unread) as request:
        Facts({Key(Account, "acc_1"): account}).account("acc_1", lots=[1, 2, 3])
    assert request.value.keys == tuple(Key(LotCard, ("acc_1", number)) for number in (1, 2, 3))


def test_a_damaged_record_refuses_whoever_asks_for_it() -> None:
    facts = Facts({key_of(PRICE): Damaged("a stored Price cannot be read")})
    with pytest.raises(LedgerDamagedError, match="Price"):
        facts.get(key_of(PRICE))
