"""A table in a dictionary, for tests that need thousands of transactions a second.

It answers the four calls that the ledger makes, honours the ledger's conditions and DynamoDB's
limits, and refuses anything else. tests/unit/test_memory_dynamodb.py holds it against moto.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from botocore.exceptions import ClientError

from makegood.ledger.attributes import Item

ITEM_BYTES_MAX = 400 * 1024
ACTIONS_MAX = 100

Place = tuple[str, str]

_INDEXES = {
    None: ("pk", "sk"),
    "work": ("work_pk", "work_sk"),
    "lookup": ("lookup_pk", "lookup_sk"),
}
_QUERY = re.compile(r"(\w+) = (:\w+)(?: AND (\w+) (>=|<=|<|>) (:\w+))?")

_CONDITIONS: dict[str, Callable[[Item | None, dict[str, Any]], bool]] = {
    "attribute_not_exists(pk)": lambda item, _: item is None,
    "v = :seen": lambda item, values: item is not None and item["v"] == values[":seen"],
    "attribute_not_exists(pk) OR v < :seq": lambda item, values: (
        item is None or int(item["v"]["N"]) < int(values[":seq"]["N"])
    ),
}


def client_error(code: str, *, reasons: Iterable[str] = (), operation: str = "X") -> ClientError:
    """An error as botocore raises it for DynamoDB's answer."""
    response: dict[str, Any] = {
        "Error": {"Code": code, "Message": "as a test wants it"},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(cast("Any", response), operation)


class MemoryDynamoDB:
    """Stands where the ledger expects a boto3 client. One table; its name does not matter."""

    def __init__(self) -> None:
        self.items: dict[Place, Item] = {}
        self.transactions = 0

    def transact_write_items(self, *, TransactItems: list[Any]) -> dict[str, Any]:  # noqa: N803
        puts = [_only_put(action) for action in TransactItems]
        places = [_place(put["Item"]) for put in puts]
        if not 1 <= len(puts) <= ACTIONS_MAX or len(set(places)) < len(places):
            raise client_error("ValidationException")
        if any(len(json.dumps(put["Item"])) > ITEM_BYTES_MAX for put in puts):
            raise client_error("ValidationException")
        held = [self._holds(put, place) for put, place in zip(puts, places, strict=True)]
        if not all(held):
            reasons = ["None" if ok else "ConditionalCheckFailed" for ok in held]
            raise client_error("TransactionCanceledException", reasons=reasons)
        for put, place in zip(puts, places, strict=True):
            self.items[place] = _copied(put["Item"])
        self.transactions += 1
        return {}

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        ((table, request),) = RequestItems.items()
        assert request["ConsistentRead"] is True
        places = [_place(key) for key in request["Keys"]]
        if not 1 <= len(places) <= ACTIONS_MAX or len(set(places)) < len(places):
            raise client_error("ValidationException")
        found = [_copied(self.items[place]) for place in places if place in self.items]
        return {"Responses": {table: found}, "UnprocessedKeys": {}}

    def query(  # One argument for each of DynamoDB's.
        self,
        *,
        TableName: str,  # noqa: N803
        KeyConditionExpression: str,  # noqa: N803
        ExpressionAttributeValues: Item,  # noqa: N803
        Limit: int,  # noqa: N803
        ConsistentRead: bool = False,  # noqa: N803
        IndexName: str | None = None,  # noqa: N803
        ScanIndexForward: bool = True,  # noqa: N803
        ExclusiveStartKey: Item | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        hash_name, range_name = _INDEXES[IndexName]
        wanted = _key_condition(KeyConditionExpression, ExpressionAttributeValues)

        def order(item: Item) -> tuple[str, ...]:
            return item[range_name]["S"], *_place(item)

        found = sorted(
            (item for item in self.items.values() if hash_name in item and wanted(item)),
            key=order,
            reverse=not ScanIndexForward,
        )
        if ExclusiveStartKey is not None:
            start = order(ExclusiveStartKey)
            found = [
                i for i in found if (order(i) > start) is ScanIndexForward and order(i) != start
            ]
        answer: dict[str, Any] = {"Items": _copied(found[:Limit])}
        if len(found) >= Limit:
            names = {"pk", "sk", hash_name, range_name}
            answer["LastEvaluatedKey"] = {n: v for n, v in found[Limit - 1].items() if n in names}
        return answer

    def _holds(self, put: dict[str, Any], place: Place) -> bool:
        condition = _CONDITIONS[put["ConditionExpression"]]
        return condition(self.items.get(place), put.get("ExpressionAttributeValues", {}))


def _copied(value: Any) -> Any:
    """`copy.deepcopy` for what items are made of, in less than half the time."""
    if isinstance(value, dict):
        return {name: _copied(one) for name, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value


def _only_put(action: dict[str, Any]) -> dict[str, Any]:
    ((name, put),) = action.items()
    assert name == "Put"
    return cast("dict[str, Any]", put)


def _place(item: Item) -> Place:
    return item["pk"]["S"], item["sk"]["S"]


def _key_condition(expression: str, values: Item) -> Callable[[Item], bool]:
    found = _QUERY.fullmatch(expression)
    assert found is not None, expression
    hash_name, hash_value, range_name, comparison, range_value = found.groups()
    compare: dict[str, Callable[[str, str], bool]] = {
        ">=": lambda a, b: a >= b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        "<": lambda a, b: a < b,
    }

    def holds(item: Item) -> bool:
        if item[hash_name] != values[hash_value]:
            return False
        return range_name is None or compare[comparison](
            item[range_name]["S"], values[range_value]["S"]
        )

    return holds


class FaultyDynamoDB:
    """A client in front of another one, to which things happen that a script says.

    The script gets the operation's name and its arguments and returns what to do: nothing, an
    exception to raise instead of the call, or a `Lost` answer to raise after the call was made.
    """

    def __init__(self, client: Any, script: "Script") -> None:
        self._client = client
        self._script = script
        self.calls: list[str] = []

    def transact_write_items(self, **arguments: Any) -> Any:
        return self._call("transact_write_items", arguments)

    def batch_get_item(self, **arguments: Any) -> Any:
        return self._call("batch_get_item", arguments)

    def query(self, **arguments: Any) -> Any:
        return self._call("query", arguments)

    def _call(self, operation: str, arguments: dict[str, Any]) -> Any:
        self.calls.append(operation)
        fault = self._script(operation, arguments)
        if isinstance(fault, BaseException):
            raise fault
        answer = getattr(self._client, operation)(**arguments)
        if isinstance(fault, Lost):
            raise fault.error
        return fault(answer) if fault is not None else answer


class Lost:
    """The call had its effect, its answer did not arrive."""

    def __init__(self, error: Exception) -> None:
        self.error = error


Fault = BaseException | Lost | Callable[[Any], Any] | None
Script = Callable[[str, dict[str, Any]], Fault]


def in_turn(operation: str, faults: Iterable[Fault]) -> Script:
    """These faults happen to the first calls of an operation, one each; then it works."""
    waiting: Iterator[Fault] = iter(faults)

    def script(called: str, arguments: dict[str, Any]) -> Fault:
        return next(waiting, None) if called == operation else None

    return script
