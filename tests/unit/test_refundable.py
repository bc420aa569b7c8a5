"""What can be paid back of a purchase, in examples."""

from dataclasses import replace

import pytest

from makegood.domain.account import Account, AccountStatus, Take
from makegood.domain.lot import Lot
from makegood.domain.money import Money
from makegood.domain.purchase import Purchase, PurchaseLine, PurchaseState
from makegood.domain.refundable import refundable_of, remaining_minor
from makegood.errors import ImpossibleMoveError
from tests.ledgers import NOON, cause


def line(lot: int, amount: int = 1000, *, tax: int = 0, bonus_lot: int = 0) -> PurchaseLine:
    return PurchaseLine(
        f"txnitm_{lot}", "pri_1", 1, amount, tax, credits=100, lot=lot, bonus_lot=bonus_lot
    )


def purchase(
    *lines: PurchaseLine,
    collected: int | None = None,
    currency: str = "USD",
    promised: int = 0,
    adjusted: int = 0,
) -> Purchase:
    total = sum(each.amount_minor for each in lines)
    return Purchase(
        transaction_id="txn_1",
        state=PurchaseState.GRANTED,
        customer_id=None,
        claimed_account_id=None,
        order_ref=None,
        currency=currency,
        collected_minor=total if collected is None else collected,
        lines=lines,
        occurred_at=NOON,
        recorded_at=NOON,
        account_id="acc_1",
        promised_minor=promised,
        adjusted_minor=adjusted,
    )


def account(*lots: Lot) -> Account:
    return Account("acc_1", available=sum(max(lot.left, 0) for lot in lots), lots=lots)


@pytest.mark.parametrize(("status", "amount"), [("open", 300), ("frozen", 300), ("closed", 0)])
def test_what_comes_back_into_a_closed_account_is_worth_nothing(status: str, amount: int) -> None:
    kept = replace(account(Lot(1, 100, used=70)), status=AccountStatus(status))
    found = refundable_of(purchase(line(1)), kept)
    assert (found.money, found.unused) == (Money(amount, "USD"), 30)
    assert (found.lines, found.tax_minor) == ((amount,), 0)


@pytest.mark.parametrize(
    ("lot", "withdrawn"),
    [
        (Lot(1, 100, used=100), 0),
        (Lot(1, 100, used=60, withdrawn=40), 40),
        (Lot(1, 100, used=100, withdrawn=100), 100),
    ],
)
def test_credits_that_went_along_with_money_are_told_from_used_ones(
    lot: Lot, withdrawn: int
) -> None:
    found = refundable_of(purchase(line(1)), account(lot))
    assert (found.unused, found.withdrawn) == (0, withdrawn)


@pytest.mark.parametrize(
    ("lot", "amount"),
    [
        pytest.param(Lot(1, 100), 1000, id="nothing used"),
        pytest.param(Lot(1, 100, used=100), 0, id="all used"),
        pytest.param(Lot(1, 100, used=99), 10, id="all but one used"),
        pytest.param(Lot(1, 300, used=100), 666, id="rounded down"),
        pytest.param(Lot(1, 100, used=60, held=40), 400, id="what is held for a case is unused"),
        pytest.param(Lot(1, 100, used=60, held=30), 400, id="held in part"),
    ],
)
def test_the_money_of_unused_credits_can_be_paid_back(lot: Lot, amount: int) -> None:
    assert refundable_of(purchase(line(1)), account(lot)).money == Money(amount, "USD")


@pytest.mark.parametrize(
    ("adjusted", "withdrawn", "amount"),
    [
        pytest.param(300, 30, 300, id="both follow the same part"),
        pytest.param(300, 0, 300, id="money went back, no credits yet"),
        pytest.param(600, 60, 0, id="all that was unused"),
        pytest.param(800, 80, 0, id="more than was unused: the rest is debt"),
        pytest.param(100, 0, 500, id="a tax refund takes no credits"),
    ],
)
def test_what_has_gone_back_is_subtracted_once(adjusted: int, withdrawn: int, amount: int) -> None:
    lot = Lot(1, 100, used=40, withdrawn=withdrawn)
    of = purchase(line(1), adjusted=adjusted)
    assert refundable_of(of, account(lot)).money.amount_minor == amount


