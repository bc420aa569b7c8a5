from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import json_server
from local.client import Answer, call, wait_for
from local.json_server import Reply, Request, Route
from local.paddle import catalog, server
from local.paddle.core.state import State
from local.paddle.journal import Journal

PRICE = catalog.PRICES[0]["id"]


class Webhooks:
    """A receiver of webhooks on a port of its own."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.server = json_server.start([Route("POST", "/hook", self._take)])
        self.url = f"{self.server.url}/hook"

    def _take(self, request: Request) -> Reply:
        self.received.append(dict(request.body))
        return Reply(200, {})

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        wait_for(f"{count} webhooks", lambda: len(self.received) >= count)
        return self.received


@pytest.fixture
def webhooks() -> Iterator[Webhooks]:
    receiver = Webhooks()
    yield receiver
    receiver.server.stop()


@pytest.fixture
def paddle(tmp_path: Path, webhooks: Webhooks) -> Iterator[server.Paddle]:
    running = server.start(tmp_path / "paddle.json", webhook_url=webhooks.url)
    yield running
    running.stop()


def buy(paddle: server.Paddle, **body: Any) -> Answer:
    return call("POST", f"{paddle.url}/_local/purchases", {"price_id": PRICE, **body})


def asked(paddle: server.Paddle, method: str, path: str, body: Any = None) -> Answer:
    """Of Paddle's own API, with the key."""
    return call(method, paddle.url + path, body, {"Authorization": f"Bearer {paddle.api_key}"})


def test_a_purchase_tells_the_shop_about_the_buyer_and_the_payment(
    paddle: server.Paddle, webhooks: Webhooks
) -> None:
    made = buy(paddle, account_id="acc_1", quantity=3, order_ref="ord_1").body

    received = webhooks.wait_for(2)

    by_type = {one["event_type"]: one["data"] for one in received}
    assert by_type["customer.created"] == made["customer"]
    assert by_type["transaction.completed"] == made["transaction"]
    assert made["transaction"]["custom_data"] == {"account_id": "acc_1", "order_ref": "ord_1"}
    assert made["transaction"]["items"][0]["quantity"] == 3


def test_a_buyer_who_comes_back_is_the_same_customer(paddle: server.Paddle) -> None:
    first = buy(paddle, account_id="acc_1").body
    second = buy(paddle, email="ACC_1@example.com".lower()).body

    assert second["customer"] == first["customer"]
    assert len(second["event_ids"]) == 1
    assert second["transaction"]["custom_data"] is None


def test_an_event_can_come_several_times_and_backwards(
    paddle: server.Paddle, webhooks: Webhooks
) -> None:
    made = buy(paddle, account_id="acc_1", copies=2, backwards=True, with_paid=True).body

    received = webhooks.wait_for(6)

    assert len(made["notification_ids"]) == 6
    assert sorted({one["event_id"] for one in received}) == sorted(made["event_ids"])
    first = asked(paddle, "GET", f"/notifications/{made['notification_ids'][0]}").body["data"]
    assert first["type"] == "transaction.completed"


def test_a_lost_event_can_be_found_and_sent_later(
    paddle: server.Paddle, webhooks: Webhooks
) -> None:
    made = buy(paddle, account_id="acc_1", lost=True).body
    event_id = made["event_ids"][-1]

    listed = asked(paddle, "GET", "/events").body["data"]
    again = call("POST", f"{paddle.url}/_local/events/{event_id}/deliveries", {})

    assert made["notification_ids"] == []
    assert event_id in [one["event_id"] for one in listed]
    assert "notification_id" not in listed[0]
    assert again.status == 202
    assert webhooks.wait_for(1)[0]["event_id"] == event_id


def test_lists_are_paged_as_paddle_pages_them(paddle: server.Paddle) -> None:
    for number in range(3):
        buy(paddle, account_id=f"acc_{number}", lost=True)

    first = asked(paddle, "GET", "/transactions?per_page=2").body
    following = first["meta"]["pagination"]["next"]
    assert following.startswith(paddle.url)
    second = asked(paddle, "GET", following.removeprefix(paddle.url)).body

    assert (len(first["data"]), first["meta"]["pagination"]["has_more"]) == (2, True)
    assert (len(second["data"]), second["meta"]["pagination"]["has_more"]) == (1, False)
    assert second["meta"]["pagination"]["estimated_total"] == 3


