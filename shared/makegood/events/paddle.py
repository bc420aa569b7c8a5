"""What Paddle tells us, reduced to what the ledger needs to know.

Names are Paddle's. Amounts are integers in the currency's lowest unit. Words such as a status
or an action come from lists that grow without notice, so they are plain text here, and whoever
reads them decides what an unknown one means.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from makegood.events.contract import (
    Contract,
    MinorUnits,
    Rows,
    Timestamp,
    Word,
    read_object,
    rejection,
)
from makegood.events.identifiers import Identifier

# The largest message that SQS takes.
EVENT_BYTES_MAX = 1024 * 1024

# Paddle sells at most so many of one price in a transaction.
QUANTITY_MAX = 999_999_999

CAPTURED = "captured"
"""Of a payment: its money was collected."""

Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
# Paddle has checked it. Only what could not be an address in any alphabet is refused.
Email = Annotated[str, Field(pattern=r"^[^\s\p{C}]+@[^\s\p{C}]+$", max_length=320)]
Quantity = Annotated[int, Field(ge=1, le=QUANTITY_MAX)]


def _object_or_nothing(value: object) -> object:
    return value if isinstance(value, dict) else {}


REASON_LENGTH_MAX = 2_000


def _text_in_short(value: object) -> str:
    """Free text of anybody's refuses no adjustment, whatever it holds and however long it is."""
    text = value[:REASON_LENGTH_MAX] if isinstance(value, str) else ""
    return text.encode("utf-8", "replace").decode("utf-8")


Reason = Annotated[str, BeforeValidator(_text_in_short)]

# The seller's own object. Whatever else stands there (null, text, a list) says nothing, and a
# purchase that was paid is not refused for it.
CustomData = Annotated[dict[str, object], BeforeValidator(_object_or_nothing)]


class Price(Contract):
    id: Identifier


class Item(Contract):
    """What was asked for. Not what was charged for it: that is a line item."""

    price: Price
    quantity: Quantity


class LineTotals(Contract):
    subtotal: MinorUnits
    tax: MinorUnits
    total: MinorUnits


class LineItem(Contract):
    """One line of the bill. Paddle's refunds name it by `id` (`txnitm_…`)."""

    id: Identifier
    price_id: Identifier
    quantity: Quantity
    totals: LineTotals


class TransactionTotals(Contract):
    """`total` is after discount and tax; `grand_total` is less the credit that was used up."""

    total: MinorUnits
    grand_total: MinorUnits


def _each_once(lines: tuple[LineItem, ...]) -> tuple[LineItem, ...]:
    """Credits are granted line by line: a line that stands there twice was paid for once."""
    if len({line.id for line in lines}) != len(lines):
        raise PydanticCustomError("lines", "expected each line once")
    return lines


class TransactionDetails(Contract):
    totals: TransactionTotals
    line_items: Annotated[Rows[LineItem], AfterValidator(_each_once)]


def _kind_or_nothing(value: object) -> str | None:
    """A payment is not refused for what is told of how it was made."""
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) and _KIND.fullmatch(kind) else None


_KIND = re.compile("[a-z_]{1,64}")


class Payment(Contract):
    """One attempt. Failed ones stay in the list after the one that was captured.

    Of how it was paid only the kind is read here, such as `card` or `paypal`.
    """

    status: Word
    amount: MinorUnits
    kind: Annotated[
        str | None, Field(validation_alias="method_details"), BeforeValidator(_kind_or_nothing)
    ] = None


class PaddleTransaction(Contract):
    id: Identifier
    status: Word
    origin: Word
    customer_id: Identifier | None = None
    subscription_id: Identifier | None = None
    custom_data: CustomData = Field(default_factory=dict, repr=False)
    currency_code: Currency
    items: Rows[Item]
    details: TransactionDetails
    payments: Rows[Payment]
    created_at: Timestamp
    updated_at: Timestamp
    billed_at: Timestamp | None = None

    @property
    def paid_by(self) -> str | None:
        """How the money was collected, as far as it was told."""
        return next((one.kind for one in self.payments if one.status == CAPTURED), None)


class AdjustmentItem(Contract):
    """`item_id` is the line item of the transaction. Its totals are after what remained."""

    id: Identifier
    item_id: Identifier
    type: Word
    amount: MinorUnits | None = None
    totals: LineTotals


class PaddleAdjustment(Contract):
    """Totals may be negative in a reversal: the direction is in `action`, not in the sign.

    `reason` is ours where we asked for it, else Paddle's or a person's; empty where there is none.
    """

    id: Identifier
    action: Word
    type: Word | None = None
    status: Word
    transaction_id: Identifier
    customer_id: Identifier
    subscription_id: Identifier | None = None
    reason: Reason = Field(default="", repr=False)
    currency_code: Currency
    items: Rows[AdjustmentItem]
    totals: LineTotals
    created_at: Timestamp
    updated_at: Timestamp | None = None


class PaddleCustomer(Contract):
    id: Identifier
    email: Annotated[Email, Field(repr=False)]
    status: Word
    created_at: Timestamp
    updated_at: Timestamp


PaddleEntity = PaddleTransaction | PaddleAdjustment | PaddleCustomer


class _Envelope(Contract):
    event_id: Identifier
    event_type: Identifier
    occurred_at: Timestamp
    data: Annotated[dict[str, object], Field(repr=False)]


@dataclass(frozen=True, slots=True)
class PaddleEvent:
    """`event_id` is the same for every delivery and replay; `occurred_at` orders events.

    `data` is None for the event types that this system does not read.
    """

    event_id: str
    event_type: str
    occurred_at: datetime
    data: PaddleEntity | None


# Transactions that are not yet paid (created, ready, billed …) are of no interest, and their
# drafts lack half of the fields.
_READ_AS: dict[str, type[PaddleEntity]] = {
    "transaction.completed": PaddleTransaction,
    "transaction.paid": PaddleTransaction,
    "transaction.payment_failed": PaddleTransaction,
    "transaction.updated": PaddleTransaction,
    "adjustment.created": PaddleAdjustment,
    "adjustment.updated": PaddleAdjustment,
    "customer.created": PaddleCustomer,
    "customer.imported": PaddleCustomer,
    "customer.updated": PaddleCustomer,
}


def parse_paddle_event(body: str | bytes) -> PaddleEvent:
    """Raise RejectedEventError for an envelope, or an entity that is read here, of wrong form."""
    fields = read_object(body, bytes_max=EVENT_BYTES_MAX)
    try:
        envelope = _Envelope.model_validate(fields)
    except ValidationError as error:
        raise rejection(error) from None
    return PaddleEvent(
        event_id=envelope.event_id,
        event_type=envelope.event_type,
        occurred_at=envelope.occurred_at,
        data=_entity(envelope),
    )


def _entity(envelope: _Envelope) -> PaddleEntity | None:
    model = _READ_AS.get(envelope.event_type)
    if model is None:
        return None
    try:
        return model.model_validate(envelope.data)
    except ValidationError as error:
        raise rejection(error, inside="data") from None
