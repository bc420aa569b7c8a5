"""Amounts as people read them, in currencies with and without decimals."""

import pytest

from makegood.domain.money import Money, decimals_of, format_money, share_minor


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0, "USD", "0.00 USD"),
        (5, "USD", "0.05 USD"),
        (99, "EUR", "0.99 EUR"),
        (100, "EUR", "1.00 EUR"),
        (123_450, "GBP", "1,234.50 GBP"),
        (-5, "USD", "-0.05 USD"),
        (-123_450, "USD", "-1,234.50 USD"),
        (0, "JPY", "0 JPY"),
        (1500, "JPY", "1,500 JPY"),
        (-1, "KRW", "-1 KRW"),
        (5_000_000, "VND", "5,000,000 VND"),
        (1, "KWD", "0.001 KWD"),
        (1250, "KWD", "1.250 KWD"),
        (1_234_567, "BHD", "1,234.567 BHD"),
        (12345, "CLF", "1.2345 CLF"),
        (10**18, "USD", "10,000,000,000,000,000.00 USD"),
    ],
)
def test_an_amount_is_written_with_the_decimals_of_its_currency(
    amount: int, currency: str, text: str
) -> None:
    assert format_money(Money(amount, currency)) == text


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("USD", 2), ("EUR", 2), ("HUF", 2), ("TWD", 2), ("JPY", 0), ("CLP", 0), ("TND", 3)],
)
def test_decimals_are_those_of_iso_4217(currency: str, decimals: int) -> None:
    assert decimals_of(currency) == decimals


def test_a_currency_that_nobody_has_heard_of_has_two() -> None:
    assert decimals_of("XYZ") == 2


@pytest.mark.parametrize(
    ("amount", "part", "whole", "share"),
    [(10, 1, 3, 3), (10, 2, 3, 6), (10, 3, 3, 10), (10, 0, 3, 0), (10, 0, 0, 0), (1, 1, 2, 0)],
)
def test_money_is_rounded_down(amount: int, part: int, whole: int, share: int) -> None:
    assert share_minor(amount, part=part, whole=whole) == share
