"""Paddle's arithmetic for one-off purchases: tax, its own fee, and what is paid out.

Amounts are integers in the lowest denomination and leave here as strings, as Paddle sends them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

PAYOUT_CURRENCY = "USD"
FEE_RATE = Decimal("0.05")
FEE_FIXED_PAYOUT_MINOR = 50
DECIMAL_PLACES = {"JPY": 0, "KRW": 0, "CLP": 0, "VND": 0}
EXCHANGE_RATES = {
    "USD": Decimal("1"),
    "EUR": Decimal("1.08641000"),
    "GBP": Decimal("1.27120000"),
    "JPY": Decimal("0.00667334"),
}


@dataclass(frozen=True, slots=True)
class Split:
    """One amount with and without its tax."""

    subtotal: int
    tax: int

    @property
    def total(self) -> int:
        return self.subtotal + self.tax

    def times(self, quantity: int) -> "Split":
        return Split(self.subtotal * quantity, self.tax * quantity)

    def plus(self, other: "Split") -> "Split":
        return Split(self.subtotal + other.subtotal, self.tax + other.tax)

    def less(self, other: "Split") -> "Split":
        """Never below nothing: a dispute may have taken more than there was."""
        return Split(max(self.subtotal - other.subtotal, 0), max(self.tax - other.tax, 0))

    def texts(self) -> dict[str, str]:
        return {
            "subtotal": str(self.subtotal),
            "discount": "0",
            "tax": str(self.tax),
            "total": str(self.total),
        }


def with_tax(amount: int, rate: Decimal, *, included: bool) -> Split:
    """`included`: the price already has its tax in it."""
    if included:
        subtotal = rounded(Decimal(amount) / (1 + rate))
        return Split(subtotal, amount - subtotal)
    return Split(amount, rounded(amount * rate))


def line(amount: int, quantity: int, rate: Decimal, *, included: bool) -> tuple[Split, Split]:
    """One unit and the whole line. Tax is rounded once for the line, not once for each unit."""
    return (
        with_tax(amount, rate, included=included),
        with_tax(amount * quantity, rate, included=included),
    )


def added(splits: Iterable[Split]) -> Split:
    several: Sequence[Split] = list(splits)
    return Split(sum(one.subtotal for one in several), sum(one.tax for one in several))


def fee(total: int, currency: str) -> int:
    """Paddle's: a share and a fixed part, in the transaction's currency; nothing of nothing."""
    fixed = Decimal(FEE_FIXED_PAYOUT_MINOR) / _minor_rate(currency)
    return rounded(total * FEE_RATE + fixed) if total else 0


def fee_back(total: int) -> int:
    """The share of a fee that Paddle puts into an adjustment's totals; it has no fixed part."""
    return rounded(total * FEE_RATE)


def retained(currency: str) -> int:
    """The fixed part of the fee, which Paddle keeps of a transaction that is taken back whole."""
    return rounded(Decimal(FEE_FIXED_PAYOUT_MINOR) / _minor_rate(currency))


def paid_out(amount: int, currency: str) -> int:
    """The same amount in the payout currency."""
    return rounded(amount * _minor_rate(currency))


def split_paid_out(split: Split, currency: str) -> Split:
    return Split(paid_out(split.subtotal, currency), paid_out(split.tax, currency))


def rate(currency: str) -> Decimal:
    """Payout currency for one unit of this one; a currency that is not listed counts as at par."""
    return EXCHANGE_RATES.get(currency, Decimal(1))


def rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _minor_rate(currency: str) -> Decimal:
    decimals = DECIMAL_PLACES.get(currency, 2)
    return rate(currency) * (Decimal(10) ** (DECIMAL_PLACES.get(PAYOUT_CURRENCY, 2) - decimals))
