"""What may stand in the bodies and queries about cases. Strict, as all of them are."""

import re
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from makegood.api.plain_text import PlainText
from makegood.api.requests import Body
from makegood.api.routing import Parameter
from makegood.api.words import in_body, in_query, schema_of
from makegood.domain.account import CREDITS_MAX
from makegood.domain.case import ASKED_FOR, CaseStatus, Category, Request
from makegood.errors import InvalidTimestampError, RejectedInputError
from makegood.events.identifiers import Identifier
from makegood.events.timestamps import YEARS, parse_timestamp
from makegood.plans.cases.verdicts import Choice, Word

AMOUNT_MAX = 10**12
"""The most minor units that a request can name."""

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_ASKED = tuple(category for category in Category if category in ASKED_FOR)


def _date(value: object) -> date:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            day = date.fromisoformat(value)
            if day.year in YEARS:
                return day
    except ValueError:
        pass
    raise PydanticCustomError("date", "expected a date, YYYY-MM-DD, in the years 2000 to 2199")


def _email(value: str) -> str:
    value = value.strip()
    if not _EMAIL.fullmatch(value) or not value.isprintable():
        raise PydanticCustomError("email", "expected an e-mail address")
    return value


Day = Annotated[date, PlainValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
Email = Annotated[str, Field(min_length=3, max_length=254), AfterValidator(_email)]
Asked = Annotated[Category, PlainValidator(in_body(_ASKED)), WithJsonSchema(schema_of(_ASKED))]
Chosen = Annotated[Choice, PlainValidator(in_body(Choice)), WithJsonSchema(schema_of(Choice))]


class CaseBody(Body):
    """What clause 5 asks for. `amount` is what was paid, in the currency's minor unit."""

    category: Asked
    email: Email
    transaction_date: Day
    amount: Annotated[int, Field(ge=1, le=AMOUNT_MAX)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    description: PlainText
    transaction_id: Identifier | None = None

    @property
    def request(self) -> Request:
        return Request(
            email=self.email,
            transaction_date=self.transaction_date,
            amount_minor=self.amount,
            currency=self.currency,
            description=self.description,
            transaction_id=self.transaction_id,
        )


class CaseForCustomerBody(CaseBody):
    """The same, filed by support for a customer."""

    account_id: Identifier


class WithdrawBody(Body):
    """Nothing has to be said."""


class AppealBody(Body):
    reason: PlainText | None = None


class DecisionBody(Body):
    """`amount` is in the currency's minor unit, for a technical failure in credits.

    `seen_version` is the version of the case that was decided on. A "decline" needs a `note`,
    which its customer reads, and may cite a `clause`. `transaction_id` says which purchase a
    case is about that was filed without one, `job_id` which generation failed. A "close" is for
    the categories that nobody asks for, and takes a `note` for reviewers.
    """

    decision: Chosen
    seen_version: Annotated[int, Field(ge=1, le=10**6)]
    note: PlainText | None = None
    amount: Annotated[int, Field(ge=0, le=CREDITS_MAX)] | None = None
    clause: Literal["1", "3(a)", "3(b)", "3(c)", "3(d)"] | None = None
    transaction_id: Identifier | None = None
    job_id: Identifier | None = None

    @model_validator(mode="after")
    def _fits_the_decision(self) -> "DecisionBody":
        approves = self.decision is Choice.APPROVE
        if self.decision is Choice.DECLINE and self.note is None:
            raise PydanticCustomError("note", "a decline needs a note, which the customer reads")
        if not approves and self.amount is not None:
            raise PydanticCustomError("amount", "only an approval has an amount")
        if not approves and self.job_id is not None:
            raise PydanticCustomError("job_id", "only an approval gives back a job's credits")
        if approves and self.clause is not None:
            raise PydanticCustomError("clause", "an approval has its clause by its category")
        if self.decision is Choice.CLOSE and self.clause is not None:
            raise PydanticCustomError("clause", "what is closed was not asked for: no clause")
        if self.decision is Choice.CLOSE and self.transaction_id is not None:
            raise PydanticCustomError("transaction_id", "what is closed names its own purchase")
        return self

    def word_of(self, author: str) -> Word:
        return Word(
            choice=self.decision,
            author=author,
            seen_version=self.seen_version,
            note=self.note,
            amount=self.amount,
            clause=self.clause,
            transaction_id=self.transaction_id,
            job_id=self.job_id,
        )


def _due_before(text: str) -> datetime:
    try:
        return parse_timestamp(text)
    except InvalidTimestampError as error:
        raise RejectedInputError(f"due_before: {error}") from None


QUEUE_PARAMETERS = (
    Parameter(
        "status",
        "Cases in this state; those that are open, if nothing is said.",
        schema_of(CaseStatus) | {"default": CaseStatus.OPEN.value},
        in_query("status", CaseStatus),
    ),
    Parameter(
        "due_before",
        "Cases that are due before this time.",
        {"type": "string", "format": "date-time"},
        _due_before,
    ),
    Parameter(
        "category",
        "Cases of this category.",
        schema_of(Category),
        in_query("category", Category),
    ),
)
