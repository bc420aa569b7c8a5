"""What is told of an adjustment that was followed, whoever heard of it: a line and the metrics."""

from makegood.domain.adjustment import CHARGEBACK, WARNING
from makegood.observability import count, log
from makegood.plans.money.following import Followed


def tell_of_adjustment(followed: Followed, *, missed: bool = False) -> None:
    """`missed` says that its webhook never came."""
    adjustment = followed.adjustment
    count("AdjustmentsFollowed")
    if followed.waits:
        count("AdjustmentsWaiting")
    if adjustment.action in (CHARGEBACK, WARNING):
        count("ChargebacksSeen")
    log(
        "adjustment.followed",
        adjustment_id=adjustment.adjustment_id,
        transaction_id=followed.transaction_id,
        action=adjustment.action,
        status=adjustment.status,
        payout_id=adjustment.payout_id,
        waits=followed.waits,
        missed=missed,
    )
