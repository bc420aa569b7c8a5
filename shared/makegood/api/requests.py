"""What may stand in a body. Strict: no "7", no true for a number, no field that is not known."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from makegood.api.plain_text import PlainText
from makegood.domain.account import CREDITS_MAX
from makegood.errors import RejectedEventError
from makegood.events.contract import Contract, rejection
from makegood.events.identifiers import Identifier
from makegood.events.strict_json import JsonValue

EXPECTED_SECONDS_MAX = 20 * 60 * 60
"""A job that nobody hears of is back within 24 hours of any failure it may have had: it is lost two
hours after its end was expected, and two hours are left for runs that fail."""
OUTPUTS_MAX = 1_000

B = TypeVar("B", bound="Body")


def _not_zero(credits: int) -> int:
    if credits == 0:
        raise PydanticCustomError("credits", "expected a number other than 0")
    return credits


Credits = Annotated[int, Field(ge=1, le=CREDITS_MAX)]
SignedCredits = Annotated[int, Field(ge=-CREDITS_MAX, le=CREDITS_MAX), AfterValidator(_not_zero)]


class Body(Contract):
    # A misspelt optional field would silently mean its absence.
    model_config = ConfigDict(extra="forbid")


class NoBody(Body):
    """For routes that take none."""


class ChargeBody(Body):
    account_id: Identifier
    credits: Credits
    capability: Identifier | None = None
    outputs: Annotated[int, Field(ge=1, le=OUTPUTS_MAX)] | None = None
    expected_seconds: Annotated[int, Field(ge=1, le=EXPECTED_SECONDS_MAX)] | None = None


class BonusBody(Body):
    account_id: Identifier
    credits: Credits
    reason: PlainText


class PriceBody(Body):
    """What one unit of a price is worth. Bonus credits have no money value."""

    credits: Credits
    bonus_credits: Annotated[int, Field(ge=0, le=CREDITS_MAX)] = 0

    @model_validator(mode="after")
    def _fits_into_a_grant(self) -> "PriceBody":
        if self.credits + self.bonus_credits > CREDITS_MAX:
            raise PydanticCustomError(
                "credits", "expected at most 1000000000000 credits, bonus included"
            )
        return self


class AssignBody(Body):
    account_id: Identifier


class CorrectionBody(Body):
    credits: SignedCredits
    reason: PlainText


class ReasonBody(Body):
    reason: PlainText


def read_fields(model: type[B], fields: dict[str, JsonValue]) -> B:
    """Raise RejectedEventError, naming fields of the model and rules, nothing of what was sent."""
    known = model.model_fields.keys()
    if not fields.keys() <= known:
        raise RejectedEventError(f"the body has a field other than {', '.join(known)}")
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise rejection(error) from None
