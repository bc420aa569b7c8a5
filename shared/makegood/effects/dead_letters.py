"""The dead-letter queues: where a message ends that can never be applied, with the reason."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from makegood.aws import Caller
from makegood.errors import AwsRefusedError, AwsUnreachableError, MakegoodError

LETTERS_MAX = 10
BYTES_MAX = 1_000_000
"""In one call SQS takes ten messages, and 1 MiB in all, attributes counted."""

REASON_LENGTH_MAX = 500


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message as it came, and why it goes no further."""

    message_id: str
    body: str
    error: MakegoodError


class DeadLetters:
    """One dead-letter queue. SQS itself moves there what nobody could explain any more."""

    def __init__(self, sqs: Caller, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def bury(self, letters: Sequence[DeadLetter]) -> set[str]:
        """Send these away. Returns the ids of the messages that the queue did not confirm."""
        refused: set[str] = set()
        for batch in _batches(letters):
            refused |= self._send(batch)
        return refused

    def _send(self, letters: Sequence[DeadLetter]) -> set[str]:
        entries: list[Any] = [_entry(str(n), letter) for n, letter in enumerate(letters)]
        try:
            answer = self._sqs.call(
                "SendMessageBatch", {"QueueUrl": self._queue_url, "Entries": entries}
            )
        except (AwsRefusedError, AwsUnreachableError):
            return {letter.message_id for letter in letters}
        # A batch is answered with 200 even when some of it was not taken.
        confirmed = {int(entry["Id"]) for entry in answer.get("Successful", [])}
        return {letter.message_id for n, letter in enumerate(letters) if n not in confirmed}


def _batches(letters: Iterable[DeadLetter]) -> Iterator[list[DeadLetter]]:
    batch: list[DeadLetter] = []
    size = 0
    for letter in letters:
        added = len(letter.body.encode()) + REASON_LENGTH_MAX
        if batch and (len(batch) == LETTERS_MAX or size + added > BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(letter)
        size += added
    if batch:
        yield batch


def _entry(number: str, letter: DeadLetter) -> dict[str, Any]:
    reason = str(letter.error)[:REASON_LENGTH_MAX] or "no reason given"
    return {
        "Id": number,
        "MessageBody": letter.body,
        "MessageAttributes": {
            "reason": {"DataType": "String", "StringValue": reason},
            "error": {"DataType": "String", "StringValue": type(letter.error).__name__},
        },
    }
