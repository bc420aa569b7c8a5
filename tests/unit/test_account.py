"""Each move of an account: what it does, what it refuses, and where its bounds are."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from makegood.domain.account import BALANCE_MAX, Account, AccountStatus, Take
from makegood.domain.entry import GENESIS, Entry, EntryKind
from makegood.domain.lot import Lot, LotChange
from makegood.errors import (
    AccountClosedError,
    AccountFrozenError,
    BalanceOutOfRangeError,
    ImpossibleMoveError,
    InsufficientCreditsError,
)
from tests.ledgers import cause

WHY = cause("test:1")


def account(*lots: Lot, **other: object) -> Account:
    """An account whose balances follow from its lots, as if entries had made them."""
    balance = sum(lot.left for lot in lots)
    made = Account(
        "acc_1",
        available=max(balance, 0),
        held=sum(lot.held for lot in lots),
        debt=max(-balance, 0),
        seq=max((lot.number for lot in lots), default=0),
        lots=tuple(sorted(lots)),
    )
    return replace(made, **other)  # type: ignore[arg-type]


def posted(entry: Entry) -> dict[str, int]:
    return {posting.book.value: posting.credits for posting in entry.postings}


def lots(account: Account) -> dict[int, tuple[int, int, int, int]]:
    return {lot.number: (lot.granted, lot.used, lot.held, lot.withdrawn) for lot in account.lots}


# What comes in


@pytest.mark.parametrize("bring", [Account.grant, Account.bonus])
@pytest.mark.parametrize("credits", [1, 500, 10**12])
def test_what_comes_in_is_a_lot_of_its_own(
    bring: Callable[..., tuple[Account, Entry]], credits: int
) -> None:
    after, entry = bring(account(Lot(1, 10)), credits, WHY)

    assert after.available == 10 + credits
    assert after.lots[1] == Lot(2, credits)
    assert entry.seq == 2
    assert entry.lots == (LotChange(2, granted=credits),)
    assert posted(entry) == {"available": credits, "issued": -credits}


@pytest.mark.parametrize(
    ("debt", "credits", "available", "left_of_debt"),
    [(10, 9, 0, 1), (10, 10, 0, 0), (10, 11, 1, 0)],
)
def test_what_is_owed_is_paid_first(
    debt: int, credits: int, available: int, left_of_debt: int
) -> None:
    owing = account(Lot(1, debt, used=debt, withdrawn=debt))

    after, entry = owing.grant(credits, WHY)

    assert (after.available, after.debt) == (available, left_of_debt)
    assert posted(entry).get("debt") == debt - left_of_debt
    assert posted(entry).get("available", 0) == available


@pytest.mark.parametrize("bring", [Account.grant, Account.bonus])
@pytest.mark.parametrize("credits", [0, -1, True, 1.5, "7", None])
def test_nothing_but_a_positive_whole_number_comes_in(
    bring: Callable[..., object], credits: object
) -> None:
    with pytest.raises(ImpossibleMoveError):
        bring(account(), credits, WHY)


def test_an_account_holds_only_so_much() -> None:
    full = account(Lot(1, BALANCE_MAX - 5))
    assert full.grant(5, WHY)[0].available == BALANCE_MAX
    with pytest.raises(BalanceOutOfRangeError):
        full.grant(6, WHY)


@pytest.mark.parametrize("status", [AccountStatus.FROZEN, AccountStatus.CLOSED])
def test_refunds_reach_an_account_that_cannot_spend(status: AccountStatus) -> None:
    """The promise of clause 2(a) does not end with the account; whoever opens it finds them."""
    stopped = account(Lot(1, 10, used=4), status=status)
    assert stopped.refund([Take(1, 4)], WHY)[0].available == 10


# Charges


def test_a_charge_takes_from_the_oldest_lots_first() -> None:
    after, entry = account(Lot(1, 10, used=8), Lot(2, 5), Lot(3, 50)).charge(9, WHY)

    assert entry.lots == (LotChange(1, used=2), LotChange(2, used=5), LotChange(3, used=2))
    assert lots(after) == {1: (10, 10, 0, 0), 2: (5, 5, 0, 0), 3: (50, 2, 0, 0)}
    assert posted(entry) == {"available": -9, "consumed": 9}


def test_a_charge_leaves_alone_what_is_held_and_what_pays_for_a_short_lot() -> None:
    before = account(Lot(1, 10, held=10), Lot(2, 10), Lot(3, 4, used=4, withdrawn=3), Lot(4, 10))
    after, entry = before.charge(8, WHY)

    assert before.available == 17
    assert entry.lots == (LotChange(2, used=7), LotChange(4, used=1))
    assert after.available == 9


@pytest.mark.parametrize("credits", [1, 14, 15])
def test_all_that_is_available_can_be_charged(credits: int) -> None:
    after, _ = account(Lot(1, 10), Lot(2, 5)).charge(credits, WHY)
    assert after.available == 15 - credits


def test_and_not_one_credit_more() -> None:
    with pytest.raises(InsufficientCreditsError) as refusal:
        account(Lot(1, 10), Lot(2, 5)).charge(16, WHY)
    assert (refusal.value.available, refusal.value.wanted, refusal.value.missing) == (15, 16, 1)


@pytest.mark.parametrize(
    ("status", "error"),
    [(AccountStatus.FROZEN, AccountFrozenError), (AccountStatus.CLOSED, AccountClosedError)],
)
def test_an_account_that_is_not_open_cannot_be_charged(
    status: AccountStatus, error: type[Exception]
) -> None:
    with pytest.raises(error):
        account(Lot(1, 10), status=status).charge(1, WHY)


@pytest.mark.parametrize("credits", [0, -1, True, 1.0])
def test_only_a_positive_whole_number_can_be_charged(credits: int) -> None:
    with pytest.raises(ImpossibleMoveError):
        account(Lot(1, 10)).charge(credits, WHY)


def test_a_charge_of_credits_whose_lots_are_not_loaded_is_a_bug_not_a_debt() -> None:
    with pytest.raises(ImpossibleMoveError):
        account(Lot(1, 10), available=100, cards_from=2).charge(11, WHY)


# Ends of jobs


def test_a_refund_goes_back_into_its_lots() -> None:
    before = account(Lot(1, 10, used=10), Lot(2, 10, used=4))
    after, entry = before.refund([Take(1, 10), Take(2, 4)], WHY)

    assert lots(after) == {1: (10, 0, 0, 0), 2: (10, 0, 0, 0)}
    assert posted(entry) == {"available": 14, "consumed": -14}


def test_a_refund_pays_a_debt_first() -> None:
    before = account(Lot(1, 10, used=10, withdrawn=6))
    after, entry = before.refund([Take(1, 10)], WHY)

    assert (after.available, after.debt) == (4, 0)
    assert posted(entry) == {"available": 4, "debt": 6, "consumed": -10}


@pytest.mark.parametrize("give_back", [Account.refund, Account.settle])
@pytest.mark.parametrize(
    "takes",
    [
        [Take(1, 5)],
        [Take(1, 4), Take(2, 1)],
        [Take(9, 1)],
        [Take(1, 0)],
        [Take(1, -1)],
        [Take(1, 2), Take(1, 2)],
    ],
    ids=["more than used", "a lot unused", "no such lot", "nothing", "less", "a lot twice"],
)
def test_no_lot_gets_back_more_than_was_taken(
    give_back: Callable[..., object], takes: list[Take]
) -> None:
    with pytest.raises(ImpossibleMoveError):
        give_back(account(Lot(1, 10, used=4), Lot(2, 10)), takes, WHY)


def test_a_settlement_may_give_back_nothing() -> None:
    after, entry = account(Lot(1, 10, used=4)).settle([], WHY)
    assert entry.postings == ()
    assert (after.available, after.seq) == (6, 2)


# Holds


def test_a_hold_takes_what_is_unused_of_these_lots_out_of_reach() -> None:
    after, entry = account(Lot(1, 10, used=4), Lot(2, 10)).hold([1], WHY)

    assert (after.available, after.held) == (10, 6)
    assert entry.lots == (LotChange(1, held=6),)
    assert posted(entry) == {"available": -6, "held": 6}
    with pytest.raises(InsufficientCreditsError):
        after.charge(11, WHY)


def test_a_hold_leaves_what_pays_for_a_short_lot() -> None:
    before = account(Lot(1, 10), Lot(2, 5, used=5, withdrawn=4))
    after, _ = before.hold([1, 2, 2], WHY)
    assert (after.available, after.held, after.debt) == (0, 6, 0)


def test_a_second_hold_finds_nothing_more() -> None:
    held, _ = account(Lot(1, 10)).hold([1], WHY)
    after, entry = held.hold([1], WHY)
    assert entry.lots == ()
    assert after.held == 10


def test_a_hold_is_of_lots_that_there_are() -> None:
    with pytest.raises(ImpossibleMoveError):
        account(Lot(1, 10)).hold([1, 2], WHY)


def test_a_release_makes_the_credits_spendable_again() -> None:
    held, _ = account(Lot(1, 10, used=4)).hold([1], WHY)
    after, entry = held.release([Take(1, 6)], WHY)

    assert (after.available, after.held) == (6, 0)
    assert posted(entry) == {"available": 6, "held": -6}


def test_a_release_finds_only_what_a_clawback_has_left() -> None:
    held, _ = account(Lot(1, 10)).hold([1], WHY)
    clawed, _ = held.clawback([Take(1, 7)], WHY)
    after, entry = clawed.release([Take(1, 10)], WHY)

    assert entry.lots == (LotChange(1, held=-3),)
    assert (after.available, after.held, after.debt) == (3, 0, 0)


# Money that goes back


def test_a_clawback_takes_held_credits_first() -> None:
    before = account(Lot(1, 100, held=30), Lot(2, 10))
    after, entry = before.clawback([Take(1, 50)], WHY)

    assert entry.lots == (LotChange(1, held=-30, withdrawn=50),)
    assert (after.available, after.held, after.debt) == (60, 0, 0)
    assert posted(entry) == {"available": -20, "held": -30, "withdrawn": 50}


def test_a_clawback_of_spent_credits_is_borne_by_other_lots_and_then_owed() -> None:
    before = account(Lot(1, 100, used=100), Lot(2, 30))
    after, entry = before.clawback([Take(1, 100)], WHY)

    assert (after.available, after.debt) == (0, 70)
    assert posted(entry) == {"available": -30, "debt": -70, "withdrawn": 100}
    assert after.lot(1).left == -100


@pytest.mark.parametrize(("claimed", "taken"), [(59, 59), (60, 60), (61, 60), (10**9, 60)])
def test_all_clawbacks_together_take_no_more_than_was_granted(claimed: int, taken: int) -> None:
    after, entry = account(Lot(1, 100, withdrawn=40)).clawback([Take(1, claimed)], WHY)
    assert entry.lots == (LotChange(1, withdrawn=taken),)
    assert after.lot(1).withdrawn == 40 + taken


@pytest.mark.parametrize(
    "takes", [[Take(1, 0)], [Take(1, -5)], [Take(7, 1)], [Take(1, 60), Take(1, 60)]]
)
def test_a_clawback_names_each_lot_once_and_takes_something(takes: list[Take]) -> None:
    with pytest.raises(ImpossibleMoveError):
        account(Lot(1, 100)).clawback(takes, WHY)


def test_a_restored_clawback_leaves_no_trace() -> None:
    before = account(Lot(1, 100, used=80), Lot(2, 5))
    clawed, _ = before.clawback([Take(1, 100)], WHY)
    after, entry = clawed.restore([Take(1, 100)], WHY)

    assert (after.balance, after.held, after.lots) == (before.balance, before.held, before.lots)
    assert posted(entry) == {"available": 25, "debt": 75, "withdrawn": -100}


@pytest.mark.parametrize("takes", [[Take(1, 41)], [Take(2, 1)], [Take(1, 40), Take(1, 40)]])
def test_nothing_is_restored_that_was_not_withdrawn(takes: list[Take]) -> None:
    with pytest.raises(ImpossibleMoveError):
        account(Lot(1, 100, withdrawn=40), Lot(2, 100)).restore(takes, WHY)


def test_an_account_owes_only_so_much() -> None:
    deep = account(Lot(1, BALANCE_MAX, used=BALANCE_MAX), Lot(2, 1, used=1))
    owing, _ = deep.clawback([Take(1, BALANCE_MAX)], WHY)
    assert owing.debt == BALANCE_MAX
    with pytest.raises(BalanceOutOfRangeError):
        owing.clawback([Take(2, 1)], WHY)


# By hand


def test_a_correction_adds_a_lot() -> None:
    after, entry = account(Lot(1, 10, used=10, withdrawn=3)).correct(5, WHY)
    assert (after.available, after.debt) == (2, 0)
    assert posted(entry) == {"available": 2, "debt": 3, "adjusted": -5}
    assert after.lot(2) == Lot(2, 5)


@pytest.mark.parametrize("credits", [-1, -12])
def test_a_correction_takes_from_the_oldest_lots(credits: int) -> None:
    after, entry = account(Lot(1, 2), Lot(2, 10)).correct(credits, WHY)
    assert after.available == 12 + credits
    assert posted(entry) == {"available": credits, "adjusted": -credits}
    assert entry.lots[0] == LotChange(1, used=min(-credits, 2))


def test_a_correction_takes_no_more_than_is_available() -> None:
    with pytest.raises(InsufficientCreditsError):
        account(Lot(1, 2), Lot(2, 10)).correct(-13, WHY)


def test_a_correction_of_nothing_is_none() -> None:
    with pytest.raises(ImpossibleMoveError):
        account(Lot(1, 2)).correct(0, WHY)


def test_a_forfeit_gives_up_what_is_available_and_closes_the_account() -> None:
    before = account(Lot(1, 10, used=3), Lot(2, 5, held=5))
    after, entry = before.forfeit(WHY)

    assert (after.available, after.held, after.status) == (0, 5, AccountStatus.CLOSED)
    assert posted(entry) == {"available": -7, "forfeited": 7}


def test_an_account_without_credits_can_be_closed_too() -> None:
    after, entry = account().forfeit(WHY)
    assert entry.postings == ()
    assert after.status is AccountStatus.CLOSED


def test_freezing_is_undone_by_opening() -> None:
    frozen = account(Lot(1, 10)).frozen()
    assert frozen.status is AccountStatus.FROZEN
    assert frozen.unfrozen() == account(Lot(1, 10))


@pytest.mark.parametrize("change", [Account.frozen, Account.unfrozen])
def test_a_closed_account_stays_closed(change: Callable[[Account], Account]) -> None:
    with pytest.raises(AccountClosedError):
        change(account(status=AccountStatus.CLOSED))


# Every move


MOVES: dict[EntryKind, Callable[[Account], tuple[Account, Entry]]] = {
    EntryKind.GRANT: lambda it: it.grant(7, WHY),
    EntryKind.BONUS: lambda it: it.bonus(7, WHY),
    EntryKind.CHARGE: lambda it: it.charge(7, WHY),
    EntryKind.REFUND: lambda it: it.refund([Take(1, 2)], WHY),
    EntryKind.SETTLE: lambda it: it.settle([Take(1, 1)], WHY),
    EntryKind.HOLD: lambda it: it.hold([2], WHY),
    EntryKind.RELEASE: lambda it: it.release([Take(1, 2)], WHY),
    EntryKind.CLAWBACK: lambda it: it.clawback([Take(1, 5)], WHY),
    EntryKind.RESTORE: lambda it: it.restore([Take(1, 2)], WHY),
    EntryKind.CORRECTION: lambda it: it.correct(-7, WHY),
    EntryKind.FORFEIT: lambda it: it.forfeit(WHY),
}


def test_every_kind_of_entry_has_its_move() -> None:
    assert set(MOVES) == set(EntryKind)


@pytest.mark.parametrize("kind", EntryKind)
def test_an_entry_follows_its_predecessor_and_tells_what_is_after_it(kind: EntryKind) -> None:
    before = account(Lot(1, 20, used=2, held=2, withdrawn=2), Lot(2, 10), seq=41, hash="ab" * 32)
    after, entry = MOVES[kind](before)

    assert entry.kind is kind
    assert (entry.account_id, entry.seq, entry.cause) == ("acc_1", 42, WHY)
    assert entry.previous_hash == "ab" * 32
    assert (after.seq, after.hash) == (42, entry.hash)
    assert (entry.available, entry.held, entry.debt) == (after.available, after.held, after.debt)
    assert entry.balance == after.balance
    assert entry.credits == after.balance - before.balance
    assert sum(posting.credits for posting in entry.postings) == 0
    assert sum(lot.left for lot in after.lots) == after.balance


def test_the_first_entry_of_an_account_follows_nothing() -> None:
    _, entry = Account("acc_1").grant(1, WHY)
    assert (entry.seq, entry.previous_hash) == (1, GENESIS)


@pytest.mark.parametrize("kind", EntryKind)
def test_a_move_changes_nothing_of_the_account_it_was_made_on(kind: EntryKind) -> None:
    before = account(Lot(1, 20, used=2, held=2, withdrawn=2), Lot(2, 10))
    again = account(Lot(1, 20, used=2, held=2, withdrawn=2), Lot(2, 10))
    MOVES[kind](before)
    assert before == again
