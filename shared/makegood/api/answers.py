"""The shapes of answers, and how they are made from records. Times are RFC 3339 in UTC.

A field marked NotRequired is left out where there is nothing to say.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, NotRequired, TypeVar, cast

from pydantic import Field
from typing_extensions import TypedDict

from makegood.domain.account import Account, AccountStatus
from makegood.domain.entry import Entry, EntryKind, timestamp
from makegood.domain.job import Job, JobState
from makegood.domain.purchase import Price
from makegood.domain.record import Bonus, Correction, StatusChange
from makegood.ledger.shapes.shape import timestamp_if_any

S = TypeVar("S")
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class AccountAnswer(TypedDict):
    """Credits of an account. `balance` is `available` less `debt`; held credits wait for a case."""

    account_id: str
    available: int
    held: int
    debt: int
    balance: int
    status: AccountStatus


class StatusChangeAnswer(TypedDict):
    """What a person made of an account, and why."""

    status: AccountStatus
    reason: str
    author: str
    changed_at: Time


class ChangedAccountAnswer(AccountAnswer):
    """The account, and who froze or opened it: the latest twenty times, newest first."""

    status_changes: list[StatusChangeAnswer]


class JobAnswer(TypedDict):
    """A job. `reason` is null while there is nothing to explain.

    `asked_at` is when the studio last said of an overdue job that it still runs, `late_success_at`
    a success that was told after the refund, and moved nothing.
    """

    job_id: str
    account_id: str
    state: JobState
    credits: int
    refunded: int
    reason: str | None
    clause: NotRequired[str]
    policy_version: NotRequired[str]
    refund_due_at: NotRequired[Time]
    capability: NotRequired[str]
    outputs: NotRequired[int]
    charged_at: Time
    expected_by: Time
    asked_at: NotRequired[Time]
    ended_at: NotRequired[Time]
    late_success_at: NotRequired[Time]


class BonusAnswer(TypedDict):
    """Free credits that were given under the studio's own key."""

    key: str
    account_id: str
    credits: int
    reason: str
    given_at: Time


class HistoryItem(TypedDict):
    """One movement. `credits` is what it did to the balance, `balance` what it was after that."""

    seq: int
    kind: EntryKind
    credits: int
    balance: int
    job_id: NotRequired[str]
    transaction_id: NotRequired[str]
    case_id: NotRequired[str]
    reason: str
    clause: NotRequired[str]
    policy_version: NotRequired[str]
    occurred_at: Time
    recorded_at: Time


class ReviewedHistoryItem(HistoryItem):
    """As the customer sees it, and who made a correction."""

    author: NotRequired[str]


class PriceAnswer(TypedDict):
    """What one unit of a Paddle price is worth."""

    price_id: str
    credits: int
    bonus_credits: int
    set_at: Time
    set_by: str


class CorrectionAnswer(TypedDict):
    """Credits that a person added or took away. `seq` is the entry in the account's history."""

    key: str
    account_id: str
    credits: int
    reason: str
    author: str
    seq: int
    made_at: Time


def show_account(account: Account) -> AccountAnswer:
    return {
        "account_id": account.account_id,
        "available": account.available,
        "held": account.held,
        "debt": account.debt,
        "balance": account.balance,
        "status": account.status,
    }


def show_changed_account(account: Account, changes: Iterable[StatusChange]) -> ChangedAccountAnswer:
    return {
        **show_account(account),
        "status_changes": [
            {
                "status": change.status,
                "reason": change.reason,
                "author": change.author,
                "changed_at": timestamp(change.changed_at),
            }
            for change in changes
        ],
    }


def show_job(job: Job) -> JobAnswer:
    answer = without_nothing(
        JobAnswer,
        {
            "job_id": job.job_id,
            "account_id": job.account_id,
            "state": job.state,
            "credits": job.credits,
            "refunded": job.refunded,
            "clause": job.clause,
            "policy_version": job.policy_version,
            "refund_due_at": timestamp_if_any(job.refund_due_at),
            "capability": job.request.capability,
            "outputs": job.request.outputs,
            "charged_at": timestamp(job.charged_at),
            "expected_by": timestamp(job.expected_by),
            "asked_at": timestamp_if_any(job.asked_at),
            "ended_at": timestamp_if_any(job.ended_at),
            "late_success_at": timestamp_if_any(job.late_success_at),
        },
    )
    return {**answer, "reason": job.reason}


def show_bonus(bonus: Bonus) -> BonusAnswer:
    return {
        "key": bonus.key,
        "account_id": bonus.account_id,
        "credits": bonus.credits,
        "reason": bonus.reason,
        "given_at": timestamp(bonus.given_at),
    }


def show_entry(entry: Entry) -> HistoryItem:
    cause = entry.cause
    return without_nothing(
        HistoryItem,
        {
            "seq": entry.seq,
            "kind": entry.kind,
            "credits": entry.credits,
            "balance": entry.balance,
            "job_id": cause.job_id,
            "transaction_id": cause.transaction_id,
            "case_id": cause.case_id,
            "reason": cause.reason,
            "clause": cause.clause,
            "policy_version": cause.policy_version,
            "occurred_at": timestamp(cause.occurred_at),
            "recorded_at": timestamp(cause.recorded_at),
        },
    )


def show_entry_in_review(entry: Entry) -> ReviewedHistoryItem:
    return without_nothing(ReviewedHistoryItem, {**show_entry(entry), "author": entry.cause.author})


def show_price(price: Price) -> PriceAnswer:
    return {
        "price_id": price.price_id,
        "credits": price.credits,
        "bonus_credits": price.bonus_credits,
        "set_at": timestamp(price.set_at),
        "set_by": price.set_by,
    }


def show_correction(correction: Correction) -> CorrectionAnswer:
    return {
        "key": correction.key,
        "account_id": correction.account_id,
        "credits": correction.credits,
        "reason": correction.reason,
        "author": correction.author,
        "seq": correction.seq,
        "made_at": timestamp(correction.made_at),
    }


def without_nothing(_shape: type[S], values: Mapping[str, object]) -> S:
    """An answer without the fields that have nothing to say; a test holds all to their shapes."""
    return cast("S", {name: value for name, value in values.items() if value is not None})
