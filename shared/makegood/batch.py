"""Works off a batch as a whole. Of queue messages, it reports exactly which ones to redeliver."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypedDict, TypeVar

from makegood.domain.facts import Decide
from makegood.effects.dead_letters import DeadLetter, DeadLetters
from makegood.errors import BrokenDecisionError, MakegoodError, PermanentError
from makegood.events.timestamps import from_milliseconds
from makegood.ledger.store import Ledger, TimeLeft
from makegood.observability import count, log

T = TypeVar("T")

RECEIVES_MAX = 5
"""The queues' maxReceiveCount: on this receive, a message that cannot be applied is buried with
its reason; SQS would move it without one. A contract test holds the template to it."""


class _Failure(TypedDict):
    itemIdentifier: str


class BatchResponse(TypedDict):
    """What Lambda's poller reads. A message that is not named here is deleted."""

    batchItemFailures: list[_Failure]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a queue. `received_at` is the same on every redelivery."""

    id: str
    body: str
    received_at: datetime
    receives: int


@dataclass(slots=True)
class Worked(Generic[T]):
    """How a batch ended: the outcomes of what was applied, and the messages to deliver again."""

    outcomes: list[T] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    buried: int = 0

    def response(self) -> BatchResponse:
        return {"batchItemFailures": [{"itemIdentifier": name} for name in self.again]}


def work_off(
    event: Mapping[str, Any],
    decision_on: Callable[[Message], Decide[T]],
    *,
    ledger: Ledger,
    dead_letters: DeadLetters,
    time_left: TimeLeft,
) -> Worked[T]:
    """Decide on all messages together; each ends applied, redelivered or buried with a reason.

    `decision_on` reads one message and raises a PermanentError where that cannot be done.
    """
    worked: Worked[T] = Worked()
    failed: list[tuple[Message, MakegoodError]] = []
    decisions: list[tuple[Message, Decide[T]]] = []
    for message in map(_message, event["Records"]):
        try:
            decisions.append((message, decision_on(message)))
        except PermanentError as error:
            failed.append((message, error))

    results = decided([decision for _, decision in decisions], ledger, time_left)
    for (message, _), result in zip(decisions, results, strict=True):
        if isinstance(result, MakegoodError):
            failed.append((message, result))
        else:
            worked.outcomes.append(result)

    _end(failed, worked, dead_letters)
    return worked


def work_singly(
    event: Mapping[str, Any], work: Callable[[Message], T], *, dead_letters: DeadLetters
) -> Worked[T]:
    """The same for work that reaches outside between its decisions: one message after another."""
    worked: Worked[T] = Worked()
    failed: list[tuple[Message, MakegoodError]] = []
    for message in map(_message, event["Records"]):
        try:
            worked.outcomes.append(work(message))
        except MakegoodError as error:
            failed.append((message, error))
        except Exception as bug:  # noqa: BLE001 - whatever it is, it must not spoil its neighbours
            failed.append((message, _broken(bug)))
    _end(failed, worked, dead_letters)
    return worked


def decided(
    decisions: Sequence[Decide[T]], ledger: Ledger, time_left: TimeLeft
) -> list[T | MakegoodError]:
    """Together; or, if one of them meets a bug of ours, one by one, so that it fails alone."""
    try:
        return ledger.decide_all(decisions, time_left=time_left)
    except Exception as bug:  # noqa: BLE001 - whatever it is, it must not spoil its neighbours
        log("batch.taken_apart", error=type(bug).__name__)
    results: list[T | MakegoodError] = []
    for decision in decisions:
        try:
            results += ledger.decide_all([decision], time_left=time_left)
        except Exception as bug:  # noqa: BLE001 - see above; the message is tried again
            results.append(_broken(bug))
    return results


def _broken(bug: Exception) -> BrokenDecisionError:
    log("decision.broken", error=type(bug).__name__, where=_where(bug))
    count("DecisionsBroken")
    return BrokenDecisionError(f"an error of this software: {type(bug).__name__}")


def _where(bug: Exception) -> list[str]:
    """The innermost places, and not the error's text, which may repeat what somebody sent."""
    frames = traceback.extract_tb(bug.__traceback__)[-3:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


def _end(
    failed: list[tuple[Message, MakegoodError]], worked: Worked[Any], dead_letters: DeadLetters
) -> None:
    hopeless = []
    for message, error in failed:
        if isinstance(error, PermanentError) or message.receives >= RECEIVES_MAX:
            hopeless.append(DeadLetter(message.id, message.body, error))
            log(
                "message.refused", message_id=message.id, error=type(error).__name__, why=str(error)
            )
        else:
            worked.again.append(message.id)
            log("message.delayed", message_id=message.id, error=type(error).__name__)
    unsent = dead_letters.bury(hopeless)
    worked.again += sorted(unsent)
    worked.buried = len(hopeless) - len(unsent)
    if worked.buried:
        count("MessagesBuried", worked.buried)
    if worked.again:
        count("MessagesDelayed", len(worked.again))


def _message(record: Mapping[str, Any]) -> Message:
    attributes = record["attributes"]
    milliseconds = int(attributes["ApproximateFirstReceiveTimestamp"])
    return Message(
        id=record["messageId"],
        body=record["body"],
        received_at=from_milliseconds(milliseconds),
        receives=int(attributes["ApproximateReceiveCount"]),
    )
