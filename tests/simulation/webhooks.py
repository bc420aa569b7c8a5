"""What Paddle tells: each event as webhooks, which come late, twice, in any order, or never."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from local.paddle.core import destinations, signing
from local.paddle.core.notifications import encoded
from local.paddle.core.paddle import Paddle
from tests.simulation.chance import Chance
from tests.simulation.faults import PADDLE_EVENTS, WEBHOOK
from tests.simulation.gateway import Gateway
from tests.simulation.timeline import Timeline
from tests.simulation.witness import Witness

TAKES = ((0.05, 3.0), (1.0, 60.0), (30.0, 900.0))
"""Seconds until the first attempt, in a story. A payout of which one tells early is safe early."""

LATE = (30.0, 7200.0)
TRIES = (60.0, 300.0, 1200.0, 3600.0, 7200.0)
"""Seconds until another attempt, as long as there was no 200. Paddle has more, over three days."""

ROTATION_KNOWN_AFTER = (60.0, 3000.0)
OLD_SECRET_DROPPED_AFTER = 7200.0

UNKNOWN = ("subscription.paused", "report.created", "moon.landed")
UNREADABLE: tuple[Mapping[str, Any], ...] = (
    {"event_type": "transaction.completed", "data": {"id": "txn_01kjpx71rrp1zr6z0b6nfbkm1z"}},
    {"event_type": "adjustment.created", "data": {"status": 7}},
)


@dataclass(slots=True)
class Webhooks:
    timeline: Timeline
    chance: Chance
    paddle: Paddle
    gateway: Gateway
    witness: Witness
    unanswered: set[str] = field(default_factory=set)
    """Adjustments that were made, and whose answer is still on its way."""
    secrets: list[str] = field(default_factory=list)
    """Those that the studio knows of."""
    _takes: tuple[float, float] = TAKES[0]
    _told: set[str] = field(default_factory=set)
    """Transactions of which a webhook has told."""
    _confirmed: set[str] = field(default_factory=set)
    """Events that were answered with 200, or were told before the story began."""
    _made_up: int = 0

    def __post_init__(self) -> None:
        self.secrets = [self.paddle.destination["endpoint_secret_key"]]
        self.witness.secrets += self.secrets
        self._takes = self.chance.choice(TAKES)
        self._confirmed = {event["event_id"] for event in self.paddle.events}

    def send(self, event: Mapping[str, Any]) -> None:
        """On its way it can have bad luck."""
        if self.chance.strikes("F41 a secret is rotated", WEBHOOK):
            self._rotate()
        if self.chance.strikes("F42 a webhook of a kind that nobody knows", WEBHOOK):
            self._invent({"event_type": self.chance.choice(UNKNOWN), "data": {"id": "x_1"}})
        if self.chance.happens(0.02) and not self.chance.is_calm:
            self.chance.saw("F29 a message is poison", PADDLE_EVENTS)
            self._invent(self.chance.choice(UNREADABLE))
        if self.chance.happens(0.02) and not self.chance.is_calm:
            self.forge(self._invented(event))
        if self.chance.strikes("F39 a webhook never comes", WEBHOOK):
            self.timeline.note("webhook lost", event["event_type"], event["data"]["id"])
            return
        copies = 2 if self.chance.strikes("F37 a webhook comes twice", WEBHOOK) else 1
        for _ in range(copies):
            delay = self.chance.between(*self._takes)
            if self.chance.strikes("F38 a webhook is late", WEBHOOK):
                delay += self.chance.between(*LATE)
            self.timeline.later(delay, partial(self.attempt, event))

    def attempt(self, event: Mapping[str, Any], number: int = 0) -> None:
        data = event["data"]
        if data.get("id") in self.unanswered:
            self.chance.saw("F52 a webhook is faster than the answer", WEBHOOK)
        self._note_order(event)
        body = encoded({name: value for name, value in event.items() if name != "id"})
        heard = partial(self._heard, event, number)
        self.gateway.deliver(event["event_id"], body, partial(self._sign, body), heard)

    def forge(self, event: Mapping[str, Any]) -> None:
        """Somebody else sends it, without the secret, as an event that Paddle does not have."""
        body = encoded({name: value for name, value in event.items() if name != "id"})

        def sign(timestamp: int) -> str:
            return signing.signature(body, ["pdl_" + "ntfset_guessed"], timestamp=timestamp)

        self.gateway.deliver(event["event_id"], body, sign, lambda _status: None, is_good=False)

    def tell_everything(self, within: float, *, share: float = 1) -> None:
        """As somebody would by hand in Paddle's dashboard, in no order: each event that was not
        confirmed, and a share of the others."""
        for event in self.paddle.events:
            if event["event_id"] not in self._confirmed or self.chance.happens(share):
                self.timeline.later(self.chance.between(0, within), partial(self.attempt, event))

    def _heard(self, event: Mapping[str, Any], number: int, status: int) -> None:
        if status == 200:
            self._confirmed.add(event["event_id"])
            self._told.update(_transactions(event))
        elif number < len(TRIES):
            self.timeline.later(TRIES[number], partial(self.attempt, event, number + 1))

    def _note_order(self, event: Mapping[str, Any]) -> None:
        is_of_money = event["event_type"].startswith("adjustment.")
        if is_of_money and event["data"].get("transaction_id") not in self._told:
            self.chance.saw("F38 an adjustment is told before its purchase", PADDLE_EVENTS)

    def _sign(self, body: bytes, timestamp: int) -> str:
        secrets = destinations.secrets(self.paddle.world, self.paddle.destination)
        return signing.signature(body, secrets, timestamp=timestamp)

    def _rotate(self) -> None:
        """Paddle signs with both for a while; the studio learns of the new one a little later."""
        self.paddle.command("rotate_secret", {}, self.timeline.now)
        new = self.paddle.destination["endpoint_secret_key"]
        self.witness.secrets.append(new)

        def known() -> None:
            if new != self.paddle.destination["endpoint_secret_key"]:
                return  # There is a newer one by now, which may have been learned of before.
            self.secrets = [*self.secrets[-1:], new]
            self.timeline.later(OLD_SECRET_DROPPED_AFTER, dropped)

        def dropped() -> None:
            self.secrets = self.secrets[-1:]

        self.timeline.later(self.chance.between(*ROTATION_KNOWN_AFTER), known)

    def _invent(self, event: Mapping[str, Any]) -> None:
        whole = self._invented(event)
        self.timeline.later(self.chance.between(*self._takes), partial(self.attempt, whole))

    def _invented(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        self._made_up += 1
        return {
            "occurred_at": self.timeline.now.isoformat(),
            "notification_id": "ntf_01kjpx71rrp1zr6z0b6nfbkm1a",
            **event,
            "event_id": f"evt_01kjpx71rrp1zr6z0b6nfb{self._made_up:04d}",
        }


def _transactions(event: Mapping[str, Any]) -> Iterator[str]:
    if event["event_type"] == "transaction.completed":
        yield event["data"]["id"]


def secret_text(secrets: list[str]) -> str:
    return json.dumps({"secrets": secrets})