def test_without_the_key_nothing_is_shown(paddle: server.Paddle) -> None:
    assert call("GET", f"{paddle.url}/events").status == 403
    assert call("GET", f"{paddle.url}/_local").body["api_key"] == paddle.api_key


@pytest.mark.parametrize("kind", ["drop", "timeout"])
@pytest.mark.parametrize("after", [False, True])
def test_an_answer_is_lost_on_the_way(paddle: server.Paddle, kind: str, after: bool) -> None:
    transaction = buy(paddle, lost=True).body["transaction"]
    body = {"action": "refund", "transaction_id": transaction["id"], "reason": "r", "type": "full"}
    fault = {"kind": kind, "after": after, "method": "POST", "seconds": 0.01}
    assert call("POST", f"{paddle.url}/_local/faults", fault).status == 200

    with pytest.raises(OSError, match=r"Remote|refused|reset"):
        asked(paddle, "POST", "/adjustments", body)

    made = asked(paddle, "GET", f"/adjustments?transaction_id={transaction['id']}").body["data"]
    assert len(made) == int(after)


def test_faults_are_listed_and_forgotten(paddle: server.Paddle) -> None:
    faults = f"{paddle.url}/_local/faults"

    planned = call("POST", faults, {"kind": "error", "code": "bad_gateway", "times": 3}).body
    answer = asked(paddle, "GET", "/ips")
    cleared = call("POST", faults, {"clear": True}).body

    assert (planned["faults"][0]["code"], answer.status) == ("bad_gateway", 502)
    assert cleared == {"faults": []}
    assert asked(paddle, "GET", "/ips").status == 200


def test_a_slow_answer_comes_late(paddle: server.Paddle) -> None:
    call("POST", f"{paddle.url}/_local/faults", {"kind": "slow", "seconds": 0.01})

    answer = asked(paddle, "GET", "/ips")

    assert answer.status == 200
    assert "x-local-delay" not in {name.lower() for name in answer.headers}


def test_moved_time_brings_the_decision_on_a_refund(
    paddle: server.Paddle, webhooks: Webhooks
) -> None:
    transaction = buy(paddle, lost=True).body["transaction"]
    body = {"action": "refund", "transaction_id": transaction["id"], "reason": "r", "type": "full"}
    made = asked(paddle, "POST", "/adjustments", body).body["data"]

    call("POST", f"{paddle.url}/_local/clock", {"advance_seconds": 600})

    received = webhooks.wait_for(2)
    assert made["status"] == "pending_approval"
    told = {one["event_type"]: one["data"]["status"] for one in received}
    assert told == {"adjustment.created": "pending_approval", "adjustment.updated": "approved"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/chargebacks", {"warning": True}, 201),
        ("/tax-refunds", {}, 201),
        ("/refunds", {"amount": 5}, 201),
        ("/options", {"review": "by_hand", "list_lag_seconds": 60}, 200),
        ("/event-faults", {"lost": True}, 200),
        ("/keys", {"permissions": []}, 201),
        ("/secret-rotations", {}, 200),
        ("/prices", {"name": "10 credits", "amount": 10}, 201),
        ("/destination", {}, 200),
    ],
)
def test_the_world_around_paddle_can_be_played(
    paddle: server.Paddle, path: str, body: dict[str, Any], status: int
) -> None:
    transaction = buy(paddle, lost=True).body["transaction"]
    named = path in ("/chargebacks", "/tax-refunds", "/refunds")

    sent = {**body, **({"transaction_id": transaction["id"]} if named else {})}

    assert call("POST", f"{paddle.url}/_local{path}", sent).status == status


def test_a_customer_changes_and_a_dispute_is_taken_back(paddle: server.Paddle) -> None:
    made = buy(paddle, lost=True).body
    local = f"{paddle.url}/_local"
    dispute = {"transaction_id": made["transaction"]["id"]}
    disputed = call("POST", f"{local}/chargebacks", dispute).body["adjustment"]

    back = call("POST", f"{local}/reversals", {"adjustment_id": disputed["id"]})
    changed = call("POST", f"{local}/customers/{made['customer']['id']}", {"name": "Grace"})
    key = call("POST", f"{local}/keys", {}).body["id"]
    revoked = call("POST", f"{local}/keys/{key}/revocation", {})

    assert (back.status, len(back.body["event_ids"])) == (201, 2)
    assert changed.body["customer"]["name"] == "Grace"
    assert (revoked.status, revoked.body["revoked"]) == (200, True)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("GET", "/_local/purchases", None, 405),
        ("POST", "/_local/nothing", {}, 404),
        ("POST", "/_local/options", {"unknown": 1}, 400),
        ("POST", "/_local/options", {"review": "never"}, 400),
        ("POST", "/_local/purchases", {"price_id": PRICE, "tax_rate": "much"}, 400),
        ("POST", "/_local/reviews", {"adjustment_id": "adj_x"}, 404),
        ("POST", "/_local/purchases", {"price_id": "pri_unknown"}, 404),
        ("POST", "/_local/purchases", {}, 400),
        ("POST", "/_local/purchases", [], 400),
    ],
)
def test_what_cannot_be_is_refused(
    paddle: server.Paddle, method: str, path: str, body: Any, status: int
) -> None:
    assert call(method, paddle.url + path, body).status == status


