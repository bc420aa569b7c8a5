"""Prices, products and customers as Paddle shows them."""

from typing import Any

PRODUCT_ID = "pro_01kjpx4qhr57s323ehn89wz580"
MADE_AT = "2026-03-02T09:14:07.120331Z"


def price(
    price_id: str,
    *,
    name: str,
    amount: int,
    currency: str,
    tax_included: bool = False,
    credits: int | None = None,
) -> dict[str, Any]:
    """A one-off price. `credits` is only the shop's note; the studio's own table decides."""
    return {
        "id": price_id,
        "product_id": PRODUCT_ID,
        "name": name,
        "description": f"{name} (one-off)",
        "type": "standard",
        "billing_cycle": None,
        "trial_period": None,
        "tax_mode": "internal" if tax_included else "external",
        "unit_price": {"amount": str(amount), "currency_code": currency},
        "unit_price_overrides": [],
        "quantity": {"minimum": 1, "maximum": 100},
        "status": "active",
        "custom_data": None if credits is None else {"credits": str(credits)},
        "import_meta": None,
        "created_at": MADE_AT,
        "updated_at": MADE_AT,
    }


def product() -> dict[str, Any]:
    return {
        "id": PRODUCT_ID,
        "name": "Prepaid credits",
        "description": "Credits for generating videos.",
        "type": "standard",
        "tax_category": "saas",
        "image_url": None,
        "custom_data": {"grants": "credits"},
        "status": "active",
        "import_meta": None,
        "created_at": MADE_AT,
        "updated_at": MADE_AT,
    }


def customer(customer_id: str, *, email: str, name: str | None, at: str) -> dict[str, Any]:
    return {
        "id": customer_id,
        "name": name,
        "email": email,
        "marketing_consent": False,
        "status": "active",
        "custom_data": None,
        "locale": "en",
        "import_meta": None,
        "created_at": at,
        "updated_at": at,
    }


PRICES = (
    price(
        "pri_01kjpx71rrp1zr6z0b6nfbkm1a",
        name="1,000 credits",
        amount=1000,
        currency="USD",
        credits=1000,
    ),
    price(
        "pri_01kjpx8c4v0w5m9a2n7d6t3eqy",
        name="5,000 credits",
        amount=4500,
        currency="USD",
        credits=5000,
    ),
    price(
        "pri_01kjpxj1arftknfxt33wwanzbz",
        name="2,500 credits",
        amount=3000,
        currency="JPY",
        tax_included=True,
        credits=2500,
    ),
)
