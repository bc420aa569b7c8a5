"""Sending to SQS, and what can go wrong with it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tests.dynamodb import Refused
from tests.simulation.aws.door import Asked, no_answer
from tests.simulation.aws.queues import Queue
from tests.simulation.runs import Run
from tests.simulation.timeline import Timeline
from tests.simulation.witness import Buried, Witness

SECONDS = (0.005, 0.05)
DEAD = ":dead"


class Queues:
    """SQS as functions call it. A queue's address ends with its name; `:dead` with its letters."""

    def __init__(self, timeline: Timeline, queues: Mapping[str, Queue], witness: Witness) -> None:
        self._timeline = timeline
        self._queues, self._witness = queues, witness

    def __call__(self, asked: Asked) -> Mapping[str, Any]:
        send: Callable[[Asked], Mapping[str, Any]] = {
            "SendMessage": self._one,
            "SendMessageBatch": self._batch,
        }[asked.operation]
        return asked.run.call(partial(send, asked), seconds=SECONDS)

    def _one(self, asked: Asked) -> Mapping[str, Any]:
        run = asked.run
        if run.strikes("F32 the queue takes no webhook"):
            if run.chance.happens(0.5):
                raise Refused("KmsAccessDenied", "the key of the queue cannot be used")
            raise no_answer(asked)
        self._take(run, asked.request["QueueUrl"], asked.request)
        if run.strikes("F32 the queue takes a webhook, and does not say so"):
            raise no_answer(asked)
        return {"MessageId": "taken"}

    def _batch(self, asked: Asked) -> Mapping[str, Any]:
        run, answer = asked.run, _BatchAnswer()
        for entry in asked.request["Entries"]:
            if run.strikes("F33 a message of a batch is not taken"):
                answer.refuse(entry)
            else:
                self._take(run, asked.request["QueueUrl"], entry)
                answer.confirm(entry)
        if run.strikes("F33 messages are taken, and their sender does not hear of it"):
            raise no_answer(asked)
        return answer.told

    def _take(self, run: Run, url: str, entry: Mapping[str, Any]) -> None:
        name, body = url.rpartition("/")[2], entry["MessageBody"]
        run.note("sends", name, body[:120])
        if not name.endswith(DEAD):
            delay = entry.get("DelaySeconds", 0)
            self._queues[name].put(body, by=run.function, delay=delay)
            return
        told = {key: value["StringValue"] for key, value in entry["MessageAttributes"].items()}
        at, queue = self._timeline.seconds, name.removesuffix(DEAD)
        number = len(self._witness.buried)
        buried = Buried(at, queue, number, body, told.get("error"), told.get("reason"))
        self._witness.buried.append(buried)


class _BatchAnswer:
    """SQS answers 200 even where it took only some of a batch."""

    def __init__(self) -> None:
        self.told: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}

    def confirm(self, entry: Mapping[str, Any]) -> None:
        self.told["Successful"].append({"Id": entry["Id"], "MessageId": "taken"})

    def refuse(self, entry: Mapping[str, Any]) -> None:
        failure = {"Id": entry["Id"], "Code": "InternalError", "SenderFault": False}
        self.told["Failed"].append(failure)
