"""What makes things happen at Paddle that its API cannot: buyers, banks, its staff, its moods.

A command takes a JSON object and answers with one. Over HTTP each has a path under `/_local`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from local.paddle.core import access, approvals, destinations, refunds, shop
from local.paddle.core.errors import invalid_field
from local.paddle.core.state import Record
from local.paddle.core.times import parsed
from local.paddle.core.world import EventFault, Sending, World

Body = Mapping[str, Any]
Command = Callable[[World, Body], dict[str, Any]]


def refund(world: World, body: Body) -> dict[str, Any]:
    """A refund that nobody here asked for: by Paddle's buyer support. Approved, or `status`."""
    given = {
        "action": "refund",
        "reason": "Paddle buyer support",
        "type": "partial" if body.get("items") else "full",
        **{name: body[name] for name in ("transaction_id", "reason", "items") if name in body},
    }
    if "amount" in body:
        given |= {"type": "partial", "items": _items(world, body)}
    status = body.get("status", approvals.APPROVED)
    if status not in (approvals.APPROVED, approvals.PENDING):
        raise invalid_field([("status", "must be one of: approved, pending_approval")])
    return _made(refunds.create(world, given, sending=shop.sending(body), status=status))


def _items(world: World, body: Body) -> list[dict[str, Any]]:
    """The amount on the transaction's first line."""
    transaction = world.state.known("transactions", body["transaction_id"])
    first = transaction["details"]["line_items"][0]["id"]
    return [{"item_id": first, "type": "partial", "amount": str(body["amount"])}]


def chargeback(world: World, body: Body) -> dict[str, Any]:
    """A bank takes the money back; with `warning` Paddle does, before the bank can."""
    return _made(
        refunds.dispute(
            world,
            body["transaction_id"],
            action="chargeback_warning" if body.get("warning") else "chargeback",
            amount=_amount(body),
            reason=body.get("reason"),
            sending=shop.sending(body),
        )
    )


def tax_refund(world: World, body: Body) -> dict[str, Any]:
    return _made(
        refunds.tax_back(
            world,
            body["transaction_id"],
            amount=_amount(body),
            reason=body.get("reason"),
            sending=shop.sending(body),
        )
    )


def reversal(world: World, body: Body) -> dict[str, Any]:
    """`told`: of "created" and "updated" those that become events, in this order."""
    return _made(
        refunds.reverse(
            world,
            body["adjustment_id"],
            told=tuple(body.get("told", refunds.BOTH)),
            apart=timedelta(seconds=float(body.get("apart_seconds", 0))),
            sending=shop.sending(body),
        )
    )


def review(world: World, body: Body) -> dict[str, Any]:
    """A verdict on a pending refund: now, or after a while and by itself."""
    adjustment_id, verdict = body["adjustment_id"], body.get("verdict", approvals.APPROVED)
    if verdict not in (approvals.APPROVED, approvals.REJECTED, approvals.UNTOUCHED):
        raise invalid_field([("verdict", "must be one of: approved, rejected, untouched")])
    if "after_seconds" in body:
        at = world.now + timedelta(seconds=float(body["after_seconds"]))
        approvals.schedule(world, adjustment_id, at=at, verdict=verdict)
        return _made((world.state.known("adjustments", adjustment_id), []))
    events = approvals.decide(
        world, adjustment_id, verdict, at=world.now, sending=shop.sending(body)
    )
    return _made((world.state.known("adjustments", adjustment_id), events))


def send_again(world: World, body: Body) -> dict[str, Any]:
    """An event once more, as new notifications."""
    event = world.state.known("events", body["id"])
    return {"notification_ids": world.tell([event], shop.sending(body) or Sending())}


def change_customer(world: World, body: Body) -> dict[str, Any]:
    return shop.change_customer(world, body["id"], body)


def set_options(world: World, body: Body) -> dict[str, Any]:
    world.set_options(world.options.changed(body))
    return world.options.written()


def spoil_events(world: World, body: Body) -> dict[str, Any]:
    """What becomes of the next `times` events of a type, or of any. `clear` forgets it all."""
    if body.get("clear"):
        world.event_faults.clear()
    else:
        fault = EventFault(
            body.get("event_type"), shop.sending(body) or Sending(), int(body.get("times", 1))
        )
        world.event_faults.append(fault)
    return {"event_faults": len(world.event_faults)}


def add_key(world: World, body: Body) -> dict[str, Any]:
    expires = body.get("expires_at")
    key = access.new_key(
        world.state.ids,
        world.now,
        permissions=list(body.get("permissions", [access.ALL])),
        environment=body.get("environment", "sandbox"),
        expires_at=None if expires is None else parsed(expires),
    )
    world.state.put("keys", key)
    return key


def revoke_key(world: World, body: Body) -> dict[str, Any]:
    key = {**world.state.known("keys", body["id"]), "revoked": True}
    world.state.put("keys", key)
    return key


def rotate_secret(world: World, body: Body) -> dict[str, Any]:
    """Of the destination `id`, or of the first one."""
    first = world.state.all("notification_settings")[0]["id"]
    return destinations.rotate(world, body.get("id", first))


def _amount(body: Body) -> int | None:
    return int(body["amount"]) if "amount" in body else None


def _made(result: tuple[Record, Sequence[Record]]) -> dict[str, Any]:
    adjustment, events = result
    return {"adjustment": adjustment, "event_ids": [event["id"] for event in events]}


COMMANDS: Mapping[str, Command] = {
    "purchase": shop.purchase,
    "price": shop.add_price,
    "customer": change_customer,
    "refund": refund,
    "chargeback": chargeback,
    "tax_refund": tax_refund,
    "reversal": reversal,
    "review": review,
    "send_again": send_again,
    "options": set_options,
    "event_faults": spoil_events,
    "key": add_key,
    "revoke_key": revoke_key,
    "rotate_secret": rotate_secret,
}
