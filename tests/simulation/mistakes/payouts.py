"""Mistakes in how money is asked for at Paddle."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from makegood.domain.adjustment import REFUND
from makegood.domain.breaker import Breaker
from makegood.domain.facts import Key
from makegood.domain.payout import Attempt, CameTo, Payout
from makegood.domain.purchase import Purchase
from makegood.domain.refundable import remaining_minor
from makegood.errors import PaddleRefusedError, PaddleUnreachableError
from makegood.events.paddle import PaddleAdjustment
from makegood.paddle import refunds
from makegood.paddle.api import PaddleApi
from makegood.paddle.api_errors import Advice, advice
from makegood.paddle.refunds import Refunds, request_for
from makegood.plans.cases.deciding import decide_case
from makegood.plans.money import sending
from makegood.plans.money.sending import conclude, lease_payout
from tests.simulation.mistakes.planting import Mistake, Patch, everywhere, overlooked


def no_lease_check(patch: Patch) -> None:
    """Whoever gets the message sends, whoever else may be at it."""

    def unleased(record: Any) -> Any:
        return replace(record, lease_until=None) if isinstance(record, Payout) else record

    overlooked(patch, lease_payout, unleased)


def lease_of_five_seconds(patch: Patch) -> None:
    """Shorter than the function may run."""
    patch.setattr(sending, "LEASE", timedelta(seconds=5))


def posts_without_looking(patch: Patch) -> None:
    """And asks Paddle's list only where Paddle refuses."""

    def send(
        self: Refunds, payout: Payout, *, may_post: bool, now: datetime
    ) -> PaddleAdjustment | Attempt:
        return self._ask(payout, now)

    patch.setattr(Refunds, "send", send)


def unknown_counts_as_failed(patch: Patch) -> None:
    """No answer in time, so it is taken for refused."""

    def ended(payout: Payout, came_to: CameTo, why: str) -> Attempt:
        failed = CameTo.REFUSED if came_to is CameTo.UNKNOWN else came_to
        return Attempt(payout.attempt, failed, why)

    patch.setattr(refunds, "_ended", ended)


def too_many_requests_count_as_failed(patch: Patch) -> None:
    """An answer in the four hundreds says that the request is wrong."""

    def advised(refusal: PaddleRefusedError) -> Advice:
        return Advice.REJECT if refusal.status == 429 else advice(refusal)

    patch.setattr(refunds, "advice", advised)


def adopts_whatever_is_there(patch: Patch) -> None:
    """A refund of the purchase is taken for ours, whoever asked for it."""

    def own_of(known: list[PaddleAdjustment], payout: Payout) -> PaddleAdjustment | None:
        return next((one for one in known if one.action == REFUND), None)

    patch.setattr(refunds, "own_of", own_of)


def looks_again_at_once(patch: Patch) -> None:
    """After no answer the list is asked at once, and what it does not show was not done."""

    def ended(payout: Payout, came_to: CameTo, why: str) -> Attempt:
        if came_to is CameTo.UNKNOWN:
            return Attempt(payout.attempt, CameTo.NOT_SENT, why, payout.requested_at)
        return Attempt(payout.attempt, came_to, why)

    patch.setattr(refunds, "_ended", ended)


def leaves_the_marker_out(patch: Patch) -> None:
    """The reason is for people to read."""

    def plain(payout: Payout) -> dict[str, object]:
        return {**request_for(payout), "reason": refunds.WORDS}

    everywhere(patch, request_for, plain)


def asks_again_after_no_answer(patch: Patch) -> None:
    """A request that failed on its way is sent once more, as every client does."""
    create = PaddleApi.create_adjustment

    def twice(self: PaddleApi, body: Any) -> PaddleAdjustment:
        try:
            return create(self, body)
        except PaddleUnreachableError:
            return create(self, body)

    patch.setattr(PaddleApi, "create_adjustment", twice)


def always_asks_for_all(patch: Patch) -> None:
    """A refund is a refund of the purchase; Paddle reckons what that is."""

    def full(payout: Payout) -> dict[str, object]:
        asked = {name: value for name, value in request_for(payout).items() if name != "items"}
        return {**asked, "type": "full"}

    everywhere(patch, request_for, full)


def whoever_comes_late_concludes_too(patch: Patch) -> None:
    """What came of an attempt is written down, whoever has the lease by now."""

    def decided(payout_id: str, attempt: Attempt, rules: Any) -> Any:
        def decide(facts: Any) -> Any:
            payout = facts.get(Key(Payout, payout_id))
            number = attempt.number if payout is None else payout.attempt
            return conclude(payout_id, replace(attempt, number=number), rules)(facts)

        return decide

    everywhere(patch, conclude, decided)


def does_not_count_what_is_unknown(patch: Patch) -> None:
    """Each attempt is a first one: what earlier ones may have done is not remembered."""

    def anew(record: Any) -> Any:
        return replace(record, unknown=0, asked=False) if isinstance(record, Payout) else record

    overlooked(patch, conclude, anew)


def sends_what_nobody_waits_for(patch: Patch) -> None:
    """What was approved is paid, whatever has happened since."""
    patch.setattr(sending, "_obstacle", lambda _facts, _payout, _now: None)


def promises_the_same_money_twice(patch: Patch) -> None:
    """What remains is what was paid, less what has gone back."""

    def remaining(purchase: Purchase) -> int:
        return max(purchase.collected_minor - purchase.adjusted_minor, 0)

    everywhere(patch, remaining_minor, remaining)


def promises_without_reckoning(patch: Patch) -> None:
    """What a case promises stands in the case; the purchase need not know."""

    def unpromised(record: Any) -> Any:
        return replace(record, promised_minor=0) if isinstance(record, Purchase) else record

    overlooked(patch, decide_case, unpromised)


def never_trips_the_breaker(patch: Patch) -> None:
    """There is a rate limit at Paddle; that is breaker enough."""

    def with_one(self: Breaker, *_given: Any, **_more: Any) -> Breaker:
        return self

    patch.setattr(Breaker, "with_one", with_one)


MISTAKES: tuple[Mistake, ...] = (
    no_lease_check,
    lease_of_five_seconds,
    posts_without_looking,
    unknown_counts_as_failed,
    too_many_requests_count_as_failed,
    adopts_whatever_is_there,
    looks_again_at_once,
    leaves_the_marker_out,
    asks_again_after_no_answer,
    always_asks_for_all,
    whoever_comes_late_concludes_too,
    does_not_count_what_is_unknown,
    sends_what_nobody_waits_for,
    promises_the_same_money_twice,
    promises_without_reckoning,
    never_trips_the_breaker,
)
