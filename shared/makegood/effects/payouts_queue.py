"""The queue on which payouts wait to be worked on. It only wakes: what is due is in the table."""

import json
from collections.abc import Sequence
from typing import Any

from makegood.aws import Caller
from makegood.errors import AwsRefusedError, AwsUnreachableError

MESSAGES_MAX = 10
"""In one call of SQS."""

DELAY_SECONDS_MAX = 900
"""SQS holds a message back for a quarter of an hour at most."""


class PayoutsQueue:
    """Sends payouts to those who work on them. A payout that is sent twice is paid once."""

    def __init__(self, sqs: Caller, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def send(self, payout_ids: Sequence[str], *, delay_seconds: int = 0) -> set[str]:
        """Returns those that the queue did not confirm. Nobody sees the others before the delay,
        or before a quarter of an hour where it is longer.
        """
        delay = min(max(delay_seconds, 0), DELAY_SECONDS_MAX)
        for start in range(0, len(payout_ids), MESSAGES_MAX):
            unconfirmed = self._send(payout_ids[start : start + MESSAGES_MAX], delay)
            if unconfirmed:
                # Who does not take these would not take the rest either, and each call has its
                # time limit: the caller comes again.
                return unconfirmed | set(payout_ids[start + MESSAGES_MAX :])
        return set()

    def _send(self, payout_ids: Sequence[str], delay: int) -> set[str]:
        entries: list[Any] = [
            {"Id": str(number), "MessageBody": message_of(payout_id), "DelaySeconds": delay}
            for number, payout_id in enumerate(payout_ids)
        ]
        request = {"QueueUrl": self._queue_url, "Entries": entries}
        try:
            answer = self._sqs.call("SendMessageBatch", request)
        except (AwsRefusedError, AwsUnreachableError):
            return set(payout_ids)
        # A batch is answered with 200 even when some of it was not taken.
        confirmed = {int(entry["Id"]) for entry in answer.get("Successful", [])}
        return {one for number, one in enumerate(payout_ids) if number not in confirmed}


def message_of(payout_id: str) -> str:
    return json.dumps({"version": 1, "type": "payout.due", "payout_id": payout_id})
