"""Which decisions share a transaction, in which order, and what that transaction holds."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from makegood.domain.account import Account
from makegood.domain.at_hand import LotCard, LotPage
from makegood.domain.facts import Key, Plan
from makegood.domain.lot import Lot
from makegood.domain.purchase import Price
from makegood.errors import RefusedError
from makegood.ledger.packing import (
    Decisions,
    Packing,
    Result,
    Transaction,
    in_portions,
    lanes,
)
from makegood.ledger.shapes import key_of
from makegood.ledger.table import Stored
from tests.ledgers import NOON, cause


def price(number: int, credits: int = 1) -> Price:
    return Price(f"pri_{number}", credits, 0, set_at=NOON, set_by="test")


def price_key(number: int) -> Key[Price]:
    return Key(Price, f"pri_{number}")


def decided(
    *results: Result,
    asked: dict[int, set[Key[Any]]] | None = None,
    stored: dict[Key[Any], Stored] | None = None,
) -> Decisions:
    numbers = range(len(results))
    return Decisions(
        stored or {},
        dict(enumerate(results)),
        {number: (asked or {}).get(number, set()) for number in numbers},
        {
            number: {key_of(record): record for record in result.writes}
            for number, result in enumerate(results)
            if isinstance(result, Plan) and result.writes
        },
    )


def plan(*records: object) -> Plan[None]:
    return Plan(None, records)


def numbers(decisions: Decisions, packing: Packing) -> list[list[list[int]]]:
    return [[each.numbers for each in lane] for lane in lanes(decisions, packing)]


def places(puts: Iterable[Any]) -> list[str]:
    return [f"{put['Item']['pk']['S']}/{put['Item']['sk']['S']}" for put in puts]


APART = [plan(price(1)), plan(price(2)), plan(price(3))]


def test_what_has_nothing_in_common_shares_a_transaction_at_first() -> None:
    assert numbers(decided(*APART), Packing.TOGETHER) == [[[0, 1, 2]]]


@pytest.mark.parametrize("packing", [Packing.BY_ACCOUNT, Packing.ALONE])
def test_and_later_has_one_each(packing: Packing) -> None:
    assert numbers(decided(*APART), packing) == [[[0]], [[1]], [[2]]]


def test_what_writes_the_same_record_stays_in_order() -> None:
    decisions = decided(plan(price(1)), plan(price(2)), plan(price(1, 2)))
    assert numbers(decisions, Packing.BY_ACCOUNT) == [[[0, 2]], [[1]]]
    assert numbers(decisions, Packing.ALONE) == [[[0], [2]], [[1]]]


def test_what_looked_at_a_record_that_another_writes_hangs_together_with_it() -> None:
    """Also a refusal: it holds only if the plan that it saw is written."""
    decisions = decided(plan(price(1)), RefusedError("no"), asked={1: {price_key(1)}})
    assert numbers(decisions, Packing.BY_ACCOUNT) == [[[0, 1]]]
    assert numbers(decisions, Packing.ALONE) == [[[0], [1]]]


def test_what_both_looked_at_and_nobody_writes_ties_nothing() -> None:
    asked = {0: {price_key(9)}, 1: {price_key(9)}}
    decisions = decided(plan(price(1)), plan(price(2)), asked=asked)
    assert numbers(decisions, Packing.BY_ACCOUNT) == [[[0]], [[1]]]


def test_chains_of_shared_records_are_one_group() -> None:
    decisions = decided(
        plan(price(1)), plan(price(3)), plan(price(5)), plan(price(1), price(3)), plan(price(4))
    )
    assert numbers(decisions, Packing.BY_ACCOUNT) == [[[0, 1, 3]], [[2]], [[4]]]


def test_a_decision_that_wants_nothing_written_is_in_a_transaction_without_puts() -> None:
    (lane,) = lanes(decided(Plan("told")), Packing.BY_ACCOUNT)
    assert [(each.numbers, each.puts) for each in lane] == [([0], [])]


def test_a_record_is_put_once_as_the_last_plan_leaves_it() -> None:
    decisions = decided(
        plan(price(1, 5)),
        plan(price(1, 6)),
        stored={price_key(1): Stored(price(1, 4), 7)},
    )
    ((transaction,),) = lanes(decisions, Packing.TOGETHER)
    (put,) = transaction.puts
    assert put["Item"]["credits"] == {"N": "6"}
    assert put["ExpressionAttributeValues"] == {":seen": {"N": "7"}}


def test_transactions_of_a_lane_build_on_each_others_versions() -> None:
    decisions = decided(*(plan(price(1, n)) for n in (5, 6, 7)))
    (lane,) = lanes(decisions, Packing.ALONE)
    conditions = [transaction.puts[0]["ConditionExpression"] for transaction in lane]
    assert conditions == ["attribute_not_exists(pk)", "v = :seen", "v = :seen"]
    assert [t.puts[0]["Item"]["v"]["N"] for t in lane] == ["1", "2", "3"]


@pytest.mark.parametrize(("count", "transactions"), [(99, 1), (100, 1), (101, 2), (250, 3)])
def test_no_transaction_has_more_than_a_hundred_puts(count: int, transactions: int) -> None:
    found = lanes(decided(*(plan(price(n)) for n in range(count))), Packing.TOGETHER)
    sizes = [len(transaction.puts) for lane in found for transaction in lane]
    assert len(sizes) == transactions
    assert max(sizes) <= 100
    assert sum(sizes) == count


def test_nor_where_all_of_it_hangs_together() -> None:
    plans = [plan(price(0, n), price(n)) for n in range(1, 251)]
    (lane,) = lanes(decided(*plans), Packing.TOGETHER)
    assert [len(transaction.puts) for transaction in lane] == [100, 100, 53]
    assert [number for transaction in lane for number in transaction.numbers] == list(range(250))


def full_account(lots: int, account_id: str = "acc_1") -> Account:
    account = Account(account_id)
    for number in range(lots):
        account, _ = account.bonus(10, cause(f"bonus:{number}"))
    return account


@pytest.mark.parametrize("entries", [1, 40, 59, 60, 97, 99])
def test_cards_take_the_room_that_is_left(entries: int) -> None:
    account = full_account(150)
    records = [price(number) for number in range(entries)]
    ((transaction,),) = lanes(decided(plan(account, *records)), Packing.TOGETHER)
    cards = [place for place in places(transaction.puts) if place.startswith("LOTS#")]
    assert len(transaction.puts) <= 100
    assert len(cards) == min(40, 99 - entries)


def test_two_accounts_share_the_room() -> None:
    accounts = full_account(150), full_account(150, "acc_2")
    records = [price(number) for number in range(40)]
    ((transaction,),) = lanes(decided(plan(*accounts, *records)), Packing.TOGETHER)
    assert len(transaction.puts) == 100


@pytest.mark.parametrize("read_as", ["card", "page"])
def test_a_card_that_another_account_read_is_not_this_ones(read_as: str) -> None:
    account = full_account(17)
    lot = account.lots[-1]
    stored: dict[Key[Any], Stored] = (
        {Key(LotCard, ("acc_2", 17)): Stored(LotCard("acc_2", lot), 3)}
        if read_as == "card"
        else {Key(LotPage, ("acc_2", 1)): Stored(LotPage((lot,), 0), 0)}
    )
    ((transaction,),) = lanes(decided(plan(account), stored=stored), Packing.TOGETHER)
    assert "LOTS#acc_1/LOT#000000000017" in places(transaction.puts)


@pytest.mark.parametrize("read_as", ["card", "page"])
def test_a_card_that_is_as_it_was_read_is_not_written(read_as: str) -> None:
    account = full_account(17)
    lot = account.lots[-1]
    stored: dict[Key[Any], Stored] = (
        {Key(LotCard, ("acc_1", 17)): Stored(LotCard("acc_1", lot), 3)}
        if read_as == "card"
        else {Key(LotPage, ("acc_1", 1)): Stored(LotPage((lot,), 0), 0)}
    )
    ((transaction,),) = lanes(decided(plan(account), stored=stored), Packing.TOGETHER)
    assert "LOTS#acc_1/LOT#000000000017" not in places(transaction.puts)
    assert "LOTS#acc_1/LOT#000000000016" in places(transaction.puts)


def test_a_card_that_a_lane_rewrote_counts_as_rewritten() -> None:
    """Lot 17 changes, goes onto its card, changes back: the card has to be written again."""
    before = full_account(17)
    changed = replace(before, lots=(*before.lots[:-1], Lot(17, 10, held=3)))
    stored = {Key(LotCard, ("acc_1", 17)): Stored(LotCard("acc_1", before.lots[-1]), 3)}
    decisions = decided(plan(changed), plan(before), stored=stored)

    (lane,) = lanes(decisions, Packing.ALONE)

    written = ["LOTS#acc_1/LOT#000000000017" in places(each.puts) for each in lane]
    assert written == [True, True]


@pytest.mark.parametrize(
    ("hit", "left"),
    [
        ([0], ["b", "c", "d"]),
        ([1], ["b", "c", "d"]),
        ([2], ["a", "c", "d"]),
        ([4], ["a", "c", "d"]),
        ([5], ["a", "b", "d"]),
        ([1, 2], ["c", "d"]),
        ([0, 3, 5], ["d"]),
        ([], ["a", "b", "c", "d"]),
    ],
)
def test_parts_that_were_not_hit_are_left(hit: list[int], left: list[str]) -> None:
    """Parts of two puts, three, one and none: whoever only tells something is never hit."""
    whole = Transaction()
    for number, (name, size) in enumerate([("a", 2), ("b", 3), ("c", 1), ("d", 0)]):
        whole.join(Transaction([number], [{"put": f"{name}{n}"} for n in range(size)]))

    rest = whole.without(hit)

    assert ["abcd"[number] for number in rest.numbers] == left
    assert [put["put"][0] for put in rest.puts] == [
        name for name in left for _ in range({"a": 2, "b": 3, "c": 1, "d": 0}[name])
    ]


def portions(asked: dict[int, set[str]], unread: set[str]) -> list[list[int]]:
    def key(name: str) -> Key[Any]:
        return Key(Account, name)

    return list(
        in_portions(
            {number: set(map(key, names)) for number, names in asked.items()},
            set(map(key, unread)),
        )
    )


def test_what_waits_for_the_same_account_is_in_one_portion_in_the_given_order() -> None:
    asked = {n: {f"job-{n}", f"acc_{n % 100}"} for n in range(1000)}
    found = portions(asked, {f"acc_{n}" for n in range(100)})

    assert sorted(number for portion in found for number in portion) == list(range(1000))
    assert all(portion == sorted(portion) for portion in found)
    accounts = [{number % 100 for number in portion} for portion in found]
    assert sum(map(len, accounts)) == 100
    assert len(found) > 5


def test_nothing_to_decide_is_no_portion() -> None:
    assert portions({}, set()) == []


def test_what_waits_for_nothing_is_decided_too() -> None:
    found = portions({0: {"a"}, 1: {"b"}}, set())
    assert sorted(number for portion in found for number in portion) == [0, 1]
