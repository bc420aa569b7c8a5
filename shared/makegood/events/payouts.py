"""What the payouts queue says: that a payout is due. What it is, only the ledger knows.

{"version": 1, "type": "payout.due", "payout_id": "payout_0123456789abcdef01234567"}
"""

from typing import Annotated, Literal

from pydantic import Field, ValidationError

from makegood.events.contract import Contract, FirstVersion, read_object, rejection

MESSAGE_BYTES_MAX = 1024


class PayoutDue(Contract):
    version: FirstVersion
    type: Literal["payout.due"]
    payout_id: Annotated[str, Field(pattern="^payout_[0-9a-f]{24}$")]


def parse_payout_due(body: str | bytes) -> PayoutDue:
    """Raise RejectedEventError, naming the field and what was expected, for anything else."""
    fields = read_object(body, bytes_max=MESSAGE_BYTES_MAX)
    try:
        return PayoutDue.model_validate(fields)
    except ValidationError as error:
        raise rejection(error) from None
