from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.paddle import schedule
from local.paddle.clock import Clock
from local.paddle.delivery import Delivery
from local.paddle.records import Records

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVENT = {
    "event_id": "evt_1",
    "event_type": "transaction.completed",
    "occurred_at": "2026-11-22T12:00:00.000000Z",
    "data": {"id": "txn_1", "name": "\u00e9t\u00e9"},
}


class Receiver:
    """Answers what it is told to, and keeps what came."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.bodies: list[bytes] = []
        self.signatures: list[str] = []

    def __call__(self, _url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.bodies.append(body)
        self.signatures.append(headers["Paddle-Signature"])
        return self.statuses.pop(0) if self.statuses else 200


class World:
    def __init__(self, receiver: Receiver, **options: Any) -> None:
        self.records = Records()
        self.real = NOON.timestamp()
        self.clock = Clock(lambda: self.real)
        self.delivery = Delivery(
            self.records,
            self.clock,
            secret="pdl_ntfset_1_x",
            url="http://127.0.0.1:1/webhooks/paddle",
            send=receiver,
            **options,
        )

    def notification(self, notification_id: str) -> dict[str, Any]:
        found = self.records.find("notifications", notification_id)
        assert found is not None
        return found


def test_a_notification_is_sent_until_it_is_taken() -> None:
    receiver = Receiver(500, 301)
    world = World(receiver)
    notification_id = world.delivery.notify(EVENT)

    world.delivery.send_due()
    assert world.delivery.send_due() == []
    world.clock.advance(timedelta(minutes=3))
    world.delivery.send_due()
    world.clock.advance(timedelta(minutes=3))
    world.delivery.send_due()

    told = world.notification(notification_id)
    assert [attempt["status"] for attempt in told["attempts"]] == [500, 301, 200]
    assert told["status"] == "delivered"
    assert world.delivery.send_due() == []


def test_a_retry_has_the_same_body_and_a_fresh_signature() -> None:
    receiver = Receiver(500)
    world = World(receiver)
    world.delivery.notify(EVENT)

    world.delivery.send_due()
    world.real += 200
    world.delivery.send_due()

    first, second = receiver.bodies
    assert first == second
    assert "\u00e9t\u00e9".encode() in first
    assert receiver.signatures[0] != receiver.signatures[1]


def test_moved_time_does_not_move_the_time_of_a_signature() -> None:
    receiver = Receiver()
    world = World(receiver)
    world.clock.advance(timedelta(hours=73))
    world.delivery.notify(EVENT)

    world.delivery.send_due()

    assert receiver.signatures[0].startswith(f"ts={int(NOON.timestamp())};")


def test_a_sandbox_gives_up_after_three_retries() -> None:
    world = World(Receiver(*[0] * 10), retries=schedule.SANDBOX)
    notification_id = world.delivery.notify(EVENT)

    for _ in range(10):
        world.delivery.send_due()
        world.clock.advance(timedelta(minutes=5))

    told = world.notification(notification_id)
    assert (told["status"], told["times_attempted"]) == ("failed", 4)


def test_a_delayed_notification_waits() -> None:
    receiver = Receiver()
    world = World(receiver)
    notification_id = world.delivery.notify(EVENT, delay=timedelta(minutes=1))

    assert world.delivery.send_due() == []
    world.clock.advance(timedelta(minutes=1))
    assert world.delivery.send_due() == [notification_id]


def test_copies_are_notifications_of_their_own_for_the_same_event() -> None:
    receiver = Receiver()
    world = World(receiver)

    sent = [world.delivery.notify(EVENT) for _ in range(3)]
    world.delivery.send_due()

    payloads = [world.notification(one)["payload"] for one in sent]
    assert len({payload["notification_id"] for payload in payloads}) == 3
    assert {payload["event_id"] for payload in payloads} == {"evt_1"}
    assert len(receiver.bodies) == 3


@pytest.mark.parametrize(
    ("within", "retries"),
    [(timedelta(hours=1), 20), (timedelta(days=1), 47), (timedelta(days=3), 60)],
)
def test_live_retries_come_as_often_as_published(within: timedelta, retries: int) -> None:
    assert sum(time <= within for time in schedule.LIVE) == retries


def test_a_faster_pace_makes_the_schedule_shorter() -> None:
    usual = schedule.next_attempt(schedule.LIVE, first_attempt_at=NOON, attempts=20)
    fast = schedule.next_attempt(schedule.LIVE, first_attempt_at=NOON, attempts=20, pace=60)

    assert usual == NOON + timedelta(hours=1)
    assert fast == NOON + timedelta(minutes=1)
    assert schedule.next_attempt(schedule.LIVE, first_attempt_at=NOON, attempts=61) is None
