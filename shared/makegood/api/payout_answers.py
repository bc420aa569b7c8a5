"""Money on its way back through Paddle, for the people who look after it."""

from collections.abc import Iterable
from datetime import datetime
from typing import NotRequired

from typing_extensions import TypedDict

from makegood.api.answers import Time, without_nothing
from makegood.api.case_answers import MoneyAnswer, show_money
from makegood.domain.adjustment import Adjustments
from makegood.domain.breaker import Minute
from makegood.domain.entry import timestamp
from makegood.domain.money import Money
from makegood.domain.payout import Payout, PayoutState
from makegood.ledger.shapes.shape import timestamp_if_any
from makegood.plans.money.looking import BreakerSeen


class PayoutItemAnswer(TypedDict):
    """So much of one line of the purchase, in the currency's minor unit, tax included."""

    item_id: str
    amount: int


class PayoutFacts(TypedDict):
    """A payout. Without `items` all of the purchase is paid back.

    `attempt` counts how often it was taken for sending, `unknown` how often nobody knows what
    came of that. `due_at` is when it is looked at next, `why` a code for what stands in its way.
    """

    payout_id: str
    state: PayoutState
    money: MoneyAnswer
    items: list[PayoutItemAnswer]
    attempt: int
    unknown: int
    requested_at: Time
    due_at: NotRequired[Time]
    lease_until: NotRequired[Time]
    sent_at: NotRequired[Time]
    settled_at: NotRequired[Time]
    adjustment_id: NotRequired[str]
    why: NotRequired[str]
    handled_by: NotRequired[str]
    note: NotRequired[str]


class CasePayout(PayoutFacts):
    """A case's newest payout. By `expected_by` the money should have arrived."""

    expected_by: NotRequired[Time]


class PayoutAnswer(PayoutFacts):
    """A payout by itself, and what it is for."""

    case_id: str
    account_id: str
    transaction_id: str


class AdjustmentAnswer(TypedDict):
    """What Paddle has told of an adjustment: its words for `action` and `status`.

    It `stands` while money is gone by it. `payout_id` is the payout that it names as its reason.
    """

    adjustment_id: str
    action: str
    status: str
    money: MoneyAnswer
    stands: bool
    created_at: Time
    told_at: Time
    payout_id: NotRequired[str]


class WaitingAdjustments(TypedDict):
    """Adjustments of a transaction that nothing has been granted for."""

    transaction_id: str
    waits_since: Time
    adjustments: list[AdjustmentAnswer]


class HourAnswer(TypedDict):
    """Payouts within an hour: how many, and their sum by currency, in minor units."""

    count: int
    sums: dict[str, int]


class BreakerAnswer(TypedDict):
    """What stops payouts. While it is `open`, none begins; those that are asked for wait.

    `why` is `count`, or `sum_` with a currency. `begun` is what counts of the last hour, `most`
    what may begin in one; a currency that `most` does not name is bounded by the count alone.
    """

    open: bool
    tripped_at: NotRequired[Time]
    why: NotRequired[str]
    resumed_at: NotRequired[Time]
    resumed_by: NotRequired[str]
    resumed_why: NotRequired[str]
    begun: HourAnswer
    most: HourAnswer


def show_case_payout(payout: Payout, expected_by: datetime | None) -> CasePayout:
    return without_nothing(
        CasePayout, {**_facts_of(payout), "expected_by": timestamp_if_any(expected_by)}
    )


def show_payout(payout: Payout) -> PayoutAnswer:
    return without_nothing(
        PayoutAnswer,
        {
            **_facts_of(payout),
            "case_id": payout.case_id,
            "account_id": payout.account_id,
            "transaction_id": payout.transaction_id,
        },
    )


def _facts_of(payout: Payout) -> dict[str, object]:
    return {
        "payout_id": payout.payout_id,
        "state": payout.state,
        "money": show_money(payout.money),
        "items": [{"item_id": one.item_id, "amount": one.amount_minor} for one in payout.items],
        "attempt": payout.attempt,
        "unknown": payout.unknown,
        "requested_at": timestamp(payout.requested_at),
        "due_at": timestamp(payout.due_at) if payout.is_in_flight else None,
        "lease_until": timestamp_if_any(payout.lease_until),
        "sent_at": timestamp_if_any(payout.sent_at),
        "settled_at": timestamp_if_any(payout.settled_at),
        "adjustment_id": payout.adjustment_id,
        "why": payout.why,
        "handled_by": payout.handled_by,
        "note": payout.note,
    }


def show_adjustments(adjustments: Adjustments | None) -> list[AdjustmentAnswer]:
    """All of one transaction, oldest first."""
    if adjustments is None:
        return []
    standing = {one.adjustment_id for one in adjustments.standing}
    return [
        without_nothing(
            AdjustmentAnswer,
            {
                "adjustment_id": one.adjustment_id,
                "action": one.action,
                "status": one.status,
                "money": show_money(Money(one.amount_minor, one.currency)),
                "stands": one.adjustment_id in standing,
                "created_at": timestamp(one.created_at),
                "told_at": timestamp(one.told_at),
                "payout_id": one.payout_id,
            },
        )
        for one in adjustments.known
    ]


def show_waiting(adjustments: Adjustments) -> WaitingAdjustments:
    assert adjustments.waits_since is not None
    return {
        "transaction_id": adjustments.transaction_id,
        "waits_since": timestamp(adjustments.waits_since),
        "adjustments": show_adjustments(adjustments),
    }


def show_breaker(seen: BreakerSeen) -> BreakerAnswer:
    breaker = seen.breaker
    return without_nothing(
        BreakerAnswer,
        {
            "open": breaker.is_open,
            "tripped_at": timestamp_if_any(breaker.tripped_at),
            "why": breaker.why,
            "resumed_at": timestamp_if_any(breaker.resumed_at),
            "resumed_by": breaker.resumed_by,
            "resumed_why": breaker.resumed_why,
            "begun": _together(seen.lately),
            "most": {"count": seen.bounds.count, "sums": dict(seen.bounds.sums)},
        },
    )


def _together(minutes: Iterable[Minute]) -> HourAnswer:
    count, sums = 0, dict[str, int]()
    for minute in minutes:
        count += minute.count
        for currency, amount in minute.sums.items():
            sums[currency] = sums.get(currency, 0) + amount
    return {"count": count, "sums": sums}
