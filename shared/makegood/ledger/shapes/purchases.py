"""Purchases, prices and customers."""

from datetime import datetime
from hashlib import sha256

from makegood.domain.entry import timestamp
from makegood.domain.purchase import (
    Basket,
    Customer,
    Price,
    Purchase,
    PurchaseLine,
    PurchaseState,
    Sale,
)
from makegood.ledger.shapes.shape import (
    Shape,
    Values,
    timestamp_if_any,
    to_time,
    to_time_if_any,
)

UNMATCHED_LIST = "UNMATCHED"
"""One key for all: an unmatched purchase is a mistake in the set-up, not a stream of them."""

PRICES_PK = "PRICES"


def purchases_of(account_id: str) -> str:
    return f"PURCHASES#{account_id}"


def sales_of_month(at: datetime) -> str:
    """Where the granted purchases of this month (UTC) are listed, by the time of the payment.

    One key for all: it takes a thousand purchases a second.
    """
    return f"SALES#{timestamp(at)[:7]}"


def customers_with(email: str) -> str:
    """The look-up key of an e-mail address: a digest, so that the address is in one place only."""
    return f"EMAIL#{sha256(email.strip().lower().encode()).hexdigest()}"


def _write_purchase(purchase: Purchase) -> Values:
    return {
        "transaction_id": purchase.transaction_id,
        "state": purchase.state.value,
        "account_id": purchase.account_id,
        "customer_id": purchase.customer_id,
        "claimed_account_id": purchase.claimed_account_id,
        "order_ref": purchase.order_ref,
        "currency": purchase.currency,
        "collected_minor": purchase.collected_minor,
        "lines": [_line_values(line) for line in purchase.lines],
        "occurred_at": timestamp(purchase.occurred_at),
        "recorded_at": timestamp(purchase.recorded_at),
        "why": purchase.why,
        "assigned_by": purchase.assigned_by,
        "case_id": purchase.case_id,
        "promised_minor": purchase.promised_minor or None,
        "adjusted_minor": purchase.adjusted_minor or None,
        "paid_by": purchase.paid_by,
        **_purchase_indexes(purchase),
    }


def _line_values(line: PurchaseLine) -> Values:
    return {
        "item_id": line.item_id,
        "price_id": line.price_id,
        "quantity": line.quantity,
        "amount_minor": line.amount_minor,
        "tax_minor": line.tax_minor,
        "credits": line.credits,
        "lot": line.lot,
        "bonus_credits": line.bonus_credits,
        "bonus_lot": line.bonus_lot,
    }


def _purchase_indexes(purchase: Purchase) -> Values:
    order = f"{timestamp(purchase.occurred_at)}#{purchase.transaction_id}"
    indexes: Values = {}
    if purchase.state is PurchaseState.UNMATCHED:
        indexes |= {"work_pk": UNMATCHED_LIST, "work_sk": order}
    if purchase.state is PurchaseState.GRANTED:
        indexes |= {"work_pk": sales_of_month(purchase.occurred_at), "work_sk": order}
    if purchase.account_id is not None:
        indexes |= {"lookup_pk": purchases_of(purchase.account_id), "lookup_sk": order}
    return indexes


def _read_purchase(values: Values) -> Purchase:
    return Purchase(
        transaction_id=values["transaction_id"],
        state=PurchaseState(values["state"]),
        account_id=values.get("account_id"),
        customer_id=values.get("customer_id"),
        claimed_account_id=values.get("claimed_account_id"),
        order_ref=values.get("order_ref"),
        currency=values["currency"],
        collected_minor=values["collected_minor"],
        lines=tuple(PurchaseLine(**line) for line in values["lines"]),
        occurred_at=to_time(values["occurred_at"]),
        recorded_at=to_time(values["recorded_at"]),
        why=values.get("why"),
        assigned_by=values.get("assigned_by"),
        case_id=values.get("case_id"),
        promised_minor=values.get("promised_minor", 0),
        adjusted_minor=values.get("adjusted_minor", 0),
        paid_by=values.get("paid_by"),
    )


def _write_basket(basket: Basket) -> Values:
    return {
        "account_id": basket.account_id,
        "contents": basket.contents,
        "sales": [
            {"transaction_id": s.transaction_id, "at": timestamp(s.at), "order_ref": s.order_ref}
            for s in basket.sales
        ],
    }


def _read_basket(values: Values) -> Basket:
    sales = (
        Sale(sale["transaction_id"], to_time(sale["at"]), sale.get("order_ref"))
        for sale in values["sales"]
    )
    return Basket(values["account_id"], values["contents"], tuple(sales))


def _write_price(price: Price) -> Values:
    return {
        "price_id": price.price_id,
        "credits": price.credits,
        "bonus_credits": price.bonus_credits,
        "set_at": timestamp(price.set_at),
        "set_by": price.set_by,
    }


def _read_price(values: Values) -> Price:
    return Price(
        price_id=values["price_id"],
        credits=values["credits"],
        bonus_credits=values["bonus_credits"],
        set_at=to_time(values["set_at"]),
        set_by=values["set_by"],
    )


def _write_customer(customer: Customer) -> Values:
    values: Values = {
        "customer_id": customer.customer_id,
        "account_id": customer.account_id,
        "email": customer.email,
        "told_at": timestamp_if_any(customer.told_at),
    }
    if customer.email is not None:
        values |= {"lookup_pk": customers_with(customer.email), "lookup_sk": customer.customer_id}
    return values


def _read_customer(values: Values) -> Customer:
    return Customer(
        customer_id=values["customer_id"],
        account_id=values.get("account_id"),
        email=values.get("email"),
        told_at=to_time_if_any(values.get("told_at")),
    )


PURCHASE: Shape[Purchase] = Shape(
    id=lambda purchase: purchase.transaction_id,
    place=lambda transaction_id: (f"PURCHASE#{transaction_id}", "PURCHASE"),
    write=_write_purchase,
    read=_read_purchase,
)
BASKET: Shape[Basket] = Shape(
    id=lambda basket: (basket.account_id, basket.contents),
    place=lambda parts: (f"BASKETS#{parts[0]}", parts[1]),
    write=_write_basket,
    read=_read_basket,
)
PRICE: Shape[Price] = Shape(
    id=lambda price: price.price_id,
    place=lambda price_id: (PRICES_PK, price_id),
    write=_write_price,
    read=_read_price,
)
CUSTOMER: Shape[Customer] = Shape(
    id=lambda customer: customer.customer_id,
    place=lambda customer_id: (f"CUSTOMER#{customer_id}", "CUSTOMER"),
    write=_write_customer,
    read=_read_customer,
)
