"""What a shop at Paddle does: customers buy, and each thing that happens becomes an event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from local.paddle import catalog, ids, transactions
from local.paddle.clock import Clock, milliseconds, text
from local.paddle.delivery import Delivery
from local.paddle.records import Record, Records


class UnknownIdError(LookupError):
    """Nothing of that id is kept here."""


@dataclass(frozen=True, slots=True)
class Sending:
    """How the events of one purchase go out."""

    copies: int = 1
    delay: timedelta = timedelta()
    backwards: bool = False
    """The last event first."""
    lost: bool = False
    """Not at all: only a look at `GET /events` finds them."""


class Shop:
    def __init__(self, records: Records, clock: Clock, delivery: Delivery) -> None:
        self._records, self._clock, self._delivery = records, clock, delivery
        for price in catalog.PRICES:
            if records.find("prices", price["id"]) is None:
                records.put("prices", price)

    def add_price(
        self, *, name: str, amount: int, currency: str, price_id: str | None, tax_included: bool
    ) -> Record:
        price = catalog.price(
            price_id or ids.new("pri", milliseconds(self._clock.now())),
            name=name,
            amount=amount,
            currency=currency,
            tax_included=tax_included,
        )
        self._records.put("prices", price)
        return price

    def price(self, price_id: str) -> Record:
        return self._known("prices", price_id)

    def customer(self, *, email: str, name: str | None = None) -> tuple[Record, bool]:
        """The customer of that address, and whether they are new."""
        for known in self._records.all("customers"):
            if known["email"] == email:
                return known, False
        now = self._clock.now()
        new = catalog.customer(
            ids.new("ctm", milliseconds(now)), email=email, name=name, at=text(now)
        )
        self._records.put("customers", new)
        return new, True

    def known_customer(self, customer_id: str) -> Record:
        return self._known("customers", customer_id)

    def buy(
        self,
        customer: Mapping[str, Any],
        items: Sequence[tuple[Mapping[str, Any], int]],
        *,
        custom_data: Mapping[str, Any] | None,
        at: datetime | None = None,
        tax_rate: Decimal | None = None,
        origin: str = "api",
        collected: bool = True,
    ) -> Record:
        """A completed transaction, kept; its events are the caller's."""
        rate = Decimal("0.08875") if tax_rate is None else tax_rate
        transaction = transactions.completed(
            transactions.Purchase(
                customer_id=customer["id"],
                items=items,
                captured_at=at or self._clock.now(),
                custom_data=custom_data,
                tax_rate=rate,
                origin=origin,
                cardholder=customer["name"] or "Cardholder",
                collected=collected,
            )
        )
        self._records.put("transactions", transaction)
        return transaction

    def event(self, event_type: str, data: Mapping[str, Any], *, at: datetime) -> Record:
        event_id = ids.new("evt", milliseconds(at))
        record = {
            "id": event_id,
            "event_id": event_id,
            "event_type": event_type,
            "occurred_at": text(at),
            "data": dict(data),
        }
        self._records.put("events", record)
        return record

    def send(self, events: Sequence[Record], sending: Sending) -> list[str]:
        """Ids of the notifications, in the order in which they were queued."""
        if sending.lost:
            return []
        ordered = list(reversed(events)) if sending.backwards else list(events)
        return [
            self._delivery.notify(event, delay=sending.delay)
            for event in ordered
            for _ in range(sending.copies)
        ]

    def replay(self, event_id: str, sending: Sending) -> list[str]:
        return self.send([self._known("events", event_id)], sending)

    def _known(self, kind: str, record_id: str) -> Record:
        record = self._records.find(kind, record_id)
        if record is None:
            raise UnknownIdError(f"no {record_id} in {kind}")
        return record
