"""Domain events on their way to EventBridge, where others subscribe to them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from makegood.aws import Caller, back_off
from makegood.errors import (
    AwsRefusedError,
    AwsUnreachableError,
    EffectRefusedError,
    MakegoodError,
)
from makegood.outbox.effect import DomainEvent

SOURCE = "makegood"

ENTRIES_MAX = 10
BYTES_MAX = 250_000
"""In one call EventBridge takes ten events, and 256 KiB in all."""

ATTEMPTS = 3
"""How often events are sent of which EventBridge took the others of their call."""

_REFUSING = frozenset(
    {"InvalidArgument", "MalformedDetail", "RedactionFailure", "ValidationException"}
)
"""Codes that are about the event itself. All others are about us or EventBridge, and may pass."""

Errors = dict[int, MakegoodError]


class EventBus:
    """One event bus. Events that are sent twice have the same `event_id`."""

    def __init__(
        self, events: Caller, name: str, *, pause: Callable[[int], None] = back_off
    ) -> None:
        self._events = events
        self._name = name
        self._pause = pause

    def put(self, events: Sequence[DomainEvent]) -> Errors:
        """Send them in their order. Returns what stood against those that were not taken.

        EffectRefusedError for what will never be taken; any other error may pass, and from
        the first call on that met one, the later events have not been tried.
        """
        errors: Errors = {}
        entries = {number: self._entry(event) for number, event in enumerate(events)}
        for numbers in _batches(entries):
            errors |= self._put({number: entries[number] for number in numbers})
            passing = next((e for e in errors.values() if not _is_refused(e)), None)
            if passing is not None:
                untried = range(numbers[-1] + 1, len(events))
                return errors | dict.fromkeys(untried, passing)
        return errors

    def _put(self, entries: Mapping[int, Any], *, attempt: int = 1) -> Errors:
        """One call, and further ones for what was not taken of it, as long as some of it is."""
        failed = self._once(entries)
        waiting = {n: entries[n] for n, error in failed.items() if not _is_refused(error)}
        if not waiting or len(failed) == len(entries) or attempt == ATTEMPTS:
            return failed
        self._pause(attempt)
        refused = {n: error for n, error in failed.items() if _is_refused(error)}
        return refused | self._put(waiting, attempt=attempt + 1)

    def _once(self, entries: Mapping[int, Any]) -> Errors:
        try:
            answer = self._events.call("PutEvents", {"Entries": list(entries.values())})
        except AwsUnreachableError as error:
            return dict.fromkeys(entries, error)
        except AwsRefusedError as error:
            if error.code not in _REFUSING:
                return dict.fromkeys(entries, error)
            return self._one_by_one(entries, error)
        # A call is answered with 200 even when some of it was not taken.
        results = [*answer.get("Entries", []), *[{}] * len(entries)]
        return {
            number: _error(result.get("ErrorCode"))
            for number, result in zip(entries, results, strict=False)
            if not result.get("EventId")
        }

    def _one_by_one(self, entries: Mapping[int, Any], error: AwsRefusedError) -> Errors:
        """A call is refused as a whole for one event that is wrong: it goes alone."""
        if len(entries) == 1:
            return dict.fromkeys(entries, EffectRefusedError(str(error)))
        errors: Errors = {}
        for number, entry in entries.items():
            errors |= self._once({number: entry})
        return errors

    def _entry(self, event: DomainEvent) -> Any:
        return {
            "Source": SOURCE,
            "DetailType": event.type,
            "Detail": json.dumps(event.detail, separators=(",", ":")),
            "EventBusName": self._name,
        }


def _is_refused(error: MakegoodError) -> bool:
    return isinstance(error, EffectRefusedError)


def _error(code: str | None) -> MakegoodError:
    if code in _REFUSING:
        return EffectRefusedError(f"PutEvents: {code}")
    return AwsRefusedError("PutEvents", code or "no confirmation", 200, [])


def _batches(entries: Mapping[int, Any]) -> Iterator[list[int]]:
    """One that is too large by itself is a batch of its own, and EventBridge says so."""
    batch: list[int] = []
    size = 0
    for number, entry in entries.items():
        added = sum(len(text) for text in entry.values())
        if batch and (len(batch) == ENTRIES_MAX or size + added > BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(number)
        size += added
    if batch:
        yield batch
