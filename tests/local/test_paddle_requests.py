"""The API's manners: who may ask, how often, what a list looks like, which errors there are."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.paddle.core import routes
from tests.local.paddles import NOON, Shop, code_of


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 403, "authentication_missing"),
        ({"Authorization": ""}, 403, "authentication_missing"),
        ({"Authorization": "Basic YTpi"}, 403, "authentication_malformed"),
        ({"Authorization": "Bearer"}, 403, "authentication_malformed"),
        ({"Authorization": "Bearer a b"}, 403, "authentication_malformed"),
        (bearer("pdl_live_apikey_x"), 403, "invalid_token"),
        (bearer("head.body.signature"), 401, "invalid_access_token"),
    ],
)
def test_who_has_no_good_key_is_refused_as_paddle_refuses(
    headers: dict[str, str], status: int, code: str
) -> None:
    answer = Shop().ask("GET", "/events", headers=headers)

    assert (answer.status, code_of(answer)) == (status, code)
    assert answer.json()["error"]["type"] == "request_error"
    assert answer.json()["meta"]["request_id"]


def test_headers_are_found_however_they_are_written() -> None:
    shop = Shop()

    assert shop.ask("GET", "/events", headers={"AUTHORIZATION": shop.headers["Authorization"]})


@pytest.mark.parametrize(
    ("permissions", "method", "path", "allowed"),
    [
        (["adjustment.read"], "GET", "/adjustments", True),
        (["adjustment.write"], "GET", "/adjustments", True),
        (["adjustment.read"], "POST", "/adjustments", False),
        (["adjustment.write"], "GET", "/transactions", False),
        (["notification.read"], "GET", "/events", True),
        (["notification.read"], "GET", "/notification-settings", False),
        ([], "GET", "/ips", True),
        ([], "GET", "/event-types", True),
    ],
)
def test_a_key_may_do_what_it_was_given(
    permissions: list[str], method: str, path: str, allowed: bool
) -> None:
    shop = Shop()
    key = shop.do("key", permissions=permissions)["id"]

    answer = shop.ask(method, path, headers=bearer(key))

    assert (code_of(answer) == "forbidden") is not allowed


def test_a_key_ends_when_it_expires_or_is_revoked() -> None:
    shop = Shop()
    expiring = shop.do("key", expires_at="2026-11-22T12:04:00Z")["id"]
    revoked = shop.do("key")["id"]

    assert shop.ask("GET", "/events", headers=bearer(expiring)).status == 200
    shop.later(minutes=1)
    assert code_of(shop.ask("GET", "/events", headers=bearer(expiring))) == "invalid_token"
    shop.do("revoke_key", id=revoked)
    assert code_of(shop.ask("GET", "/events", headers=bearer(revoked))) == "invalid_token"


def test_the_241st_request_of_a_minute_has_to_wait() -> None:
    shop = Shop(requests_per_minute=240)
    statuses = []
    for _ in range(240):
        statuses.append(shop.ask("GET", "/ips").status)
        shop.later(milliseconds=100)

    refused = shop.ask("GET", "/ips")

    assert set(statuses) == {200}
    assert (refused.status, code_of(refused)) == (429, "too_many_requests")
    assert refused.headers["Retry-After"] == "36"
    assert "meta" not in refused.json()
    shop.later(seconds=35.9)
    assert shop.ask("GET", "/ips").status == 429
    shop.later(seconds=0.1)
    assert shop.ask("GET", "/ips").status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "invalid_url"),
        ("GET", "/transactions/txn_x/nothing", 404, "invalid_url"),
        ("DELETE", "/adjustments", 405, "method_not_allowed"),
        ("GET", "/transactions/txn_x", 404, "not_found"),
        ("GET", "/customers/ctm_x", 404, "not_found"),
        ("GET", "/notification-settings/ntfset_x", 404, "not_found"),
        ("POST", "/notifications/ntf_x/replay", 404, "not_found"),
        ("GET", "/events?per_page=0", 400, "invalid_field"),
        ("GET", "/events?per_page=many", 400, "invalid_field"),
        ("GET", "/events?order_by=occurred_at[ASC]", 400, "invalid_field"),
        ("GET", "/events?order_by=id", 400, "invalid_field"),
        ("GET", "/events?from=yesterday", 400, "invalid_time_query_parameter"),
        ("GET", "/transactions?billed_at[NE]=2026-11-22", 400, "bad_request"),
        ("GET", "/notification-settings?active=1", 400, "invalid_field"),
    ],
)
def test_what_cannot_be_is_refused(method: str, path: str, status: int, code: str) -> None:
    answer = Shop().ask(method, path)

    assert (answer.status, code_of(answer)) == (status, code)


@pytest.mark.parametrize(
    ("content", "headers", "code"),
    [
        (b"{", {}, "invalid_json"),
        (b"\xff", {}, "invalid_json"),
        (b"[]", {}, "invalid_json"),
        (b"{}", {"Content-Type": "text/plain"}, "unsupported_media_type"),
        (b"{}", {"Paddle-Version": "2"}, "bad_request"),
        (b"{}", {"Content-Type": "application/json; charset=utf-8"}, "invalid_field"),
    ],
)
def test_a_body_is_json_or_refused(content: bytes, headers: dict[str, str], code: str) -> None:
    shop = Shop()
    sent = {**shop.headers, **headers}

    assert code_of(shop.paddle.request("POST", "/adjustments", sent, content, NOON)) == code


@pytest.mark.parametrize(
    ("kind", "default", "maximum"),
    [
        ("adjustments", 10, 50),
        ("transactions", 30, 30),
        ("events", 50, 200),
        ("notifications", 50, 200),
        ("customers", 50, 200),
        ("notification-settings", 200, 200),
    ],
)
def test_a_page_is_as_large_as_paddles(kind: str, default: int, maximum: int) -> None:
    shop = Shop()

    def size(query: str) -> int:
        answer = shop.ask("GET", f"/{kind}{query}").json()
        return int(answer["meta"]["pagination"]["per_page"])

    assert (size(""), size("?per_page=1000"), size("?per_page=3")) == (default, maximum, 3)


@pytest.mark.parametrize("direction", ["ASC", "DESC", "asc", "desc"])
def test_following_next_shows_everything_once_and_in_order(direction: str) -> None:
    shop = Shop()
    for _ in range(7):
        shop.buy(lost=True)
    path, seen, pages = f"/events?order_by=id[{direction}]&per_page=3", [], 0

    more = True
    while more:
        answer = shop.ask("GET", path).json()
        pagination = answer["meta"]["pagination"]
        seen += [event["event_id"] for event in answer["data"]]
        following = urlsplit(pagination["next"])
        path, more, pages = f"{following.path}?{following.query}", pagination["has_more"], pages + 1
        assert pagination["estimated_total"] == 8

    assert pages == 3
    assert seen == sorted(seen, reverse=direction.upper() == "DESC")
    assert set(seen) == {event["id"] for event in shop.paddle.events}
    assert shop.ask("GET", path).json()["data"] == []


def test_next_is_a_whole_address_and_keeps_the_filters() -> None:
    shop = Shop()
    transaction = shop.buy()
    answer = shop.ask("GET", f"/adjustments?transaction_id={transaction['id']}").json()

    following = answer["meta"]["pagination"]["next"]

    assert following.startswith("https://sandbox-api.paddle.com/adjustments?")
    assert transaction["id"] in following


def test_a_cursor_need_not_be_listed_itself() -> None:
    shop = Shop()
    shop.buy(account_id="acc_1")
    cursor = shop.paddle.events[-1]["id"]
    shop.later(days=91)
    shop.buy(account_id="acc_2")

    found = shop.get(f"/events?order_by=id[ASC]&after={cursor}")

    assert [event["event_type"] for event in found] == ["customer.created", "transaction.completed"]


def test_events_and_notifications_are_kept_for_90_days() -> None:
    shop = Shop()
    shop.buy()

    # The customer is four seconds older than the completed transaction.
    shop.later(days=90, seconds=-4)
    assert len(shop.get("/events")) == len(shop.get("/notifications")) == 2
    shop.later(seconds=4)
    assert len(shop.get("/events")) == len(shop.get("/notifications")) == 1
    shop.later(seconds=1)
    assert shop.get("/events") == shop.get("/notifications") == []
    assert len(shop.get("/transactions")) == 1


def test_events_are_found_by_type_time_and_what_they_mention() -> None:
    shop = Shop()
    first = shop.buy(email="ada@example.com")
    shop.later(hours=1)
    second = shop.buy(email="bob@example.com")
    third = shop.buy(email="bob@example.com")

    def found(query: str) -> list[str]:
        return [event["data"]["id"] for event in shop.get(f"/events?order_by=id[ASC]&{query}")]

    completed = "event_type=transaction.completed"
    assert found(completed) == [first["id"], second["id"], third["id"]]
    assert len(found(f"{completed},customer.created")) == 5
    assert found("filter=ada@example.com") == [first["customer_id"]]
    assert found(f"filter={second['customer_id']}&{completed}") == [second["id"], third["id"]]
    assert found(f"filter={first['id'][:-1]}") == []
    assert found("to=2026-11-22T12:30:00Z&" + completed) == [first["id"]]
    assert found("from=2026-11-22T13:03:00Z&" + completed) == [second["id"], third["id"]]
    assert found("from=2026-11-22T13:03:00.000001Z") == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=completed", 2),
        ("status=billed", 1),
        ("status=billed,completed", 3),
        ("origin=web", 1),
        ("collection_mode=manual", 1),
        ("billed_at[LT]=2026-11-22T12:00:00Z", 1),
        ("billed_at[GTE]=2026-11-22T12:00:00Z", 2),
        ("created_at[GT]=2026-11-22T12:00:00Z&status=completed", 1),
        ("updated_at[LTE]=2026-11-01T00:00:00Z", 1),
        ("invoice_number=none", 0),
        ("unknown=parameter", 3),
        ("order_by=billed_at[ASC]", 3),
    ],
)
def test_transactions_are_found_by_what_they_are(query: str, found: int) -> None:
    shop = Shop()
    shop.buy(occurred_at="2026-11-01T00:00:00Z")
    shop.buy(origin="web")
    shop.buy(billed=True)

    assert len(shop.get(f"/transactions?{query}")) == found


def test_customers_are_found_by_address() -> None:
    shop = Shop()
    for name in ("ada", "bob"):
        shop.buy(email=f"{name}@example.com")

    assert [one["email"] for one in shop.get("/customers?email=bob@example.com")] == [
        "bob@example.com"
    ]
    assert len(shop.get("/customers?search=ada@example.com")) == 1


def test_a_new_adjustment_and_a_new_event_may_be_missing_in_lists_for_a_while() -> None:
    shop = Shop(list_lag_seconds=60, event_lag_seconds=30)
    transaction = shop.buy()
    shop.later(minutes=1)
    assert shop.refund(transaction).status == 201

    shop.later(seconds=29)
    assert "adjustment.created" not in [event["event_type"] for event in shop.get("/events")]
    shop.later(seconds=1)
    assert shop.get("/events")[0]["event_type"] == "adjustment.created"
    read = shop.get(f"/transactions/{transaction['id']}?include=adjustments")
    assert (shop.adjustments(transaction), "adjustments" in read) == ([], False)
    # Paddle's own rules see it all the time.
    assert code_of(shop.refund(transaction)) == "adjustment_pending_refund_request"
    shop.later(seconds=30)
    assert len(shop.adjustments(transaction)) == 1


def test_a_transaction_is_read_with_its_adjustments_and_customer() -> None:
    shop = Shop(review="at_once")
    transaction = shop.buy()
    path = f"/transactions/{transaction['id']}?include=adjustments,adjustments_totals,customer"
    bare = shop.get(path)
    shop.refund(transaction, 1089)
    shop.do("chargeback", transaction_id=transaction["id"])

    full = shop.get(path)

    assert "adjustments" not in bare
    assert "adjustments_totals" not in bare
    assert [one["action"] for one in full["adjustments"]] == ["refund", "chargeback"]
    totals = full["adjustments_totals"]
    assert (totals["total"], totals["currency_code"]) == ("2178", "USD")
    assert totals["breakdown"] == {"credit": "0", "refund": "1089", "chargeback": "1089"}
    assert full["customer"]["id"] == transaction["customer_id"]


def test_every_listing_has_a_route() -> None:
    for kind in set(routes.LISTINGS) - {"logs"}:
        assert routes.route("GET", f"/{kind}")


def test_the_same_requests_give_the_same_answers() -> None:
    def run() -> list[Any]:
        shop = Shop()
        transaction = shop.buy()
        answers = [
            shop.refund(transaction, 500),
            shop.ask("GET", "/events"),
            shop.refund(transaction),
        ]
        return [*answers, shop.paddle.due_deliveries(NOON + timedelta(hours=1))]

    assert run() == run()


def test_a_copy_goes_on_alone() -> None:
    shop = Shop()
    transaction = shop.buy()
    body = json.dumps(
        {"action": "refund", "transaction_id": transaction["id"], "reason": "r", "type": "full"}
    ).encode()
    other = shop.paddle.copy()

    theirs = other.request("POST", "/adjustments", shop.headers, body, NOON)
    ours = shop.refund(transaction, 1)
    assert ours.status == theirs.status == 201
    assert len(shop.adjustments(transaction)) == 1