@pytest.mark.parametrize(("promised", "amount"), [(0, 600), (599, 1), (600, 0), (601, 0)])
def test_what_is_promised_is_not_promised_again(promised: int, amount: int) -> None:
    of = purchase(line(1), promised=promised)
    assert refundable_of(of, account(Lot(1, 100, used=40))).money.amount_minor == amount


def test_bonus_credits_are_worth_nothing() -> None:
    with_bonus = purchase(line(1, bonus_lot=2))
    lots = [Lot(1, 100, used=100), Lot(2, 50)]
    found = refundable_of(with_bonus, account(*lots))
    assert (found.money.amount_minor, found.unused, found.granted) == (0, 0, 100)


def test_credits_that_pay_for_another_purchases_shortage_are_not_unused() -> None:
    short = Lot(1, 100, used=100, withdrawn=30)
    found = refundable_of(purchase(line(2)), account(short, Lot(2, 100)))
    assert (found.money.amount_minor, found.unused) == (700, 70)


def test_tax_goes_back_in_proportion() -> None:
    taxed = purchase(line(1, 1190, tax=190))
    found = refundable_of(taxed, account(Lot(1, 100, used=50)))
    assert (found.money.amount_minor, found.tax_minor) == (595, 95)
    after = refundable_of(replace(taxed, promised_minor=300), account(Lot(1, 100, used=50)))
    assert (after.money.amount_minor, after.tax_minor) == (295, 47)


def test_where_less_was_collected_every_line_is_worth_less() -> None:
    found = refundable_of(purchase(line(1), line(2), collected=1500), account(Lot(1, 9), Lot(2, 9)))
    assert found.money.amount_minor == 1500
    assert found.lines == (750, 750)


def test_the_lines_say_where_the_money_lies() -> None:
    two = purchase(line(1), line(2), adjusted=1000)
    found = refundable_of(two, account(Lot(1, 100, withdrawn=100), Lot(2, 100, used=50)))
    assert found.money.amount_minor == 500
    assert found.lines == (0, 500)


def test_a_promise_lies_on_all_lines_alike() -> None:
    two = purchase(line(1), line(2), promised=500)
    found = refundable_of(two, account(Lot(1, 100), Lot(2, 100)))
    assert (found.money.amount_minor, found.lines) == (1500, (750, 750))


@pytest.mark.parametrize(
    ("currency", "paid", "amount"), [("JPY", 1500, 1498), ("USD", 1500, 1498), ("KWD", 1500, 1498)]
)
def test_the_unit_is_the_currencys_smallest_one(currency: str, paid: int, amount: int) -> None:
    of = purchase(line(1, paid), currency=currency)
    assert refundable_of(of, account(Lot(1, 1000, used=1))).money == Money(amount, currency)


def test_what_was_never_granted_has_nothing_to_pay_back() -> None:
    found = refundable_of(purchase(line(0)), Account("acc_1"))
    assert (found.money.amount_minor, found.unused, found.granted) == (0, 0, 0)


def test_the_lots_have_to_be_loaded() -> None:
    with pytest.raises(ImpossibleMoveError):
        refundable_of(purchase(line(1)), Account("acc_1"))


@pytest.mark.parametrize(
    ("adjusted", "promised", "left"), [(0, 0, 1000), (400, 0, 600), (400, 600, 0), (700, 700, 0)]
)
def test_no_more_remains_than_was_collected(adjusted: int, promised: int, left: int) -> None:
    of = purchase(line(1), adjusted=adjusted, promised=promised)
    assert remaining_minor(of) == left


def test_holding_credits_for_a_case_changes_no_amount() -> None:
    of, before = purchase(line(1)), account(Lot(1, 100, used=25))
    held, _ = before.hold([1], cause("hold:case_1"))
    released, _ = held.release([Take(1, 75)], cause("release:case_1"))
    amounts = [refundable_of(of, each).money.amount_minor for each in (before, held, released)]
    assert amounts == [750, 750, 750]
