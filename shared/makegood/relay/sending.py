"""Sends what a batch of stream records promises: payouts first, then events, then mails.

A stream stands still where it is told to: from the first record on that is not done it is handed
over again, until it is. So everything here is sent at least once, and must be harmless twice.
What can never be sent ends in the dead letters with its reason, and the stream goes on.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from makegood.batch import BatchResponse
from makegood.effects.dead_letters import DeadLetter, DeadLetters
from makegood.effects.event_bus import EventBus
from makegood.effects.mails import SECONDS_MAX, Mails
from makegood.effects.payouts_queue import PayoutsQueue
from makegood.errors import (
    AwsRefusedError,
    AwsUnreachableError,
    LedgerUnavailableError,
    MakegoodError,
    PermanentError,
)
from makegood.ledger.table import Table
from makegood.outbox.effect import DomainEvent, MailDue, PayoutDue
from makegood.relay.addresses import Address, addresses_of
from makegood.relay.stream import Promise, promise_of

E = TypeVar("E", PayoutDue, DomainEvent, MailDue)


@dataclass(frozen=True, slots=True)
class Senders:
    """All ways out. `mails` is None where customers are written none."""

    payouts: PayoutsQueue
    bus: EventBus
    mails: Mails | None
    dead_letters: DeadLetters
    table: Table


@dataclass(slots=True)
class Relayed:
    """How far a batch came. Of `promises`, those before `end` are done.

    What was sent behind it counts too, and is sent again.
    """

    promises: Sequence[Promise]
    end: int
    sent: Counter[str] = field(default_factory=Counter)
    letters: list[tuple[int, DeadLetter]] = field(default_factory=list)

    def response(self) -> BatchResponse:
        """The stream goes on with the first record that is not done."""
        if self.end == len(self.promises):
            return {"batchItemFailures": []}
        return {"batchItemFailures": [{"itemIdentifier": self.promises[self.end].sequence_number}]}

    @property
    def buried(self) -> Counter[str]:
        """What went to the dead letters, by the error."""
        done = [letter for number, letter in self.letters if number < self.end]
        return Counter(type(letter.error).__name__ for letter in done)


def relay(event: Mapping[str, Any], senders: Senders, *, time_left: Callable[[], float]) -> Relayed:
    """Send what these records promise, as far as it can be sent."""
    promises = [promise_of(record) for record in event["Records"]]
    run = _Run(Relayed(promises, len(promises)), senders, time_left)
    run.send_payouts()
    run.send_events()
    run.send_mails()
    run.bury()
    return run.relayed


@dataclass(slots=True)
class _Run:
    relayed: Relayed
    senders: Senders
    time_left: Callable[[], float]

    def send_payouts(self) -> None:
        """Of the whole batch: no payout waits for what stands before it."""
        due = list(self._waiting(PayoutDue))
        payout_ids = list(dict.fromkeys(payout.payout_id for _, payout in due))
        unsent = self.senders.payouts.send(payout_ids)
        self.relayed.sent["payouts"] += len(payout_ids) - len(unsent)
        for number, payout in due:
            if payout.payout_id in unsent:
                self._stop_at(number)

    def send_events(self) -> None:
        told = list(self._waiting(DomainEvent))
        errors = self.senders.bus.put([event for _, event in told])
        self.relayed.sent["events"] += len(told) - len(errors)
        for place, error in errors.items():
            number, event = told[place]
            self._failed(number, error, event.event_id)

    def send_mails(self) -> None:
        mails = self.senders.mails
        due = list(self._waiting(MailDue))
        if mails is None or not due:
            return
        try:
            addresses = addresses_of(self.senders.table, [mail for _, mail in due])
        except LedgerUnavailableError:
            self._stop_at(due[0][0])
            return
        for (number, mail), address in zip(due, addresses, strict=True):
            if self.time_left() <= SECONDS_MAX:
                self._stop_at(number)
            if number >= self.relayed.end:
                return
            self._send_mail(mails, number, mail, address)

    def _send_mail(self, mails: Mails, number: int, mail: MailDue, address: Address) -> None:
        name = f"mail:{mail.case_id}:{mail.case_version}"
        if address is None:
            self.relayed.sent["mails_without_address"] += 1
            return
        if isinstance(address, MakegoodError):
            self._failed(number, address, name)
            return
        try:
            mails.send(address, subject=mail.subject, text=mail.text)
        except (PermanentError, AwsRefusedError, AwsUnreachableError) as error:
            self._failed(number, error, name)
            return
        self.relayed.sent["mails"] += 1

    def bury(self) -> None:
        """What cannot be read, and what was refused; not what is looked at again anyway."""
        for number, promise in enumerate(self.relayed.promises):
            if promise.error is not None:
                self._failed(number, promise.error)
        done = [letter for number, letter in self.relayed.letters if number < self.relayed.end]
        unsent = self.senders.dead_letters.bury(done)
        for number, letter in self.relayed.letters:
            if letter.message_id in unsent:
                self._stop_at(number)

    def _waiting(self, kind: type[E]) -> Iterator[tuple[int, E]]:
        """Effects of this kind of the records that can still be done, with their numbers."""
        for number in range(self.relayed.end):
            for effect in self.relayed.promises[number].effects:
                if isinstance(effect, kind):
                    yield number, effect

    def _failed(self, number: int, error: MakegoodError, effect: str | None = None) -> None:
        if not isinstance(error, PermanentError):
            self._stop_at(number)
            return
        promise = self.relayed.promises[number]
        letter = DeadLetter(promise.sequence_number, _body(promise, effect), error)
        self.relayed.letters.append((number, letter))

    def _stop_at(self, number: int) -> None:
        self.relayed.end = min(self.relayed.end, number)


def _body(promise: Promise, effect: str | None) -> str:
    """Enough to find the record, and nothing of what is in it."""
    body = {"pk": promise.pk, "sk": promise.sk, "sequence_number": promise.sequence_number}
    return json.dumps(body if effect is None else body | {"effect": effect})
