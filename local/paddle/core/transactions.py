"""Builds `transaction.*` data with every field that Paddle sends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from local.paddle import catalog
from local.paddle.core import amounts, payments
from local.paddle.core.ids import Ids
from local.paddle.core.times import milliseconds, text

# How long before the capture the checkout was opened.
OPENED = timedelta(seconds=54)
# How long after the capture Paddle has done everything else.
COMPLETED = timedelta(seconds=4)
FAILED_BEFORE = timedelta(seconds=24)


@dataclass(frozen=True, slots=True)
class Purchase:
    customer_id: str
    items: Sequence[tuple[Mapping[str, Any], int]]
    """Prices as in the catalog, each with its quantity."""
    captured_at: datetime
    custom_data: Mapping[str, Any] | None = None
    tax_rate: Decimal = Decimal("0.08875")
    origin: str = "api"
    subscription_id: str | None = None
    cardholder: str = "Dana Whitfield"
    method: str = "card"
    """Also `paypal`, `wire_transfer`, …"""
    collected: bool = True
    """False for a transaction that is completed without a payment, as a fully credited one is."""

    @property
    def currency(self) -> str:
        return str(self.items[0][0]["unit_price"]["currency_code"])


def completed(purchase: Purchase, ids: Ids) -> dict[str, Any]:
    at = milliseconds(purchase.captured_at)
    lines = [_line(price, quantity, purchase, ids) for price, quantity in purchase.items]
    whole = amounts.added(split for _, split in lines)
    transaction_id = ids.new("txn", at)
    return {
        "id": transaction_id,
        "status": "completed",
        "customer_id": purchase.customer_id,
        "address_id": ids.new("add", at),
        "business_id": None,
        "custom_data": None if purchase.custom_data is None else dict(purchase.custom_data),
        "currency_code": purchase.currency,
        "origin": purchase.origin,
        "subscription_id": purchase.subscription_id,
        "invoice_id": ids.new("inv", at),
        "invoice_number": f"24117-{at % 100_000:05d}",
        "collection_mode": "automatic",
        "discount_id": None,
        "billing_details": None,
        "billing_period": None,
        "items": [
            {"price": dict(price), "quantity": quantity, "proration": None}
            for price, quantity in purchase.items
        ],
        "details": _details(purchase, whole, [line for line, _ in lines]),
        "payments": _payments(purchase, whole.total, ids),
        "checkout": {"url": f"https://studio.example/pay?_ptxn={transaction_id}"},
        "created_at": text(purchase.captured_at - OPENED),
        "updated_at": text(purchase.captured_at + COMPLETED),
        "billed_at": text(purchase.captured_at),
        "revised_at": None,
    }


def paid(transaction: Mapping[str, Any]) -> dict[str, Any]:
    """The same transaction a moment earlier: captured, and nothing of Paddle's own work done."""
    return {
        **_without_payout(transaction),
        "status": "paid",
        "updated_at": transaction["billed_at"],
    }


def payment_failed(transaction: Mapping[str, Any], ids: Ids, at: datetime) -> dict[str, Any]:
    """The same transaction before it was paid: one attempt that was refused, nothing charged."""
    unpaid = _without_payout(transaction)
    details = unpaid["details"]
    totals = {**details["totals"], "balance": details["totals"]["grand_total"]}
    attempt = payments.refused(transaction["payments"][-1], ids, at)
    return {
        **unpaid,
        "status": "ready",
        "details": {**details, "totals": totals},
        "payments": [attempt],
        "updated_at": text(at),
        "billed_at": None,
    }


def billed(transaction: Mapping[str, Any]) -> dict[str, Any]:
    """An invoice that is not paid yet: the only kind that takes credits."""
    unpaid = _without_payout(transaction)
    totals = unpaid["details"]["totals"]
    return {
        **unpaid,
        "status": "billed",
        "collection_mode": "manual",
        "invoice_id": transaction["invoice_id"],
        "invoice_number": transaction["invoice_number"],
        "details": {**unpaid["details"], "totals": {**totals, "balance": totals["grand_total"]}},
        "payments": [],
        "checkout": {"url": None},
    }


