"""What of a purchase's money can be paid back: the one place where that is reckoned.

Money lies in credits that were bought and not used: free, held for a case, or withdrawn with
money that went back before, which is then subtracted as money. Bonus credits are worth nothing,
and so is what came back into an account after its owner closed it (clause 3(b)).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from makegood.domain.account import Account, AccountStatus
from makegood.domain.lot import unused
from makegood.domain.money import Money, share_minor, unused_share_minor
from makegood.domain.purchase import Purchase, PurchaseLine


@dataclass(frozen=True, slots=True)
class Refundable:
    """`money` includes `tax_minor`. `lines` is how it lies in the purchase's lines, in order.

    `unused` and `granted` are bought credits; what is held for a case is unused. `withdrawn` ones
    went along with money. All lines together are never more than `money`; rounding may leave them
    a little below it.
    """

    money: Money
    tax_minor: int
    unused: int
    granted: int
    withdrawn: int
    lines: tuple[int, ...]


def remaining_minor(purchase: Purchase) -> int:
    """All that was collected and has neither gone back nor been promised."""
    return max(purchase.collected_minor - purchase.adjusted_minor - purchase.promised_minor, 0)


def refundable_of(purchase: Purchase, account: Account) -> Refundable:
    """The account has the lots of the purchase loaded. What was not granted is worth nothing."""
    free = {lot.number: credits for lot, credits in unused(account.lots)}
    lines = [_Line.of(line, account, free) for line in purchase.lines]
    never_used = sum(line.share(purchase, line.amount_minor, line.never_used) for line in lines)
    tax = sum(line.share(purchase, line.tax_minor, line.never_used) for line in lines)
    # All shares together are at most what was collected, so this is at most what remains.
    amount = max(never_used - purchase.adjusted_minor - purchase.promised_minor, 0)
    if account.status is AccountStatus.CLOSED:
        amount = 0
    shares = [line.share(purchase, line.amount_minor, line.unused) for line in lines]
    in_lines = min(amount, sum(shares))
    return Refundable(
        money=Money(amount, purchase.currency),
        tax_minor=share_minor(tax, part=amount, whole=never_used),
        unused=sum(line.unused for line in lines),
        granted=sum(line.granted for line in lines),
        withdrawn=sum(line.never_used - line.unused for line in lines),
        lines=tuple(share_minor(share, part=in_lines, whole=sum(shares)) for share in shares),
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """`unused` credits are free or held; `never_used` counts those that were withdrawn too."""

    amount_minor: int
    tax_minor: int
    granted: int
    unused: int
    never_used: int

    @classmethod
    def of(cls, line: PurchaseLine, account: Account, free: Mapping[int, int]) -> "_Line":
        """`free` is by lot: what pays for the shortage of others is not unused any more."""
        tax_minor = min(line.tax_minor, line.amount_minor)
        if not line.lot:
            return cls(line.amount_minor, tax_minor, 0, 0, 0)
        lot = account.lot(line.lot)
        here = min(free[lot.number] + lot.held, lot.granted)
        never_used = min(here + lot.withdrawn, lot.granted)
        return cls(line.amount_minor, tax_minor, lot.granted, here, never_used)

    def share(self, purchase: Purchase, minor: int, credits: int) -> int:
        """What of an amount of this line lies in so many of its credits."""
        return unused_share_minor(
            line_minor=minor,
            total_minor=sum(line.amount_minor for line in purchase.lines),
            collected_minor=purchase.collected_minor,
            unused=credits,
            granted=self.granted,
        )
