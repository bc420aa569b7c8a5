"""Webhooks: when they are due, what stops them, how they are signed, where they go."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.paddle.clock import Clock
from local.paddle.core import schedule
from local.paddle.core.faults import Plan
from local.paddle.core.paddle import Paddle
from local.paddle.delivery import Delivery
from local.paddle.journal import Journal
from local.paddle.kept import Kept
from tests.local.paddles import USD, Shop, code_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "http://127.0.0.1:1/webhooks/paddle"
SETTINGS = "/notification-settings"
BOOKS = {
    "description": "books",
    "type": "url",
    "destination": "https://books.example/hook",
    "subscribed_events": ["adjustment.created", "transaction.completed"],
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
        self.real = NOON.timestamp()
        self.clock = Clock(lambda: self.real)
        self.kept = Kept(Paddle(NOON, **options), self.clock, Journal(None), Plan())
        self.kept.send_to(URL)
        self.delivery = Delivery(self.kept, send=receiver)

    def buy(self, **more: Any) -> list[str]:
        """Ids of the notifications, of which the last is of the completed transaction."""
        bought = {"price_id": USD, "name": "\u00e9t\u00e9", **more}
        ids: list[str] = self.kept.command("purchase", bought)["notification_ids"]
        return ids

    def notification(self, notification_id: str) -> dict[str, Any]:
        return self.kept.paddle.state.known("notifications", notification_id)


def test_a_notification_is_sent_until_it_is_taken() -> None:
    receiver = Receiver(200, 500, 301)
    world = World(receiver)
    notification_id = world.buy()[-1]

    world.delivery.send_due()
    assert world.delivery.send_due() == []
    world.clock.advance(timedelta(minutes=3))
    world.delivery.send_due()
    world.clock.advance(timedelta(minutes=3))
    world.delivery.send_due()

    told = world.notification(notification_id)
    assert [attempt["status"] for attempt in told["attempts"]] in ([500, 301, 200], [200])
    assert told["status"] == "delivered"
    assert len(receiver.bodies) == 4
    assert world.delivery.send_due() == []


def test_a_retry_has_the_same_body_and_a_fresh_signature() -> None:
    receiver = Receiver(500, 500)
    world = World(receiver)
    world.buy()

    world.delivery.send_due()
    world.real += 200
    world.delivery.send_due()

    assert sorted(receiver.bodies[:2]) == sorted(receiver.bodies[2:])
    assert "\u00e9t\u00e9".encode() in b"".join(receiver.bodies)
    assert not set(receiver.signatures[:2]) & set(receiver.signatures[2:])


def test_moved_time_does_not_move_the_time_of_a_signature() -> None:
    receiver = Receiver()
    world = World(receiver)
    world.clock.advance(timedelta(hours=73))
    world.buy()

    world.delivery.send_due()

    assert receiver.signatures[0].startswith(f"ts={int(NOON.timestamp())};")


def test_a_sandbox_gives_up_after_three_retries() -> None:
    world = World(Receiver(*[0] * 10), retries=schedule.SANDBOX)
    notification_id = world.buy()[-1]

    for _ in range(10):
        world.delivery.send_due()
        world.clock.advance(timedelta(minutes=5))

    told = world.notification(notification_id)
    assert (told["status"], told["times_attempted"]) == ("failed", 4)


def test_a_delayed_notification_waits() -> None:
    world = World(Receiver())
    ids = world.buy(delay_seconds=60)

    assert world.delivery.send_due() == []
    world.clock.advance(timedelta(minutes=1))
    assert world.delivery.send_due() == ids


def test_copies_are_notifications_of_their_own_for_the_same_event() -> None:
    world = World(Receiver())

    sent = world.buy(copies=3)[-3:]

    payloads = [world.notification(one)["payload"] for one in sent]
    assert len({payload["notification_id"] for payload in payloads}) == 3
    assert len({payload["event_id"] for payload in payloads}) == 1


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


def setting(shop: Shop, **more: Any) -> dict[str, Any]:
    answer = shop.ask("POST", SETTINGS, {**BOOKS, **more})
    assert answer.status == 201
    made: dict[str, Any] = answer.json()["data"]
    return made


def urls(shop: Shop) -> list[str]:
    return [due.url for due in shop.paddle.due_deliveries(shop.now)]


def test_nothing_is_due_where_no_address_is() -> None:
    shop = Shop()
    shop.buy()

    assert urls(shop) == []
    destination = shop.paddle.destination["id"]
    shop.ask("PATCH", f"{SETTINGS}/{destination}", {"destination": URL})
    assert urls(shop) == [URL, URL]


def test_each_destination_gets_what_it_subscribed_to() -> None:
    shop = Shop()
    made = setting(shop)

    shop.buy()
    assert urls(shop) == [made["destination"]]

    changes = {"subscribed_events": ["customer.created"]}
    changed = shop.ask("PATCH", f"{SETTINGS}/{made['id']}", changes).json()["data"]
    shop.buy(email="new@example.com")
    assert [one["name"] for one in changed["subscribed_events"]] == ["customer.created"]
    types = [
        one["type"] for one in shop.get(f"/notifications?notification_setting_id={made['id']}")
    ]
    assert types == ["customer.created", "transaction.completed"]


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({"active": False}, 0),
        ({"traffic_source": "simulation"}, 0),
        ({"traffic_source": "all"}, 1),
        ({"subscribed_events": []}, 0),
    ],
)
def test_a_destination_may_want_nothing(changes: dict[str, Any], due: int) -> None:
    shop = Shop()
    made = setting(shop)

    assert shop.ask("PATCH", f"{SETTINGS}/{made['id']}", changes).status == 200
    shop.buy()

    assert len(urls(shop)) == due


def test_a_destination_that_is_gone_gets_nothing_more() -> None:
    shop = Shop()
    made = setting(shop)
    shop.buy()

    answer = shop.ask("DELETE", f"{SETTINGS}/{made['id']}")

    assert (answer.status, answer.body) == (204, b"")
    assert urls(shop) == []
    assert code_of(shop.ask("GET", f"{SETTINGS}/{made['id']}")) == "not_found"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"destination": "books.example"}, "url_notification_setting_incorrect"),
        ({"type": "email"}, "email_notification_setting_incorrect"),
        ({"type": "pigeon"}, "invalid_field"),
        ({"traffic_source": "none"}, "invalid_field"),
        ({"subscribed_events": ["transaction.refunded"]}, "invalid_field"),
        ({"subscribed_events": None}, "invalid_field"),
    ],
)
def test_a_destination_that_makes_no_sense_is_refused(more: dict[str, Any], code: str) -> None:
    assert code_of(Shop().ask("POST", SETTINGS, {**BOOKS, **more})) == code


def test_only_ten_destinations_are_active_at_once() -> None:
    shop = Shop()
    made = [setting(shop) for _ in range(9)]

    refused = shop.ask("POST", SETTINGS, BOOKS)
    assert code_of(refused) == "notification_maximum_active_settings_reached"
    shop.ask("PATCH", f"{SETTINGS}/{made[0]['id']}", {"active": False})
    setting(shop)
    assert len(shop.get(f"{SETTINGS}?active=true")) == 10


def test_after_a_rotation_both_secrets_sign() -> None:
    shop = Shop()
    made = setting(shop)
    old = made["endpoint_secret_key"]

    new = shop.do("rotate_secret", id=made["id"])["endpoint_secret_key"]
    shop.buy()

    (due,) = shop.paddle.due_deliveries(shop.now)
    assert old != new
    assert due.headers["Paddle-Signature"].count("h1=") == 2


def test_a_notification_is_replayed_once_it_is_over() -> None:
    shop = Shop()
    setting(shop)
    shop.buy()
    (due,) = shop.paddle.due_deliveries(shop.now)
    path = f"/notifications/{due.notification_id}"
    assert code_of(shop.ask("POST", f"{path}/replay")) == "notification_cannot_replay"
    shop.paddle.delivered(due.notification_id, 200, shop.now)

    answer = shop.ask("POST", f"{path}/replay")

    replay = answer.json()["data"]["notification_id"]
    (again,) = shop.paddle.due_deliveries(shop.now)
    assert answer.status == 202
    assert again.notification_id == replay != due.notification_id
    first, second = shop.get(path), shop.get(f"/notifications/{replay}")
    assert (first["origin"], second["origin"]) == ("event", "replay")
    assert first["payload"]["event_id"] == second["payload"]["event_id"]
    assert (first["replayed_at"] is None, second["replayed_at"]) == (False, None)
    shop.paddle.delivered(replay, 200, shop.now)
    refused = shop.ask("POST", f"/notifications/{replay}/replay")
    assert code_of(refused) == "notification_replay_invalid_origin_type"


@pytest.mark.parametrize(("days", "status"), [(89, 202), (91, 404)])
def test_a_replay_reaches_90_days_back(days: int, status: int) -> None:
    shop = Shop()
    setting(shop)
    shop.buy()
    (due,) = shop.paddle.due_deliveries(shop.now)
    shop.paddle.delivered(due.notification_id, 200, shop.now)

    shop.later(days=days)

    assert shop.ask("POST", f"/notifications/{due.notification_id}/replay").status == status


def test_a_notification_shows_its_attempts() -> None:
    shop = Shop()
    setting(shop)
    shop.buy()
    (due,) = shop.paddle.due_deliveries(shop.now)
    path = f"/notifications/{due.notification_id}"
    untried = shop.get(path)

    shop.paddle.delivered(due.notification_id, 503, shop.now)
    shop.later(minutes=3)
    retrying = shop.get(path)
    shop.paddle.delivered(due.notification_id, 200, shop.now)

    delivered = shop.get(path)
    assert (untried["status"], untried["retry_at"]) == ("not_attempted", None)
    assert (retrying["status"], retrying["retry_at"] is None) == ("needs_retry", False)
    assert (delivered["status"], delivered["times_attempted"]) == ("delivered", 2)
    assert sorted(one["response_code"] for one in shop.get(f"{path}/logs")) == [200, 503]
    assert len(shop.get("/notifications?status=delivered")) == 1


def test_an_event_is_sent_again_as_new_notifications() -> None:
    shop = Shop()
    setting(shop)
    shop.buy(lost=True)
    event_id = shop.paddle.events[-1]["id"]
    assert urls(shop) == []

    shop.do("send_again", id=event_id, copies=2)

    assert len(urls(shop)) == 2
