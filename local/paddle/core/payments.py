"""The attempts to pay in `transaction.payments`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from local.paddle.core.ids import Ids
from local.paddle.core.times import milliseconds, text

# How long before the capture the attempt was begun.
ATTEMPTED = timedelta(seconds=3)
BANK_TRANSFERS = ("wire_transfer", "offline")


def captured(ids: Ids, *, amount: int, at: datetime, method: str, holder: str) -> dict[str, Any]:
    return {
        "payment_attempt_id": ids.uuid(),
        "stored_payment_method_id": ids.uuid(),
        "payment_method_id": ids.new("paymtd", milliseconds(at)),
        "amount": str(amount),
        "status": "captured",
        "error_code": None,
        "method_details": _method(method, holder),
        "created_at": text(at - ATTEMPTED),
        "captured_at": text(at),
    }


def refused(attempt: Mapping[str, Any], ids: Ids, at: datetime) -> dict[str, Any]:
    """An earlier attempt than this one, with the same means, that the bank did not accept."""
    return {
        **attempt,
        "payment_attempt_id": ids.uuid(),
        "status": "error",
        "error_code": "not_enough_balance",
        "created_at": text(at - ATTEMPTED),
        "captured_at": None,
    }


def method_of(transaction: Mapping[str, Any]) -> str | None:
    """How it was paid; None where nothing was captured."""
    for attempt in transaction["payments"]:
        if attempt["status"] == "captured":
            return str(attempt["method_details"]["type"])
    return None


def _method(method: str, holder: str) -> dict[str, Any]:
    card = {
        "type": "visa",
        "last4": "4242",
        "expiry_month": 4,
        "expiry_year": 2029,
        "cardholder_name": holder,
    }
    paypal = {"email": "buyer@example.com", "reference": None}
    return {
        "type": method,
        "underlying_details": None,
        "south_korea_local_card": None,
        "paypal": paypal if method == "paypal" else None,
        "card": card if method == "card" else None,
    }
