"""How many credits go along with money that went back (clause 7): the one place that says so."""

from collections import Counter

from makegood.domain.account import Take
from makegood.domain.adjustment import Adjustments
from makegood.domain.purchase import Purchase


def adjusted_minor(purchase: Purchase, adjustments: Adjustments) -> int:
    """What of the purchase's money is gone: at most what was collected.

    A bank may take back what was refunded before. That loss is the studio's, not the customer's.
    """
    return min(adjustments.gone_minor, purchase.collected_minor)


def withdrawn_of(purchase: Purchase, adjustments: Adjustments) -> tuple[Take, ...]:
    """What all adjustments together claim of each lot of a granted purchase, by its number.

    A line's money takes its share of the line's credits along, bonus credits included, in
    proportion to what was really paid for the line; the sum of all adjustments is rounded up once,
    so that a lot never loses a whole credit too many and none whose money went back can be spent.
    With all of the money all of the credits go. Tax alone takes nothing.
    """
    back: Counter[str] = Counter()
    for adjustment in adjustments.standing:
        for gone in adjustment.lines:
            back[gone.item_id] += gone.amount_minor
    elsewhere = sum(back[item] for item in back.keys() - {line.item_id for line in purchase.lines})
    total = sum(line.amount_minor for line in purchase.lines)
    paid = min(purchase.collected_minor, total)
    whole = adjustments.gone_minor >= purchase.collected_minor
    takes = []
    for line in purchase.lines:
        # What Paddle names no line of ours for is spread over all of them.
        part = back[line.item_id] * total + elsewhere * line.amount_minor
        of = line.amount_minor * paid
        for lot, granted in ((line.lot, line.credits), (line.bonus_lot, line.bonus_credits)):
            credits = granted if whole else _rounded_up(granted, part=part, whole=of)
            if lot:
                takes.append(Take(lot, credits))
    return tuple(takes)


def _rounded_up(credits: int, *, part: int, whole: int) -> int:
    if not whole:
        return 0  # Nothing was paid for this line.
    return min(-(-credits * part // whole), credits)
