"""An account's snapshot and its moves: the only way in which an entry comes to be."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from makegood.domain.entry import GENESIS, Book, Cause, Entry, EntryKind, Posting
from makegood.domain.lot import Lot, LotChange, unused
from makegood.errors import (
    AccountClosedError,
    AccountFrozenError,
    BalanceOutOfRangeError,
    ImpossibleMoveError,
    InsufficientCreditsError,
)

CREDITS_MAX = 10**12
"""The most credits in one movement."""

BALANCE_MAX = 10**15
"""The most credits in one account: far above any real one, far below DynamoDB's 38 digits."""


class AccountStatus(StrEnum):
    OPEN = "open"
    FROZEN = "frozen"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Take:
    """Credits out of one lot: what a charge took there, or what goes back to it."""

    number: int
    credits: int


@dataclass(frozen=True, slots=True)
class Account:
    """What an account's entries sum to, as of its entry number `seq`.

    `available` and `debt` are never both above zero. `lots` are those that are loaded, the rest
    lies on cards (`at_hand`); `cards_from` is a lower bound for the number of any lot on a card
    that has something left, 0 where there is none. Whatever is on cards counts in `available`.
    """

    account_id: str
    available: int = 0
    held: int = 0
    debt: int = 0
    seq: int = 0
    hash: str = GENESIS
    status: AccountStatus = AccountStatus.OPEN
    lots: tuple[Lot, ...] = ()
    cards_from: int = 0

    @property
    def balance(self) -> int:
        return self.available - self.debt

    def lot(self, number: int) -> Lot:
        for lot in self.lots:
            if lot.number == number:
                return lot
        raise ImpossibleMoveError(f"lot {number} is not one of this account's loaded lots")

    def with_lots(self, more: Iterable[Lot]) -> "Account":
        """The same account with further lots loaded. A lot that is here already is the truth."""
        here = {lot.number for lot in self.lots}
        added = [lot for lot in more if lot.number not in here]
        return replace(self, lots=tuple(sorted([*self.lots, *added]))) if added else self

    def grant(self, credits: int, cause: Cause) -> tuple["Account", Entry]:
        """Bought credits come in as a lot of their own; what is owed is paid from them first."""
        return self._bring_in(EntryKind.GRANT, Book.ISSUED, credits, cause)

    def bonus(self, credits: int, cause: Cause) -> tuple["Account", Entry]:
        """Free credits, a lot without money value."""
        return self._bring_in(EntryKind.BONUS, Book.ISSUED, credits, cause)

    def correct(self, credits: int, cause: Cause) -> tuple["Account", Entry]:
        """A person adds credits or takes some away, never more than are available."""
        if credits > 0:
            return self._bring_in(EntryKind.CORRECTION, Book.ADJUSTED, credits, cause)
        changes = [LotChange(take.number, used=take.credits) for take in self._oldest(-credits)]
        return self._move(EntryKind.CORRECTION, Book.ADJUSTED, changes, cause)

    def charge(self, credits: int, cause: Cause) -> tuple["Account", Entry]:
        """A job takes its credits, from the oldest lots first."""
        if self.status is AccountStatus.FROZEN:
            raise AccountFrozenError("the account is frozen")
        if self.status is AccountStatus.CLOSED:
            raise AccountClosedError("the account is closed")
        changes = [LotChange(take.number, used=take.credits) for take in self._oldest(credits)]
        return self._move(EntryKind.CHARGE, Book.CONSUMED, changes, cause)

    def refund(self, takes: Iterable[Take], cause: Cause) -> tuple["Account", Entry]:
        """All that a job took goes back into the lots it came from."""
        return self._give_back(EntryKind.REFUND, takes, cause)

    def settle(self, takes: Iterable[Take], cause: Cause) -> tuple["Account", Entry]:
        """The undelivered part of a job goes back; nothing at all is allowed."""
        return self._give_back(EntryKind.SETTLE, takes, cause)

    def hold(self, numbers: Iterable[int], cause: Cause) -> tuple["Account", Entry]:
        """The unused credits of these lots cannot be spent while a case is open."""
        free = {lot.number: credits for lot, credits in unused(self.lots)}
        wanted = [self.lot(number).number for number in sorted(set(numbers))]
        changes = [LotChange(number, held=free[number]) for number in wanted if free[number]]
        return self._move(EntryKind.HOLD, None, changes, cause)

    def release(self, takes: Iterable[Take], cause: Cause) -> tuple["Account", Entry]:
        """Held credits can be spent again, as far as a clawback has not taken them meanwhile."""
        changes = [
            LotChange(take.number, held=-min(take.credits, self.lot(take.number).held))
            for take in takes
        ]
        return self._move(EntryKind.RELEASE, None, changes, cause)

    def clawback(self, takes: Iterable[Take], cause: Cause) -> tuple["Account", Entry]:
        """Credits go along with money that went back: held ones first, then available ones.

        Never more in all than the lot was granted: what an adjustment claims above that is
        dropped. What is missing is taken from other lots, and what is still missing is debt.
        """
        changes = []
        for take in takes:
            lot = self.lot(take.number)
            credits = min(_positive(take.credits), lot.granted - lot.withdrawn)
            changes.append(
                LotChange(lot.number, held=-min(lot.held, credits), withdrawn=credits),
            )
        return self._move(EntryKind.CLAWBACK, Book.WITHDRAWN, changes, cause)

    def restore(self, takes: Iterable[Take], cause: Cause) -> tuple["Account", Entry]:
        """An adjustment was reversed: what its clawback took comes back."""
        changes = []
        for take in takes:
            if _positive(take.credits) > self.lot(take.number).withdrawn:
                raise ImpossibleMoveError("more to restore than was withdrawn")
            changes.append(LotChange(take.number, withdrawn=-take.credits))
        return self._move(EntryKind.RESTORE, Book.WITHDRAWN, changes, cause)

    def forfeit(self, cause: Cause) -> tuple["Account", Entry]:
        """The owner closes the account: what is available is given up (clause 3(b))."""
        takes = self._oldest(self.available) if self.available else []
        changes = [LotChange(take.number, used=take.credits) for take in takes]
        after, entry = self._move(EntryKind.FORFEIT, Book.FORFEITED, changes, cause)
        return replace(after, status=AccountStatus.CLOSED), entry

    def closed(self) -> "Account":
        """The owner closes an account in which there is nothing to be given up."""
        if self.available:
            raise ImpossibleMoveError("credits of an account that is closed are forfeited")
        return self._with_status(AccountStatus.CLOSED)

    def frozen(self) -> "Account":
        return self._with_status(AccountStatus.FROZEN)

    def unfrozen(self) -> "Account":
        return self._with_status(AccountStatus.OPEN)

    def _with_status(self, status: AccountStatus) -> "Account":
        if self.status is AccountStatus.CLOSED:
            raise AccountClosedError("the account is closed")
        return replace(self, status=status)

    def _bring_in(
        self, kind: EntryKind, source: Book, credits: int, cause: Cause
    ) -> tuple["Account", Entry]:
        return self._move(
            kind, source, [LotChange(self.seq + 1, granted=_positive(credits))], cause
        )

    def _give_back(
        self, kind: EntryKind, takes: Iterable[Take], cause: Cause
    ) -> tuple["Account", Entry]:
        changes = []
        for take in takes:
            if _positive(take.credits) > self.lot(take.number).used:
                raise ImpossibleMoveError("more to give back than was used")
            changes.append(LotChange(take.number, used=-take.credits))
        return self._move(kind, Book.CONSUMED, changes, cause)

    def _oldest(self, credits: int) -> list[Take]:
        """Where this many credits come from, oldest lot first."""
        if _positive(credits) > self.available:
            raise InsufficientCreditsError(available=self.available, wanted=credits)
        takes: list[Take] = []
        for lot, free in unused(self.lots):
            if credits and free:
                takes.append(Take(lot.number, min(free, credits)))
                credits -= takes[-1].credits
        if credits:
            raise ImpossibleMoveError("the lots that hold these credits are not loaded")
        return takes

    def _move(
        self, kind: EntryKind, other: Book | None, changes: list[LotChange], cause: Cause
    ) -> tuple["Account", Entry]:
        """Make the entry, and the account after it. `other` is the studio's side, if it has one."""
        if len({change.number for change in changes}) < len(changes):
            raise ImpossibleMoveError("a movement names a lot twice")
        lots = {lot.number: lot for lot in self.lots}
        for change in changes:
            lots[change.number] = change.applied_to(lots.get(change.number, Lot(change.number, 0)))
        balance = self.balance + sum(change.left for change in changes)
        if not -BALANCE_MAX <= balance <= BALANCE_MAX:
            raise BalanceOutOfRangeError("the account would hold more credits than is possible")

        after = replace(
            self,
            available=max(balance, 0),
            held=self.held + sum(change.held for change in changes),
            debt=max(-balance, 0),
            seq=self.seq + 1,
            lots=tuple(sorted(lots.values())),
        )
        entry = Entry(
            account_id=self.account_id,
            seq=after.seq,
            kind=kind,
            postings=_postings(self, after, other),
            lots=tuple(changes),
            cause=cause,
            available=after.available,
            held=after.held,
            debt=after.debt,
            previous_hash=self.hash,
        ).sealed()
        return replace(after, hash=entry.hash), entry


def _postings(before: Account, after: Account, other: Book | None) -> tuple[Posting, ...]:
    moved = {
        Book.AVAILABLE: after.available - before.available,
        Book.HELD: after.held - before.held,
        Book.DEBT: before.debt - after.debt,
    }
    if other is not None:
        moved[other] = -sum(moved.values())
    return tuple(Posting(book, credits) for book, credits in moved.items() if credits)


def _positive(credits: int) -> int:
    if type(credits) is not int or not 0 < credits <= BALANCE_MAX:
        raise ImpossibleMoveError("a movement has a whole, positive number of credits")
    return credits
