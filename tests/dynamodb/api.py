"""DynamoDB's API in front of one table in memory."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.dynamodb import queries, reading, transactions, writing
from tests.dynamodb.actions import PARAMETERS
from tests.dynamodb.quirks import Quirk
from tests.dynamodb.store import Store

Operation = Callable[[Store, Mapping[str, Any], float, Quirk | None], dict[str, Any]]

_PAGES = frozenset(
    {
        "TableName",
        "IndexName",
        "FilterExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "Limit",
        "ConsistentRead",
        "ExclusiveStartKey",
        "Select",
    }
)
_SINGLE = frozenset({"ReturnValues"})

_OPERATIONS: dict[str, tuple[Operation, frozenset[str]]] = {
    "BatchGetItem": (reading.batch_get_item, frozenset({"RequestItems"})),
    "BatchWriteItem": (writing.batch_write_item, frozenset({"RequestItems"})),
    "DeleteItem": (writing.delete_item, PARAMETERS["Delete"] | _SINGLE),
    "GetItem": (reading.get_item, frozenset({"TableName", "Key", "ConsistentRead"})),
    "PutItem": (writing.put_item, PARAMETERS["Put"] | _SINGLE),
    "Query": (queries.query, _PAGES | {"KeyConditionExpression", "ScanIndexForward"}),
    "Scan": (queries.scan, _PAGES),
    "TransactGetItems": (reading.transact_get_items, frozenset({"TransactItems"})),
    "TransactWriteItems": (
        transactions.transact_write_items,
        frozenset({"TransactItems", "ClientRequestToken"}),
    ),
    "UpdateItem": (writing.update_item, PARAMETERS["Update"] | _SINGLE),
}


class DynamoDB(Store):
    """One table in memory, as its API answers; the table's name does not matter.

    Requests and answers are what goes over the wire as JSON. Both share their parts with the
    table: who calls must not change them afterwards. What the API has and this has not, such as
    projection expressions, raises NotImplementedError.
    """

    def call(
        self,
        operation: str,
        request: Mapping[str, Any],
        *,
        now: float = 0.0,
        quirk: Quirk | None = None,
    ) -> dict[str, Any]:
        """The answer at this time, in seconds since 1970. Raises Refused."""
        perform, parameters = _OPERATIONS[operation]
        if not request.keys() <= parameters:
            unknown = sorted(request.keys() - parameters)
            raise NotImplementedError(f"{operation} with {', '.join(unknown)}")
        return perform(self, request, now, quirk)
