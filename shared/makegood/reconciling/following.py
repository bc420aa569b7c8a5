"""Adjustments that Paddle has, followed as if their webhooks had come now."""

from collections.abc import Sequence

from makegood.adjustments_told import tell_of_adjustment
from makegood.errors import IdempotencyConflictError
from makegood.events.paddle import PaddleAdjustment, PaddleEvent
from makegood.plans.money.following import Followed, follow_adjustment
from makegood.plans.paddle_events import is_understood
from makegood.plans.reconciling.differences import event_not_applied
from makegood.plans.reconciling.explaining import claim_of
from makegood.reconciling.means import Means
from makegood.reconciling.reading import RECONCILED
from makegood.reconciling.seen import Seen


def follow(listed: Sequence[PaddleAdjustment], means: Means, seen: Seen) -> list[PaddleAdjustment]:
    """All that are understood. What is known changes nothing. Returns those that were followed.

    What nobody understands yet has an event, which is kept.
    """
    understood = [one for one in listed if is_understood(one)]
    results = means.decide_all([follow_adjustment(one, means.rules) for one in understood])
    followed = []
    for one, result in zip(understood, results, strict=True):
        match result:
            case Followed():
                followed.append(one)
                if not result.again:
                    seen.counted["adjustments_followed"] += 1
                    tell_of_adjustment(result, missed=True)
            case IdempotencyConflictError():
                _differs(one, means, seen)
            case _:
                seen.meet(result)
    return followed


def _differs(adjustment: PaddleAdjustment, means: Means, seen: Seen) -> None:
    """It was told of with other contents before."""
    at = adjustment.updated_at or adjustment.created_at
    name = f"{RECONCILED}{adjustment.id}"
    event = PaddleEvent(name, "adjustment.updated", at, adjustment)
    claim = claim_of(event, begins_at=means.begins_at)
    assert claim is not None
    for found in means.decide_all([event_not_applied(claim, None, means.rules)]):
        seen.find(found)
