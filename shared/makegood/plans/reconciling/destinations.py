"""Whether Paddle sends here what has to be sent: nobody is told by Paddle if it does not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PATH = "/webhooks/paddle"

NEEDED = (
    "transaction.completed",
    "adjustment.created",
    "adjustment.updated",
    "customer.created",
    "customer.updated",
)

REAL_TRAFFIC = frozenset({"platform", "all"})
"""What happens, and not only what the simulator plays."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Of the destination that lacks least. `missing` is all of it where there is none."""

    destination_id: str | None
    missing: tuple[str, ...]


def subscription_of(destinations: Iterable[Mapping[str, object]]) -> Subscription:
    found = [
        Subscription(str(one.get("id")), _missing(one)) for one in destinations if _leads_here(one)
    ]
    nobody = Subscription(None, NEEDED)
    return min(found, key=lambda one: len(one.missing), default=nobody)


def _leads_here(destination: Mapping[str, object]) -> bool:
    url = destination.get("destination")
    return (
        destination.get("active") is True
        and destination.get("traffic_source") in REAL_TRAFFIC
        and isinstance(url, str)
        and url.partition("#")[0].partition("?")[0].endswith(PATH)
    )


def _missing(destination: Mapping[str, object]) -> tuple[str, ...]:
    told = destination.get("subscribed_events")
    rows = told if isinstance(told, list) else []
    names = {row.get("name") if isinstance(row, dict) else row for row in rows}
    return tuple(name for name in NEEDED if name not in names)
