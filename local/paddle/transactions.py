"""Builds `transaction.*` data with every field that Paddle sends."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from local.paddle import amounts, catalog, ids
from local.paddle.clock import milliseconds, text

# How long before the capture the checkout was opened, the attempt begun.
OPENED, ATTEMPTED = timedelta(seconds=54), timedelta(seconds=3)
# How long after the capture Paddle has done everything else.
COMPLETED = timedelta(seconds=4)


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
    collected: bool = True
    """False for a transaction that is completed without a payment, as a fully credited one is."""

    @property
    def currency(self) -> str:
        return str(self.items[0][0]["unit_price"]["currency_code"])


def completed(purchase: Purchase) -> dict[str, Any]:
    at = milliseconds(purchase.captured_at)
    lines = [_line(price, quantity, purchase, at) for price, quantity in purchase.items]
    whole = amounts.added(split for _, split in lines)
    transaction_id = ids.new("txn", at)
    done_at = text(purchase.captured_at + COMPLETED)
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
        "payments": [_payment(purchase, whole.total, at)] if purchase.collected else [],
        "checkout": {"url": f"https://studio.example/pay?_ptxn={transaction_id}"},
        "created_at": text(purchase.captured_at - OPENED),
        "updated_at": done_at,
        "billed_at": text(purchase.captured_at),
        "revised_at": None,
    }


def paid(transaction: Mapping[str, Any]) -> dict[str, Any]:
    """The same transaction a moment earlier: captured, and nothing of Paddle's own work done."""
    details = transaction["details"]
    unknown = {"fee": None, "earnings": None}
    return {
        **transaction,
        "status": "paid",
        "invoice_id": None,
        "invoice_number": None,
        "details": {
            **details,
            "totals": {**details["totals"], **unknown},
            "adjusted_totals": {**details["adjusted_totals"], **unknown},
            "payout_totals": None,
            "adjusted_payout_totals": None,
        },
        "updated_at": transaction["billed_at"],
    }


def _line(
    price: Mapping[str, Any], quantity: int, purchase: Purchase, at: int
) -> tuple[dict[str, Any], amounts.Split]:
    unit, whole = amounts.line(
        int(price["unit_price"]["amount"]),
        quantity,
        purchase.tax_rate,
        included=price["tax_mode"] == "internal",
    )
    line = {
        "id": ids.new("txnitm", at),
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
    collected = whole.total - credited
    fee = amounts.fee(collected, currency)
    totals = _totals(whole, credited=credited, fee=fee)
    paid_out = amounts.Split(
        amounts.paid_out(whole.subtotal, currency), amounts.paid_out(whole.tax, currency)
    )
    out = _totals(
        paid_out,
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


def _payment(purchase: Purchase, amount: int, at: int) -> dict[str, Any]:
    return {
        "payment_attempt_id": str(uuid.uuid4()),
        "stored_payment_method_id": str(uuid.uuid4()),
        "payment_method_id": ids.new("paymtd", at),
        "amount": str(amount),
        "status": "captured",
        "error_code": None,
        "method_details": {
            "type": "card",
            "underlying_details": None,
            "south_korea_local_card": None,
            "paypal": None,
            "card": {
                "type": "visa",
                "last4": "4242",
                "expiry_month": 4,
                "expiry_year": 2029,
                "cardholder_name": purchase.cardholder,
            },
        },
        "created_at": text(purchase.captured_at - ATTEMPTED),
        "captured_at": text(purchase.captured_at),
    }
