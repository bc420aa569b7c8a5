"""A job: one attempt of the studio to make something for credits."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from makegood.domain.account import Take


class JobState(StrEnum):
    """`charged` and `review` are open; the other three are ends, and a job ends once."""

    CHARGED = "charged"
    REVIEW = "review"
    SUCCEEDED = "succeeded"
    REFUNDED = "refunded"
    DENIED = "denied"


class EndKind(StrEnum):
    """How a job's end became known. `lost`: nobody ever reported one."""

    FAILED = "failed"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class JobEnding:
    """What was told of a job's end: with the failure code, all that its ruling was made on."""

    kind: EndKind
    ordered: int | None = None
    delivered: int | None = None
    work_started: bool | None = None


OPEN_STATES = frozenset({JobState.CHARGED, JobState.REVIEW})


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """What the studio asked for: the same job id with anything else here is another request."""

    account_id: str
    credits: int
    capability: str | None = None
    outputs: int | None = None
    expected_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """`takes` says which lots the credits came from, so that they go back there.

    `expected_by` is when an end is overdue, `refund_due_at` when a promised refund is. `reason`
    and `clause` are those of the end, or of the review that is pending, which is about a failure
    at `failed_at`. `asked_at` is when the studio last said of an overdue job that it runs,
    `look_at` when it is to be looked at again. `ending` is what was told of its end,
    `late_success_at` a success that came after its refund.
    """

    job_id: str
    request: ChargeRequest
    state: JobState
    takes: tuple[Take, ...]
    charged_at: datetime
    expected_by: datetime
    refunded: int = 0
    reason: str | None = None
    clause: str | None = None
    policy_version: str | None = None
    failure_code: str | None = None
    refund_due_at: datetime | None = None
    failed_at: datetime | None = None
    ended_at: datetime | None = None
    ending: JobEnding | None = None
    asked_at: datetime | None = None
    look_at: datetime | None = None
    late_success_at: datetime | None = None

    @property
    def account_id(self) -> str:
        return self.request.account_id

    @property
    def credits(self) -> int:
        return self.request.credits

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES
