"""Purchases become credits once, or wait for a person, or say why they are none."""

import itertools
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from makegood.domain.account import CREDITS_MAX, AccountStatus, Take
from makegood.domain.entry import EntryKind
from makegood.domain.facts import Key
from makegood.domain.purchase import LINES_MAX, Customer, Purchase, PurchaseState, Unmatched
from makegood.errors import (
    AccountClosedError,
    BalanceOutOfRangeError,
    IdempotencyConflictError,
    PriceUnknownError,
    UnknownThingError,
)
from makegood.events.paddle import PaddleCustomer, PaddleTransaction
from makegood.ledger.store import Ledger
from makegood.plans.customers import tell_of_customer
from makegood.plans.operations import set_price, set_status
from makegood.plans.purchases import Credited
from tests.ledgers import (
    NOON,
    cause,
    entries_of,
    memory_ledger,
    moving,
    plenty,
    stored,
    stored_account,
)
from tests.memory_dynamodb import MemoryDynamoDB
from tests.purchases_made import assigning, crediting
from tests.webhooks import sample

if TYPE_CHECKING:
    from collections.abc import Callable

Table = tuple[Ledger, MemoryDynamoDB]


def sale(
    transaction_id: str = "txn_1",
    *lines: tuple[str, int],
    account: object = "acc_1",
    customer_id: str | None = "ctm_1",
    **changes: Any,
) -> PaddleTransaction:
    """A completed sale of `(price, quantity)`, each unit at 10.00; `changes` to Paddle's fields."""
    data = json.loads(sample("transaction.completed.usd_credit_pack"))["data"]
    (line,) = data["details"]["line_items"]
    sold = list(lines) or [("pri_1", 1)]
    data["details"]["line_items"] = [
        line
        | {
            "id": f"txnitm_{transaction_id}_{number}",
            "price_id": price_id,
            "quantity": quantity,
            "totals": {"subtotal": "0", "tax": "100", "total": str(1000 * quantity)},
        }
        for number, (price_id, quantity) in enumerate(sold)
    ]
    total = str(changes.pop("collected", sum(1000 * quantity for _, quantity in sold)))
    data["details"]["totals"] |= {"total": total, "grand_total": total}
    data |= {
        "id": transaction_id,
        "customer_id": customer_id,
        "custom_data": {"account_id": account},
    }
    return PaddleTransaction.model_validate(data | changes)


@pytest.fixture
def table() -> Table:
    ledger, memory = memory_ledger()
    price(ledger, "pri_1", 1000)
    price(ledger, "pri_plus", 5000, 250)
    return ledger, memory


def price(ledger: Ledger, price_id: str, credits: int, bonus: int = 0) -> None:
    ledger.decide(set_price(price_id, credits, bonus, author="ada", now=NOON), time_left=plenty)


def credited(ledger: Ledger, transaction: PaddleTransaction) -> Credited:
    return ledger.decide(crediting(transaction, now=NOON), time_left=plenty)


def assigned(ledger: Ledger, transaction_id: str = "txn_1", account_id: str = "acc_1") -> Credited:
    later = NOON + timedelta(days=1)
    return ledger.decide(
        assigning(transaction_id, account_id, author="oda", now=later), time_left=plenty
    )


def available(ledger: Ledger, account_id: str = "acc_1") -> int:
    return stored_account(ledger, account_id).available


def close(ledger: Ledger) -> None:
    ledger.decide(moving("acc_1", lambda a: a.forfeit(cause("forfeit:acc_1"))), time_left=plenty)


# Granted


def test_a_purchase_is_granted_line_by_line_with_its_bonus(table: Table) -> None:
    ledger, memory = table
    purchase = credited(ledger, sale("txn_1", ("pri_1", 3), ("pri_plus", 2))).purchase

    assert (purchase.state, purchase.account_id, purchase.why) == (
        PurchaseState.GRANTED,
        "acc_1",
        None,
    )
    first, second = purchase.lines
    assert (first.credits, first.lot, first.bonus_credits, first.bonus_lot) == (3000, 1, 0, 0)
    assert (second.credits, second.lot, second.bonus_credits, second.bonus_lot) == (
        10000,
        2,
        500,
        3,
    )
    assert available(ledger) == 13500
    entries = entries_of(memory.items.values(), "acc_1")
    assert [(entry.kind, entry.cause.key, entry.credits) for entry in entries] == [
        (EntryKind.GRANT, "grant:txn_1:txnitm_txn_1_0", 3000),
        (EntryKind.GRANT, "grant:txn_1:txnitm_txn_1_1", 10000),
        (EntryKind.BONUS, "purchase_bonus:txn_1:txnitm_txn_1_1", 500),
    ]
    assert {entry.cause.transaction_id for entry in entries} == {"txn_1"}
    assert stored(ledger, Key(Purchase, "txn_1")) == purchase


def test_what_was_paid_is_kept_for_later_refunds(table: Table) -> None:
    purchase = credited(table[0], sale("txn_1", ("pri_1", 2), collected=1900)).purchase
    assert (purchase.currency, purchase.collected_minor) == ("USD", 1900)
    assert (purchase.lines[0].amount_minor, purchase.lines[0].tax_minor) == (2000, 100)


def test_a_purchase_pays_a_debt_first(table: Table) -> None:
    ledger, memory = table
    credited(ledger, sale("txn_0"))
    ledger.decide(
        moving("acc_1", lambda a: a.charge(800, cause("c")), credits=800), time_left=plenty
    )
    ledger.decide(
        moving("acc_1", lambda a: a.clawback([Take(1, 1000)], cause("b")), lots=[1]),
        time_left=plenty,
    )
    assert stored_account(ledger, "acc_1").debt == 800

    credited(ledger, sale("txn_1"))

    account = stored_account(ledger, "acc_1")
    assert (account.available, account.debt) == (200, 0)
    entry = entries_of(memory.items.values(), "acc_1")[-1]
    assert {posting.book.value: posting.credits for posting in entry.postings} == {
        "available": 200,
        "debt": 800,
        "issued": -1000,
    }


def test_the_first_purchase_says_where_the_customers_later_ones_go(table: Table) -> None:
    ledger, _ = table
    credited(ledger, sale("txn_1"))
    credited(ledger, sale("txn_2", account=None))
    credited(ledger, sale("txn_3", account="acc_2"))
    credited(ledger, sale("txn_4", account=None))

    assert (available(ledger, "acc_1"), available(ledger, "acc_2")) == (3000, 1000)
    assert stored(ledger, Key(Customer, "ctm_1")).account_id == "acc_1"


def test_news_of_a_customer_and_a_purchase_keep_each_others_facts(table: Table) -> None:
    ledger, _ = table
    data = json.loads(sample("customer.created"))["data"] | {"id": "ctm_1"}
    told = tell_of_customer(PaddleCustomer.model_validate(data), occurred_at=NOON)
    credited(ledger, sale("txn_1"))
    ledger.decide(told, time_left=plenty)
    credited(ledger, sale("txn_2", account="acc_2"))
    customer = stored(ledger, Key(Customer, "ctm_1"))
    assert (customer.account_id, customer.email) == ("acc_1", data["email"])


def test_a_frozen_account_still_gets_what_was_bought_for_it(table: Table) -> None:
    ledger, _ = table
    freeze = set_status("acc_1", AccountStatus.FROZEN, reason="r", author="ada", now=NOON)
    ledger.decide(freeze, time_left=plenty)
    assert credited(ledger, sale()).purchase.state is PurchaseState.GRANTED


# The same again


def test_a_replay_changes_nothing(table: Table) -> None:
    ledger, memory = table
    first = credited(ledger, sale())
    items = dict(memory.items)
    again = [credited(ledger, sale()) for _ in range(3)]
    assert [one.again for one in again] == [True] * 3
    assert all(one.purchase == first.purchase for one in again)
    assert memory.items == items


def test_eight_copies_in_one_batch_are_one_grant(table: Table) -> None:
    ledger, memory = table
    copies = [crediting(sale(), now=NOON) for _ in range(8)]
    results = ledger.decide_all(copies, time_left=plenty)
    assert [one.again for one in results if isinstance(one, Credited)] == [False, *[True] * 7]
    assert len(entries_of(memory.items.values(), "acc_1")) == 1


@pytest.mark.parametrize(
    "update",
    [
        {"updated_at": "2026-12-01T00:00:00Z"},
        {"customer_id": "ctm_2"},
        {"custom_data": {"account_id": "acc_2"}},
        {"custom_data": None},
        {"billed_at": "2026-12-01T00:00:00Z"},
    ],
)
def test_an_update_of_what_is_not_the_sale_changes_nothing(
    table: Table, update: dict[str, Any]
) -> None:
    ledger, _ = table
    credited(ledger, sale())
    assert credited(ledger, sale(**{"customer_id": "ctm_1"} | update)).again
    assert available(ledger) == 1000


@pytest.mark.parametrize(
    "other",
    [
        sale("txn_1", ("pri_1", 2)),
        sale("txn_1", ("pri_plus", 1)),
        sale("txn_1", collected=999),
        sale("txn_1", currency_code="EUR"),
        sale("txn_1", ("pri_1", 1), ("pri_1", 1)),
    ],
    ids=["quantity", "price", "money", "currency", "lines"],
)
def test_another_sale_under_the_same_id_is_refused_loudly(
    table: Table, other: PaddleTransaction
) -> None:
    ledger, _ = table
    credited(ledger, sale())
    with pytest.raises(IdempotencyConflictError):
        credited(ledger, other)
    assert available(ledger) == 1000


def test_lines_in_another_order_are_the_same_sale(table: Table) -> None:
    ledger, _ = table
    one = sale("txn_1", ("pri_1", 1), ("pri_plus", 1))
    credited(ledger, one)
    details = one.details.model_copy(update={"line_items": one.details.line_items[::-1]})
    assert credited(ledger, one.model_copy(update={"details": details})).again


def test_a_price_that_changes_later_changes_no_grant(table: Table) -> None:
    ledger, _ = table
    credited(ledger, sale())
    price(ledger, "pri_1", 1)
    assert credited(ledger, sale()).purchase.lines[0].credits == 1000
    assert available(ledger) == 1000


# Not for credits


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"origin": "subscription_recurring"}, "subscription"),
        ({"origin": "subscription_charge"}, "subscription"),
        ({"origin": "something_new"}, "subscription"),
        ({"subscription_id": "sub_1"}, "subscription"),
        ({"collected": 0}, "no money"),
        ({"collected": -5}, "no money"),
        ({"payments": []}, "no money"),
        ({"payments": [{"status": "error", "amount": "1000"}]}, "no money"),
    ],
)
def test_what_is_no_sale_of_credits_is_kept_and_grants_nothing(
    table: Table, changes: dict[str, Any], why: str
) -> None:
    ledger, memory = table
    outcome = credited(ledger, sale(**changes))
    assert outcome.purchase.state is PurchaseState.NOT_CREDITED
    assert why in (outcome.purchase.why or "")
    assert entries_of(memory.items.values(), "acc_1") == []
    assert credited(ledger, sale(**changes)).again
    with pytest.raises(IdempotencyConflictError):
        assigned(ledger)


@pytest.mark.parametrize("origin", ["api", "web"])
def test_packs_are_sold_by_the_api_and_on_the_web(table: Table, origin: str) -> None:
    assert credited(table[0], sale(origin=origin)).purchase.state is PurchaseState.GRANTED


def test_a_failed_attempt_beside_the_captured_one_does_not_matter(table: Table) -> None:
    payments = [{"status": "error", "amount": "1000"}, {"status": "captured", "amount": "1000"}]
    assert credited(table[0], sale(payments=payments)).purchase.state is PurchaseState.GRANTED


# Obstacles


OBSTACLES = {
    Unmatched.ACCOUNT: sale(account=None, customer_id=None),
    Unmatched.PRICE: sale("txn_1", ("pri_1", 1), ("pri_new", 1)),
    Unmatched.CLOSED: sale(),
    Unmatched.LINES: sale("txn_1", *[("pri_1", 1)] * (LINES_MAX + 1)),
    Unmatched.CREDITS: sale("txn_1", ("pri_plus", 10**9 - 1)),
}


def unmatched(ledger: Ledger, why: Unmatched) -> Credited:
    if why is Unmatched.CLOSED:
        close(ledger)
    return credited(ledger, OBSTACLES[why])


@pytest.mark.parametrize("why", Unmatched)
def test_an_unclear_purchase_waits_whole(table: Table, why: Unmatched) -> None:
    """No line is granted before all are clear."""
    ledger, memory = table
    outcome = unmatched(ledger, why)

    assert (outcome.purchase.state, outcome.purchase.why) == (PurchaseState.UNMATCHED, why)
    assert not [e for e in entries_of(memory.items.values(), "acc_1") if e.kind is EntryKind.GRANT]
    assert memory.items["PURCHASE#txn_1", "PURCHASE"]["work_pk"] == {"S": "UNMATCHED"}


@pytest.mark.parametrize("why", Unmatched)
def test_the_same_obstacle_again_is_no_news(table: Table, why: Unmatched) -> None:
    ledger, memory = table
    unmatched(ledger, why)
    items = dict(memory.items)
    assert credited(ledger, OBSTACLES[why]).again
    assert memory.items == items


@pytest.mark.parametrize(
    "account",
    [
        None,
        7,
        True,
        ["acc_1"],
        {"id": "acc_1"},
        "",
        "acc 1",
        "acc_1\n",
        "\N{CYRILLIC SMALL LETTER A}cc_1",
        "x" * 129,
        "#",
    ],
)
def test_an_account_of_the_wrong_form_is_no_account(table: Table, account: object) -> None:
    outcome = credited(table[0], sale(account=account))
    assert outcome.purchase.why == Unmatched.ACCOUNT


def test_a_price_that_is_set_later_lets_the_next_report_grant(table: Table) -> None:
    ledger, memory = table
    unmatched(ledger, Unmatched.PRICE)
    price(ledger, "pri_new", 7)

    outcome = credited(ledger, OBSTACLES[Unmatched.PRICE])

    assert outcome.purchase.state is PurchaseState.GRANTED
    assert available(ledger) == 1007
    assert memory.items["PURCHASE#txn_1", "PURCHASE"]["work_pk"]["S"].startswith("SALES#")


def test_a_line_without_any_price_waits_too(table: Table) -> None:
    nothing = sale().model_copy(
        update={"details": sale().details.model_copy(update={"line_items": ()})}
    )
    assert credited(table[0], nothing).purchase.why == Unmatched.PRICE


@pytest.mark.parametrize(("quantity", "fits"), [(10**3, True), (10**3 + 1, False)])
def test_one_line_grants_only_so_much(table: Table, quantity: int, *, fits: bool) -> None:
    ledger, _ = table
    price(ledger, "pri_huge", CREDITS_MAX // 10**3)
    if fits:
        credited(ledger, sale("txn_1", ("pri_huge", quantity)))
        assert available(ledger) == CREDITS_MAX
        return
    outcome = credited(ledger, sale("txn_1", ("pri_huge", quantity)))
    assert (outcome.purchase.state, outcome.purchase.why) == (
        PurchaseState.UNMATCHED,
        Unmatched.CREDITS,
    )
    with pytest.raises(BalanceOutOfRangeError):
        assigned(ledger)


def test_a_purchase_of_many_lines_is_one_transaction(table: Table) -> None:
    ledger, memory = table
    before = memory.transactions
    lines = [("pri_plus", 1)] * LINES_MAX
    assert credited(ledger, sale("txn_1", *lines)).purchase.state is PurchaseState.GRANTED
    assert memory.transactions == before + 1
    assert available(ledger) == LINES_MAX * 5250


# A person helps


def test_a_person_says_whose_a_purchase_is(table: Table) -> None:
    ledger, memory = table
    unmatched(ledger, Unmatched.ACCOUNT)
    outcome = assigned(ledger, account_id="acc_7")

    assert (outcome.purchase.state, outcome.purchase.account_id) == (PurchaseState.GRANTED, "acc_7")
    assert available(ledger, "acc_7") == 1000
    entry = entries_of(memory.items.values(), "acc_7")[0]
    assert (entry.cause.occurred_at, entry.cause.recorded_at) == (
        outcome.purchase.occurred_at,
        NOON + timedelta(days=1),
    )


def test_saying_so_again_changes_nothing_and_otherwise_is_refused(table: Table) -> None:
    ledger, _ = table
    unmatched(ledger, Unmatched.ACCOUNT)
    assigned(ledger, account_id="acc_7")
    assert assigned(ledger, account_id="acc_7").again
    with pytest.raises(IdempotencyConflictError):
        assigned(ledger, account_id="acc_8")
    assert available(ledger, "acc_7") == 1000


def test_nobody_assigns_what_was_never_seen(table: Table) -> None:
    with pytest.raises(UnknownThingError):
        assigned(table[0])


@pytest.mark.parametrize(
    ("why", "error"),
    [(Unmatched.PRICE, PriceUnknownError), (Unmatched.CLOSED, AccountClosedError)],
)
def test_what_stood_against_it_still_does(
    table: Table, why: Unmatched, error: type[Exception]
) -> None:
    ledger, memory = table
    unmatched(ledger, why)
    items = dict(memory.items)
    with pytest.raises(error):
        assigned(ledger)
    assert memory.items == items


def test_assigning_makes_the_customer_known_for_the_next_purchase(table: Table) -> None:
    ledger, _ = table
    credited(ledger, sale("txn_1", account=None))
    assigned(ledger, account_id="acc_7")
    credited(ledger, sale("txn_2", account=None))
    assert available(ledger, "acc_7") == 2000


# Any order


def test_reports_and_the_assignment_in_any_order_are_one_grant() -> None:
    report = sale(account=None, customer_id=None)
    facts: dict[str, Callable[[Ledger], object]] = {
        "report": lambda ledger: credited(ledger, report),
        "copy": lambda ledger: credited(ledger, report),
        "price": lambda ledger: price(ledger, "pri_1", 1000),
        "person": lambda ledger: assigned(ledger, account_id="acc_1"),
    }
    for order in itertools.permutations(facts):
        ledger, memory = memory_ledger()
        waiting = list(order)
        for name in waiting:
            try:
                facts[name](ledger)
            except (UnknownThingError, PriceUnknownError):
                waiting.append(name)
        assert available(ledger) == 1000, order
        assert len(entries_of(memory.items.values(), "acc_1")) == 1, order


def test_purchases_in_any_order_end_in_the_same_balance(table: Table) -> None:
    sales = [sale(f"txn_{n}", ("pri_1", n + 1)) for n in range(4)]
    balances = set()
    for order in itertools.permutations(sales):
        ledger, _ = memory_ledger()
        price(ledger, "pri_1", 1000)
        for one in order:
            credited(ledger, one)
        balances.add(available(ledger))
    assert balances == {10_000}
