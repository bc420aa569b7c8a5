"""The stand-in as an HTTP server.

A first part of Paddle's API can be read; requests to `/_local/…` make things happen.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from local import json_server
from local.json_server import RefusedError, Reply, Request, Route
from local.paddle import schedule, signing, transactions
from local.paddle.clock import Clock, milliseconds, text
from local.paddle.delivery import Delivery
from local.paddle.records import Record, Records
from local.paddle.shop import Sending, Shop, UnknownIdError

PAGE_DEFAULT, PAGE_MAX = 50, 200
READABLE = "customers|prices|transactions|events|notifications"
DESTINATION = "ntfset"


@dataclass(frozen=True, slots=True)
class Paddle:
    server: json_server.Server
    delivery: Delivery
    shop: Shop
    records: Records
    clock: Clock

    @property
    def url(self) -> str:
        return self.server.url

    def stop(self) -> None:
        self.server.stop()
        self.delivery.stop()


def start(
    path: Path | None = None,
    *,
    port: int = 0,
    webhook_url: str | None = None,
    retries: schedule.Schedule = schedule.LIVE,
    pace: float = 1,
) -> Paddle:
    """Serve and deliver until stopped. The webhook secret is made once and kept with the rest."""
    records, clock = Records(path), Clock()
    delivery = Delivery(
        records,
        clock,
        secret=_kept_secret(records, clock),
        url=webhook_url,
        retries=retries,
        pace=pace,
    )
    shop = Shop(records, clock, delivery)
    server = json_server.start(_routes(shop, records, delivery, clock), port)
    delivery.start()
    return Paddle(server, delivery, shop, records, clock)


def _kept_secret(records: Records, clock: Clock) -> str:
    kept = records.find(DESTINATION, DESTINATION)
    if kept is None:
        kept = {"id": DESTINATION, "secret": signing.new_secret(milliseconds(clock.now()))}
        records.put(DESTINATION, kept)
    return str(kept["secret"])


def _routes(shop: Shop, records: Records, delivery: Delivery, clock: Clock) -> list[Route]:
    return [*_read_routes(records), *_shop_routes(shop, clock), *_world_routes(delivery, clock)]


def _read_routes(records: Records) -> list[Route]:
    """As in Paddle's own API."""

    def listed(request: Request) -> Reply:
        return _page(records.all(request.ids["kind"]), request)

    def one(request: Request) -> Reply:
        found = records.find(request.ids["kind"], request.ids["id"])
        if found is None:
            raise RefusedError(404, _not_found(request))
        return Reply(200, {"data": found, "meta": {"request_id": secrets.token_hex(8)}})

    return [
        Route("GET", rf"/(?P<kind>{READABLE})", listed),
        Route("GET", rf"/(?P<kind>{READABLE})/(?P<id>[a-z0-9_]+)", one),
    ]


def _shop_routes(shop: Shop, clock: Clock) -> list[Route]:
    """What a shop, its buyers and Paddle's dashboard would do."""

    def purchase(request: Request) -> Reply:
        return Reply(201, _buy(shop, clock, request.body))

    def price(request: Request) -> Reply:
        made = shop.add_price(
            name=request.body["name"],
            amount=int(request.body["amount"]),
            currency=request.body.get("currency", "USD"),
            price_id=request.body.get("price_id"),
            tax_included=bool(request.body.get("tax_included", False)),
        )
        return Reply(201, made)

    def replay(request: Request) -> Reply:
        queued = shop.replay(request.ids["id"], _sending(request.body))
        return Reply(202, {"notification_ids": queued})

    return [
        Route("POST", "/_local/purchases", _refusing_unknown_ids(purchase)),
        Route("POST", "/_local/prices", price),
        Route("POST", r"/_local/events/(?P<id>\w+)/deliveries", _refusing_unknown_ids(replay)),
    ]


def _world_routes(delivery: Delivery, clock: Clock) -> list[Route]:
    """Time, and where the webhooks go."""

    def advance(request: Request) -> Reply:
        by = timedelta(seconds=float(request.body["advance_seconds"]))
        return Reply(200, {"now": text(clock.advance(by))})

    def destination(request: Request) -> Reply:
        delivery.url = request.body.get("url", delivery.url)
        return Reply(200, {"url": delivery.url, "webhook_secret": delivery.secret})

    return [
        Route("POST", "/_local/clock", advance),
        Route("POST", "/_local/destination", destination),
    ]


