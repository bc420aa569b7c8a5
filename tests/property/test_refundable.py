"""Never more than was paid, whatever happened to a purchase and in whatever order."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.account import Account, Take
from makegood.domain.lot import Lot
from makegood.domain.purchase import Purchase
from makegood.domain.refundable import Refundable, refundable_of, remaining_minor
from tests.ledgers import cause
from tests.unit.test_refundable import line, purchase

CURRENCIES = st.sampled_from(["JPY", "USD", "KWD"])


@st.composite
def bought(draw: st.DrawFn, *, most: int = 10**6) -> tuple[Purchase, Account]:
    """A purchase of a few lines, some of it used, held or withdrawn, beside another purchase."""
    lots, lines = [], []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        granted = draw(st.integers(1, 1000))
        used = draw(st.integers(0, granted))
        held = draw(st.integers(0, granted - used))
        withdrawn = draw(st.integers(0, granted - held))
        lots.append(Lot(number, granted, used, held, withdrawn))
        amount = draw(st.integers(0, most))
        lines.append(line(number, amount, tax=draw(st.integers(0, amount))))
    total = sum(each.amount_minor for each in lines)
    collected = draw(st.integers(0, total))
    adjusted = draw(st.integers(0, collected))
    of = purchase(
        *lines,
        collected=collected,
        currency=draw(CURRENCIES),
        adjusted=adjusted,
        promised=draw(st.integers(0, collected - adjusted)),
    )
    another = Lot(9, 500, used=draw(st.integers(0, 500)), withdrawn=draw(st.integers(0, 500)))
    return of, Account("acc_1", lots=(*lots, another))


@given(bought())
def test_the_amount_is_money_that_remains_and_lies_in_the_lines(
    case: tuple[Purchase, Account],
) -> None:
    of, account = case
    found = refundable_of(of, account)
    assert 0 <= found.money.amount_minor <= remaining_minor(of)
    assert 0 <= found.tax_minor <= found.money.amount_minor
    assert sum(found.lines) <= found.money.amount_minor
    assert all(amount >= 0 for amount in found.lines)
    assert 0 <= found.unused <= found.granted
    assert found.money.currency == of.currency


@given(bought(), st.data())
def test_more_unused_is_never_worth_less(
    case: tuple[Purchase, Account], data: st.DataObject
) -> None:
    of, account = case
    number = data.draw(st.sampled_from([each.lot for each in of.lines]))
    lots = [
        replace(lot, used=data.draw(st.integers(0, lot.used))) if lot.number == number else lot
        for lot in account.lots
    ]
    more = refundable_of(of, replace(account, lots=tuple(lots)))
    less = refundable_of(of, account)
    assert more.money.amount_minor >= less.money.amount_minor
    assert more.unused >= less.unused


@given(bought(), st.integers(1, 10**6))
def test_what_has_gone_back_and_what_is_promised_count_the_same(
    case: tuple[Purchase, Account], amount: int
) -> None:
    of, account = case
    gone = replace(of, adjusted_minor=of.adjusted_minor + amount)
    promised = replace(of, promised_minor=of.promised_minor + amount)
    assert refundable_of(gone, account) == refundable_of(promised, account)
    assert refundable_of(gone, account).money.amount_minor <= _amount(refundable_of(of, account))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["use", "give back", "hold", "release", "pay back", "claim", "promise"]),
        st.integers(1, 400),
    ),
    max_size=30,
)


@given(st.integers(0, 10**5), st.integers(1, 400), STEPS, CURRENCIES)
def test_no_order_of_spending_promising_and_paying_back_returns_more_than_was_paid(
    paid: int, granted: int, steps: list[tuple[str, int]], currency: str
) -> None:
    of = purchase(line(1, paid), currency=currency)
    account, _ = Account("acc_1").grant(granted, cause("grant:txn_1:1"))
    for number, (what, size) in enumerate(steps):
        of, account = _stepped(of, account, what, size, f"step:{number}")
        found = _amount(refundable_of(of, account))
        assert of.adjusted_minor + of.promised_minor + found <= max(of.collected_minor, 0)
        assert found >= 0


def _stepped(
    of: Purchase, account: Account, what: str, size: int, key: str
) -> tuple[Purchase, Account]:
    """One thing that may happen. What cannot happen now is left out."""
    lot = account.lots[0]
    amount = min(size * 50, _amount(refundable_of(of, account)))
    match what:
        case "use" if account.available:
            account, _ = account.charge(min(size, account.available), cause(key))
        case "give back" if lot.used:
            account, _ = account.refund([Take(1, min(size, lot.used))], cause(key))
        case "hold":
            account, _ = account.hold([1], cause(key))
        case "release" if lot.held:
            account, _ = account.release([Take(1, lot.held)], cause(key))
        case "promise":
            of = replace(of, promised_minor=of.promised_minor + amount)
        case "pay back" if of.promised_minor:
            moved = min(size * 50, of.promised_minor)
            of = replace(
                of,
                promised_minor=of.promised_minor - moved,
                adjusted_minor=of.adjusted_minor + moved,
            )
            account = _clawed_back(of, account, moved, key)
        case "claim" if remaining_minor(of):
            moved = min(size * 50, remaining_minor(of))
            of = replace(of, adjusted_minor=of.adjusted_minor + moved)
            account = _clawed_back(of, account, moved, key)
    return of, account


def _clawed_back(of: Purchase, account: Account, amount: int, key: str) -> Account:
    credits = account.lots[0].granted * amount // of.collected_minor
    return account.clawback([Take(1, credits)], cause(key))[0] if credits else account


def _amount(found: Refundable) -> int:
    return found.money.amount_minor


@given(bought(most=1000), st.lists(st.integers(1, 500), max_size=12))
def test_paying_back_in_many_parts_returns_no_more_than_at_once(
    case: tuple[Purchase, Account], parts: list[int]
) -> None:
    of, account = case
    whole, returned = _amount(refundable_of(of, account)), 0
    for part in parts:
        amount = min(part, _amount(refundable_of(of, account)))
        of = replace(of, adjusted_minor=of.adjusted_minor + amount)
        returned += amount
    assert returned <= whole <= of.collected_minor
    assert returned == min(sum(parts), whole)
