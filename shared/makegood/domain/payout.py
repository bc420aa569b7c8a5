"""A payout: money that a case has promised, on its way through Paddle, exactly once.

Paddle has no idempotency keys. So the wish is stored with the approval, whoever sends it takes a
lease first, every request carries a marker that can be found again, and what came of a request
stays open until Paddle itself has been asked: unknown is never failed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from makegood.domain.money import Money
from makegood.domain.purchase import Purchase

LEASE = timedelta(seconds=900)
"""Longer than the function (60 s), its last request (10 s), the longest lag of Paddle's lists that
was ever seen (a minute), and five minutes of difference between clocks, all together."""

UNKNOWN_ROUNDS_MAX = 3
"""So often a request may end unknown. Then somebody looks at Paddle's own pages."""

REFUNDABLE_FOR = {"card": timedelta(days=120), "paypal": timedelta(days=179)}
"""Paddle refunds a payment that is younger than this, by how it was made. [Paddle's help pages:
Can I issue refunds]"""

_DIGITS = 24
_MARKER = re.compile(r"\[makegood:(payout_[0-9a-f]{24})\]")


class PayoutState(StrEnum):
    """`requested` was not sent, `sending` may have been. `sent` waits for Paddle's approval."""

    REQUESTED = "requested"
    SENDING = "sending"
    SENT = "sent"
    PAID = "paid"
    REJECTED = "rejected"
    """Paddle's people said no."""
    REFUSED = "refused"
    """It cannot be paid: its case is open again."""
    PERSON = "person"
    """Nobody knows whether it was paid, or why not: a person looks."""


IN_FLIGHT = frozenset(
    {PayoutState.REQUESTED, PayoutState.SENDING, PayoutState.SENT, PayoutState.PERSON}
)
"""States that something still has to come after."""


@dataclass(frozen=True, slots=True)
class PayoutItem:
    """So much of one line of the purchase, in minor units, tax included."""

    item_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Payout:
    """`items` are empty where the whole purchase is paid back: Paddle's own cap then prevents a
    second payment.

    `attempt` counts leases and names the holder: only who has the newest may say what came of it.
    `unknown` counts those whose outcome nobody knows; `asked` says that Paddle turned a request
    away, which need not be the end of it. `due_at` is when it has to be looked at.
    `counted` says that the circuit breaker has it in its sum. `why` is a code; `handled_by` and
    `note` are of the person who looked at it last. `adjusted_before` is what of the purchase had
    gone back when it was approved.
    """

    payout_id: str
    case_id: str
    account_id: str
    transaction_id: str
    money: Money
    items: tuple[PayoutItem, ...]
    state: PayoutState
    requested_at: datetime
    due_at: datetime
    attempt: int = 0
    unknown: int = 0
    asked: bool = False
    counted: bool = False
    lease_until: datetime | None = None
    adjustment_id: str | None = None
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    why: str | None = None
    handled_by: str | None = None
    note: str | None = None
    adjusted_before: int = 0

    @property
    def is_in_flight(self) -> bool:
        return self.state in IN_FLIGHT

    @property
    def marker(self) -> str:
        """What the adjustment's reason ends with, so that it can be found again."""
        return f"[makegood:{self.payout_id}]"


class CameTo(StrEnum):
    """What came of an attempt that did not end with an adjustment."""

    NOT_SENT = "not_sent"
    """Nothing was created: it is tried again later."""
    UNKNOWN = "unknown"
    """Nobody knows. The lease goes on, then somebody looks."""
    REFUSED = "refused"
    """Paddle will never take it."""
    PERSON = "person"
    """Paddle's answer fits nothing that is known here."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt, by its number, and what came of it; `why` is a code.

    `again_at` is when what was not sent is tried again, at the end of the lease if nothing is said.
    """

    number: int
    came_to: CameTo
    why: str
    again_at: datetime | None = None


def payout_id_of(case_id: str, turn: int) -> str:
    """A case that Paddle rejected may be approved again; that is another payout."""
    text = f"{case_id}\n{turn}"
    return f"payout_{sha256(text.encode()).hexdigest()[:_DIGITS]}"


def payout_in(reason: str) -> str | None:
    """The payout that an adjustment's reason names; None where it names none, or several."""
    named = set(_MARKER.findall(reason))
    return named.pop() if len(named) == 1 else None


def refundable_until(purchase: Purchase) -> datetime | None:
    """When Paddle stops to refund a purchase; None where that is not known."""
    days = REFUNDABLE_FOR.get(purchase.paid_by or "")
    return None if days is None else purchase.occurred_at + days


def items_for(
    amount_minor: int, *, unused_minor: Sequence[int], left_minor: Sequence[int], purchase: Purchase
) -> tuple[PayoutItem, ...]:
    """Where in the purchase's lines an amount is paid back from.

    `unused_minor` is what lies in the unused credits of each line, `left_minor` all that has not
    gone back of it: first the one, then the other, line by line.
    """
    taken = [0] * len(purchase.lines)
    for room in (unused_minor, left_minor):
        for number, most in enumerate(room):
            more = min(max(most - taken[number], 0), amount_minor - sum(taken))
            taken[number] += more
    return tuple(
        PayoutItem(line.item_id, minor)
        for line, minor in zip(purchase.lines, taken, strict=True)
        if minor
    )
