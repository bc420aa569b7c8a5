"""AWS in dictionaries, at the place of the product's connections: handlers run on it as they are.

What the product sends is signed, sent and read as ever; only nobody is at the other end. A table,
queues, a secret for each name and parameters are all that the handlers of this catalogue ask for.
"""

import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from urllib3 import HTTPResponse

import paddle_webhook
from makegood import aws, settings, wiring
from makegood.domain.facts import Decide
from makegood.outward.private import private_networks
from tests.api_calls import CURSOR_KEY, Api
from tests.callers import forget
from tests.dynamodb import DynamoDB, Refused
from tests.template import REGION
from tests.webhooks import SECRET
from tests.workers import SETTINGS, Stack, plenty

MESSAGE_BYTES_MAX = 1024 * 1024
"""Of a message with its attributes, and of all messages of one call."""

ENVIRONMENT = {
    "TABLE": "ledger",
    "STAGE": "test",
    "POLICY": "published",
    "PADDLE_EVENTS_QUEUE_URL": "paddle-events",
    "PADDLE_EVENTS_DEAD_LETTERS_URL": "dead-letters",
    "JOB_EVENTS_DEAD_LETTERS_URL": "dead-letters",
    "PAYOUTS_QUEUE_URL": "payouts",
    "PAYOUTS_DEAD_LETTERS_URL": "dead-letters",
    "WEBHOOK_SECRET_ARN": "webhook",
    "CURSOR_SECRET_ARN": "cursor",
    "PADDLE_API": "http://127.0.0.1:9",
    "PADDLE_API_KEY_ARN": "paddle",
    "PADDLE_EVENTS_SINCE": "2026-01-01",
    "SETTINGS_PARAMETER": SETTINGS,
    "PRIVATE_ADDRESSES": "127.0.0.1/32",
}

Items = list[tuple[tuple[str, str], Any]]


class Aws:
    """The one at the other end of all of the product's calls to AWS."""

    def __init__(self) -> None:
        self.table = DynamoDB()
        self.secrets: dict[str, Any] = {
            "webhook": {"secrets": [SECRET]},
            "cursor": {"key": CURSOR_KEY.hex()},
        }
        self.parameters: dict[str, str] = {}
        self.queues: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.calls: list[str] = []
        self.before_write: Callable[[], None] = lambda: None

    @property
    def items(self) -> Items:
        """All that the table holds, in one order."""
        return sorted(self.table.items.items())

    def request(
        self, _method: str, _url: str, *, body: bytes, headers: Mapping[str, str], **_: Any
    ) -> HTTPResponse:
        operation = headers["X-Amz-Target"].rpartition(".")[2]
        self.calls.append(operation)
        try:
            status, answer = 200, self._answered(operation, json.loads(body))
        except Refused as refusal:
            told = {"__type": refusal.code, "CancellationReasons": refusal.reasons}
            status, answer = 400, told
        content = json.dumps(answer).encode()
        return HTTPResponse(
            content, status=status, headers={"x-amz-crc32": str(zlib.crc32(content))}
        )

    def _answered(self, operation: str, request: Any) -> dict[str, Any]:
        match operation:
            case "GetSecretValue":
                return {"SecretString": json.dumps(self.secrets[request["SecretId"]])}
            case "GetParameter":
                return {"Parameter": {"Value": self.parameters[request["Name"]], "Version": 1}}
            case "SendMessage":
                return self._taken(request["QueueUrl"], [{"Id": "0", **request}])[0]
            case "SendMessageBatch":
                return {"Successful": self._taken(request["QueueUrl"], request["Entries"])}
            case "TransactWriteItems":
                self.before_write()
        return self.table.call(operation, request)

    def _taken(self, queue: str, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if sum(map(_size, entries)) > MESSAGE_BYTES_MAX:
            raise Refused("AWS.SimpleQueueService.BatchRequestTooLong", "too long")
        self.queues[queue] += entries
        return [{"Id": entry["Id"], "MessageId": f"message-{entry['Id']}"} for entry in entries]


def _size(entry: Mapping[str, Any]) -> int:
    attributes = entry.get("MessageAttributes", {}).items()
    told = [
        text for name, one in attributes for text in (name, one["DataType"], one["StringValue"])
    ]
    return sum(len(text.encode()) for text in (entry["MessageBody"], *told))


class Workers(Stack):
    """The stack that queue workers run in; what it is asked to do is the other one's."""

    def __init__(self, memory: Aws) -> None:
        self.memory = memory
        self.set_up()

    def set_up(self, **wanted: Any) -> None:
        self.memory.parameters[SETTINGS] = json.dumps(wanted)

    def buried(self) -> list[tuple[str, str, str]]:
        return [
            (
                letter["MessageBody"],
                letter["MessageAttributes"]["error"]["StringValue"],
                letter["MessageAttributes"]["reason"]["StringValue"],
            )
            for letter in self.memory.queues["dead-letters"]
        ]


class InMemoryApi(Api):
    """The API in front of the same table."""

    def __init__(self, memory: Aws) -> None:
        self.memory = memory

    def decide(self, decision: Decide[Any]) -> Any:
        return wiring.ledger().decide(decision, time_left=plenty)

    def items(self) -> list[Any]:
        return [item for _, item in self.memory.items]


@contextmanager
def running() -> Iterator[Aws]:
    """AWS is in memory; what the product keeps of another one is forgotten, before and after."""
    memory = Aws()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_REGION", REGION)
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patched.setenv(name, "testing")
        for name, value in ENVIRONMENT.items():
            patched.setenv(f"MAKEGOOD_{name}", value)
        patched.setattr(aws, "connections", lambda: memory)
        forget_all()
        yield memory
    forget_all()


def forget_all() -> None:
    """As if every function's sandbox were new."""
    forget()
    paddle_webhook.opened_inbox.cache_clear()
    private_networks.cache_clear()
    for module in (settings, wiring):
        for kept in vars(module).values():
            if hasattr(kept, "cache_clear"):
                kept.cache_clear()
