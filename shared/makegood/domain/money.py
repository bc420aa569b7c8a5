"""Money in the currency's minor unit: whole numbers only, so that no cent comes from rounding."""

from dataclasses import dataclass

_DECIMALS_USUAL = 2

# What ISO 4217 excepts from two. Paddle writes amounts in the same units.
_DECIMALS_BY_NUMBER = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DECIMALS = {
    currency: decimals
    for decimals, currencies in _DECIMALS_BY_NUMBER.items()
    for currency in currencies.split()
}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount, tax included, in the minor unit of its currency (ISO 4217)."""

    amount_minor: int
    currency: str


def decimals_of(currency: str) -> int:
    """How many digits of an amount in minor units stand behind the point."""
    return _DECIMALS.get(currency, _DECIMALS_USUAL)


def format_money(money: Money) -> str:
    """As it stands in sentences: `1,234.50 USD`, `1,500 JPY`, `1.250 KWD`."""
    decimals = decimals_of(money.currency)
    sign = "-" if money.amount_minor < 0 else ""
    whole, rest = divmod(abs(money.amount_minor), 10**decimals)
    fraction = f".{rest:0{decimals}d}" if decimals else ""
    return f"{sign}{whole:,}{fraction} {money.currency}"


def share_minor(amount_minor: int, *, part: int, whole: int) -> int:
    """The one place where money is rounded: down, to the minor unit."""
    assert 0 <= part <= whole
    return amount_minor * part // whole if whole else 0


def unused_share_minor(
    *, line_minor: int, total_minor: int, collected_minor: int, unused: int, granted: int
) -> int:
    """What was paid for the unused credits of one line, tax included, rounded down.

    `total_minor` is the sum of the bill's lines. Where less was collected, because the customer
    had a balance with Paddle, every line has been paid in the same proportion.
    """
    assert 0 <= unused <= granted
    assert 0 <= line_minor <= total_minor
    paid = max(min(collected_minor, total_minor), 0)
    # One division at the very end: rounding twice would lose up to a unit more.
    return share_minor(line_minor, part=paid * unused, whole=total_minor * granted)
