"""From an AWS request (`X-Amz-Target` and a JSON body) to its answer."""

import json
from collections import Counter
from collections.abc import Mapping
from hashlib import md5
from typing import Any

from bench.stub.expressions import ExpressionError
from bench.stub.tables import Database, Layout, RefusedError

_DYNAMODB = {
    "GetItem": Database.get_item,
    "BatchGetItem": Database.batch_get_item,
    "Query": Database.query,
    "PutItem": Database.put_item,
    "UpdateItem": Database.update_item,
    "TransactWriteItems": Database.transact_write_items,
}


class Stub:
    """One world: its tables, its secret, and what has been counted since the last look."""

    def __init__(self) -> None:
        self.database = Database({})
        self.secrets: dict[str, str] = {}
        self.calls: Counter[str] = Counter()
        self.messages = 0
        self.latency = 0.0
        """Seconds that each call of AWS takes."""

    def answer(self, target: str, body: bytes) -> tuple[int, bytes]:
        """Status and body. Unknown things are errors here, never a silent success."""
        service, _, operation = target.partition(".")
        request = json.loads(body or b"{}")
        try:
            if service == "bench":
                return 200, _dump(self._bench(operation, request))
            self.calls[operation] += 1
            return 200, _dump(self._aws(operation, request))
        except RefusedError as refusal:
            return 400, _dump({"__type": f"bench#{refusal.code}", **refusal.more})
        except (KeyError, ExpressionError) as error:
            return 400, _dump({"__type": "bench#ValidationException", "message": repr(error)})

    def _aws(self, operation: str, request: Mapping[str, Any]) -> Any:
        if operation in _DYNAMODB:
            return _DYNAMODB[operation](self.database, request)
        if operation == "SendMessage":
            return self._kept(request["MessageBody"])
        if operation == "SendMessageBatch":
            kept = [{"Id": e["Id"], **self._kept(e["MessageBody"])} for e in request["Entries"]]
            return {"Successful": kept, "Failed": []}
        if operation == "GetSecretValue":
            return {"Name": request["SecretId"], "SecretString": self.secrets[request["SecretId"]]}
        raise KeyError(operation)

    def _kept(self, body: str) -> dict[str, str]:
        self.messages += 1
        digest = md5(body.encode(), usedforsecurity=False).hexdigest()
        return {"MessageId": f"message-{self.messages}", "MD5OfMessageBody": digest}

    def _bench(self, operation: str, request: Mapping[str, Any]) -> Any:
        match operation:
            case "Reset":
                self.database = Database(
                    {
                        name: Layout(
                            tuple(layout["key"]),
                            {index: tuple(key) for index, key in layout["indexes"].items()},
                        )
                        for name, layout in request["tables"].items()
                    }
                )
                self.secrets = dict(request["secrets"])
                self.calls.clear()
            case "Seed":
                self.database.seed(request["table"], request["items"])
            case "Latency":
                self.latency = request["milliseconds"] / 1000
            case "Counts":
                return self._counts()
            case "Items":
                table = self.database.tables[request["table"]]
                return {"items": [json.loads(text) for text in table.items.values()]}
            case _:
                raise KeyError(operation)
        return {}

    def _counts(self) -> Any:
        """What has been counted since this was asked last."""
        counts = {"calls": dict(self.calls), **self.database.counts}
        self.calls.clear()
        self.database.counts.clear()
        return counts


def _dump(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
