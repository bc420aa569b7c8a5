"""The table and the queues, in the place of the product's callers of AWS."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any, TypeVar

from makegood.domain.payout import Payout
from makegood.errors import AwsRefusedError, AwsUnreachableError
from makegood.ledger.attributes import Item, from_item
from makegood.ledger.shapes import shape_of
from makegood.outbox.change import Change
from makegood.outbox.effect import PayoutDue
from makegood.outbox.effects import effects_of
from tests.callers import Through
from tests.memory_dynamodb import ACTIONS_MAX, MemoryDynamoDB, client_error
from tests.simulation.chance import Chance
from tests.simulation.runs import Run
from tests.simulation.timeline import Timeline

T = TypeVar("T")

TABLE_SECONDS = (0.004, 0.03)
QUEUE_SECONDS = (0.005, 0.05)
GIVEN_UP_AFTER = 2.0
"""When a caller of AWS waits no longer for an answer."""

LATE_BY = (0.5, 20.0)

RECEIVES_MAX = 5
LATE_MESSAGE = (5.0, 1200.0)


class Memory(MemoryDynamoDB):
    """Without the copies by which the other one is proof against changes in place: nothing here
    makes any, and copying takes most of its time."""

    def __init__(self) -> None:
        super().__init__()
        self._read: dict[tuple[str, str], tuple[Item, Any]] = {}

    def records(self, kind: type[T], sk: str) -> list[T]:
        """All of a kind that there are, by the sort key that those of the kind have."""
        return [self._record(kind, place) for place in sorted(self.items) if place[1] == sk]

    def _record(self, kind: type[T], place: tuple[str, str]) -> T:
        item = self.items[place]
        known = self._read.get(place)
        if known is None or known[0] is not item:
            known = item, shape_of(kind).read(from_item(item))
            self._read[place] = known
        record: T = known[1]
        return record

    def transact_write_items(self, *, TransactItems: list[Any]) -> dict[str, Any]:  # noqa: N803
        puts = [action["Put"] for action in TransactItems]
        places = [(put["Item"]["pk"]["S"], put["Item"]["sk"]["S"]) for put in puts]
        if not 1 <= len(puts) <= ACTIONS_MAX or len(set(places)) < len(places):
            raise client_error("ValidationException")
        held = [self._holds(put, place) for put, place in zip(puts, places, strict=True)]
        if not all(held):
            reasons = ["None" if ok else "ConditionalCheckFailed" for ok in held]
            raise client_error("TransactionCanceledException", reasons=reasons)
        self.items.update(zip(places, (put["Item"] for put in puts), strict=True))
        self.transactions += 1
        return {}

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        ((table, request),) = RequestItems.items()
        assert request["ConsistentRead"] is True
        places = [(key["pk"]["S"], key["sk"]["S"]) for key in request["Keys"]]
        found = [self.items[place] for place in places if place in self.items]
        return {"Responses": {table: found}, "UnprocessedKeys": {}}


class SimulatedTable:
    """DynamoDB, and the stream behind it as far as it wakes payouts."""

    def __init__(
        self, timeline: Timeline, chance: Chance, memory: Memory, wake: Callable[[str], None]
    ) -> None:
        self.timeline, self.chance, self.memory = timeline, chance, memory
        self._through = Through(memory)
        self._wake = wake

    def call(self, operation: str, request: Mapping[str, Any]) -> Any:
        run: Run = self.timeline.run
        return run.call(partial(self._served, run, operation, request), seconds=TABLE_SECONDS)

    def _served(self, run: Run, operation: str, request: Mapping[str, Any]) -> Any:
        fault = self._fault(run, operation)
        run.note(operation, _named(request), fault or "")
        match fault:
            case None:
                return self._done(operation, request)
            case "table: an answer is lost":
                try:
                    self._done(operation, request)
                except AwsRefusedError:
                    run.note("was refused")
            case "table: a write arrives late":
                late = self.chance.between(*LATE_BY)
                self.timeline.later(late, partial(self._arrives_late, operation, request))
            case "table: throttled":
                raise AwsRefusedError(operation, "ThrottlingException", 400, [])
            case "table: somebody else's transaction is in the way":
                cancelled = [{"Code": "TransactionConflict"} for _ in request["TransactItems"]]
                raise AwsRefusedError(operation, "TransactionCanceledException", 400, cancelled)
            case "table: keys are left unread":
                return _half_read(self._done(operation, request), request)
        run.wait(GIVEN_UP_AFTER)
        raise AwsUnreachableError(operation)

    def _fault(self, run: Run, operation: str) -> str | None:
        if run.limit is None:
            return None  # A person tries again until it works.
        faults = ["table: a request never arrives", "table: an answer is lost", "table: throttled"]
        if operation == "TransactWriteItems":
            faults += [
                "table: a write arrives late",
                "table: somebody else's transaction is in the way",
            ]
        elif operation == "BatchGetItem":
            faults += ["table: keys are left unread"]
        return self.chance.one_of(faults)

    def _done(self, operation: str, request: Mapping[str, Any]) -> Any:
        before = {}
        if operation == "TransactWriteItems":
            before = {place: self.memory.items.get(place) for place in _payouts_in(request)}
        answer = self._through.call(operation, request)
        for place, old in before.items():
            self._stream(old, self.memory.items[place])
        return answer

    def _arrives_late(self, operation: str, request: Mapping[str, Any]) -> None:
        try:
            self._done(operation, request)
        except AwsRefusedError as error:
            self.timeline.note("late", operation, _named(request), error.code)
        else:
            self.timeline.note("late", operation, _named(request))

    def _stream(self, old: Item | None, new: Item) -> None:
        read = shape_of(Payout).read
        was = None if old is None else read(from_item(old))
        change = Change(read(from_item(new)), was, int(new["v"]["N"]), self.timeline.now)
        for effect in effects_of(change):
            if isinstance(effect, PayoutDue):
                self._wake(effect.payout_id)


def _payouts_in(request: Mapping[str, Any]) -> list[tuple[str, str]]:
    items = [action["Put"]["Item"] for action in request["TransactItems"]]
    return [(item["pk"]["S"], item["sk"]["S"]) for item in items if item["sk"]["S"] == "PAYOUT"]


def _named(request: Mapping[str, Any]) -> str:
    """Sorted: sets are in no order that two processes agree about."""
    if "TransactItems" in request:
        items = [action["Put"]["Item"] for action in request["TransactItems"]]
        return " ".join(sorted(f"{_short(item)}@{item['v']['N']}" for item in items))
    if "RequestItems" in request:
        ((_, asked),) = request["RequestItems"].items()
        return " ".join(sorted(_short(key) for key in asked["Keys"]))
    return str(request["ExpressionAttributeValues"])


def _short(item: Item) -> str:
    pk, sk = item["pk"]["S"], item["sk"]["S"]
    kind, _, name = pk.partition("#")
    return f"{kind}:{name[-6:]}" if sk == kind else f"{kind}:{name[-6:]}:{sk}"


def _half_read(answer: Any, request: Mapping[str, Any]) -> Any:
    ((table, asked),) = request["RequestItems"].items()
    keys = sorted(asked["Keys"], key=_short)
    left = keys[: (len(keys) + 1) // 2]
    found = [
        item
        for item in answer["Responses"][table]
        if {"pk": item["pk"], "sk": item["sk"]} not in left
    ]
    return {
        "Responses": {table: found},
        "UnprocessedKeys": {table: {"Keys": left, "ConsistentRead": True}},
    }


@dataclass(slots=True, eq=False)
class Letter:
    """A message in a queue."""

    number: int
    body: str
    first_received_at: float | None = None
    receives: int = 0
    is_deleted: bool = False


class Queue:
    """A queue of SQS with the function that works on it, one message at a time.

    It delivers at least once, in no order. What nobody could work on five times is in `dead`.
    """

    def __init__(  # Each is the template's, or a part of the world.
        self,
        name: str,
        timeline: Timeline,
        chance: Chance,
        *,
        function: ModuleType,
        limit: float,
        visibility: float,
        concurrency: int,
    ) -> None:
        self.name, self.timeline, self.chance = name, timeline, chance
        self.limit, self.visibility, self.concurrency = limit, visibility, concurrency
        self.letters: list[Letter] = []
        self.dead: list[Letter] = []
        self.buried: list[tuple[str, str]] = []
        """Body and error of what its function itself has sent to the dead letters."""
        self.skews = [0.0] * concurrency
        self._function = function
        self._free = list(range(concurrency))

    @property
    def waiting(self) -> list[Letter]:
        return [letter for letter in self.letters if not letter.is_deleted]

    def put(self, body: str, *, delay: float = 0, copies: int = 1) -> None:
        letter = Letter(len(self.letters), body)
        self.letters.append(letter)
        for _ in range(copies):
            self.timeline.later(delay, partial(self._receive, letter))

    def redrive(self) -> None:
        """What ended in the dead letters comes once more."""
        for body in [*(letter.body for letter in self.dead), *(body for body, _ in self.buried)]:
            self.put(body)

    def _receive(self, letter: Letter, *, is_copy: bool = False) -> None:
        """A copy comes even where the message was deleted."""
        if letter.is_deleted and not is_copy:
            return
        if letter.receives >= RECEIVES_MAX:
            letter.is_deleted = True
            self.dead.append(letter)
            return
        if not self._free:
            self.timeline.later(
                self.chance.between(0.5, 3), partial(self._receive, letter, is_copy=is_copy)
            )
            return
        letter.receives += 1
        if letter.first_received_at is None:
            letter.first_received_at = self.timeline.seconds
        if not is_copy and self.chance.strikes("queue: a message is delivered twice"):
            copy = partial(self._receive, letter, is_copy=True)
            self.timeline.later(self.chance.between(0, self.chance.choice((4, 40))), copy)
        self.timeline.later(self.visibility, partial(self._receive, letter))
        worker = self._free.pop(0)
        name = f"{self.name}-{worker}:{letter.number}.{letter.receives}"
        run = Run(name, self.timeline, self.chance, self.skews[worker], self.limit)
        event = {"Records": [self._record(letter)]}
        self.timeline.start(run, partial(self._work, run, worker, letter, event))

    def _work(self, run: Run, worker: int, letter: Letter, event: Mapping[str, Any]) -> None:
        try:
            run.note("begins", letter.body[:200])
            answer = self._function.lambda_handler(event, run)
            letter.is_deleted = letter.is_deleted or not answer["batchItemFailures"]
            run.note("ends", len(answer["batchItemFailures"]))
        finally:
            self._free.append(worker)

    def _record(self, letter: Letter) -> dict[str, Any]:
        assert letter.first_received_at is not None
        received = self.timeline.now.timestamp() - self.timeline.seconds + letter.first_received_at
        return {
            "messageId": str(letter.number),
            "body": letter.body,
            "attributes": {
                "ApproximateReceiveCount": str(letter.receives),
                "ApproximateFirstReceiveTimestamp": str(int(received * 1000)),
            },
        }


class SimulatedQueues:
    """SQS as functions call it. The address of a queue is its name; `dead` goes with one."""

    def __init__(self, timeline: Timeline, chance: Chance, queues: Mapping[str, Queue]) -> None:
        self.timeline, self.chance, self.queues = timeline, chance, queues

    def call(self, operation: str, request: Mapping[str, Any]) -> Any:
        assert operation == "SendMessageBatch"
        run: Run = self.timeline.run
        return run.call(partial(self._taken, run, request), seconds=QUEUE_SECONDS)

    def _taken(self, run: Run, request: Mapping[str, Any]) -> Any:
        if self.chance.strikes("queue: a message is not taken"):
            run.note("queue: a message is not taken")
            return {"Successful": [], "Failed": request["Entries"]}
        name, _, dead = request["QueueUrl"].partition(":")
        for entry in request["Entries"]:
            run.note("sends", request["QueueUrl"], entry["MessageBody"][:200])
            if dead:
                error = entry["MessageAttributes"]["error"]["StringValue"]
                self.queues[name].buried.append((entry["MessageBody"], error))
            else:
                self.send(name, entry["MessageBody"], delay=entry.get("DelaySeconds", 0))
        if self.chance.strikes("queue: a message is taken, and its sender does not hear of it"):
            run.wait(GIVEN_UP_AFTER)
            raise AwsUnreachableError("SendMessageBatch")
        return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]]}

    def send(self, name: str, body: str, *, delay: float = 0) -> None:
        """On its way to its queue, a message can have bad luck.

        SQS loses none that it has taken. That payouts sleep all the same, because whoever was to
        wake them did not, is what this stands for.
        """
        if name == "payouts" and self.chance.strikes("queue: a message is lost"):
            self.timeline.note("lost", body[:200])
            return
        if self.chance.strikes("queue: a message is late"):
            delay += self.chance.between(*LATE_MESSAGE)
        self.queues[name].put(body, delay=delay)


def payout_due(payout_id: str) -> str:
    return json.dumps({"version": 1, "type": "payout.due", "payout_id": payout_id})
