"""What holds for an account after any sequence of moves, and whatever their order was."""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.domain.account import Account, AccountStatus, Take
from makegood.domain.entry import GENESIS, Book, Entry, EntryKind, entry_hash
from makegood.domain.lot import Lot, unused
from makegood.errors import MakegoodError, RefusedError
from tests.histories import History, next_step, takes_of
from tests.ledgers import cause


@given(st.data())
def test_after_every_move_the_account_is_sound(data: st.DataObject) -> None:
    history = History()
    for _ in range(data.draw(st.integers(1, 40), label="moves")):
        step = next_step(data, history, closing=len(history.entries) > 20)
        before = history.account
        try:
            entry = history.take(step)
        except RefusedError:
            assert history.account is before
            continue
        _assert_sound(before, entry, history.account)
    _assert_follows_from_entries(history.account, history.entries)


def _assert_sound(before: Account, entry: Entry, after: Account) -> None:
    assert min(after.available, after.held, after.debt) >= 0
    assert 0 in (after.available, after.debt)
    assert sum(posting.credits for posting in entry.postings) == 0
    assert len({posting.book for posting in entry.postings}) == len(entry.postings)
    assert all(posting.credits for posting in entry.postings)
    assert after.balance - before.balance == entry.credits
    assert sum(lot.left for lot in after.lots) == after.balance
    assert sum(credits for _, credits in unused(after.lots)) == after.available
    assert sum(lot.held for lot in after.lots) == after.held
    for lot in after.lots:
        assert min(lot.used, lot.held, lot.withdrawn) >= 0
        assert max(lot.used + lot.held, lot.withdrawn) <= lot.granted
    _assert_moved_no_more_than_it_may(before, entry)


def _assert_moved_no_more_than_it_may(before: Account, entry: Entry) -> None:
    """Only bringing in makes credits, and only money that went back may make a debt."""
    if entry.kind in (EntryKind.GRANT, EntryKind.BONUS):
        assert entry.credits > 0
    if entry.kind is not EntryKind.CLAWBACK:
        assert entry.debt <= before.debt
    if entry.kind in (EntryKind.HOLD, EntryKind.RELEASE):
        assert sum(posting.credits for posting in entry.postings) == 0
        assert abs(entry.credits) == abs(entry.held - before.held)
    if entry.kind is EntryKind.CHARGE:
        changed = [lot for lot in before.lots if lot.number in {c.number for c in entry.lots}]
        older = [lot for lot, free in unused(before.lots) if free and lot < changed[-1]]
        assert set(older) <= set(changed), "an older lot with credits was passed over"


def _assert_follows_from_entries(account: Account, entries: Sequence[Entry]) -> None:
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    previous, lots = GENESIS, dict[int, Lot]()
    books: Counter[Book] = Counter()
    for entry in entries:
        assert entry.previous_hash == previous
        assert entry.hash == entry_hash(entry)
        previous = entry.hash
        for posting in entry.postings:
            books[posting.book] += posting.credits
        for change in entry.lots:
            known = lots.get(change.number, Lot(change.number, 0))
            lots[change.number] = change.applied_to(known)
        assert (books[Book.AVAILABLE], books[Book.HELD], -books[Book.DEBT]) == (
            entry.available,
            entry.held,
            entry.debt,
        )
    assert sum(books.values()) == 0
    assert (account.hash, account.seq) == (previous, len(entries))
    assert account.lots == tuple(lots[number] for number in sorted(lots))


@given(st.data())
def test_a_job_gets_back_no_more_than_it_paid_and_into_its_lots(data: st.DataObject) -> None:
    history = History()
    while len(history.entries) < 15:
        step = next_step(data, history)
        try:
            history.take(step)
        except RefusedError:
            continue
    used: Counter[int] = Counter()
    for entry in history.entries:
        for change in entry.lots:
            used[change.number] += change.used
            if entry.kind in (EntryKind.REFUND, EntryKind.SETTLE):
                assert change.used < 0
                assert (change.granted, change.held, change.withdrawn) == (0, 0, 0)
    assert all(credits >= 0 for credits in used.values())


class Facts:
    """What happened to one purchase and the jobs paid from it, in the order of some messages.

    A fact that cannot be yet (the end of a job that is not charged, a reversal of what was not
    taken) is refused and tried again after the next one, as its message would be.
    """

    def __init__(self, *, granted: int, charged: int, partial: int, chargeback: int) -> None:
        self.amounts = {"charge": charged, "partial": partial, "chargeback": chargeback}
        self.granted = granted

    def in_order(self, names: Iterable[str], base: Account) -> Account | None:
        """The account after all of them; None if some can never be."""
        account, done = base, dict[str, Entry]()
        waiting = list(names)
        while waiting:
            later = []
            for name in waiting:
                try:
                    account, done[name] = self._move(name, account, done)
                except (MakegoodError, KeyError):
                    later.append(name)
            if later == waiting:
                return None
            waiting = later
        return account

    def _move(self, name: str, account: Account, done: dict[str, Entry]) -> tuple[Account, Entry]:
        why = cause(name)
        if name == "grant":
            return account.grant(self.granted, why)
        if name == "charge":
            return account.charge(self.amounts["charge"], why)
        if name == "refund":
            return account.refund(takes_of(done["charge"]), why)
        if name == "restore":
            taken = takes_of(done["chargeback"], lambda change: change.withdrawn)
            return account.restore(taken, why)
        lot = done["grant"].lots[0].number
        return account.clawback([Take(lot, self.amounts[name])], why)


