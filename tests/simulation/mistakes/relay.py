"""Mistakes in how the ledger's promises are told outside."""

from typing import Any

from makegood.domain.case import Case
from makegood.domain.facts import Key
from makegood.effects.event_bus import EventBus
from makegood.effects.mails import Mails
from makegood.errors import AwsRefusedError, AwsUnreachableError
from makegood.observability import log
from makegood.relay import addresses, sending
from makegood.relay.sending import Relayed
from makegood.relay.stream import Promise, promise_of
from tests.simulation.mistakes.planting import Mistake, Patch, calling, everywhere


def drops_records_on_an_error(patch: Patch) -> None:
    """A stream that stands still is worse than an event that is missing."""
    patch.setattr(Relayed, "response", lambda _self: {"batchItemFailures": []})


def goes_on_behind_what_failed(patch: Patch) -> None:
    """The last record that failed is named; those before it have been tried."""

    def stop_at(self: Any, number: int) -> None:
        is_first = self.relayed.end == len(self.relayed.promises)
        self.relayed.end = number if is_first else max(self.relayed.end, number)

    patch.setattr(sending._Run, "_stop_at", stop_at)


def takes_events_as_put(patch: Patch) -> None:
    """PutEvents has answered 200."""

    def read(answer: dict[str, Any]) -> dict[str, Any]:
        return {"Entries": [{"EventId": "taken", **entry} for entry in answer["Entries"]]}

    calling(patch, "PutEvents", read=read)


def forgets_events_without_an_answer(patch: Patch) -> None:
    """The bus is for others, so it must not hold us up."""
    once = EventBus._once

    def mild(self: EventBus, entries: Any) -> Any:
        errors = once(self, entries)
        passing = AwsRefusedError, AwsUnreachableError
        return {n: error for n, error in errors.items() if not isinstance(error, passing)}

    patch.setattr(EventBus, "_once", mild)


def writes_to_the_address_of_the_case(patch: Patch) -> None:
    """Who files a case says where the answer goes to."""

    def named_by(mail: Any) -> Any:
        return Key(Case, mail.case_id)

    patch.setattr(addresses, "_named_by", named_by)


def logs_the_address(patch: Patch) -> None:
    """So that support can see whether a mail went out."""
    send = Mails.send

    def told(self: Mails, address: str, **more: str) -> None:
        send(self, address, **more)
        log("mail.sent", to=address)

    patch.setattr(Mails, "send", told)


def tells_only_of_new_records(patch: Patch) -> None:
    """What happens in a case is told once, when it is opened."""

    def new_only(record: Any) -> Any:
        promise = promise_of(record)
        is_old = "OldImage" in record["dynamodb"]
        silent = Promise(promise.sequence_number, promise.pk, promise.sk)
        return silent if is_old else promise

    everywhere(patch, promise_of, new_only)


MISTAKES: tuple[Mistake, ...] = (
    drops_records_on_an_error,
    goes_on_behind_what_failed,
    takes_events_as_put,
    forgets_events_without_an_answer,
    writes_to_the_address_of_the_case,
    logs_the_address,
    tells_only_of_new_records,
)
