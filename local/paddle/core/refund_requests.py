"""The body of `POST /adjustments`: what can be said about it without looking at anything else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.paddle.core.errors import RefusedError, invalid_field

ITEMS_MAX = 100
REQUIRED = ("action", "transaction_id", "reason")
MISSING = "must be provided as part of the request"


@dataclass(frozen=True, slots=True)
class WantedItem:
    line_id: str
    kind: str
    """full, partial, or tax."""
    amount: int | None
    """Of a partial one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    action: str
    transaction_id: str
    reason: str
    full: bool
    items: tuple[WantedItem, ...]
    before_tax: bool
    """The amounts do not include the tax."""
    customer_id: str | None
    subscription_id: str | None


def parsed(body: Mapping[str, Any]) -> Wanted:
    """Raises RefusedError: `invalid_field` names every field that is wrong, or a rule's own."""
    problems = _problems(body)
    if problems:
        raise invalid_field(problems)
    full = body.get("type", "partial") == "full"
    before_tax = body.get("tax_mode", "internal") == "external"
    if before_tax and (full or body["action"] != "refund"):
        raise RefusedError("adjustment_tax_mode_not_allowed")
    items = tuple(_item(item) for item in body.get("items") or ())
    if len({item.kind == "tax" for item in items}) > 1:
        raise RefusedError("adjustment_invalid_combination_of_types")
    return Wanted(
        action=body["action"],
        transaction_id=body["transaction_id"],
        reason=body["reason"],
        full=full,
        items=items,
        before_tax=before_tax,
        customer_id=body.get("customer_id"),
        subscription_id=body.get("subscription_id"),
    )


def _item(item: Mapping[str, Any]) -> WantedItem:
    amount = item.get("amount") if item["type"] == "partial" else None
    return WantedItem(item["item_id"], item["type"], None if amount is None else int(amount))


def _problems(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    problems = [(name, MISSING) for name in REQUIRED if body.get(name) is None]
    problems += [
        (name, "must be a non-empty string")
        for name in REQUIRED
        if body.get(name) is not None and not _is_text(body[name])
    ]
    for name, known in (
        ("action", ("refund", "credit")),
        ("type", ("full", "partial")),
        ("tax_mode", ("internal", "external")),
    ):
        given = body.get(name)
        if given is not None and _is_text(given) and given not in known:
            problems.append((name, f"must be one of: {', '.join(known)}"))
    return problems or _item_problems(body)


def _item_problems(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    items = body.get("items")
    if body.get("type", "partial") == "full":
        return [("items", "must not be provided for a full adjustment")] if items else []
    if not isinstance(items, list) or not 1 <= len(items) <= ITEMS_MAX:
        return [("items", f"must hold 1 to {ITEMS_MAX} items")]
    problems = []
    for index, item in enumerate(items):
        problems += [(f"items[{index}].{name}", what) for name, what in _item_problem(item)]
    return problems


def _item_problem(item: Any) -> list[tuple[str, str]]:
    if not isinstance(item, dict):
        return [("", "must be an object")]
    problems = []
    if not _is_text(item.get("item_id")):
        problems.append(("item_id", MISSING))
    if item.get("type") not in ("full", "partial", "tax"):
        problems.append(("type", "must be one of: full, partial, tax"))
    if item.get("type") == "partial" and not _is_amount(item.get("amount")):
        problems.append(("amount", "must be a string of digits, in the lowest denomination"))
    return problems


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_amount(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18
