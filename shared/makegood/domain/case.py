"""A case: somebody, or a detector, says that a customer is owed something."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from makegood.domain.account import Take
from makegood.domain.money import Money


class Category(StrEnum):
    """What a case is about; each stands for a clause of the policy."""

    TECHNICAL_FAILURE = "technical_failure"
    DUPLICATE_PAYMENT = "duplicate_payment"
    UNAUTHORISED = "unauthorised"
    SERVICE_UNAVAILABLE = "service_unavailable"
    OTHER = "other"
    ADJUSTMENT = "adjustment"
    """Money moved at Paddle that nobody here asked for. The ledger has followed it."""
    DIFFERENCE = "difference"
    """What is stored here and what Paddle has, or what is stored twice here, do not agree."""


ASKED_FOR = frozenset(
    {
        Category.TECHNICAL_FAILURE,
        Category.DUPLICATE_PAYMENT,
        Category.UNAUTHORISED,
        Category.SERVICE_UNAVAILABLE,
        Category.OTHER,
    }
)
"""What people can ask for. Cases of the other categories only want to be seen by a person: they
hold nothing, pay nothing, are closed, and stand beside the one case that a purchase names."""


class CaseStatus(StrEnum):
    """`open` waits for a person, `approved` for the payment, `paying` for Paddle's approval of it.

    An appeal opens a declined case, and a payment that does not come about an approved one.
    `closed` is what only wanted to be seen.
    """

    OPEN = "open"
    APPROVED = "approved"
    PAYING = "paying"
    PAID = "paid"
    CREDITED = "credited"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


PROMISING = frozenset({CaseStatus.APPROVED, CaseStatus.PAYING})
"""The case's money is promised of its purchase, and has not gone back."""

WAITING = PROMISING | {CaseStatus.OPEN}
"""The case is not settled. A purchase has one such case at most."""


class Opener(StrEnum):
    """Who opened a case."""

    CUSTOMER = "customer"
    SUPPORT = "support"
    DETECTOR = "detector"


class CaseOutcome(StrEnum):
    """What the policy says at once."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    NEEDS_REVIEW = "needs_review"


@dataclass(frozen=True, slots=True)
class CaseDecision:
    """What the rules said, and all that they said it on.

    `inputs` are text, whole numbers, lists and maps: enough to be judged again by another version.
    """

    outcome: CaseOutcome
    clause: str
    policy_version: str
    reason: str
    inputs: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands in place of the rules' own decision since a person has spoken, or was asked."""

    outcome: CaseOutcome
    clause: str
    policy_version: str
    reason: str


@dataclass(frozen=True, slots=True)
class Request:
    """What clause 5 asks a customer to tell. `email` and `description` are personal data."""

    email: str
    transaction_date: date
    amount_minor: int
    currency: str
    description: str
    transaction_id: str | None = None


class CaseEventKind(StrEnum):
    OPENED = "opened"
    ASKED_AGAIN = "asked_again"
    SEEN_AGAIN = "seen_again"
    APPROVED_FIRST = "approved_first"
    APPROVED = "approved"
    CREDITED = "credited"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    APPEALED = "appealed"
    REMINDED = "reminded"
    OVERDUE = "overdue"
    PROMISE_AT_RISK = "promise_at_risk"
    """Half of the time of clause 2(a) is over, and nobody has decided."""
    PAYING = "paying"
    PAID = "paid"
    REJECTED_BY_PADDLE = "rejected_by_paddle"
    NOT_PAYABLE = "not_payable"
    """The payment cannot be made, or a person has given it up."""
    ADJUSTED = "adjusted"
    """There is news of the adjustment that the case is about."""
    REVERSED = "reversed"
    """Money that had gone back has been returned."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One step of a case. `author` is a token's subject, `customer`, or a part of this system."""

    at: datetime
    kind: CaseEventKind
    author: str
    status: CaseStatus
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """The first of two approvals, where the amount needs two reviewers.

    `amount` is money in the minor unit, or credits; `job_id` is the job that they were taken for.
    """

    author: str
    amount: int
    at: datetime
    job_id: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """`version` counts the changes; a decision names the one that it saw.

    `held` are the credits that cannot be spent while the case may end in money back. `money` is
    what would be paid back, or what has been approved; `credits` likewise where credits are the
    remedy. `payout_id` is the newest payout of that money and `adjustment_id` what it is at Paddle,
    or the adjustment that the case is about; the money should have arrived by `expected_by`.
    `opener` is the subject of the token that filed, who cannot decide. `decision` stays
    what the rules said; `verdict` is what holds instead, once a person has spoken.
    """

    case_id: str
    account_id: str
    category: Category
    status: CaseStatus
    decision: CaseDecision
    opened_by: Opener
    opener: str
    opened_at: datetime
    due_at: datetime
    version: int = 1
    request: Request | None = None
    transaction_id: str | None = None
    job_id: str | None = None
    held: tuple[Take, ...] = ()
    money: Money | None = None
    credits: int | None = None
    approval: Approval | None = None
    verdict: Verdict | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    appealed_at: datetime | None = None
    reminded_at: datetime | None = None
    overdue_at: datetime | None = None
    at_risk_at: datetime | None = None
    payout_id: str | None = None
    adjustment_id: str | None = None
    expected_by: datetime | None = None
    events: tuple[CaseEvent, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.status is CaseStatus.OPEN

    @property
    def approvals(self) -> int:
        """How often its money has been approved: it may be again after a payment that failed."""
        return sum(event.kind is CaseEventKind.APPROVED for event in self.events)

    def moved(
        self,
        kind: CaseEventKind,
        *,
        author: str,
        at: datetime,
        status: CaseStatus | None = None,
        note: str | None = None,
        **changes: Any,
    ) -> "Case":
        """The case one step further: a new version, the step among its events."""
        status = self.status if status is None else status
        event = CaseEvent(at, kind, author, status, note)
        return replace(
            self,
            status=status,
            version=self.version + 1,
            events=(*self.events, event),
            **changes,
        )

    @property
    def is_urgent(self) -> bool:
        """Somebody else may be spending the customer's money (clause 2(c))."""
        return self.category is Category.UNAUTHORISED