def test_a_body_that_is_too_large_is_not_read(paddle: server.Paddle) -> None:
    huge = {"name": "x" * 1_100_000}

    try:
        assert call("POST", f"{paddle.url}/_local/prices", huge).status == 413
    except OSError:
        # The answer was there before the whole body was sent.
        assert call("GET", f"{paddle.url}/_local").status == 200


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    path = tmp_path / "paddle.json"
    first = server.start(path)
    made = buy(first, account_id="acc_1").body
    call("POST", f"{first.url}/_local/options", {"review": "by_hand"})
    first.stop()
    with path.open("a") as file:
        file.write('["events",{"id":"evt_cut')

    second = server.start(path)
    second.stop()

    assert (second.delivery.secret, second.api_key) == (first.delivery.secret, first.api_key)
    state = second.kept.paddle.state
    assert state.known("transactions", made["transaction"]["id"]) == made["transaction"]
    assert len(state.all("notifications")) == len(state.open("notifications")) == 2
    assert second.kept.paddle.world.options.review == "by_hand"


def test_the_effect_of_a_lost_answer_is_kept_too(tmp_path: Path) -> None:
    first = server.start(tmp_path / "paddle.json")
    transaction = buy(first).body["transaction"]
    call("POST", f"{first.url}/_local/faults", {"kind": "drop", "after": True})
    body = {"action": "refund", "transaction_id": transaction["id"], "reason": "r", "type": "full"}
    with pytest.raises(OSError, match=r"Remote|refused|reset"):
        asked(first, "POST", "/adjustments", body)
    first.stop()

    second = server.start(tmp_path / "paddle.json")
    second.stop()

    assert len(second.kept.paddle.state.adjustments_of(transaction["id"])) == 1


def test_a_file_of_an_earlier_version_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "paddle.json"
    secret = "pdl_ntfset_01hv8x7hqz6yj4n3k2m1p0r9st_vN8tQ2wZ6yB4mK1c"
    attempt = {"attempted_at": "2026-11-01T00:00:00.000000Z", "status": 500}
    Journal(path).write(
        [
            ("ntfset", {"id": "ntfset", "secret": secret}),
            ("customers", catalog.customer("ctm_1", email="a@b.c", name=None, at="2026-11-01")),
            (
                "notifications",
                {
                    "id": "ntf_1",
                    "type": "customer.created",
                    "status": "needs_retry",
                    "payload": {},
                    "occurred_at": "2026-11-01T00:00:00.000000Z",
                    "origin": "event",
                    "retry_at": "2026-11-01T00:03:00.000000Z",
                    "times_attempted": 1,
                    "attempts": [attempt],
                },
            ),
        ]
    )

    paddle = server.start(path)

    try:
        assert paddle.delivery.secret == secret
        assert asked(paddle, "GET", "/notifications/ntf_1/logs").body["data"]
        assert buy(paddle, email="a@b.c").body["customer"]["id"] == "ctm_1"
    finally:
        paddle.stop()


def test_the_last_word_on_an_id_is_what_is_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "records.json")
    first = State()
    first.put("things", {"id": "a", "n": 1})
    first.put("things", {"id": "b", "n": 1})
    first.put("things", {"id": "a", "n": 2})
    first.put("things", {"id": "c", "n": 1})
    first.remove("things", "c")
    journal.write(first.drain())

    again = State()
    again.load(journal.read())
    journal.compact(again.whole())

    assert again.all("things") == first.all("things") == [{"id": "a", "n": 2}, {"id": "b", "n": 1}]
    assert len((tmp_path / "records.json").read_text().splitlines()) == 2
