"""Purchases as Paddle tells of them, made from a recorded one."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from makegood.domain.facts import Decide
from makegood.events.paddle import PaddleTransaction
from makegood.plans.purchases import Credited, assign_purchase, credit_purchase
from makegood.policy.published import Policies
from makegood.policy.versions import PUBLISHED
from tests.webhooks import NOW, sample

_RECORDED = sample("transaction.completed.usd_credit_pack")


def bought(
    transaction_id: str,
    *,
    account_id: str | None = "acc_1",
    customer_id: str | None = None,
    price_id: str = "pri_1",
    cents: int = 1000,
    collected: int | None = None,
    lines: int = 1,
    at: datetime = NOW,
    order_ref: str | None = None,
) -> PaddleTransaction:
    """A completed transaction of some lines of one price, each at so many cents."""
    data: dict[str, Any] = json.loads(_RECORDED)["data"]
    item, line = data["items"][0], data["details"]["line_items"][0]
    money = {"subtotal": str(cents), "tax": "0", "discount": "0", "total": str(cents)}
    total = cents * lines if collected is None else collected
    data |= {
        "id": transaction_id,
        "customer_id": customer_id,
        "custom_data": {
            name: value
            for name, value in (("account_id", account_id), ("order_ref", order_ref))
            if value is not None
        },
        "billed_at": at.isoformat(),
        "items": [item | {"quantity": 1, "price": item["price"] | {"id": price_id}}],
    }
    data["details"]["line_items"] = [
        line | {"id": f"txnitm_{n}", "price_id": price_id, "quantity": 1, "totals": money}
        for n in range(lines)
    ]
    data["details"]["totals"] |= {"total": str(cents * lines), "grand_total": str(total)}
    return PaddleTransaction.model_validate(data)


def crediting(
    transaction: PaddleTransaction, *, now: datetime, policies: Policies = PUBLISHED
) -> Decide[Credited]:
    return credit_purchase(transaction, policies=policies, zones=ZoneInfo, now=now)


def assigning(
    transaction_id: str, account_id: str, *, author: str, now: datetime
) -> Decide[Credited]:
    return assign_purchase(
        transaction_id, account_id, author=author, policies=PUBLISHED, zones=ZoneInfo, now=now
    )
