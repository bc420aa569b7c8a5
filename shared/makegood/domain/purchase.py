"""Purchases, the prices that say what they are worth in credits, and who made them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

WRITES_MAX = 100
"""Actions in one transaction of DynamoDB."""

LINES_MAX = 40
"""A line becomes up to two entries. What is left of a transaction is for the purchase, the
account, the customer, the basket, and the cases of duplicate payments."""

SALES_MAX = 20
"""So many sales a basket remembers, the newest ones."""


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

    `assigned_by` is the person who said whose it is, where that was not plain. `case_id` is the
    case about its money that is open or approved, of which there is one at most.
    `promised_minor` has been approved to be paid back and `adjusted_minor` has gone back:
    together never more than was collected, except while more is on its way back through Paddle
    than nobody here knew of. `paid_by` is Paddle's word for how it was paid, such as `card`.
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
    case_id: str | None = None
    promised_minor: int = 0
    adjusted_minor: int = 0
    paid_by: str | None = None

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


@dataclass(frozen=True, slots=True)
class Sale:
    """A purchase as its basket remembers it."""

    transaction_id: str
    at: datetime
    order_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    """An account's purchases of the same prices and quantities, the newest ones, by time.

    It is read and written with every purchase, so that two payments for the same goods meet in
    it whatever the order or the moment they arrive in.
    """

    account_id: str
    contents: str
    """A digest of the prices and quantities."""
    sales: tuple[Sale, ...] = ()


def sale_of(purchase: Purchase) -> Sale:
    return Sale(purchase.transaction_id, purchase.occurred_at, purchase.order_ref)


def in_order(sales: Iterable[Sale]) -> tuple[Sale, ...]:
    """Oldest payment first, and of payments of the same moment always the same one."""
    return tuple(sorted(sales, key=lambda sale: (sale.at, sale.transaction_id)))


def contents_of(lines: Iterable[PurchaseLine]) -> str:
    """The same for the same goods, in however many lines and whatever order they were sold."""
    quantities: Counter[str] = Counter()
    for line in lines:
        quantities[line.price_id] += line.quantity
    text = "\n".join(f"{price} {quantity}" for price, quantity in sorted(quantities.items()))
    return sha256(text.encode()).hexdigest()
