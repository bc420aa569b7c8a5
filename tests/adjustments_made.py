"""Adjustments as Paddle tells of them, made from a recorded one."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from makegood.domain.facts import Decide
from makegood.events.paddle import PaddleAdjustment
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.money.following import Followed, follow_adjustment
from makegood.policy.published import Policies
from makegood.policy.versions import PUBLISHED
from tests.webhooks import NOW, sample

_RECORDED = sample("adjustment.created.refund_auto_approved")
SIGN = {"chargeback_reverse": -1, "chargeback_warning_reverse": -1, "credit_reverse": -1}


def adjusted_fields(
    adjustment_id: str,
    transaction_id: str = "txn_1",
    *,
    action: str = "refund",
    status: str = "approved",
    cents: int = 1000,
    lines: Mapping[str, int] | None = None,
    tax_only: bool = False,
    reason: str = "Paddle buyer support",
    at: datetime = NOW,
    updated: timedelta = timedelta(),
) -> dict[str, Any]:
    """An adjustment of so much of the first line, or of these lines; tax has no subtotal."""
    data: dict[str, Any] = json.loads(_RECORDED)["data"]
    sign = SIGN.get(action, 1)
    of_lines = {"txnitm_0": cents} if lines is None else dict(lines)
    total = sum(of_lines.values())

    def totals(amount: int) -> dict[str, str]:
        rest = 0 if tax_only else amount
        return {
            "subtotal": str(sign * rest),
            "tax": str(sign * (amount - rest)),
            "total": str(sign * amount),
        }

    data |= {
        "id": adjustment_id,
        "action": action,
        "status": status,
        "transaction_id": transaction_id,
        "currency_code": "USD",
        "reason": reason,
        "items": [
            {
                "id": f"adjitm_{number}",
                "item_id": item_id,
                "type": "tax" if tax_only else "partial",
                "amount": str(sign * amount),
                "proration": None,
                "totals": totals(amount),
            }
            for number, (item_id, amount) in enumerate(of_lines.items())
        ],
        "created_at": at.isoformat(),
        "updated_at": (at + updated).isoformat(),
    }
    data["totals"] |= totals(total)
    return data


def adjusted(adjustment_id: str, transaction_id: str = "txn_1", **wishes: Any) -> PaddleAdjustment:
    return PaddleAdjustment.model_validate(adjusted_fields(adjustment_id, transaction_id, **wishes))


def rules(now: datetime = NOW, policies: Policies = PUBLISHED) -> Rules:
    return Rules(policies, ZoneInfo, now)


def following(
    adjustment: PaddleAdjustment, *, now: datetime = NOW, policies: Policies = PUBLISHED
) -> Decide[Followed]:
    return follow_adjustment(adjustment, rules(now, policies))
