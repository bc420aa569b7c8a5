"""What every action of Paddle works on: its memory, its ways, and the time that it was given."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.paddle.core.options import Options
from local.paddle.core.state import Record, State
from local.paddle.core.times import milliseconds, text


@dataclass(frozen=True, slots=True)
class Sending:
    """How events go out."""

    copies: int = 1
    delay: timedelta = timedelta()
    backwards: bool = False
    """The last event first."""
    lost: bool = False
    """Not at all: only a look at `GET /events` finds them."""


@dataclass(slots=True)
class EventFault:
    """What becomes of the next events of a type."""

    event_type: str | None
    """None: of any."""
    sending: Sending
    times: int = 1


@dataclass(slots=True)
class World:
    state: State
    options: Options
    now: datetime
    base_url: str
    event_faults: deque[EventFault] = field(default_factory=deque)

    def new_id(self, kind: str, at: datetime | None = None) -> str:
        return self.state.ids.new(kind, milliseconds(at or self.now))

    def set_options(self, options: Options) -> None:
        self.options = options
        self.state.put("options", {"id": "options", **options.written()})

    def happened(
        self, event_type: str, data: Mapping[str, Any], *, at: datetime | None = None
    ) -> Record:
        """An event, kept; nobody is told yet."""
        event_id = self.new_id("evt", at)
        event = {
            "id": event_id,
            "event_id": event_id,
            "event_type": event_type,
            "occurred_at": text(at or self.now),
            "data": dict(data),
        }
        self.state.put("events", event)
        self.lagging(event_id, self.options.event_lag_seconds)
        return event

    def lagging(self, record_id: str, seconds: float) -> None:
        """Lists do not show it for so long."""
        if seconds > 0:
            until = text(self.now + timedelta(seconds=seconds))
            self.state.put("lags", {"id": record_id, "until": until})

    def tell(self, events: Sequence[Record], sending: Sending | None = None) -> list[str]:
        """Ids of the notifications, in the order in which they are queued."""
        ordered = reversed(events) if sending and sending.backwards else events
        return [
            notification_id
            for event in ordered
            for notification_id in self._notify(event, sending or self._next(event["event_type"]))
        ]

    def _notify(self, event: Record, sending: Sending) -> Iterable[str]:
        if sending.lost:
            return
        for destination in self.state.all("notification_settings"):
            if wants(destination, event["event_type"]):
                for _ in range(sending.copies):
                    yield self.queue(event, destination["id"], delay=sending.delay)

    def queue(
        self,
        event: Mapping[str, Any],
        destination_id: str,
        *,
        delay: timedelta = timedelta(),
        origin: str = "event",
    ) -> str:
        """One notification of one event for one destination."""
        notification_id = self.new_id("ntf")
        payload = {name: event[name] for name in ("event_id", "event_type", "occurred_at")}
        self.state.put(
            "notifications",
            {
                "id": notification_id,
                "type": event["event_type"],
                "status": "not_attempted",
                "payload": {**payload, "notification_id": notification_id, "data": event["data"]},
                "occurred_at": event["occurred_at"],
                "delivered_at": None,
                "replayed_at": None,
                "origin": origin,
                "last_attempt_at": None,
                "retry_at": text(self.now + delay),
                "times_attempted": 0,
                "notification_setting_id": destination_id,
                "attempts": [],
            },
        )
        return notification_id

    def _next(self, event_type: str) -> Sending:
        for fault in self.event_faults:
            if fault.event_type in (None, event_type):
                fault.times -= 1
                if fault.times <= 0:
                    self.event_faults.remove(fault)
                return fault.sending
        return Sending()


def wants(destination: Mapping[str, Any], event_type: str) -> bool:
    """Whether the destination is active and subscribed to it."""
    subscribed = (one["name"] for one in destination["subscribed_events"])
    traffic = destination["traffic_source"] in ("platform", "all")
    return destination["active"] and traffic and event_type in subscribed
