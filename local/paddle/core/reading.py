"""What the API shows of a record, and which records a list begins with."""

from collections.abc import Mapping

from local.paddle.core import adjusted, notifications
from local.paddle.core.state import Record
from local.paddle.core.times import text
from local.paddle.core.world import World

# Where the API's word for a kind is, the memory's.
KINDS = {
    "adjustments": "adjustments",
    "transactions": "transactions",
    "customers": "customers",
    "prices": "prices",
    "events": "events",
    "notifications": "notifications",
    "notification-settings": "notification_settings",
}
KEPT_90_DAYS = ("events", "notifications")


def listed(world: World, kind: str, query: Mapping[str, str]) -> list[Record]:
    """All that may be listed now: not what lags, nor what is older than Paddle keeps it."""
    records = _of_one_transaction(world, kind, query)
    if records is None:
        records = world.state.all(KINDS[kind])
    if kind in KEPT_90_DAYS:
        oldest = text(world.now - notifications.KEPT)
        records = [one for one in records if one["occurred_at"] >= oldest]
    return seen(world, records)


def seen(world: World, records: list[Record]) -> list[Record]:
    now = text(world.now)
    return [one for one in records if not _lags(world, one["id"], now)]


def entity(world: World, kind: str, record: Record, include: str = "") -> Record:
    if kind == "notifications":
        return notifications.shown(record)
    if kind == "events":
        return {name: value for name, value in record.items() if name != "id"}
    if kind == "transactions" and include:
        return _with(world, record, include.split(","))
    return record


def _with(world: World, transaction: Record, include: list[str]) -> Record:
    """Only what there is of it: no list of adjustments where there are none."""
    shown = dict(transaction)
    made = seen(world, world.state.adjustments_of(transaction["id"]))
    # Its pages say `adjustments`, its SDK `adjustment`.
    if made and {"adjustments", "adjustment"} & set(include):
        shown["adjustments"] = made
    if made and "adjustments_totals" in include:
        shown["adjustments_totals"] = adjusted.totals_of(transaction, made)
    if "customer" in include and transaction["customer_id"]:
        shown["customer"] = world.state.find("customers", transaction["customer_id"])
    return shown


def _of_one_transaction(world: World, kind: str, query: Mapping[str, str]) -> list[Record] | None:
    """Quicker than all of them, for the look that a payout takes."""
    wanted = query.get("transaction_id", "")
    if kind != "adjustments" or not wanted or "," in wanted:
        return None
    return world.state.adjustments_of(wanted)


def _lags(world: World, record_id: str, now: str) -> bool:
    lag = world.state.find("lags", record_id)
    return lag is not None and lag["until"] > now