def _refusing_unknown_ids(serve: Callable[[Request], Reply]) -> Callable[[Request], Reply]:
    def serve_known(request: Request) -> Reply:
        try:
            return serve(request)
        except UnknownIdError as error:
            raise RefusedError(404, {"error": str(error)}) from error

    return serve_known


def _buy(shop: Shop, clock: Clock, body: Mapping[str, Any]) -> dict[str, Any]:
    """One purchase and its events: a new customer's own, `paid` where asked for, `completed`."""
    done_at = datetime.fromisoformat(body["occurred_at"]) if "occurred_at" in body else clock.now()
    at = done_at - transactions.COMPLETED
    customer, is_new = _buyer(shop, body)
    wanted = body.get("items") or [{"price_id": body["price_id"], "quantity": 1} | _quantity(body)]
    transaction = shop.buy(
        customer,
        [(shop.price(item["price_id"]), int(item["quantity"])) for item in wanted],
        custom_data=_custom_data(body),
        at=at,
        tax_rate=Decimal(body["tax_rate"]) if "tax_rate" in body else None,
        origin=body.get("origin", "api"),
        collected=bool(body.get("collected", True)),
    )
    events = [shop.event("customer.created", customer, at=at)] if is_new else []
    if body.get("with_paid"):
        events.append(shop.event("transaction.paid", transactions.paid(transaction), at=at))
    events.append(shop.event("transaction.completed", transaction, at=done_at))
    return {
        "transaction": transaction,
        "customer": customer,
        "event_ids": [event["id"] for event in events],
        "notification_ids": shop.send(events, _sending(body)),
    }


def _quantity(body: Mapping[str, Any]) -> dict[str, int]:
    return {"quantity": int(body["quantity"])} if "quantity" in body else {}


def _buyer(shop: Shop, body: Mapping[str, Any]) -> tuple[Record, bool]:
    if "customer_id" in body:
        return shop.known_customer(body["customer_id"]), False
    email = body.get("email") or f"{body.get('account_id', 'buyer')}@example.com".lower()
    return shop.customer(email=email, name=body.get("name"))


def _custom_data(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the shop noted on the transaction; `custom_data` itself may be given, also null."""
    if "custom_data" in body:
        given: Mapping[str, Any] | None = body["custom_data"]
        return given
    noted = {name: body[name] for name in ("account_id", "order_ref") if name in body}
    return noted or None


def _sending(body: Mapping[str, Any]) -> Sending:
    return Sending(
        copies=int(body.get("copies", 1)),
        delay=timedelta(seconds=float(body.get("delay_seconds", 0))),
        backwards=bool(body.get("backwards", False)),
        lost=bool(body.get("lost", False)),
    )


def _page(records: list[Record], request: Request) -> Reply:
    """As Paddle pages: `after` an id, `next` present even on the last page."""
    ordered = sorted(records, key=lambda one: str(one["id"]))
    if "DESC" in request.query.get("order_by", ""):
        ordered.reverse()
    ids = [one["id"] for one in ordered]
    after = request.query.get("after")
    begin = ids.index(after) + 1 if after in ids else 0
    size = min(int(request.query.get("per_page", PAGE_DEFAULT)), PAGE_MAX)
    page = ordered[begin : begin + size]
    last = page[-1]["id"] if page else after or ""
    pagination = {
        "per_page": size,
        "next": f"{request.path}?after={last}&per_page={size}",
        "has_more": begin + size < len(ordered),
        "estimated_total": len(ordered),
    }
    meta = {"request_id": secrets.token_hex(8), "pagination": pagination}
    return Reply(200, {"data": page, "meta": meta})


def _not_found(request: Request) -> dict[str, Any]:
    return {
        "error": {
            "type": "request_error",
            "code": "not_found",
            "detail": f"Entity {request.ids['id']} not found",
            "documentation_url": "https://developer.paddle.com/errors/shared/not_found",
        },
        "meta": {"request_id": secrets.token_hex(8)},
    }
