"""Paddle's adjustments of one transaction, and by which of them its money is gone now.

They are told in any order, doubled, and before the purchase itself is known. So nothing here is
added up event by event: what is gone is a function of all that has been told so far, and the
same whatever came first. Amounts are positive: the direction is in the action.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from makegood.errors import IdempotencyConflictError

PENDING, APPROVED, REJECTED, REVERSED = "pending_approval", "approved", "rejected", "reversed"
STATUSES = (PENDING, APPROVED, REJECTED, REVERSED)
"""Paddle's, in the order in which they follow each other; a refusal and an approval are final."""

REFUND, CHARGEBACK, WARNING = "refund", "chargeback", "chargeback_warning"
TAKING = frozenset({REFUND, CHARGEBACK, WARNING})
"""By these money goes back to the buyer. A warning is no announcement: Paddle pays at once."""

UNDOING = {"chargeback_reverse": CHARGEBACK, "chargeback_warning_reverse": WARNING}
"""What each of these undoes. Paddle does not say which adjustment of that action is meant."""

CREDITING = frozenset({"credit", "credit_reverse"})
"""They change what the buyer owes Paddle, or has there; no payment goes back."""

KNOWN_ACTIONS = TAKING | UNDOING.keys() | CREDITING

_RANK = {PENDING: 0, APPROVED: 1, REJECTED: 1, REVERSED: 2}


@dataclass(frozen=True, slots=True)
class AdjustedLine:
    """What of an adjustment lies in one line of the purchase, in minor units, tax included."""

    item_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One adjustment as it was last told.

    `lines` are what takes credits along: tax alone does not. `payout_id` is the payout that our
    own marker names. `clawback_seq` and `restore_seq` are the account's entries that followed
    it, 0 where none did.
    """

    adjustment_id: str
    action: str
    status: str
    currency: str
    amount_minor: int
    lines: tuple[AdjustedLine, ...]
    created_at: datetime
    told_at: datetime
    payout_id: str | None = None
    clawback_seq: int = 0
    restore_seq: int = 0

    @property
    def takes(self) -> bool:
        """Whether money goes back to the buyer by it, once it is approved."""
        return self.action in TAKING

    def says_the_same_as(self, other: "Adjustment") -> bool:
        """All but the status, which is what changes."""
        return _content(self) == _content(other)

    def after(self, told: "Adjustment") -> "Adjustment":
        """What holds once this has been told too. Old news changes nothing.

        Raises IdempotencyConflictError for the same adjustment with other contents.
        """
        if not self.says_the_same_as(told):
            raise IdempotencyConflictError("an adjustment was told of before with other contents")
        rank, known = _RANK[told.status], _RANK[self.status]
        if rank < known or (rank == known and told.told_at <= self.told_at):
            return self
        if told.status == self.status:
            return self
        return replace(self, status=told.status, told_at=told.told_at)


def _content(adjustment: Adjustment) -> tuple[object, ...]:
    lines = sorted((line.item_id, line.amount_minor) for line in adjustment.lines)
    return adjustment.action, adjustment.currency, adjustment.amount_minor, lines


@dataclass(frozen=True, slots=True)
class Adjustments:
    """All adjustments of one transaction that have been told, oldest first.

    `account_id` is whose purchase it is. Until that has been granted, they wait.
    """

    transaction_id: str
    known: tuple[Adjustment, ...] = ()
    account_id: str | None = None
    waits_since: datetime | None = None

    def get(self, adjustment_id: str) -> Adjustment | None:
        found = (one for one in self.known if one.adjustment_id == adjustment_id)
        return next(found, None)

    def with_one(self, adjustment: Adjustment) -> "Adjustments":
        others = [one for one in self.known if one.adjustment_id != adjustment.adjustment_id]
        return replace(self, known=tuple(sorted([*others, adjustment], key=_age)))

    @property
    def standing(self) -> tuple[Adjustment, ...]:
        """Those by which money is gone: approved, and not undone."""
        undone = {one.adjustment_id for one in _undone(self.known)}
        return tuple(
            one
            for one in self.known
            if one.takes and one.status == APPROVED and one.adjustment_id not in undone
        )

    @property
    def gone_minor(self) -> int:
        return sum(one.amount_minor for one in self.standing)


def _age(adjustment: Adjustment) -> tuple[datetime, str]:
    return adjustment.created_at, adjustment.adjustment_id


def _undone(known: Sequence[Adjustment]) -> list[Adjustment]:
    """Approved ones that a reversal undoes whose `reversed` has not been told.

    Each reversal is about one adjustment that was there before it: first of all one of the same
    lines and amounts, then one of the same amount, then any; and always rather one that is
    called reversed already, and rather an older one.
    """
    undone: list[Adjustment] = []
    for reversing, action in UNDOING.items():
        reversals = [one for one in known if one.action == reversing and one.status == APPROVED]
        marked = [one for one in known if one.action == action and one.status == REVERSED]
        approved = [one for one in known if one.action == action and one.status == APPROVED]
        found = _found([*marked, *approved], reversals)
        undone += [one for one in found if one.status == APPROVED]
    return undone


def _found(originals: Sequence[Adjustment], reversals: Sequence[Adjustment]) -> list[Adjustment]:
    """The originals that a reversal is about. Each takes the oldest that fits it: younger ones
    fit whatever came after it too."""
    free, found = list(reversals), list[Adjustment]()
    for likeness in (_lines_and_amount, _amount, _nothing):
        for original in originals:
            fitting = [one for one in free if one.created_at >= original.created_at]
            same = [one for one in fitting if likeness(one) == likeness(original)]
            if same and original not in found:
                free.remove(same[0])
                found.append(original)
    return found


def _lines_and_amount(adjustment: Adjustment) -> object:
    return adjustment.amount_minor, sorted((o.item_id, o.amount_minor) for o in adjustment.lines)


def _amount(adjustment: Adjustment) -> object:
    return adjustment.amount_minor


def _nothing(_adjustment: Adjustment) -> object:
    return None
