"""Paddle's lists: filters, order, cursors, and pages of at most so many."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from local.paddle.core.errors import RefusedError, invalid_field
from local.paddle.core.state import Record
from local.paddle.core.times import parsed

TOTAL_MAX = 100_000
COMPARATORS: Mapping[str, Callable[[datetime, datetime], bool]] = {
    "": lambda one, other: one == other,
    "LT": lambda one, other: one < other,
    "LTE": lambda one, other: one <= other,
    "GT": lambda one, other: one > other,
    "GTE": lambda one, other: one >= other,
}

Keep = Callable[[Record], bool]
Filter = Callable[[str, str, str], Keep]
"""Of a parameter's name, the comparator in its brackets ("" for none), and its value."""


@dataclass(frozen=True, slots=True)
class Listing:
    default: int
    maximum: int
    filters: Mapping[str, Filter] = field(default_factory=dict)
    orders: tuple[str, ...] = ("id",)


def one_of(name: str, _: str, value: str) -> Keep:
    """A list with commas."""
    wanted = set(value.split(","))
    return lambda record: str(record[name]) in wanted


def is_true(name: str, _: str, value: str) -> Keep:
    if value not in ("true", "false"):
        raise invalid_field([(name, "must be true or false")])
    return lambda record: record[name] is (value == "true")


def at_time(name: str, comparator: str, value: str) -> Keep:
    if comparator not in COMPARATORS:
        raise RefusedError("bad_request", f"Unknown operator for {name}.")
    at, compare = time_of(name, value), COMPARATORS[comparator]
    return lambda record: record[name] is not None and compare(parsed(record[name]), at)


def since(name: str, _: str, value: str) -> Keep:
    at = time_of(name, value)
    return lambda record: parsed(record["occurred_at"]) >= at


def until(name: str, _: str, value: str) -> Keep:
    at = time_of(name, value)
    return lambda record: parsed(record["occurred_at"]) <= at


def mentions(_: str, __: str, value: str) -> Keep:
    """Any id or e-mail inside the payload, whole."""
    return lambda record: value in _texts(record)


def time_of(name: str, value: str) -> datetime:
    try:
        return parsed(value)
    except ValueError as error:
        raise RefusedError("invalid_time_query_parameter", name) from error


def page(
    records: Iterable[Record], listing: Listing, query: Mapping[str, str], *, url: str
) -> tuple[list[Record], dict[str, Any]]:
    """The page that the query asks for, and `meta.pagination` for it."""
    keeps = [_filter(listing, name, value) for name, value in query.items()]
    tests = [keep for keep in keeps if keep is not None]
    kept = [record for record in records if all(test(record) for test in tests)]
    name, descending = _order(listing, query.get("order_by", "id[DESC]"))
    kept.sort(key=lambda record: (str(record[name]), record["id"]), reverse=descending)
    size = _size(listing, query.get("per_page"))
    after = query.get("after")
    rest = kept if after is None else _after(kept, after, name, descending)
    shown = rest[:size]
    asked = {**query, "after": shown[-1]["id"] if shown else after or "", "per_page": str(size)}
    return shown, {
        "per_page": size,
        # There on the last page too, as with Paddle: `has_more` tells.
        "next": f"{url}?{urlencode(asked)}",
        "has_more": len(rest) > size,
        "estimated_total": len(kept) if len(kept) <= TOTAL_MAX else TOTAL_MAX + 1,
    }


def _filter(listing: Listing, parameter: str, value: str) -> Keep | None:
    """Parameters that Paddle does not know are not an error."""
    name, _, comparator = parameter.partition("[")
    made = listing.filters.get(name)
    return None if made is None else made(name, comparator.rstrip("]"), value)


def _order(listing: Listing, order_by: str) -> tuple[str, bool]:
    """Paddle writes ASC and DESC, its SDK sends asc and desc."""
    name, _, direction = order_by.partition("[")
    if name not in listing.orders or direction.upper() not in ("ASC]", "DESC]"):
        raise invalid_field([("order_by", "must be a field and [ASC] or [DESC]")])
    return name, direction.upper() == "DESC]"


def _size(listing: Listing, per_page: str | None) -> int:
    if per_page is None:
        return listing.default
    if not per_page.isascii() or not per_page.isdigit() or int(per_page) < 1:
        raise invalid_field([("per_page", "must be a whole number above 0")])
    return min(int(per_page), listing.maximum)


def _after(kept: list[Record], after: str, name: str, descending: bool) -> list[Record]:
    """What follows the cursor, whether or not that entity is (still, already) listed."""
    if name == "id":
        if descending:
            return [record for record in kept if record["id"] < after]
        return [record for record in kept if record["id"] > after]
    places = [place for place, record in enumerate(kept) if record["id"] == after]
    return kept[places[0] + 1 :] if places else kept


def _texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {text for one in value.values() for text in _texts(one)}
    if isinstance(value, list):
        return {text for one in value for text in _texts(one)}
    return {value} if isinstance(value, str) else set()
