"""The queue of Paddle's events, for those that no webhook brought: the same door for both."""

from collections.abc import Iterator, Mapping
from typing import Any

from makegood.aws import Caller
from makegood.errors import AwsRefusedError, AwsUnreachableError

MESSAGES_MAX = 10
BYTES_MAX = 1_000_000
"""In one call SQS takes ten messages, and 1 MiB in all."""


class PaddleEventsQueue:
    """Sends events to where the webhook sends them. One that is sent twice is applied once."""

    def __init__(self, sqs: Caller, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def send(self, messages: Mapping[str, str]) -> set[str]:
        """By their events' ids. Returns those that the queue did not confirm."""
        unconfirmed: set[str] = set()
        for batch in _batches(messages):
            unconfirmed |= self._send(batch)
        return unconfirmed

    def _send(self, batch: Mapping[str, str]) -> set[str]:
        entries: list[Any] = [
            {"Id": str(number), "MessageBody": body} for number, body in enumerate(batch.values())
        ]
        request = {"QueueUrl": self._queue_url, "Entries": entries}
        try:
            answer = self._sqs.call("SendMessageBatch", request)
        except (AwsRefusedError, AwsUnreachableError):
            return set(batch)
        # A batch is answered with 200 even when some of it was not taken.
        confirmed = {int(entry["Id"]) for entry in answer.get("Successful", [])}
        return {name for number, name in enumerate(batch) if number not in confirmed}


def _batches(messages: Mapping[str, str]) -> Iterator[dict[str, str]]:
    batch: dict[str, str] = {}
    size = 0
    for name, body in messages.items():
        if batch and (len(batch) == MESSAGES_MAX or size + len(body) > BYTES_MAX):
            yield batch
            batch, size = {}, 0
        batch[name] = body
        size += len(body)
    if batch:
        yield batch
