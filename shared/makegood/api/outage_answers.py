"""Outages as they are shown, with their evidence, and whom one concerns."""

from datetime import timedelta
from typing import NotRequired

from typing_extensions import TypedDict

from makegood.api.answers import Time, without_nothing
from makegood.domain.entry import timestamp
from makegood.domain.outage import Ending, Outage
from makegood.domain.record import Notice
from makegood.domain.studio import OutageNotice
from makegood.ledger.shapes.shape import timestamp_if_any
from makegood.policy.outages import Concerned


class GapAnswer(TypedDict):
    """A time in which nobody looked: neither up nor down."""

    started_at: Time
    ended_at: Time
    seconds: int


class TellingAnswer(TypedDict):
    """What customers concerned get without asking, how many have, and when all had."""

    notice: OutageNotice
    told: int
    done_at: NotRequired[Time]


class OutageAnswer(TypedDict):
    """An outage of a capability, or of all at once (`complete`, its component is `service`).

    It certainly lasted from the first failed probe to the last one: `seconds`. `ended_at` is the
    first healthy answer, or when the capability was watched no longer (`ending`). `gaps` are the
    longest hundred of `gap_count`, `unseen_seconds` the length of all. `reasons` counts the failed
    answers by what was wrong with them.
    """

    outage_id: str
    component: str
    complete: bool
    open: bool
    started_at: Time
    last_failed_at: Time
    seconds: int
    ended_at: NotRequired[Time]
    ending: NotRequired[Ending]
    failed_probes: int
    reasons: dict[str, int]
    gaps: list[GapAnswer]
    gap_count: int
    unseen_seconds: int
    customers: NotRequired[TellingAnswer]


class RefundableMoney(TypedDict):
    """In the currency's minor unit, tax included."""

    amount: int
    currency: str


class ConcernedAnswer(TypedDict):
    """A purchase whose unused part the outage makes refundable.

    `seconds_after` is how much of the outage came after the purchase.
    """

    account_id: str
    transaction_id: str
    bought_at: Time
    seconds_after: int
    unused: int
    granted: int
    refundable: RefundableMoney
    clause: str
    policy_version: str
    case_id: NotRequired[str]


class NoticeAnswer(TypedDict):
    """Something that a customer is told without having asked."""

    key: str
    text: str
    clause: str
    policy_version: str
    noticed_at: Time


def show_outage(outage: Outage) -> OutageAnswer:
    telling = outage.telling
    return without_nothing(
        OutageAnswer,
        {
            "outage_id": outage.outage_id,
            "component": outage.component,
            "complete": outage.is_complete,
            "open": outage.ended_at is None,
            "started_at": timestamp(outage.started_at),
            "last_failed_at": timestamp(outage.last_failed_at),
            "seconds": _seconds(outage.lasted),
            "ended_at": timestamp_if_any(outage.ended_at),
            "ending": outage.ending,
            "failed_probes": outage.failed_probes,
            "reasons": dict(outage.reasons),
            "gaps": [
                {
                    "started_at": timestamp(gap.start),
                    "ended_at": timestamp(gap.end),
                    "seconds": _seconds(gap.lasted),
                }
                for gap in outage.gaps
            ],
            "gap_count": outage.gap_count,
            "unseen_seconds": _seconds(outage.unseen),
            "customers": None
            if telling is None
            else without_nothing(
                TellingAnswer,
                {
                    "notice": telling.notice,
                    "told": telling.told,
                    "done_at": timestamp_if_any(telling.done_at),
                },
            ),
        },
    )


def show_concerned(found: Concerned) -> ConcernedAnswer:
    purchase, money = found.purchase, found.refundable.money
    return without_nothing(
        ConcernedAnswer,
        {
            "account_id": purchase.account_id,
            "transaction_id": purchase.transaction_id,
            "bought_at": timestamp(purchase.occurred_at),
            "seconds_after": found.after.seconds,
            "unused": found.refundable.unused,
            "granted": found.refundable.granted,
            "refundable": {"amount": money.amount_minor, "currency": money.currency},
            "clause": found.clause,
            "policy_version": found.policy.version,
            "case_id": purchase.case_id,
        },
    )


def show_notice(notice: Notice) -> NoticeAnswer:
    return {
        "key": notice.key,
        "text": notice.text,
        "clause": notice.clause,
        "policy_version": notice.policy_version,
        "noticed_at": timestamp(notice.noticed_at),
    }


def _seconds(length: timedelta) -> int:
    return length // timedelta(seconds=1)
