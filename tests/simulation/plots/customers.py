"""Customers: they buy, look, ask for money, think better of it, and look at others' things."""

from typing import Any

from tests.http_events import customer
from tests.simulation.starts import LARGE, SMALL
from tests.simulation.world import World

CATEGORIES = (
    "unauthorised",
    "unauthorised",
    "duplicate_payment",
    "service_unavailable",
    "technical_failure",
    "other",
)


def buys(world: World, account: str) -> None:
    """Once, or twice by mistake; now and then so much that a refund needs two people. Sometimes
    Paddle is not told who it is for."""
    chance = world.chance
    body: dict[str, Any] = {
        "items": [
            {"price_id": chance.choice((SMALL, LARGE)), "quantity": chance.choice((1, 1, 2, 5))}
        ],
        "email": f"{account}@example.com",
        "account_id": account,
    }
    if chance.happens(0.15):
        body["custom_data"] = None
    if chance.happens(0.3):
        body["order_ref"] = world.name("order")
    for _ in range(chance.choice((1, 1, 1, 2))):
        world.paddle.do("purchase", **body)
        world.wait(5, 700)


def looks(world: World, account: str) -> None:
    """At the balance, and at all of the history, page by page."""
    me = customer(account)
    world.gateway.ask("GET", "/v1/me", me)
    call = world.gateway.ask("GET", "/v1/me/transactions", me, limit=3)
    while call.status == 200 and (cursor := call.answer["next_cursor"]):
        call = world.gateway.ask("GET", "/v1/me/transactions", me, limit=3, cursor=cursor)


def asks_for_money(world: World, account: str) -> None:
    """Files a case about a purchase, or about none; and may let go of it, or appeal."""
    chance, me = world.chance, customer(account)
    listed = world.gateway.insist("GET", "/v1/me/purchases", me)
    bought = listed.answer["items"] if listed.status == 200 else []
    body = request(world, account, chance.choice(bought) if bought else None)
    filed = world.gateway.insist("POST", "/v1/me/cases", me, body)
    if filed.status not in (200, 201):
        return
    case_id = filed.answer["case_id"]
    world.wait(10, 4000)
    if chance.happens(0.25):
        world.gateway.insist("POST", f"/v1/me/cases/{case_id}/withdraw", me)
    elif chance.happens(0.4):
        world.gateway.insist("POST", f"/v1/me/cases/{case_id}/appeal", me, {"reason": "Please."})
    if chance.happens(0.2):
        world.gateway.insist("POST", "/v1/me/cases", me, body)


def request(world: World, account: str, purchase: Any) -> dict[str, Any]:
    today = world.timeline.now.date().isoformat()
    body = {
        "category": world.chance.choice(CATEGORIES),
        # Who files a case can name any address.
        "email": world.chance.choice((f"{account}@example.com", "somebody@example.com")),
        "transaction_date": today if purchase is None else purchase["occurred_at"][:10],
        "amount": 1089 if purchase is None else purchase["collected_minor"],
        "currency": "USD",
        "description": "That was not as it should be.",
    }
    if purchase is not None and world.chance.happens(0.7):
        body["transaction_id"] = purchase["transaction_id"]
    return body


def looks_at_others(world: World, account: str) -> None:
    """Tries whatever ids there are of somebody else."""
    me = customer(account)
    for item in world.items_of("CASE"):
        case_id = item["case_id"]["S"]
        if item["account_id"]["S"] != account:
            world.gateway.ask("GET", f"/v1/me/cases/{case_id}", me)
            world.gateway.ask("POST", f"/v1/me/cases/{case_id}/withdraw", me)
    world.gateway.ask("GET", "/v1/cases", me)
    world.gateway.ask("GET", "/v1/me/cases", me)
