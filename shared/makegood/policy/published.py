"""The form of a published policy. The numbers and words are in `versions`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from makegood.domain.studio import OutageNotice

T = TypeVar("T")


class FailureClass(StrEnum):
    """Why a job did not deliver. The class decides, the code only leads to it."""

    TECHNICAL = "technical"
    UPSTREAM = "upstream"
    TIMEOUT = "timeout"
    LOST = "lost"
    MODERATION = "moderation"
    USER_INPUT = "user_input"
    CANCELLED_BEFORE = "cancelled_before"
    CANCELLED_AFTER = "cancelled_after"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    REFUND = "refund"
    DENY = "deny"
    REVIEW = "review"


class AnswerKind(StrEnum):
    """The rules for requests, each with its sentence. docs/policy.md has the table."""

    NO_EXCEPTION = "no_exception"
    TECHNICAL_REPORT = "technical_report"
    DUPLICATE_FOUND = "duplicate_found"
    DUPLICATE_AUTOMATIC = "duplicate_automatic"
    DUPLICATE_NOT_FOUND = "duplicate_not_found"
    UNAUTHORISED = "unauthorised"
    OUTAGE_LONG_ENOUGH = "outage_long_enough"
    OUTAGE_TOO_SHORT = "outage_too_short"
    ALREADY_USED = "already_used"
    ALREADY_PAID_BACK = "already_paid_back"
    ACCOUNT_CLOSED = "account_closed"
    DISLIKED = "disliked"
    NOT_USED = "not_used"
    NOT_MATCHED = "not_matched"
    MATCHED_SEVERAL = "matched_several"


class MoneyMove(StrEnum):
    """What became of a purchase's money at Paddle."""

    PAID_BACK = "paid_back"
    """By a case that was approved here."""
    NOT_PAID_BACK = "not_paid_back"
    REFUNDED = "refunded"
    """By Paddle, or by somebody who works with it: nobody asked for it here."""
    REFUND_ASKED = "refund_asked"
    REFUND_REFUSED = "refund_refused"
    CHARGED_BACK = "charged_back"
    WARNED = "warned"
    RETURNED = "returned"
    TAX_REFUNDED = "tax_refunded"
    CREDITED = "credited"


@dataclass(frozen=True, slots=True)
class ClauseWords:
    """The clause that a rule stands on, and the sentence that a customer reads."""

    clause: str
    words: str


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """A value that services of this kind settle differently, and why it is settled so here."""

    value: T
    reason: str


@dataclass(frozen=True, slots=True)
class ClassRule:
    """What a class of failure leads to, by which clause, what the customer reads of it, and why
    it is settled so here."""

    outcome: Outcome
    clause: str
    words: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class PublishedPolicy:
    """One published version, the same only as itself.

    `failure_codes` maps a pattern (`provider_5*`) to its class.
    """

    version: str
    effective_from: datetime
    failure_codes: dict[str, FailureClass]
    classes: dict[FailureClass, ClassRule]
    refund_within: timedelta
    """The promise of clause 2(a): from the failure to the credits being back."""
    expected_by_default: timedelta
    """When a job's end is overdue, if the studio did not say how long it takes."""
    part_words: str
    """What the customer reads when part of the outputs is missing."""
    part_clause: str
    in_doubt_words: str
    """What the customer reads when nobody has decided about an unknown failure in time."""
    decide_unknown_before: timedelta
    """How long before a promise is due an unknown failure is refunded, if nobody has decided."""
    lost_after: timedelta
    """From when a job's end was expected to its refund as lost, if nobody can say how it is."""
    lost_at_latest: timedelta
    """The same for a job of which the studio says that it still runs."""
    duplicate_within: timedelta
    """Two payments for the same goods are a duplicate up to this distance, it included."""
    outage_longer_than: timedelta
    """Clause 2(d): more than this, not exactly this."""
    review_business_days: int
    automatic_duplicates: Setting[bool]
    outage_notice: Setting[OutageNotice]
    second_reviewer_above_minor: Setting[dict[str, int]]
    """By currency; above it a second reviewer confirms. A currency that is not in it: always."""
    second_reviewer_above_credits: Setting[int]
    """The same for credits that a person gives back."""
    paid_within_business_days: int
    """Clause 6: when money that Paddle pays back has arrived, as a rule."""
    freezes: Setting[tuple[str, ...]]
    """Paddle's actions on which an account is frozen until a person has looked."""
    payouts_per_hour: Setting[int]
    """More than these that begin in an hour stop all payouts until a person has looked."""
    payouts_per_hour_minor: Setting[dict[str, int]]
    """The same for their sum, by currency; one that is not in it is bounded by number alone."""
    money_moves: dict[MoneyMove, ClauseWords]
    """What a customer reads when money moves at Paddle."""
    reasons: dict[str, str]
    """Why the windows and limits are what they are, by the names of their fields."""
    answers: dict[AnswerKind, ClauseWords]
    """What the policy says to a request, by the rule that says it."""
    also_for_events_from: datetime | None = None
    """A later version may also serve older events where it is more generous, never less."""


@dataclass(frozen=True, slots=True)
class Policies:
    """A preset: the published versions that a studio works by, oldest first."""

    name: str
    versions: tuple[PublishedPolicy, ...]

    def of(self, version: str | None, *, at: datetime) -> PublishedPolicy:
        """The version that a decision names; if the preset has changed since, that of its time."""
        named = (policy for policy in self.versions if policy.version == version)
        return next(named, None) or self.in_force(at)

    def in_force(self, at: datetime) -> PublishedPolicy:
        """The policy by which an event of this time is judged (clause 8).

        What happened before the first version is judged by the first: there is none less
        generous.
        """
        return max(
            (policy for policy in self.versions if policy.effective_from <= at),
            key=lambda policy: policy.effective_from,
            default=self.versions[0],
        )
