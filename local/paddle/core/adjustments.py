"""Builds `adjustment.*` data with every field that Paddle sends.

Figures that no source gives are invented alike: the share of the fee, what is retained of a full
one, negative totals of a reverse (only documented for credits).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.paddle.core import amounts, payments
from local.paddle.core.amounts import Split
from local.paddle.core.ids import Ids
from local.paddle.core.times import milliseconds, text

DISPUTES = ("chargeback", "chargeback_warning")
# In the payout currency: 15 for a card, 20 for PayPal.
CHARGEBACK_FEE, CHARGEBACK_FEE_PAYPAL = 1_500, 2_000


@dataclass(frozen=True, slots=True)
class Part:
    """What is taken back of one line of the transaction."""

    line_id: str
    kind: str
    """full, partial or tax."""
    split: Split
    tax_rate: str


@dataclass(frozen=True, slots=True)
class Draft:
    action: str
    full: bool
    reason: str
    status: str
    parts: Sequence[Part]

    @property
    def whole(self) -> Split:
        return amounts.added(part.split for part in self.parts)

    @property
    def only_tax(self) -> bool:
        return all(part.kind == "tax" for part in self.parts)


def made(draft: Draft, transaction: Mapping[str, Any], ids: Ids, at: datetime) -> dict[str, Any]:
    stamp = milliseconds(at)
    return {
        "id": ids.new("adj", stamp),
        "action": draft.action,
        "type": "full" if draft.full else "partial",
        "transaction_id": transaction["id"],
        "subscription_id": transaction["subscription_id"],
        "customer_id": transaction["customer_id"],
        "reason": draft.reason,
        # Ours reduce what an invoice asks for; nothing of them goes to a customer's balance.
        "credit_applied_to_balance": False if draft.action == "credit" else None,
        "currency_code": transaction["currency_code"],
        "status": draft.status,
        "items": [_item(part, ids.new("adjitm", stamp)) for part in draft.parts],
        "totals": _totals(draft, transaction["currency_code"]),
        "payout_totals": _payout_totals(draft, transaction),
        "tax_rates_used": _tax_rates_used(draft.parts),
        "created_at": text(at),
        "updated_at": text(at),
    }


def reversed_of(original: Mapping[str, Any], reason: str, ids: Ids, at: datetime) -> dict[str, Any]:
    """The `…_reverse` of it: the same amounts, negative, and no fee for a chargeback."""
    stamp = milliseconds(at)
    payout = original["payout_totals"]
    kept = {name: one for name, one in (payout or {}).items() if name != "chargeback_fee"}
    return {
        **original,
        "id": ids.new("adj", stamp),
        "action": f"{original['action']}_reverse",
        "reason": reason,
        "status": "approved",
        "items": [
            {**_negative(item), "id": ids.new("adjitm", stamp)} for item in original["items"]
        ],
        "totals": _negative(original["totals"]),
        "payout_totals": None if payout is None else _negative(kept),
        "tax_rates_used": [
            {**used, "totals": _negative(used["totals"])} for used in original["tax_rates_used"]
        ],
        "created_at": text(at),
        "updated_at": text(at),
    }


_AMOUNTS = ("amount", "subtotal", "tax", "total", "fee", "retained_fee", "earnings")


def _negative(record: Mapping[str, Any]) -> dict[str, Any]:
    """All amounts in it, at any depth, with the other sign."""
    turned = dict(record)
    for name, value in record.items():
        if isinstance(value, dict):
            turned[name] = _negative(value)
        elif name in _AMOUNTS and value is not None:
            turned[name] = str(-int(value))
    return turned


def _item(part: Part, item_id: str) -> dict[str, Any]:
    return {
        "id": item_id,
        "item_id": part.line_id,
        "type": part.kind,
        "amount": str(part.split.total),
        "proration": None,
        "totals": _texts(part.split),
    }


def _texts(split: Split) -> dict[str, str]:
    return {"subtotal": str(split.subtotal), "tax": str(split.tax), "total": str(split.total)}


def _totals(draft: Draft, currency: str) -> dict[str, str]:
    fee, retained = _fees(draft, currency)
    return _with_fees(draft.whole, fee, retained, currency)


def _payout_totals(draft: Draft, transaction: Mapping[str, Any]) -> dict[str, Any] | None:
    if draft.action == "credit":
        return None
    currency = transaction["currency_code"]
    fee, retained = (amounts.paid_out(one, currency) for one in _fees(draft, currency))
    out = amounts.split_paid_out(draft.whole, currency)
    totals: dict[str, Any] = _with_fees(out, fee, retained, amounts.PAYOUT_CURRENCY)
    if draft.action in DISPUTES:
        paypal = payments.method_of(transaction) == "paypal"
        dispute = CHARGEBACK_FEE_PAYPAL if paypal else CHARGEBACK_FEE
        totals["chargeback_fee"] = {"amount": str(dispute), "original": None}
    return totals


def _fees(draft: Draft, currency: str) -> tuple[int, int]:
    """Paddle's fee for it, and what of its fee for the sale it keeps."""
    if draft.action == "credit" or draft.only_tax:
        return 0, 0
    fee = amounts.fee_back(draft.whole.total)
    return fee, amounts.retained(currency) if draft.full else 0


def _with_fees(split: Split, fee: int, retained: int, currency: str) -> dict[str, str]:
    return {
        **_texts(split),
        "fee": str(fee),
        "retained_fee": str(retained),
        "earnings": str(split.subtotal - fee),
        "currency_code": currency,
    }


def _tax_rates_used(parts: Sequence[Part]) -> list[dict[str, Any]]:
    by_rate: dict[str, list[Split]] = {}
    for part in parts:
        by_rate.setdefault(part.tax_rate, []).append(part.split)
    return [
        {"tax_rate": rate, "totals": _texts(amounts.added(splits))}
        for rate, splits in by_rate.items()
    ]
