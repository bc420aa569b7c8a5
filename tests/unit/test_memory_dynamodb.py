"""The table in memory answers as moto does, on whatever the ledger sends."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from makegood.domain.account import Account
from makegood.domain.at_hand import LotCard
from makegood.domain.entry import EntryKind
from makegood.domain.facts import Key
from makegood.domain.lot import Lot
from makegood.domain.purchase import Price
from makegood.errors import MakegoodError
from makegood.ledger.table import put_of, put_of_card
from tests.histories import History, Step, next_step
from tests.ledgers import (
    NOON,
    all_items,
    dynamodb,
    empty_table,
    ledger_on,
    moving,
    plenty,
    stored,
)
from tests.memory_dynamodb import MemoryDynamoDB

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module")
def moto() -> Iterator["DynamoDBClient"]:
    with mock_aws():
        yield dynamodb()


prices = st.builds(
    lambda number, credits: Price(f"pri_{number}", credits, 0, set_at=NOON, set_by="test"),
    st.integers(0, 4),
    st.integers(1, 9),
)
cards = st.builds(
    lambda number, used: LotCard("acc_1", Lot(number, 10, used)),
    st.integers(1, 5),
    st.integers(0, 10),
)
puts = st.one_of(
    st.builds(lambda record, seen: put_of(record, seen=seen), prices, st.integers(0, 2)),
    st.builds(lambda card, seq: put_of_card(card, seq=seq), cards, st.integers(1, 6)),
)


def written(client: Any, table: str, transaction: list[Any]) -> object:
    try:
        client.transact_write_items(
            TransactItems=[{"Put": {"TableName": table, **put}} for put in transaction]
        )
    except ClientError as error:
        reasons: Any = error.response.get("CancellationReasons", [])
        return error.response["Error"]["Code"], [reason["Code"] for reason in reasons]
    return "written"


def place(put: Any) -> tuple[str, str]:
    return put["Item"]["pk"]["S"], put["Item"]["sk"]["S"]


@given(st.lists(st.lists(puts, min_size=1, max_size=4, unique_by=place), max_size=8))
@settings(max_examples=20)
def test_it_takes_and_refuses_the_same_transactions(
    moto: "DynamoDBClient", transactions: list[list[Any]]
) -> None:
    table, memory = empty_table(moto), MemoryDynamoDB()
    for transaction in transactions:
        assert written(memory, table, transaction) == written(moto, table, transaction)
    assert {place({"Item": item}): item for item in all_items(moto, table)} == memory.items

    for first, limit in ((2, 2), (1, 50)):
        found = [_queried(client, table, first=first, limit=limit) for client in (memory, moto)]
        assert found[0] == found[1]
    assert _read(memory, table) == _read(moto, table)


def _queried(client: Any, table: str, *, first: int, limit: int) -> Any:
    values = {":pk": "LOTS#acc_1", ":first": f"LOT#{first:012d}"}
    answer = client.query(
        TableName=table,
        KeyConditionExpression="pk = :pk AND sk >= :first",
        ExpressionAttributeValues={name: {"S": value} for name, value in values.items()},
        Limit=limit,
        ConsistentRead=True,
    )
    return answer["Items"]


def _read(client: Any, table: str) -> Any:
    keys = [{"pk": {"S": "PRICES"}, "sk": {"S": f"pri_{number}"}} for number in range(5)]
    answer = client.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": True}})
    found = answer["Responses"].get(table, [])
    return sorted(found, key=lambda item: item["sk"]["S"]), answer["UnprocessedKeys"]


@given(st.data())
@settings(max_examples=4)
def test_a_ledger_on_it_does_what_one_on_moto_does(
    moto: "DynamoDBClient", data: st.DataObject
) -> None:
    table, memory = empty_table(moto), MemoryDynamoDB()
    on_moto, in_memory = ledger_on(moto, table), ledger_on(memory)
    history = History()
    steps = [
        Step(EntryKind.GRANT, f"grant:{n}", lambda account, why: account.grant(10, why))
        for n in range(data.draw(st.sampled_from([2, 30])))
    ]
    for step in steps:
        history.take(step)
    decisions = [moving("acc_1", step.move()) for step in steps]
    for _ in range(6):
        step = next_step(data, history)
        try:
            history.take(step)
        except MakegoodError:  # a refused move is not sent.
            continue
        decisions.append(moving("acc_1", step.move(), lots=step.lots, credits=step.credits))

    for decision in decisions:
        expected = in_memory.decide(decision, time_left=plenty)
        assert on_moto.decide(decision, time_left=plenty) == expected
    key = Key(Account, "acc_1")
    assert stored(on_moto, key) == stored(in_memory, key)
    found = {(item["pk"]["S"], item["sk"]["S"]): item for item in all_items(moto, table)}
    assert found == memory.items


@pytest.mark.parametrize("count", [0, 101])
def test_it_keeps_dynamodbs_limit_of_a_hundred_actions(count: int) -> None:
    price = [Price(f"pri_{n}", 1, 0, set_at=NOON, set_by="test") for n in range(count)]
    answer = written(MemoryDynamoDB(), "ledger", [put_of(one, seen=0) for one in price])
    assert answer == ("ValidationException", [])


def test_it_refuses_an_item_twice_in_one_transaction() -> None:
    price = Price("pri_1", 1, 0, set_at=NOON, set_by="test")
    answer = written(MemoryDynamoDB(), "ledger", [put_of(price, seen=0)] * 2)
    assert answer == ("ValidationException", [])
