"""The table in memory in the place of a boto3 client, and a client to which things happen."""

import marshal
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from botocore.exceptions import ClientError

from makegood.ledger.attributes import Item
from tests.dynamodb import DynamoDB, Refused
from tests.dynamodb.keys import Place


def client_error(code: str, *, reasons: Iterable[str] = (), operation: str = "X") -> ClientError:
    """An error as botocore raises it for DynamoDB's answer."""
    told = [{"Code": reason} for reason in reasons]
    return _client_error(Refused(code, "as a test wants it", reasons=told), operation)


class MemoryDynamoDB:
    """Stands where the ledger expects a boto3 client; only its operations that a test needs.

    Nothing is shared with who calls: what is put may be changed afterwards, and so may answers.
    """

    def __init__(self) -> None:
        self._table = DynamoDB()
        self.transactions = 0
        """How many have been carried out."""

    @property
    def items(self) -> dict[Place, Item]:
        return self._table.items

    @items.setter
    def items(self, items: dict[Place, Item]) -> None:
        self._table.items = items

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        answer = self._answer("TransactWriteItems", _copied(request))
        self.transactions += 1
        return answer

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        return _copied(self._answer("BatchGetItem", request))

    def query(self, **request: Any) -> dict[str, Any]:
        return _copied(self._answer("Query", request))

    def _answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._table.call(operation, request)
        except Refused as refusal:
            raise _client_error(refusal, operation) from refusal


def _client_error(refusal: Refused, operation: str) -> ClientError:
    response: dict[str, Any] = {
        "Error": {"Code": refusal.code, "Message": refusal.message},
        "CancellationReasons": refusal.reasons,
    }
    return ClientError(cast("Any", response), operation)


def _copied(value: dict[str, Any]) -> dict[str, Any]:
    """`copy.deepcopy` for what requests are made of, in a tenth of the time."""
    copy: dict[str, Any] = marshal.loads(marshal.dumps(value))  # noqa: S302 - our own bytes.
    return copy


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