NAMES = ["grant", "charge", "refund", "partial", "chargeback", "restore"]

purchases = st.integers(1, 100).flatmap(
    lambda granted: st.tuples(
        st.just(granted), st.integers(1, granted), st.integers(1, granted), st.integers(1, granted)
    )
)


@given(purchases, st.sets(st.sampled_from(["refund", "restore"])))
@settings(max_examples=25)
def test_in_any_order_one_purchase_ends_with_the_same_lot_and_balance(
    amounts: tuple[int, int, int, int], left_out: set[str]
) -> None:
    """The money that went back is never more than the money that came: nor are the claims."""
    granted, charged, partial, chargeback = amounts
    facts = Facts(
        granted=granted,
        charged=charged,
        partial=min(partial, granted - 1) or 1,
        chargeback=max(min(chargeback, granted - partial), 1),
    )
    if facts.amounts["partial"] + facts.amounts["chargeback"] > granted:
        return
    names = [name for name in NAMES if name not in left_out]
    ends = {
        (account.available, account.held, account.debt, account.lots)
        for order in itertools.permutations(names)
        if (account := facts.in_order(order, Account("acc_1"))) is not None
    }
    assert len(ends) == 1


@given(purchases, st.lists(st.integers(1, 60), min_size=1, max_size=4))
@settings(max_examples=15)
def test_in_any_order_the_balance_is_the_same_beside_other_lots(
    amounts: tuple[int, int, int, int], others: list[int]
) -> None:
    """Which of several lots a charge takes from depends on its time; what is left does not."""
    granted, charged, partial, chargeback = amounts
    if partial + chargeback > granted:
        return
    facts = Facts(granted=granted, charged=charged, partial=partial, chargeback=chargeback)
    base = Account("acc_1")
    for number, credits in enumerate(others):
        base, _ = base.bonus(credits, cause(f"bonus:{number}"))
    ends = set()
    for order in itertools.permutations(NAMES):
        account = facts.in_order(order, base)
        if account is None:
            continue
        assert sum(lot.left for lot in account.lots) == account.balance
        assert sum(lot.withdrawn for lot in account.lots) == partial
        assert sum(lot.used for lot in account.lots) == 0
        ends.add((account.available, account.held, account.debt))
    # Where the charge came too late to be covered, it was refused, and so was all that follows it.
    assert ends <= {(sum(others) + granted - partial, 0, 0)}
    assert ends


@given(st.lists(st.integers(1, 200), min_size=1, max_size=5), st.integers(1, 100))
def test_claims_in_any_order_take_the_same_and_never_more_than_was_granted(
    claims: list[int], granted: int
) -> None:
    taken = set()
    for order in itertools.permutations(claims):
        account, _ = Account("acc_1").grant(granted, cause("grant"))
        for number, claim in enumerate(order):
            account, _ = account.clawback([Take(1, claim)], cause(f"clawback:{number}"))
        taken.add(account.lots)
    assert taken == {(Lot(1, granted, withdrawn=min(sum(claims), granted)),)}


@given(st.data())
def test_a_reversed_clawback_leaves_the_account_as_it_would_be_without(
    data: st.DataObject,
) -> None:
    """Also where the credits were held, as far as the hold is a case's that is released later."""
    history = History()
    while len(history.entries) < 8:
        try:
            history.take(next_step(data, history))
        except RefusedError:
            continue
    before = history.account
    number = data.draw(st.sampled_from([lot.number for lot in before.lots] or [0]))
    if number == 0 or before.lot(number).held:
        return
    after, entry = before.clawback([Take(number, data.draw(st.integers(1, 90)))], cause("claw"))
    taken = takes_of(entry, lambda change: change.withdrawn)
    restored, _ = after.restore(taken, cause("restore")) if taken else (after, None)
    assert (restored.lots, restored.balance) == (before.lots, before.balance)


@given(st.integers(0, 3), st.lists(st.integers(1, 50), max_size=6))
def test_closing_leaves_nothing_to_spend(held: int, lots: list[int]) -> None:
    account = Account("acc_1")
    for number, credits in enumerate(lots):
        account, _ = account.bonus(credits, cause(f"bonus:{number}"))
    if held and lots:
        account, _ = account.hold([1], cause("hold"))
    closed, entry = account.forfeit(cause("forfeit"))
    assert (closed.available, closed.status) == (0, AccountStatus.CLOSED)
    assert closed.held == account.held
    assert entry.credits == -account.available
