"""What happens at the shop: buyers buy, prices are made, and each thing becomes an event."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from local.paddle import catalog
from local.paddle.core import transactions
from local.paddle.core.state import Record
from local.paddle.core.times import parsed, text
from local.paddle.core.world import Sending, World

_SENDING = ("copies", "delay_seconds", "backwards", "lost")
DEFAULT_TAX_RATE = "0.08875"


def sending(body: Mapping[str, Any]) -> Sending | None:
    """How the events of a command go out; None where it does not say."""
    if not set(_SENDING) & set(body):
        return None
    return Sending(
        copies=int(body.get("copies", 1)),
        delay=timedelta(seconds=float(body.get("delay_seconds", 0))),
        backwards=bool(body.get("backwards", False)),
        lost=bool(body.get("lost", False)),
    )


def told(world: World, events: Sequence[Record], how: Sending | None) -> dict[str, Any]:
    """Send the events, and say which they are."""
    return {
        "event_ids": [event["id"] for event in events],
        "notification_ids": world.tell(events, how),
    }


def purchase(world: World, body: Mapping[str, Any]) -> dict[str, Any]:
    """One purchase and its events: a new customer's own, those asked for, `completed`."""
    done_at = parsed(body["occurred_at"]) if "occurred_at" in body else world.now
    at = done_at - transactions.COMPLETED
    customer, is_new = _buyer(world, body)
    transaction = transactions.completed(_wanted(world, customer, body, at), world.state.ids)
    if body.get("billed"):
        transaction = transactions.billed(transaction)
    world.state.put("transactions", transaction)
    events = [world.happened("customer.created", customer, at=at)] if is_new else []
    if body.get("billed"):
        events.append(world.happened("transaction.billed", transaction, at=done_at))
    else:
        events += _payment_events(world, transaction, body, done_at)
    return {
        "transaction": transaction,
        "customer": customer,
        **told(world, events, sending(body)),
    }


def _payment_events(
    world: World, transaction: Record, body: Mapping[str, Any], done_at: datetime
) -> list[Record]:
    events = []
    at = done_at - transactions.COMPLETED
    if body.get("with_failed"):
        failed_at = at - transactions.FAILED_BEFORE
        failed = transactions.payment_failed(transaction, world.state.ids, failed_at)
        events.append(world.happened("transaction.payment_failed", failed, at=failed_at))
    if body.get("with_paid"):
        events.append(world.happened("transaction.paid", transactions.paid(transaction), at=at))
    events.append(world.happened("transaction.completed", transaction, at=done_at))
    if body.get("with_updated"):
        events.append(world.happened("transaction.updated", transaction, at=done_at))
    return events


def _wanted(
    world: World, customer: Record, body: Mapping[str, Any], at: datetime
) -> transactions.Purchase:
    items = body.get("items")
    if not items:
        items = [{"price_id": body["price_id"], "quantity": body.get("quantity", 1)}]
    return transactions.Purchase(
        customer_id=customer["id"],
        items=[
            (world.state.known("prices", item["price_id"]), int(item["quantity"])) for item in items
        ],
        captured_at=at,
        custom_data=_custom_data(body),
        tax_rate=Decimal(body.get("tax_rate", DEFAULT_TAX_RATE)),
        origin=body.get("origin", "api"),
        cardholder=customer["name"] or "Cardholder",
        method=body.get("method", "card"),
        collected=bool(body.get("collected", True)),
    )


def _buyer(world: World, body: Mapping[str, Any]) -> tuple[Record, bool]:
    """The customer, and whether they are new: one for each address."""
    if "customer_id" in body:
        return world.state.known("customers", body["customer_id"]), False
    email = body.get("email") or f"{body.get('account_id', 'buyer')}@example.com".lower()
    address = world.state.find("addresses", email)
    if address is not None:
        return world.state.known("customers", address["customer_id"]), False
    customer = catalog.customer(
        world.new_id("ctm"), email=email, name=body.get("name"), at=text(world.now)
    )
    keep_customer(world, customer)
    return customer, True


def keep_customer(world: World, customer: Record) -> None:
    world.state.put("customers", customer)
    world.state.put("addresses", {"id": customer["email"], "customer_id": customer["id"]})


def change_customer(world: World, customer_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    before = world.state.known("customers", customer_id)
    changes = {name: body[name] for name in ("email", "name", "custom_data") if name in body}
    after = {**before, **changes, "updated_at": text(world.now)}
    keep_customer(world, after)
    event = world.happened("customer.updated", after)
    return {"customer": after, **told(world, [event], sending(body))}


def add_price(world: World, body: Mapping[str, Any]) -> Record:
    price = catalog.price(
        body.get("price_id") or world.new_id("pri"),
        name=body["name"],
        amount=int(body["amount"]),
        currency=body.get("currency", "USD"),
        tax_included=bool(body.get("tax_included", False)),
    )
    world.state.put("prices", price)
    return price


def _custom_data(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the shop noted on the transaction; `custom_data` itself may be given, also null."""
    if "custom_data" in body:
        given: Mapping[str, Any] | None = body["custom_data"]
        return given
    noted = {name: body[name] for name in ("account_id", "order_ref") if name in body}
    return noted or None
