"""Moves of one account, drawn one after another so that each fits what happened before."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from makegood.domain.account import Account, Take
from makegood.domain.entry import Cause, Entry, EntryKind
from makegood.domain.lot import LotChange
from tests.ledgers import Move, cause

amounts = st.integers(1, 60)


@dataclass(frozen=True, slots=True)
class Step:
    """One move, and what a decision has to ask the ledger for to make it."""

    kind: EntryKind
    key: str
    make: Callable[[Account, Cause], tuple[Account, Entry]]
    lots: tuple[int, ...] = ()
    credits: int = 0

    def move(self) -> Move:
        return lambda account: self.make(account, cause(self.key))


@dataclass
class History:
    """What has happened to an account and can still be answered: given back, freed, reversed."""

    account: Account = field(default_factory=lambda: Account("acc_1"))
    entries: list[Entry] = field(default_factory=list)
    charges: list[Entry] = field(default_factory=list)
    holds: list[Entry] = field(default_factory=list)
    clawbacks: list[Entry] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """Of all lots there ever were."""

    def take(self, step: Step) -> Entry:
        """Make the move, or raise what the account raises, having changed nothing."""
        self.account, entry = step.move()(self.account)
        self.entries.append(entry)
        self.numbers += [change.number for change in entry.lots if change.granted]
        answerable = {
            EntryKind.CHARGE: self.charges,
            EntryKind.HOLD: self.holds,
            EntryKind.CLAWBACK: self.clawbacks,
        }
        answerable.get(entry.kind, []).append(entry)
        return entry


def _used(change: LotChange) -> int:
    return abs(change.used)


def takes_of(entry: Entry, of: Callable[[LotChange], int] = _used) -> list[Take]:
    return [Take(change.number, of(change)) for change in entry.lots if of(change)]


def next_step(data: st.DataObject, history: History, *, closing: bool = False) -> Step:
    """One of the moves that make sense now; it may still be refused."""
    kinds = [EntryKind.GRANT, EntryKind.BONUS, EntryKind.CORRECTION, EntryKind.CHARGE]
    kinds += [EntryKind.CHARGE] * 2
    kinds += [EntryKind.HOLD, EntryKind.CLAWBACK, EntryKind.CLAWBACK] if history.numbers else []
    kinds += [EntryKind.REFUND, EntryKind.REFUND, EntryKind.SETTLE] if history.charges else []
    kinds += [EntryKind.RELEASE] if history.holds else []
    kinds += [EntryKind.RESTORE] if history.clawbacks else []
    kinds += [EntryKind.FORFEIT] if closing else []
    kind = data.draw(st.sampled_from(kinds), label="kind")
    key = f"{kind.value}:{len(history.entries)}"
    return _DRAW[kind](data, history, key)


def _bring_in(kind: EntryKind) -> Callable[[st.DataObject, History, str], Step]:
    def draw(data: st.DataObject, history: History, key: str) -> Step:
        credits = data.draw(amounts, label="credits")
        bring = Account.grant if kind is EntryKind.GRANT else Account.bonus
        return Step(kind, key, lambda account, why: bring(account, credits, why))

    return draw


def _correction(data: st.DataObject, history: History, key: str) -> Step:
    credits = data.draw(st.integers(-80, 40).filter(bool), label="credits")
    return Step(
        EntryKind.CORRECTION,
        key,
        lambda account, why: account.correct(credits, why),
        credits=max(-credits, 0),
    )


def _charge(data: st.DataObject, history: History, key: str) -> Step:
    most = max(history.account.available, 1)
    # Most jobs are small; some take all there is, one credit more, or cross many lots.
    credits = data.draw(
        st.one_of(st.integers(1, 80), st.integers(1, most), st.sampled_from([most, most + 1])),
        label="credits",
    )
    return Step(
        EntryKind.CHARGE, key, lambda account, why: account.charge(credits, why), credits=credits
    )


def _refund(data: st.DataObject, history: History, key: str) -> Step:
    takes = takes_of(history.charges.pop(data.draw(_position(history.charges))))
    return Step(
        EntryKind.REFUND,
        key,
        lambda account, why: account.refund(takes, why),
        lots=tuple(take.number for take in takes),
    )


def _settle(data: st.DataObject, history: History, key: str) -> Step:
    takes = takes_of(history.charges.pop(data.draw(_position(history.charges))))
    back = data.draw(st.integers(0, sum(take.credits for take in takes)), label="undelivered")
    chosen: list[Take] = []
    for take in reversed(takes):
        if back:
            chosen.append(Take(take.number, min(take.credits, back)))
            back -= chosen[-1].credits
    return Step(
        EntryKind.SETTLE,
        key,
        lambda account, why: account.settle(chosen, why),
        lots=tuple(take.number for take in chosen),
    )


def _hold(data: st.DataObject, history: History, key: str) -> Step:
    numbers = data.draw(st.sets(st.sampled_from(history.numbers), min_size=1, max_size=3))
    return Step(
        EntryKind.HOLD,
        key,
        lambda account, why: account.hold(numbers, why),
        lots=tuple(sorted(numbers)),
    )


def _release(data: st.DataObject, history: History, key: str) -> Step:
    held = history.holds.pop(data.draw(_position(history.holds)))
    takes = takes_of(held, lambda change: change.held)
    return Step(
        EntryKind.RELEASE,
        key,
        lambda account, why: account.release(takes, why),
        lots=tuple(take.number for take in takes),
    )


def _clawback(data: st.DataObject, history: History, key: str) -> Step:
    numbers = data.draw(st.sets(st.sampled_from(history.numbers), min_size=1, max_size=2))
    takes = [Take(number, data.draw(st.integers(1, 90))) for number in sorted(numbers)]
    return Step(
        EntryKind.CLAWBACK,
        key,
        lambda account, why: account.clawback(takes, why),
        lots=tuple(sorted(numbers)),
    )


def _restore(data: st.DataObject, history: History, key: str) -> Step:
    clawback = history.clawbacks.pop(data.draw(_position(history.clawbacks)))
    takes = takes_of(clawback, lambda change: change.withdrawn)
    return Step(
        EntryKind.RESTORE,
        key,
        lambda account, why: account.restore(takes, why),
        lots=tuple(take.number for take in takes),
    )


def _forfeit(data: st.DataObject, history: History, key: str) -> Step:
    return Step(
        EntryKind.FORFEIT,
        key,
        lambda account, why: account.forfeit(why),
        credits=history.account.available,
    )


def _position(entries: list[Entry]) -> st.SearchStrategy[int]:
    return st.integers(0, len(entries) - 1)


_DRAW: dict[EntryKind, Callable[[st.DataObject, History, str], Step]] = {
    EntryKind.GRANT: _bring_in(EntryKind.GRANT),
    EntryKind.BONUS: _bring_in(EntryKind.BONUS),
    EntryKind.CORRECTION: _correction,
    EntryKind.CHARGE: _charge,
    EntryKind.REFUND: _refund,
    EntryKind.SETTLE: _settle,
    EntryKind.HOLD: _hold,
    EntryKind.RELEASE: _release,
    EntryKind.CLAWBACK: _clawback,
    EntryKind.RESTORE: _restore,
    EntryKind.FORFEIT: _forfeit,
}
