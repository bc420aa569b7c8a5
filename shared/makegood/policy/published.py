"""The form of a published policy. The numbers and words are in `versions`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class ClassRule:
    """What a class of failure leads to, by which clause, and what the customer reads of it."""

    outcome: Outcome
    clause: str
    words: str


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
