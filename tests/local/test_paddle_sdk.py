"""Paddle's own SDK talks to the running stand-in and understands everything it sends."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from paddle_billing import Client, Options
from paddle_billing.Entities.Adjustment import Adjustment
from paddle_billing.Entities.DateTime import DateTime
from paddle_billing.Entities.Events import EventTypeName
from paddle_billing.Entities.Notifications import NotificationEvent, NotificationStatus
from paddle_billing.Entities.NotificationSettings import NotificationSettingType
from paddle_billing.Entities.Shared import (
    Action,
    AdjustmentStatus,
    AdjustmentType,
    TransactionStatus,
)
from paddle_billing.Entities.Transaction import Transaction
from paddle_billing.Exceptions.ApiError import ApiError
from paddle_billing.Notifications import Secret, Verifier
from paddle_billing.Notifications.Entities.UndefinedEntity import UndefinedEntity
from paddle_billing.Resources.Adjustments.Operations import CreateAdjustment, ListAdjustments
from paddle_billing.Resources.Adjustments.Operations.Create.AdjustmentItem import AdjustmentItem
from paddle_billing.Resources.Customers.Operations import ListCustomers
from paddle_billing.Resources.Events.Operations import ListEvents
from paddle_billing.Resources.Notifications.Operations import ListNotifications
from paddle_billing.Resources.NotificationSettings.Operations import (
    CreateNotificationSetting,
    ListNotificationSettings,
    UpdateNotificationSetting,
)
from paddle_billing.Resources.Shared.Operations import Pager
from paddle_billing.Resources.Transactions.Operations import ListTransactions, TransactionIncludes

from local.client import call
from local.paddle import catalog, server
from local.paddle.core.options import Options as Ways
from local.paddle.core.options import Review
from tests.webhooks import SAMPLES

PRICE = catalog.PRICES[0]["id"]


@pytest.fixture
def paddle() -> Iterator[server.Paddle]:
    running = server.start(options=Ways(review=Review.BY_HAND))
    yield running
    running.stop()


@pytest.fixture
def client(paddle: server.Paddle) -> Iterator[Client]:
    made = client_of(paddle, paddle.api_key)
    yield made
    made.client.close()


def client_of(paddle: server.Paddle, key: str) -> Client:
    there = Options(SimpleNamespace(base_url=paddle.url))
    return Client(key, options=there, retry_count=0, timeout=10)


def played(paddle: server.Paddle, command: str, **body: Any) -> Any:
    return paddle.kept.command(command, body)


def bought(paddle: server.Paddle, **more: Any) -> Any:
    return played(paddle, "purchase", price_id=PRICE, quantity=2, name="Ada", **more)["transaction"]


def everything(paddle: server.Paddle) -> list[Any]:
    """One of each thing that can happen; the transactions."""
    first, second, third, fourth, fifth = (
        bought(paddle, with_paid=True, with_failed=True, with_updated=True, method=method)
        for method in ("card", "paypal", "wire_transfer", "card", "card")
    )
    billed = bought(paddle, billed=True)
    credit = {"action": "credit", "reason": "c", "type": "full", "transaction_id": billed["id"]}
    credited = call(
        "POST",
        f"{paddle.url}/adjustments",
        credit,
        {"Authorization": f"Bearer {paddle.api_key}"},
    ).body["data"]
    played(paddle, "refund", transaction_id=first["id"])
    pending = played(paddle, "refund", transaction_id=second["id"], status="pending_approval")
    for verdict in ("untouched", "rejected"):
        review = {"adjustment_id": pending["adjustment"]["id"], "verdict": verdict}
        played(paddle, "review", **review)
    played(paddle, "tax_refund", transaction_id=third["id"])
    disputes = [
        played(paddle, "chargeback", transaction_id=fourth["id"], warning=True),
        played(paddle, "chargeback", transaction_id=fifth["id"]),
        {"adjustment": credited},
    ]
    for dispute in disputes:
        played(paddle, "reversal", adjustment_id=dispute["adjustment"]["id"])
    played(paddle, "customer", id=first["customer_id"], email="new@example.com")
    return [first, second, third, fourth, fifth, billed]


def written(entity: Any) -> Any:
    """What the SDK has understood, as plain values."""
    if isinstance(entity, list):
        return [written(one) for one in entity]
    if hasattr(entity, "value"):
        return entity.value
    if hasattr(entity, "__dict__"):
        return {name: written(value) for name, value in vars(entity).items()}
    return entity


def test_a_full_refund_is_made_found_and_decided(paddle: server.Paddle, client: Client) -> None:
    transaction = bought(paddle)

    made = client.adjustments.create(
        CreateAdjustment.full(Action.Refund, "test [refund:1]", transaction["id"])
    )
    played(paddle, "review", adjustment_id=made.id, verdict="approved")
    (found,) = client.adjustments.list(ListAdjustments(transaction_ids=[transaction["id"]]))

    assert isinstance(made, Adjustment)
    assert (made.status.value, found.status.value) == ("pending_approval", "approved")
    assert (made.reason, made.totals.total, made.type.value) == ("test [refund:1]", "2178", "full")
    assert (found.id, found.payout_totals.currency_code.value) == (made.id, "USD")


def test_a_part_of_a_line_is_refunded(paddle: server.Paddle, client: Client) -> None:
    transaction = bought(paddle)
    line = transaction["details"]["line_items"][0]["id"]
    items = [AdjustmentItem(line, AdjustmentType.Partial, "1089")]

    made = client.adjustments.create(
        CreateAdjustment.partial(Action.Refund, items, "part", transaction["id"])
    )

    assert (made.items[0].item_id, made.items[0].totals.tax) == (line, "89")
    assert made.tax_rates_used[0].totals.subtotal == "1000"


def test_errors_are_paddles_errors(paddle: server.Paddle, client: Client) -> None:
    transaction = bought(paddle)
    full = CreateAdjustment.full(Action.Refund, "again", transaction["id"])
    client.adjustments.create(full)

    with pytest.raises(ApiError) as pending:
        client.adjustments.create(full)
    with pytest.raises(ApiError) as unknown:
        client.transactions.get("txn_unknown")
    with pytest.raises(ApiError) as invalid:
        client.adjustments.create(CreateAdjustment.full(Action.Chargeback, "", transaction["id"]))
    with pytest.raises(ApiError) as denied:
        client_of(paddle, "pdl_live_apikey_other").transactions.get(transaction["id"])

    assert pending.value.error_code == "adjustment_pending_refund_request"
    assert type(pending.value).__name__ == "AdjustmentApiError"
    assert unknown.value.error_code == "not_found"
    assert {error.field for error in invalid.value.field_errors} == {"action", "reason"}
    assert denied.value.error_code == "invalid_token"


def test_the_rate_limit_says_how_long_to_wait(paddle: server.Paddle, client: Client) -> None:
    played(paddle, "options", requests_per_minute=1)
    client.event_types.list()

    with pytest.raises(ApiError) as limited:
        client.event_types.list()

    assert limited.value.error_code == "too_many_requests"
    assert 1 <= limited.value.retry_after <= 60


def test_every_adjustment_is_understood(paddle: server.Paddle, client: Client) -> None:
    everything(paddle)

    found = list(client.adjustments.list(ListAdjustments(pager=Pager(per_page=3))))

    assert len(found) == 9
    assert {one.action.value for one in found} == {
        "refund",
        "credit",
        "credit_reverse",
        "chargeback",
        "chargeback_reverse",
        "chargeback_warning",
        "chargeback_warning_reverse",
    }
    assert {one.items[0].type.value for one in found} == {"full", "tax"}
    assert {one.status.value for one in found} == {"approved", "rejected", "reversed"}
    rejected = ListAdjustments(statuses=[AdjustmentStatus.Rejected], action=Action.Refund)
    assert len(list(client.adjustments.list(rejected))) == 1


def test_every_transaction_is_understood(paddle: server.Paddle, client: Client) -> None:
    made = everything(paddle)

    listed = list(client.transactions.list(ListTransactions(pager=Pager(per_page=2))))
    billed = client.transactions.list(ListTransactions(statuses=[TransactionStatus.Billed]))
    one = client.transactions.get(
        made[3]["id"], [TransactionIncludes.Adjustment, TransactionIncludes.Customer]
    )

    assert [one.id for one in listed] == [one["id"] for one in made]
    assert all(isinstance(one, Transaction) for one in listed)
    assert [one.id for one in billed] == [made[-1]["id"]]
    assert len(one.adjustments) == 2
    assert one.customer.email == "new@example.com"


def test_every_event_is_understood(paddle: server.Paddle, client: Client) -> None:
    everything(paddle)

    found = list(client.events.list(ListEvents(pager=Pager(per_page=5))))

    assert len(found) == len(paddle.kept.paddle.events)
    assert not [one for one in found if isinstance(one.data, UndefinedEntity)]
    assert [one.event_id for one in found] == sorted(one.event_id for one in found)
    types = [EventTypeName.AdjustmentUpdated]
    updates = client.events.list(ListEvents(event_types=types, start=DateTime(year_ago())))
    assert {one.event_type.value for one in updates} == {"adjustment.updated"}


def year_ago() -> str:
    return datetime.now(UTC).replace(year=2025, day=1).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_customers_types_and_addresses_are_understood(
    paddle: server.Paddle, client: Client
) -> None:
    transaction = bought(paddle, email="ada@example.com")

    (found,) = client.customers.list(ListCustomers(emails=["ada@example.com"]))

    assert client.customers.get(transaction["customer_id"]) == found
    assert client.prices.get(PRICE).unit_price.amount == "1000"
    assert len(client.prices.list().items) == len(catalog.PRICES)
    types = {one.name.value for one in client.event_types.list().items}
    known = {value.value for name, value in vars(EventTypeName).items() if name[0].isupper()}
    assert types == known
    assert len(client.ip_addresses.get_ip_addresses().ipv4_cidrs) == 6


def test_destinations_are_made_changed_and_deleted(paddle: server.Paddle, client: Client) -> None:
    settings = client.notification_settings
    made = settings.create(
        CreateNotificationSetting(
            "books",
            "https://books.example/hook",
            [EventTypeName.AdjustmentCreated],
            NotificationSettingType.Url,
            include_sensitive_fields=False,
        )
    )

    changed = settings.update(made.id, UpdateNotificationSetting(active=False))

    assert made.endpoint_secret_key.startswith(f"pdl_{made.id}_")
    assert (made.active, changed.active) == (True, False)
    assert settings.get(made.id) == changed
    assert len(settings.list(ListNotificationSettings(active=True)).items) == 1
    settings.delete(made.id)
    with pytest.raises(ApiError, match="not found"):
        settings.get(made.id)


def test_notifications_are_understood_and_replayed(paddle: server.Paddle, client: Client) -> None:
    everything(paddle)
    notifications = client.notifications
    first = next(notifications.list(ListNotifications(statuses=[NotificationStatus.NotAttempted])))
    paddle.kept.delivered(first.id, 500)
    retried = notifications.get(first.id)
    paddle.kept.delivered(first.id, 200)

    replay = notifications.get(notifications.replay(first.id))

    assert (retried.status.value, retried.times_attempted) == ("needs_retry", 1)
    assert (replay.origin.value, replay.payload.event_id) == ("replay", first.payload.event_id)
    codes = [log.response_code for log in client.notification_logs.list(first.id)]
    assert sorted(codes) == [200, 500]


class SentRequest:
    """As Paddle's SDK wants a request."""

    def __init__(self, body: bytes, headers: Any) -> None:
        self.body, self.headers = body, headers


