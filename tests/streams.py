"""The table's stream on moto, read as Lambda's poller reads it, and what the relay sends to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends
from urllib3 import HTTPResponse

import outbox_relay
from makegood import aws, settings, wiring
from tests.callers import MotoConnections
from tests.template import REGION
from tests.workers import Clock, Stack

SENDER = "desk@studio.example"
BUS = "makegood-test"
CACHED = (wiring.outbox_senders, settings.outbox_relay_settings)
ROUNDS_MAX = 20


@dataclass
class Network(MotoConnections):
    """Moto, of which one service may be out of order; it notes which events the bus has taken.

    A subscriber would be the better witness, but moto brings events to none without a package
    that nothing else here needs.
    """

    taken: list[Any] = field(default_factory=list)
    host: str | None = None
    status: int = 500
    content: str = "{}"

    def breaks(self, host: str, *, status: int, content: str) -> None:
        self.host, self.status, self.content = host, status, content

    def request(
        self, method: str, url: str, *, body: bytes, headers: dict[str, str], **options: Any
    ) -> HTTPResponse:
        if self.host is not None and url.startswith(f"https://{self.host}."):
            return HTTPResponse(self.content.encode(), status=self.status)
        answer = super().request(method, url, body=body, headers=headers, **options)
        if headers.get("X-Amz-Target") == "AWSEvents.PutEvents":
            results = json.loads(answer.data)["Entries"]
            sent = json.loads(body)["Entries"]
            self.taken += [
                entry for entry, result in zip(sent, results, strict=True) if result.get("EventId")
            ]
        return answer


class Stream:
    """Where the relay is in the stream; it goes on from where the handler says."""

    def __init__(self, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stack = stack
        self.streams = boto3.client("dynamodbstreams", region_name=REGION)
        self.events = boto3.client("events", region_name=REGION)
        self.ses = boto3.client("sesv2", region_name=REGION)
        self.network = Network()
        self.payouts_url = self._queue("payouts")
        self.dead_letters_url = self._queue("outbox-dead-letters")
        self.next: str | None = None
        self.events.create_event_bus(Name=BUS)
        self.ses.create_email_identity(EmailIdentity=SENDER)
        monkeypatch.setattr(aws, "connections", lambda: self.network)
        monkeypatch.setattr("time.sleep", lambda _: None)
        self.set(monkeypatch, MAIL_FROM=SENDER)

    def set(self, monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
        """The environment of the function, in a sandbox that has just begun."""
        environment = {
            "PAYOUTS_QUEUE_URL": self.payouts_url,
            "EVENT_BUS": BUS,
            "OUTBOX_DEAD_LETTERS_URL": self.dead_letters_url,
            **more,
        }
        for name, value in environment.items():
            monkeypatch.setenv(f"MAKEGOOD_{name}", value)
        for cached in CACHED:
            cached.cache_clear()

    def poll(self, *, most: int = 100) -> str | None:
        """Hand one batch over. Returns the sequence number that it comes again from, if any."""
        records = self._records()[:most]
        if not records:
            return None
        answer = outbox_relay.lambda_handler({"Records": records}, Clock(60))
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        again = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        self.next = min(again, key=int, default=str(int(numbers[-1]) + 1))
        return again[0] if again else None

    def drain(self, *, most: int = 100) -> None:
        for _ in range(ROUNDS_MAX):
            if not self._records():
                return
            self.poll(most=most)
        raise AssertionError("the stream never ends")

    def rewind(self) -> None:
        """As after a fault of Lambda's own: all comes again."""
        self.next = None

    def payouts(self) -> list[Any]:
        return [json.loads(body) for body in self._bodies(self.payouts_url)]

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """Type and detail of the events that the bus has taken since the last look."""
        taken, self.network.taken = self.network.taken, []
        assert {(entry["Source"], entry["EventBusName"]) for entry in taken} <= {("makegood", BUS)}
        return [(entry["DetailType"], json.loads(entry["Detail"])) for entry in taken]

    def buried(self) -> list[dict[str, str]]:
        return [json.loads(body) for body in self._bodies(self.dead_letters_url)]

    def mails(self) -> list[Any]:
        return list(ses_backends[DEFAULT_ACCOUNT_ID][REGION].sent_messages)

    def _records(self) -> list[dict[str, Any]]:
        """What the shard has from here on, in the form in which Lambda gets it."""
        (stream,) = self.streams.list_streams(TableName="ledger")["Streams"]
        arn = stream["StreamArn"]
        (shard,) = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        place: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
        if self.next is not None:
            place = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": self.next}
        iterator = self.streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], **place
        )["ShardIterator"]
        found = self.streams.get_records(ShardIterator=iterator, Limit=1000)["Records"]
        return [json.loads(json.dumps(record, default=_seconds)) for record in found]

    def _queue(self, name: str) -> str:
        url: str = self.stack.sqs.create_queue(QueueName=name)["QueueUrl"]
        return url

    def _bodies(self, url: str) -> list[str]:
        """All messages, which are taken away."""
        bodies: list[str] = []
        while True:
            answer = self.stack.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            messages = answer.get("Messages", [])
            if not messages:
                return bodies
            for message in messages:
                bodies.append(message["Body"])
                self.stack.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _seconds(value: object) -> float:
    assert isinstance(value, datetime)
    return value.timestamp()


@contextmanager
def streaming(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stream]:
    yield Stream(stack, monkeypatch)
    for cached in CACHED:
        cached.cache_clear()