def _without_payout(transaction: Mapping[str, Any]) -> dict[str, Any]:
    details = transaction["details"]
    unknown = {"fee": None, "earnings": None}
    return {
        **transaction,
        "invoice_id": None,
        "invoice_number": None,
        "details": {
            **details,
            "totals": {**details["totals"], **unknown},
            "adjusted_totals": {**details["adjusted_totals"], **unknown},
            "payout_totals": None,
            "adjusted_payout_totals": None,
        },
    }


def _line(
    price: Mapping[str, Any], quantity: int, purchase: Purchase, ids: Ids
) -> tuple[dict[str, Any], amounts.Split]:
    unit, whole = amounts.line(
        int(price["unit_price"]["amount"]),
        quantity,
        purchase.tax_rate,
        included=price["tax_mode"] == "internal",
    )
    line = {
        "id": ids.new("txnitm", milliseconds(purchase.captured_at)),
        "price_id": price["id"],
        "quantity": quantity,
        "proration": None,
        "tax_rate": str(purchase.tax_rate),
        "unit_totals": unit.texts(),
        "totals": whole.texts(),
        "product": catalog.product(),
    }
    return line, whole


def _details(
    purchase: Purchase, whole: amounts.Split, lines: list[dict[str, Any]]
) -> dict[str, Any]:
    currency = purchase.currency
    credited = 0 if purchase.collected else whole.total
    fee = amounts.fee(whole.total - credited, currency)
    totals = _totals(whole, credited=credited, fee=fee)
    out = _totals(
        amounts.split_paid_out(whole, currency),
        credited=amounts.paid_out(credited, currency),
        fee=amounts.paid_out(fee, currency),
    )
    payout = {
        "currency_code": amounts.PAYOUT_CURRENCY,
        "exchange_rate": str(amounts.rate(currency)),
    }
    return {
        "tax_rates_used": [{"tax_rate": str(purchase.tax_rate), "totals": whole.texts()}],
        "totals": {**totals, "currency_code": currency},
        "adjusted_totals": {**_adjusted(totals), "currency_code": currency},
        "payout_totals": {**out, **payout, "fee_rate": str(amounts.FEE_RATE)},
        "adjusted_payout_totals": {**_adjusted_payout(out), **payout},
        "line_items": lines,
    }


def _totals(whole: amounts.Split, *, credited: int, fee: int) -> dict[str, str]:
    collected = whole.total - credited
    return {
        **whole.texts(),
        "credit": str(credited),
        "credit_to_balance": "0",
        "balance": "0",
        "grand_total": str(collected),
        "grand_total_tax": str(whole.tax if collected else 0),
        "fee": str(fee),
        "earnings": str(whole.subtotal - fee if collected else 0),
    }


def _adjusted(totals: Mapping[str, str]) -> dict[str, str]:
    kept = ("subtotal", "tax", "total", "grand_total", "grand_total_tax", "fee", "earnings")
    return {**{name: totals[name] for name in kept}, "retained_fee": "0"}


def _adjusted_payout(totals: Mapping[str, str]) -> dict[str, Any]:
    kept = ("subtotal", "tax", "total", "fee", "earnings")
    chargeback_fee = {"amount": "0", "original": None}
    adjusted = {name: totals[name] for name in kept}
    return {**adjusted, "retained_fee": "0", "chargeback_fee": chargeback_fee}


def _payments(purchase: Purchase, amount: int, ids: Ids) -> list[dict[str, Any]]:
    if not purchase.collected:
        return []
    at, holder = purchase.captured_at, purchase.cardholder
    return [payments.captured(ids, amount=amount, at=at, method=purchase.method, holder=holder)]