def test_every_webhook_is_understood_and_verified(paddle: server.Paddle) -> None:
    everything(paddle)
    old = paddle.delivery.secret
    played(paddle, "rotate_secret")
    paddle.kept.paddle.state.put(
        "notification_settings",
        {**paddle.kept.destination(), "destination": "https://studio.example/hook"},
    )

    deliveries = paddle.kept.due()

    assert len(deliveries) >= len(paddle.kept.paddle.events)
    for due in deliveries:
        request = SentRequest(due.body, due.headers)
        parsed = NotificationEvent.from_request(request)
        assert not isinstance(parsed.data, UndefinedEntity)
        assert parsed.data.id == json.loads(due.body)["data"]["id"]
        for secret in (old, paddle.delivery.secret):
            assert Verifier().verify(request, Secret(secret)) is True
        assert Verifier().verify(request, Secret(old + "x")) is False


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_is_understood_in_the_same_way(path: Any) -> None:
    sample = json.loads(path.read_text())
    parsed = NotificationEvent.from_dict(sample)

    assert not isinstance(parsed.data, UndefinedEntity)
    assert parsed.data.id == sample["data"]["id"]
    entities = {"adjustment": Adjustment, "transaction": Transaction}
    entity = entities.get(sample["event_type"].partition(".")[0])
    if entity is not None:
        assert entity.from_dict(sample["data"]).id == sample["data"]["id"]
