"""Which lots stay in the snapshot, so that it stays small however much somebody buys.

Everything that is needed for the usual charge and refund is at hand: the oldest lots that have
something left, the newest exhausted ones, and each lot that is short. The rest lies on cards,
one item for a lot, read when it is asked for by number or when the lots at hand don't suffice.
An account with up to sixteen lots never has a card. See docs/adr/0003-lots-at-hand.md.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from makegood.domain.account import Account
from makegood.domain.lot import Lot, shortage

OPEN_AT_HAND = 8
EXHAUSTED_AT_HAND = 8

CARDS_PER_COMMIT = 40
"""A transaction has 100 actions; what exceeds this stays at hand until a later commit."""


@dataclass(frozen=True, slots=True)
class LotCard:
    """A lot outside the snapshot. Where the snapshot has the lot too, the card is out of date."""

    account_id: str
    lot: Lot


@dataclass(frozen=True, slots=True)
class LotPage:
    """Consecutive cards by number, from a given one on; `next_number` is 0 on the last page."""

    lots: tuple[Lot, ...]
    next_number: int


def with_page(account: Account, page: LotPage) -> Account:
    """The account with the lots of the next page of cards that still have something left."""
    loaded = account.with_lots(lot for lot in page.lots if lot.left)
    return replace(loaded, cards_from=page.next_number)


def arranged(
    account: Account, cards: Collection[Lot], *, room: int = CARDS_PER_COMMIT
) -> tuple[Account, list[LotCard]]:
    """The snapshot to store, and the cards to write beside it, as many as there is room for.

    `cards` are this account's cards as they are: a lot that goes back unchanged is not written.
    Lots that have something left go onto cards newest first, so that the oldest credits are at
    hand; what there is no room for stays at hand and goes with a later commit.
    """
    if not account.cards_from and len(account.lots) <= OPEN_AT_HAND + EXHAUSTED_AT_HAND:
        return account, []
    leaving = _leaving(account)
    to_write = [lot for lot in leaving if lot not in cards][: min(room, CARDS_PER_COMMIT)]
    gone = {lot.number for lot in leaving if lot in cards} | {lot.number for lot in to_write}
    still_open = [lot.number for lot in account.lots if lot.number in gone and lot.left]
    first = min([*still_open, *([account.cards_from] if account.cards_from else [])], default=0)
    snapshot = replace(
        account, lots=tuple(lot for lot in account.lots if lot.number not in gone), cards_from=first
    )
    return snapshot, [LotCard(account.account_id, lot) for lot in to_write]


def _leaving(account: Account) -> list[Lot]:
    """The newest of those that have something left first: see `arranged`."""
    still_open = [lot for lot in account.lots if lot.left > 0]
    exhausted = [lot for lot in account.lots if lot.left == 0]
    keep = OPEN_AT_HAND + _payers(still_open, shortage(account.lots))
    behind = [
        lot
        for position, lot in enumerate(still_open)
        if position >= keep or 0 < account.cards_from <= lot.number
    ]
    return [*reversed(behind), *exhausted[: max(len(exhausted) - EXHAUSTED_AT_HAND, 0)]]


def _payers(still_open: Iterable[Lot], missing: int) -> int:
    """How many of the oldest lots pay for what short lots lack."""
    count = 0
    for lot in still_open:
        if missing <= 0:
            break
        missing -= lot.left
        count += 1
    return count
