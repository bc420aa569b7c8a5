"""Events put on their queue: each confirmed, or named."""

from typing import Any

import pytest

from makegood.effects.paddle_events_queue import BYTES_MAX, PaddleEventsQueue
from makegood.errors import AwsRefusedError, AwsUnreachableError


class Sqs:
    """Takes everything but what it is told not to, and remembers the calls."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.calls: list[list[str]] = []
        self.error: Exception | None = None

    def call(self, operation: str, request: Any) -> Any:
        assert (operation, request["QueueUrl"]) == ("SendMessageBatch", "https://sqs/events")
        bodies = {entry["Id"]: entry["MessageBody"] for entry in request["Entries"]}
        self.calls.append(list(bodies.values()))
        if self.error is not None and len(self.calls) == 1:
            raise self.error
        taken = [{"Id": name} for name, body in bodies.items() if body not in self.refused]
        return {"Successful": taken, "Failed": []}


def queue(sqs: Any) -> PaddleEventsQueue:
    return PaddleEventsQueue(sqs, "https://sqs/events")


def messages(number: int, size: int = 1) -> dict[str, str]:
    return {f"evt_{n}": f"{n}".ljust(size) for n in range(number)}


def test_ten_go_in_one_call() -> None:
    sqs = Sqs()
    assert queue(sqs).send(messages(23)) == set()
    assert [len(call) for call in sqs.calls] == [10, 10, 3]
    assert queue(sqs).send({}) == set()
    assert len(sqs.calls) == 3


def test_no_call_is_larger_than_the_queue_takes() -> None:
    sqs = Sqs()
    assert queue(sqs).send(messages(5, BYTES_MAX // 2)) == set()
    assert [len(call) for call in sqs.calls] == [2, 2, 1]


def test_a_good_answer_may_still_leave_some_out() -> None:
    sqs = Sqs("3", "12")
    assert queue(sqs).send(messages(13)) == {"evt_3", "evt_12"}


@pytest.mark.parametrize(
    "error",
    [AwsUnreachableError("gone"), AwsRefusedError("SendMessageBatch", "AccessDenied", 403, [])],
    ids=["no answer", "refused"],
)
def test_what_was_not_answered_is_not_confirmed_and_the_rest_is_sent(error: Exception) -> None:
    sqs = Sqs()
    sqs.error = error
    assert queue(sqs).send(messages(12)) == {f"evt_{n}" for n in range(10)}
    assert len(sqs.calls) == 2
