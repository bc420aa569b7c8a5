"""The stub keeps items as DynamoDB does, and counts what it was asked."""

from typing import Any

import pytest

from bench.stub.tables import Database, Layout, RefusedError

NEW = "attribute_not_exists(pk)"


@pytest.fixture
def database() -> Database:
    return Database({"t": Layout(("pk", "sk"), {"work": ("work_pk", "work_sk")})})


def item(sk: str, **more: Any) -> dict[str, Any]:
    return {"pk": {"S": "p"}, "sk": {"S": sk}, **more}


def put(sk: str, condition: str = NEW) -> dict[str, Any]:
    return {"Put": {"TableName": "t", "Item": item(sk), "ConditionExpression": condition}}


def write(database: Database, *puts: dict[str, Any]) -> None:
    database.transact_write_items({"TransactItems": list(puts)})


def read(database: Database, *sks: str) -> list[Any]:
    keys = [item(sk) for sk in sks]
    answer = database.batch_get_item({"RequestItems": {"t": {"Keys": keys}}})
    return [found["sk"]["S"] for found in answer["Responses"]["t"]]


def test_a_transaction_writes_all_and_is_billed_twice(database: Database) -> None:
    write(database, put("a"), put("b"))

    assert database.counts == {"actions": 2, "write_units": 4}
    assert read(database, "a", "b", "c") == ["a", "b"]
    assert database.counts["read_units"] == 3


def test_a_cancelled_transaction_writes_nothing_says_why_and_is_billed(database: Database) -> None:
    write(database, put("a"))
    database.counts.clear()

    with pytest.raises(RefusedError) as refusal:
        write(database, put("b"), put("a"))

    assert refusal.value.code == "TransactionCanceledException"
    codes = [reason["Code"] for reason in refusal.value.more["CancellationReasons"]]
    assert codes == ["None", "ConditionalCheckFailed"]
    assert read(database, "b") == []
    assert (database.counts["cancelled"], database.counts["write_units"]) == (1, 4)


@pytest.mark.parametrize(
    "puts",
    [
        pytest.param([], id="none"),
        pytest.param([put("a"), put("a")], id="one item twice"),
        pytest.param([put(str(n)) for n in range(101)], id="more than a hundred"),
    ],
)
def test_a_transaction_that_dynamodb_would_refuse_is_refused(
    database: Database, puts: list[dict[str, Any]]
) -> None:
    with pytest.raises(RefusedError, match="ValidationException"):
        write(database, *puts)


def test_no_more_than_a_hundred_keys_are_read_at_once(database: Database) -> None:
    with pytest.raises(RefusedError, match="ValidationException"):
        read(database, *map(str, range(101)))
    with pytest.raises(RefusedError, match="ValidationException"):
        read(database, "a", "a")


def test_a_query_goes_on_where_its_page_ended(database: Database) -> None:
    database.seed("t", [item(f"{n:03d}") for n in (3, 1, 2, 0)])
    request: dict[str, Any] = {
        "TableName": "t",
        "ExpressionAttributeValues": {":pk": {"S": "p"}, ":from": {"S": "001"}},
        "Limit": 2,
    }

    first = database.query(request)

    assert [found["sk"]["S"] for found in first["Items"]] == ["001", "002"]
    assert first["LastEvaluatedKey"] == item("002")
    assert "LastEvaluatedKey" not in database.query(request | {"Limit": 3})


def test_a_put_and_an_update_keep_their_conditions(database: Database) -> None:
    request = put("a")["Put"]
    database.put_item(request)

    with pytest.raises(RefusedError, match="ConditionalCheckFailed") as refusal:
        database.put_item(request | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"})
    assert refusal.value.more["Item"] == item("a")

    update = {
        "TableName": "t",
        "Key": item("a"),
        "UpdateExpression": "ADD balance :more",
        "ExpressionAttributeValues": {":more": {"N": "5"}},
        "ReturnValues": "UPDATED_NEW",
    }
    assert database.update_item(update) == {"Attributes": {"balance": {"N": "5"}}}
    with pytest.raises(RefusedError, match="ConditionalCheckFailed"):
        database.update_item(update | {"ConditionExpression": NEW})
    assert database.counts["write_units"] == 2
