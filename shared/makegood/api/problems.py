"""What is said when a request cannot be answered: problem details (RFC 9457) for each error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NotRequired

from typing_extensions import TypedDict

from makegood import errors
from makegood.errors import InsufficientCreditsError, MakegoodError, PermanentError, TransientError

RETRY_AFTER_SECONDS = 1


class Problem(TypedDict):
    """Problem details. `type` is stable: programs tell problems apart by it, never by texts."""

    type: str
    title: str
    status: int
    detail: str
    available: NotRequired[int]
    missing: NotRequired[int]


class Kind(Enum):
    """A kind of problem: its status and title. The name, in lower case, is part of its type."""

    INVALID_REQUEST = 400, "Bad Request"
    UNAUTHORIZED = 401, "Unauthorized"
    INSUFFICIENT_CREDITS = 402, "Not Enough Credits"
    FORBIDDEN = 403, "Forbidden"
    NOT_ALLOWED = 403, "Not Yours To Decide"
    NOT_FOUND = 404, "Not Found"
    METHOD_NOT_ALLOWED = 405, "Method Not Allowed"
    CONFLICT = 409, "Conflict"
    PRICE_UNKNOWN = 409, "Price Without Credits"
    BALANCE_OUT_OF_RANGE = 409, "Balance Out Of Range"
    STALE_VERSION = 409, "Changed Meanwhile"
    CASE_SETTLED = 409, "Not In This State"
    AMOUNT_REFUSED = 409, "Amount Refused"
    ACCOUNT_IN_USE = 409, "Account In Use"
    REFUSED = 409, "Refused"
    TOO_LARGE = 413, "Content Too Large"
    UNSUPPORTED_MEDIA_TYPE = 415, "Unsupported Media Type"
    INVALID_FIELDS = 422, "Invalid Fields"
    ACCOUNT_FROZEN = 423, "Account Frozen"
    ACCOUNT_CLOSED = 423, "Account Closed"
    INTERNAL = 500, "Internal Server Error"
    UNAVAILABLE = 503, "Service Unavailable"

    @property
    def status(self) -> int:
        return self.value[0]

    @property
    def title(self) -> str:
        return self.value[1]

    @property
    def urn(self) -> str:
        return f"urn:makegood:problem:{self.name.lower().replace('_', '-')}"


class ProblemError(PermanentError):
    """A request that is refused before it reaches the ledger."""

    def __init__(
        self, kind: Kind, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Told:
    """A problem ready to be sent."""

    kind: Kind
    body: Problem
    headers: dict[str, str] = field(default_factory=dict)


_KINDS: dict[type[MakegoodError], Kind] = {
    errors.BodyTooLargeError: Kind.TOO_LARGE,
    errors.RejectedEventError: Kind.INVALID_FIELDS,
    errors.RejectedInputError: Kind.INVALID_REQUEST,
    errors.InsufficientCreditsError: Kind.INSUFFICIENT_CREDITS,
    errors.AccountFrozenError: Kind.ACCOUNT_FROZEN,
    errors.AccountClosedError: Kind.ACCOUNT_CLOSED,
    errors.BalanceOutOfRangeError: Kind.BALANCE_OUT_OF_RANGE,
    errors.IdempotencyConflictError: Kind.CONFLICT,
    errors.PriceUnknownError: Kind.PRICE_UNKNOWN,
    errors.StaleVersionError: Kind.STALE_VERSION,
    errors.NotAllowedError: Kind.NOT_ALLOWED,
    errors.CaseSettledError: Kind.CASE_SETTLED,
    errors.AmountRefusedError: Kind.AMOUNT_REFUSED,
    errors.AccountInUseError: Kind.ACCOUNT_IN_USE,
    errors.UnknownThingError: Kind.NOT_FOUND,
    errors.RefusedError: Kind.REFUSED,
    errors.TransientError: Kind.UNAVAILABLE,
    errors.MakegoodError: Kind.INTERNAL,
}
"""By the nearest class of the error's own line."""


def kind_of(error: MakegoodError) -> Kind:
    if isinstance(error, ProblemError):
        return error.kind
    return next(_KINDS[kind] for kind in type(error).__mro__ if kind in _KINDS)


def told(error: MakegoodError) -> Told:
    kind = kind_of(error)
    body: Problem = {
        "type": kind.urn,
        "title": kind.title,
        "status": kind.status,
        "detail": _detail(error, kind),
    }
    if isinstance(error, InsufficientCreditsError):
        body |= {"available": error.available, "missing": error.missing}
    if isinstance(error, ProblemError):
        return Told(kind, body, error.headers)
    if isinstance(error, TransientError):
        return Told(kind, body, {"retry-after": str(RETRY_AFTER_SECONDS)})
    return Told(kind, body)


def _detail(error: MakegoodError, kind: Kind) -> str:
    """The errors' texts name fields and rules, no values. What is our own fault stays inside."""
    if kind is Kind.UNAVAILABLE:
        return "The ledger is busy. Send the same request again: it takes effect once."
    if kind is Kind.INTERNAL:
        return "Something is wrong here. It has been recorded, and nothing was changed."
    text = str(error)
    if text.partition(" ")[0].isalpha():  # A sentence, and not the name of a field.
        text = text[:1].upper() + text[1:]
    return f"{text}."
