"""Purchases, the prices that say what they are worth in credits, and who made them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LINES_MAX = 48
"""A line becomes up to two entries, and a transaction of DynamoDB has a hundred actions."""


class PurchaseState(StrEnum):
    """`granted` is final; `unmatched` waits for a person, and is listed."""

    GRANTED = "granted"
    UNMATCHED = "unmatched"
    NOT_CREDITED = "not_credited"


class Unmatched(StrEnum):
    """Why a purchase could not be credited at once."""

    ACCOUNT = "unknown_account"
    PRICE = "unknown_price"
    CLOSED = "account_closed"
    LINES = "too_many_lines"
    CREDITS = "too_many_credits"


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """One line of a purchase. Money is in the currency's minor unit, tax included in `amount`.

    `lot` and `bonus_lot` are the account's lots that this line became, 0 where there is none.
    """

    item_id: str
    price_id: str
    quantity: int
    amount_minor: int
    tax_minor: int
    credits: int = 0
    lot: int = 0
    bonus_credits: int = 0
    bonus_lot: int = 0


@dataclass(frozen=True, slots=True)
class Purchase:
    """A Paddle transaction that was completed. `collected_minor` is what was really paid.

    `assigned_by` is the person who said whose it is, where that was not plain.
    """

    transaction_id: str
    state: PurchaseState
    customer_id: str | None
    claimed_account_id: str | None
    order_ref: str | None
    currency: str
    collected_minor: int
    lines: tuple[PurchaseLine, ...]
    occurred_at: datetime
    recorded_at: datetime
    account_id: str | None = None
    why: str | None = None
    assigned_by: str | None = None

    def is_same_sale(self, other: "Purchase") -> bool:
        """Whether two reports tell of the same goods and money. Anything else may differ."""

        def told(purchase: "Purchase") -> tuple[object, ...]:
            lines = [
                (line.item_id, line.price_id, line.quantity, line.amount_minor)
                for line in purchase.lines
            ]
            return purchase.currency, purchase.collected_minor, sorted(lines)

        return told(self) == told(other)


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit of a Paddle price is worth. Bonus credits have no money value."""

    price_id: str
    credits: int
    bonus_credits: int
    set_at: datetime
    set_by: str


@dataclass(frozen=True, slots=True)
class Customer:
    """A Paddle customer. `account_id` is that of the customer's first credited purchase.

    `told_at` is the `occurred_at` of the newest customer event that is in here, since events
    arrive in any order.
    """

    customer_id: str
    account_id: str | None = None
    email: str | None = None
    told_at: datetime | None = None
