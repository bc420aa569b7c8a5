"""Every call of a decision fails once, in every way; made again, it must end as without faults."""

import copy
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from botocore.exceptions import ReadTimeoutError

from makegood.domain.facts import Decide
from makegood.errors import MakegoodError
from makegood.ledger.attributes import Item
from makegood.ledger.store import Ledger
from tests.ledgers import ledger_on, plenty
from tests.memory_dynamodb import Fault, FaultyDynamoDB, Lost, MemoryDynamoDB, client_error

Place = tuple[str, str]
Attempt = Callable[[Ledger], object]


class Crash(BaseException):
    """The process ends here: nothing that it would have done afterwards happens."""


class After(Lost):
    """The call has its effect, and the process ends before it hears of it."""

    def __init__(self) -> None:
        super().__init__(Crash())  # type: ignore[arg-type]


NO_ANSWER = ReadTimeoutError(endpoint_url="https://dynamodb.invalid")
FAULTS: dict[str, Callable[[], Fault]] = {
    "it crashes before": Crash,
    "it crashes after": After,
    "its answer is lost": lambda: Lost(NO_ANSWER),
    "it never arrives": lambda: NO_ANSWER,
    "it is throttled": lambda: client_error("ThrottlingException"),
}


def deciding(decision: Decide[Any]) -> Attempt:
    """One decision; a refusal is an answer like any other."""

    def attempt(ledger: Ledger) -> object:
        (result,) = ledger.decide_all([decision], time_left=plenty)
        return type(result) if isinstance(result, MakegoodError) else result

    return attempt


def calls_of(attempt: Attempt, start: MemoryDynamoDB) -> tuple[list[str], dict[Place, Item]]:
    """Which calls it makes when nothing goes wrong, and what the table holds then."""
    memory = copied(start)
    client = FaultyDynamoDB(memory, lambda *_: None)
    attempt(ledger_on(client))
    return client.calls, memory.items


def ends_after(attempt: Attempt, start: MemoryDynamoDB) -> Iterator[tuple[str, dict[Place, Item]]]:
    """What the table holds after each fault of each call and one repetition, by its name."""
    calls, _ = calls_of(attempt, start)
    for number, operation in enumerate(calls):
        for name, fault in FAULTS.items():
            memory = copied(start)
            client = FaultyDynamoDB(memory, _once(number, fault()))
            with suppress(Crash):
                attempt(ledger_on(client))
            attempt(ledger_on(memory))
            yield f"call {number + 1}, {operation}: {name}", memory.items


def _once(number: int, fault: Fault) -> Callable[[str, dict[str, Any]], Fault]:
    waiting = iter([None] * number + [fault])
    return lambda *_: next(waiting, None)


def copied(memory: MemoryDynamoDB) -> MemoryDynamoDB:
    other = MemoryDynamoDB()
    other.items = copy.deepcopy(memory.items)
    return other
