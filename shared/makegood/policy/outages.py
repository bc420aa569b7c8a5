"""What an outage means for a purchase: clause 2(d), to the second."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from makegood.domain.account import Account
from makegood.domain.outage import CompleteOutages, Outage, OutageSpan
from makegood.domain.purchase import Purchase, PurchaseState
from makegood.domain.refundable import Refundable, refundable_of
from makegood.policy.applicable import versions_for
from makegood.policy.published import AnswerKind, Policies, PublishedPolicy
from makegood.policy.requests import OutageAfter, is_long_enough

PAID_BACK_FOR = timedelta(days=180)
"""Paddle pays nothing back for a card after 120 days, for PayPal after 179."""

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Concerned:
    """A purchase of which an outage makes the unused part refundable, by this version."""

    purchase: Purchase
    after: OutageAfter
    refundable: Refundable
    policy: PublishedPolicy

    @property
    def clause(self) -> str:
        return self.policy.answers[AnswerKind.OUTAGE_LONG_ENOUGH].clause


def outage_after(complete: CompleteOutages, bought_at: datetime) -> OutageAfter | None:
    """The longest part of a complete outage that lies after the purchase; None without one."""
    parts = [part for span in complete.spans if (part := part_after(span, bought_at)).seconds > 0]
    return max(parts, key=lambda part: part.seconds, default=None)


def qualifies(span: OutageSpan, bought_at: datetime, policy: PublishedPolicy) -> bool:
    """Whether more of the outage than the policy bears came after the purchase."""
    return is_long_enough(part_after(span, bought_at), policy)


def part_after(span: OutageSpan, bought_at: datetime) -> OutageAfter:
    """How much of the outage came after the purchase, 0 seconds if nothing did.

    A second that has begun counts: so more than 72 hours, be it by a microsecond, are more than
    72 hours in whole seconds too.
    """
    part = span.last_failed_at - max(span.started_at, bought_at)
    return OutageAfter(span.outage_id, max(-(-part // _SECOND), 0))


def may_concern_somebody(outage: Outage, policies: Policies) -> bool:
    """Whether it was complete, and long enough for the most generous version there is."""
    return outage.is_complete and outage.lasted > shortest(policies)


def bought_within(span: OutageSpan, policies: Policies) -> tuple[datetime, datetime]:
    """When a purchase that it concerns can have been made: the first moment and the last."""
    return span.last_failed_at - PAID_BACK_FOR, span.last_failed_at - shortest(policies)


def shortest(policies: Policies) -> timedelta:
    return min(policy.outage_longer_than for policy in policies.versions)


def concerned(
    purchase: Purchase,
    account: Account,
    span: OutageSpan,
    *,
    policies: Policies,
    now: datetime,
) -> Concerned | None:
    """What the outage means for a purchase; None if nothing, or nothing of it is left to pay back.

    The account has the purchase's lots loaded.
    """
    if purchase.state is not PurchaseState.GRANTED:
        return None
    bought_at = purchase.occurred_at
    for policy in versions_for(bought_at, policies, now=now):
        if qualifies(span, bought_at, policy):
            found = refundable_of(purchase, account)
            if not found.money.amount_minor or not found.unused:
                return None
            return Concerned(purchase, part_after(span, bought_at), found, policy)
    return None
