"""What an operator sets without a deployment: the text of one parameter.

{"time_zone": "Europe/Berlin", "holidays": ["2026-12-25"], "automatic_duplicates": false,
 "probes": [{"capability": "video", "url": "https://studio.example/health/video"}]}
"""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError

from makegood.events.contract import Contract, Rows, read_object, rejection
from makegood.events.identifiers import Identifier
from makegood.events.timestamps import YEARS
from makegood.events.url import Url, url_of

SETTINGS_BYTES_MAX = 8 * 1024
"""Of the larger kind of parameter; the ordinary kind holds half of it."""
HOLIDAYS_MAX = 1_000
PROBES_MAX = 20
URL_LENGTH_MAX = 500
AMOUNT_MAX = 10**15
PAYOUTS_MAX = 10_000

_JOB = "{job_id}"
_PRIVATE = "private"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")


def _url(text: str, info: ValidationInfo) -> str:
    url = url_of(text)
    if url is None:
        raise PydanticCustomError("url", "expected a plain address, such as https://host/path")
    return _callable(text, url, info)


def _job_url(text: str, info: ValidationInfo) -> str:
    url = url_of(text.replace(_JOB, "job", 1))
    if url is None or not _is_in_path(text.partition(_JOB)[0], text):
        raise PydanticCustomError(
            "url", "expected a plain address with {mark} once in its path", {"mark": _JOB}
        )
    return _callable(text, url, info)


def _callable(text: str, url: Url, info: ValidationInfo) -> str:
    """What would be refused at each call is refused here, where somebody sees it."""
    may_be_private = (info.context or {}).get(_PRIVATE, False)
    if not (url.is_usual or may_be_private):
        raise PydanticCustomError(
            "url", "expected https at port 443, since this deployment calls nothing private"
        )
    return text


def _is_in_path(before: str, text: str) -> bool:
    return before != text and before.count("/") > 2 and "?" not in before


def _date(value: object) -> date:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            day = date.fromisoformat(value)
            if day.year in YEARS:
                return day
    except ValueError:
        pass
    raise PydanticCustomError("date", "expected a date such as 2026-12-25, of 2000 to 2199")


def _zone(text: str) -> str:
    """Only the form: which zones there are, is written in files."""
    if not _ZONE.fullmatch(text):
        raise PydanticCustomError("zone", "expected the name of a time zone, such as Europe/Berlin")
    return text


def _amounts(value: object) -> dict[str, int]:
    if isinstance(value, dict) and all(
        isinstance(currency, str)
        and _CURRENCY.fullmatch(currency)
        and type(amount) is int
        and 0 <= amount <= AMOUNT_MAX
        for currency, amount in value.items()
    ):
        return value
    raise PydanticCustomError(
        "amounts", "expected an object of currencies (USD) with whole amounts in their minor unit"
    )


Address = Annotated[str, Field(max_length=URL_LENGTH_MAX), AfterValidator(_url)]
JobAddress = Annotated[str, Field(max_length=URL_LENGTH_MAX), AfterValidator(_job_url)]
Zone = Annotated[str, Field(max_length=100), AfterValidator(_zone)]


class _Strict(Contract):
    # A misspelt field would silently mean its absence.
    model_config = ConfigDict(extra="forbid")


class ProbeSetting(_Strict):
    capability: Identifier
    url: Address


def _apart(probes: tuple[ProbeSetting, ...]) -> tuple[ProbeSetting, ...]:
    if len({probe.capability for probe in probes}) < len(probes):
        raise PydanticCustomError("probes", "expected each capability once")
    return probes


class SettingsDocument(_Strict):
    """What is absent, or null where that is allowed, is left to the published policy."""

    time_zone: Zone = "UTC"
    holidays: Annotated[
        Rows[Annotated[date, PlainValidator(_date)]], Field(max_length=HOLIDAYS_MAX)
    ] = ()
    probes: Annotated[Rows[ProbeSetting], Field(max_length=PROBES_MAX), AfterValidator(_apart)] = ()
    reference_url: Address | None = None
    job_status_url: JobAddress | None = None
    automatic_duplicates: bool | None = None
    second_reviewer_above_minor: Annotated[dict[str, int], PlainValidator(_amounts)] | None = None
    outage_notice: Literal["nothing", "told", "case"] | None = None
    payouts_per_hour: Annotated[int, Field(ge=0, le=PAYOUTS_MAX)] | None = None
    payouts_per_hour_minor: Annotated[dict[str, int], PlainValidator(_amounts)] | None = None


def parse_settings(text: str, *, private: bool) -> SettingsDocument:
    """Raise RejectedEventError, naming the field and what was expected, for anything else.

    `private` says whether this deployment lets private networks be called: only there may an
    address be without TLS, or at another port than 443.
    """
    fields = read_object(text, bytes_max=SETTINGS_BYTES_MAX)
    try:
        return SettingsDocument.model_validate(fields, context={_PRIVATE: private})
    except ValidationError as error:
        raise rejection(error) from None
