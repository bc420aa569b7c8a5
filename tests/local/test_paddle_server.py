from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import json_server
from local.client import Answer, call, wait_for
from local.json_server import Reply, Request, Route
from local.paddle import catalog, server
from local.paddle.records import Records

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
    queued = [paddle.records.find("notifications", one) for one in made["notification_ids"]]
    assert next(one["type"] for one in queued if one) == "transaction.completed"


def test_a_lost_event_can_be_found_and_sent_later(
    paddle: server.Paddle, webhooks: Webhooks
) -> None:
    made = buy(paddle, account_id="acc_1", lost=True).body
    event_id = made["event_ids"][-1]

    listed = call("GET", f"{paddle.url}/events").body["data"]
    again = call("POST", f"{paddle.url}/_local/events/{event_id}/deliveries", {})

    assert made["notification_ids"] == []
    assert event_id in [one["event_id"] for one in listed]
    assert "notification_id" not in listed[0]
    assert again.status == 202
    assert webhooks.wait_for(1)[0]["event_id"] == event_id


def test_lists_are_paged_as_paddle_pages_them(paddle: server.Paddle) -> None:
    for number in range(3):
        buy(paddle, account_id=f"acc_{number}", lost=True)

    first = call("GET", f"{paddle.url}/transactions?per_page=2").body
    second = call("GET", paddle.url + first["meta"]["pagination"]["next"]).body

    assert (len(first["data"]), first["meta"]["pagination"]["has_more"]) == (2, True)
    assert (len(second["data"]), second["meta"]["pagination"]["has_more"]) == (1, False)
    assert second["meta"]["pagination"]["estimated_total"] == 3


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/transactions/txn_nobody", None, 404),
        ("GET", "/nothing", None, 404),
        ("POST", "/_local/purchases", {"price_id": "pri_unknown"}, 404),
        ("POST", "/_local/purchases", {}, 400),
        ("POST", "/_local/purchases", [], 400),
    ],
)
def test_what_cannot_be_is_refused(
    paddle: server.Paddle, method: str, path: str, body: Any, status: int
) -> None:
    assert call(method, paddle.url + path, body).status == status


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    path = tmp_path / "paddle.json"
    first = server.start(path)
    made = buy(first, account_id="acc_1").body
    first.stop()
    with path.open("a") as file:
        file.write('["events",{"id":"evt_cut')

    second = server.start(path)
    second.stop()

    assert second.delivery.secret == first.delivery.secret
    assert second.records.find("transactions", made["transaction"]["id"]) == made["transaction"]
    assert len(second.records.all("notifications")) == 2


def test_the_last_word_on_an_id_is_what_is_kept(tmp_path: Path) -> None:
    records = Records(tmp_path / "records.json")
    records.put("things", {"id": "a", "n": 1})
    records.put("things", {"id": "b", "n": 1})
    records.put("things", {"id": "a", "n": 2})

    again = Records(tmp_path / "records.json")

    assert again.all("things") == [{"id": "a", "n": 2}, {"id": "b", "n": 1}]
    assert len((tmp_path / "records.json").read_text().splitlines()) == 2
