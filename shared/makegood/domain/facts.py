"""What a decision may look at, and what it wants done: the two ends of every pure function here.

A decision is a function `Facts -> Plan`. It asks the facts for what it needs; what has not been
read yet raises `Unread`, the ledger reads it, for a whole batch at once, and the decision is
made again. So decisions need not say beforehand what they will look at, and never do I/O.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from makegood.domain.account import Account
from makegood.domain.at_hand import LotCard, LotPage, with_page
from makegood.domain.lot import Lot, shortage
from makegood.errors import LedgerDamagedError

R = TypeVar("R")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Key(NamedTuple, Generic[R]):
    """Names one record: its class, and the id within that class."""

    kind: type[R]
    id: Hashable


class Unread(BaseException):
    """A decision asked for records that have not been read."""

    def __init__(self, *keys: Key[Any]) -> None:
        super().__init__(*keys)
        self.keys = keys


@dataclass(frozen=True, slots=True)
class Damaged:
    """Stands for a stored record that cannot be read. Whoever asks for it is refused."""

    why: str


@dataclass(frozen=True, slots=True)
class Plan(Generic[T_co]):
    """What a decision wants: all of `writes` in one transaction, or nothing.

    Each record is written on condition that it is still as it was read. `outcome` is what the
    caller is told once that has happened.
    """

    outcome: T_co
    writes: tuple[object, ...] = ()


class Facts:
    """Records as they were read, overlaid with the plans that were made on them since."""

    def __init__(self, known: Mapping[Key[Any], Any]) -> None:
        self._known = known
        self._planned: dict[Key[Any], Any] = {}
        self._asked: set[Key[Any]] = set()

    def get(self, key: Key[R]) -> R | None:
        """The record, None where there is none. Raises Unread, and LedgerDamagedError."""
        self._asked.add(key)
        for records in (self._planned, self._known):
            if key in records:
                record: R | Damaged | None = records[key]
                if isinstance(record, Damaged):
                    raise LedgerDamagedError(record.why)
                return record
        raise Unread(key)

    def get_all(self, keys: Sequence[Key[R]]) -> list[R | None]:
        """All of these records, asked for at once: None where there is none."""
        self._asked.update(keys)
        unread = [key for key in keys if key not in self._planned and key not in self._known]
        if unread:
            raise Unread(*unread)
        return [self.get(key) for key in keys]

    def account(self, account_id: str, *, lots: Iterable[int] = (), credits: int = 0) -> Account:
        """The account with these lots loaded, and enough lots to take this many credits from.

        An account that nothing was ever granted to is one without credits.
        """
        account = self.get(Key(Account, account_id)) or Account(account_id)
        while account.cards_from and not _suffices(account, credits):
            page = self.get(Key(LotPage, (account_id, account.cards_from)))
            assert page is not None
            account = with_page(account, page)
        here = {lot.number for lot in account.lots}
        return account.with_lots(
            self._cards(account_id, [number for number in lots if number not in here])
        )

    def expect(self, plan: Plan[object], keys: Iterable[Key[Any]]) -> None:
        """From here on, decisions see what this plan will have written."""
        self._planned.update(zip(keys, plan.writes, strict=True))

    def asked(self) -> set[Key[Any]]:
        """The keys that were asked for since the last call."""
        asked, self._asked = self._asked, set()
        return asked

    def _cards(self, account_id: str, numbers: Sequence[int]) -> list[Lot]:
        keys = [Key(LotCard, (account_id, number)) for number in numbers]
        cards = self.get_all(keys)
        if None in cards:
            raise LedgerDamagedError("a lot of the account is neither at hand nor on a card")
        return [card.lot for card in cards if card is not None]


Decide = Callable[[Facts], Plan[T]]


def _suffices(account: Account, credits: int) -> bool:
    """Enough is loaded to spend from, and to pay for the short lots, oldest first.

    What is newer than the oldest lot on a card does not count: that one's turn comes before.
    """
    left = sum(lot.left for lot in account.lots if lot.left > 0 and lot.number < account.cards_from)
    return left >= shortage(account.lots) + min(credits, account.available)
