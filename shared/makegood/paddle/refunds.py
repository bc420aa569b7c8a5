"""One attempt to make a payout come true at Paddle: look, then ask once, then look again.

Paddle has no idempotency keys. What keeps a payout to one adjustment is its marker in the reason,
which is looked for before every request, and the lease of whoever sends it (`plans.money.sending`).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from makegood.domain.adjustment import PENDING, REFUND, REJECTED, STATUSES
from makegood.domain.payout import Attempt, CameTo, Payout, payout_in
from makegood.errors import PaddleRefusedError, PaddleUnreachableError
from makegood.events.paddle import PaddleAdjustment
from makegood.paddle.api import PaddleApi
from makegood.paddle.api_errors import Advice, advice

AGAIN_AFTER = timedelta(minutes=5)
"""When Paddle could not even be asked what there is."""

BLOCKED_FOR = timedelta(minutes=15)
"""When Paddle refuses our key: nothing goes until a person has seen to it."""

WORDS = "Refund approved by the seller."


class Refunds:
    """Asks Paddle for refunds. `now` is when the attempt began."""

    def __init__(self, api: PaddleApi) -> None:
        self._api = api

    def send(self, payout: Payout, *, may_post: bool, now: datetime) -> PaddleAdjustment | Attempt:
        """The payout's adjustment, found or made; or what came of this attempt without one."""
        try:
            known = self._api.adjustments_of(payout.transaction_id)
        except PaddleRefusedError as refusal:
            return _not_listed(payout, refusal, now)
        except PaddleUnreachableError:
            return _later(payout, "unreachable", now + AGAIN_AFTER)
        if (own := own_of(known, payout)) is not None:
            return own
        if not may_post:
            return _ended(payout, CameTo.PERSON, "unknown_too_often")
        refunds = [one.status for one in known if one.action == REFUND]
        if PENDING in refunds:
            return _somebody_elses(payout, "another_refund_pending")
        if not set(STATUSES).issuperset(refunds):
            return _somebody_elses(payout, "unknown_status")
        return self._ask(payout, now)

    def _ask(self, payout: Payout, now: datetime) -> PaddleAdjustment | Attempt:
        try:
            return self._api.create_adjustment(request_for(payout))
        except PaddleUnreachableError:
            return _ended(payout, CameTo.UNKNOWN, "no_answer")
        except PaddleRefusedError as refusal:
            return self._refused(payout, refusal, now)

    def _refused(
        self, payout: Payout, refusal: PaddleRefusedError, now: datetime
    ) -> PaddleAdjustment | Attempt:
        match advice(refusal):
            case Advice.BLOCKED:
                return _later(payout, "blocked", now + BLOCKED_FOR)
            case Advice.RETRY if refusal.status >= 500:
                # Paddle says that nothing was done then. With money that is not enough.
                return _ended(payout, CameTo.UNKNOWN, refusal.code)
            case Advice.RETRY:
                # Turned away, and yet: with the lease that goes on, it is looked for first.
                return _later(payout, refusal.code, None)
            case Advice.LOOK:
                return self._look_again(payout, refusal)
            case Advice.REJECT:
                return _ended(payout, CameTo.REFUSED, refusal.code)
            case _:
                return _ended(payout, CameTo.PERSON, refusal.code)

    def _look_again(
        self, payout: Payout, refusal: PaddleRefusedError
    ) -> PaddleAdjustment | Attempt:
        """Somebody has adjusted this purchase: we ourselves in an attempt before, or others."""
        try:
            own = own_of(self._api.adjustments_of(payout.transaction_id), payout)
        except (PaddleRefusedError, PaddleUnreachableError):
            return _ended(payout, CameTo.UNKNOWN, refusal.code)
        return own if own is not None else _somebody_elses(payout, refusal.code)


def own_of(known: Iterable[PaddleAdjustment], payout: Payout) -> PaddleAdjustment | None:
    """The adjustment with the payout's marker; one that was not rejected before any other."""
    own = [
        one for one in known if one.action == REFUND and payout_in(one.reason) == payout.payout_id
    ]
    return min(own, key=_rejected_last, default=None)


def _rejected_last(adjustment: PaddleAdjustment) -> bool:
    return adjustment.status == REJECTED


def request_for(payout: Payout) -> dict[str, object]:
    """All of the purchase by Paddle's own measure, or amounts of single lines, tax included."""
    request: dict[str, object] = {
        "action": REFUND,
        "transaction_id": payout.transaction_id,
        "reason": f"{WORDS} {payout.marker}",
    }
    if not payout.items:
        return {**request, "type": "full"}
    items = [
        {"item_id": item.item_id, "type": "partial", "amount": str(item.amount_minor)}
        for item in payout.items
    ]
    return {**request, "type": "partial", "items": items}


def _not_listed(payout: Payout, refusal: PaddleRefusedError, now: datetime) -> Attempt:
    """Nothing was asked for yet, so nothing but the key or the rate can be wrong."""
    if advice(refusal) is Advice.BLOCKED:
        return _later(payout, "blocked", now + BLOCKED_FOR)
    if refusal.retry_after is not None:
        return _later(payout, refusal.code, now + timedelta(seconds=refusal.retry_after))
    return _later(payout, refusal.code, now + AGAIN_AFTER)


def _later(payout: Payout, why: str, at: datetime | None) -> Attempt:
    return Attempt(payout.attempt, CameTo.NOT_SENT, why, at)


def _somebody_elses(payout: Payout, why: str) -> Attempt:
    """If an earlier attempt of ours may have been it, the list only lags behind."""
    return _ended(payout, CameTo.UNKNOWN if payout.unknown else CameTo.PERSON, why)


def _ended(payout: Payout, came_to: CameTo, why: str) -> Attempt:
    return Attempt(payout.attempt, came_to, why)
