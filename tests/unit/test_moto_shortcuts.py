"""What tests/moto_shortcuts.py changes about moto is how long it takes, and nothing else."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.serialize import JSONSerializer
from moto.dynamodb.models import dynamodb_backends

from tests import moto_shortcuts
from tests.ledgers import REGION, dynamodb
from tests.template import table_properties

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACCOUNT = "123456789012"
EVERYTHING: dict[str, Any] = {
    "text": {"S": "7"},
    "nothing": {"S": ""},
    "number": {"N": "7"},
    "bytes": {"B": b"\x00\xff"},
    "yes": {"BOOL": True},
    "null": {"NULL": True},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "list": {"L": [{"S": "a"}, {"M": {"S": {"N": "1"}}}, {"L": []}]},
    "map": {"M": {"N": {"S": "a"}, "B": {"B": b"\x01"}, "empty": {"M": {}}}},
}


@pytest.fixture
def client() -> Iterator["DynamoDBClient"]:
    with mock_aws():
        client = dynamodb()
        client.create_table(TableName="ledger", **table_properties("LedgerTable"))
        yield client


def item(sk: str, **more: Any) -> dict[str, Any]:
    return {"pk": {"S": "A"}, "sk": {"S": sk}, **more}


def put(sk: str, **more: Any) -> Any:
    return {"Put": {"TableName": "ledger", "Item": item(sk, **more)}}


def only_new(action: Any) -> Any:
    return {"Put": {**action["Put"], "ConditionExpression": "attribute_not_exists(pk)"}}


def delete(sk: str) -> Any:
    return {"Delete": {"TableName": "ledger", "Key": item(sk)}}


def state(client: "DynamoDBClient") -> tuple[Any, ...]:
    table = dynamodb_backends[ACCOUNT][REGION].tables["ledger"]
    assert table.stream_shard is not None
    assert table.stream_shard.table is table
    return client.scan(TableName="ledger")["Items"], table.stream_shard.get(
        table.stream_shard.starting_sequence_number, 100
    )


def test_a_transaction_that_fails_leaves_no_trace(client: "DynamoDBClient") -> None:
    client.transact_write_items(TransactItems=[put("old"), put("gone"), put("kept")])
    before = state(client)
    actions = [put("new"), put("old", changed={"N": "1"}), delete("gone"), only_new(put("kept"))]

    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        client.transact_write_items(TransactItems=actions)

    assert state(client) == before
    client.transact_write_items(TransactItems=actions[:3])
    items, stream = state(client)
    assert items == [item("kept"), item("new"), item("old", changed={"N": "1"})]
    assert len(stream) == 6


def test_every_kind_of_attribute_comes_back_as_it_was_put(client: "DynamoDBClient") -> None:
    client.put_item(TableName="ledger", Item=item("all", **EVERYTHING))

    assert client.scan(TableName="ledger")["Items"] == [item("all", **EVERYTHING)]


def test_an_answer_is_what_moto_makes_of_it_by_itself(
    client: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    client.put_item(TableName="ledger", Item=item("all", **EVERYTHING))
    quickly = client.get_item(TableName="ledger", Key=item("all"))["Item"]

    monkeypatch.setattr(JSONSerializer, "_serialize_type_structure", moto_shortcuts._slowly)

    assert client.get_item(TableName="ledger", Key=item("all"))["Item"] == quickly
