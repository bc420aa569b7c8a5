"""Mistakes that are easy to make, planted: the simulation is worth what it finds of them.

Each replaces a part of the product for the length of a story, here and nowhere else.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

import payouts
from makegood.domain.account import Account, Take
from makegood.domain.adjustment import APPROVED, REFUND, Adjustment, Adjustments
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.payout import Attempt, CameTo, Payout
from makegood.domain.withdrawal import adjusted_minor, withdrawn_of
from makegood.errors import PaddleRefusedError
from makegood.events.paddle import PaddleAdjustment
from makegood.paddle import refunds
from makegood.paddle.api_errors import Advice, advice
from makegood.paddle.refunds import Refunds
from makegood.plans import paddle_events as applying
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.money import following, sending
from makegood.plans.money.following import follow_adjustment
from makegood.plans.money.moved import Effect, Moved
from makegood.plans.money.sending import lease_payout
from makegood.plans.money.telling import clawback_cause

Patch = pytest.MonkeyPatch


class _Blind:
    """Facts in which one thing is overlooked."""

    def __init__(self, facts: Facts, overlook: Callable[[Any], Any]) -> None:
        self._facts, self._overlook = facts, overlook

    def get(self, key: Key[Any]) -> Any:
        return self._overlook(self._facts.get(key))

    def account(self, account_id: str, **more: Any) -> Account:
        return self._facts.account(account_id, **more)


def _overlooking(decision: Decide[Any], overlook: Callable[[Any], Any]) -> Decide[Any]:
    def decide(facts: Facts) -> Plan[Any]:
        blind: Any = _Blind(facts, overlook)
        return decision(blind)

    return decide


def no_lease_check(patch: Patch) -> None:
    """Whoever gets the message sends, whoever else may be at it."""

    def unleased(record: Any) -> Any:
        return replace(record, lease_until=None) if isinstance(record, Payout) else record

    patch.setattr(
        payouts,
        "lease_payout",
        lambda payout_id, rules: _overlooking(lease_payout(payout_id, rules), unleased),
    )


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
    def advised(refusal: PaddleRefusedError) -> Advice:
        return Advice.REJECT if refusal.status == 429 else advice(refusal)

    patch.setattr(refunds, "advice", advised)


def claws_back_on_each_event(patch: Patch) -> None:
    """What was told before is not remembered, so each telling takes credits."""

    def following_anew(told: PaddleAdjustment, rules: Rules) -> Decide[Any]:
        def forgotten(record: Any) -> Any:
            if not isinstance(record, Adjustments):
                return record
            return replace(
                record, known=tuple(one for one in record.known if one.adjustment_id != told.id)
            )

        return _overlooking(follow_adjustment(told, rules), forgotten)

    def with_credits(
        at: Moved, told: Adjustment, payout: Payout | None, rules: Rules
    ) -> tuple[Moved, Effect]:
        after = at.adjustments.with_one(told)
        purchase = replace(at.purchase, adjusted_minor=adjusted_minor(at.purchase, after))
        moved = replace(at, purchase=purchase, adjustments=after)
        alone = Adjustments(after.transaction_id, (told,))
        takes = [
            Take(take.number, min(take.credits, lot.granted - lot.withdrawn))
            for take in withdrawn_of(at.purchase, alone)
            if take.credits and (lot := at.account.lot(take.number)).withdrawn < lot.granted
        ]
        if not takes or told.status != APPROVED or not told.takes:
            return moved, Effect(0, ())
        credits = sum(take.credits for take in takes)
        cause = clawback_cause(told, at.purchase, payout, credits=credits, rules=rules)
        account, entry = at.account.clawback(takes, cause)
        return replace(moved, account=account, entries=(*at.entries, entry)), Effect(-credits, ())

    patch.setattr(following, "with_credits", with_credits)
    for module in (payouts, applying):
        patch.setattr(module, "follow_adjustment", following_anew)


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


MISTAKES: dict[str, Callable[[Patch], None]] = {
    make.__name__: make
    for make in (
        no_lease_check,
        lease_of_five_seconds,
        posts_without_looking,
        unknown_counts_as_failed,
        too_many_requests_count_as_failed,
        claws_back_on_each_event,
        adopts_whatever_is_there,
        looks_again_at_once,
    )
}


@contextmanager
def planted(name: str | None) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if name is not None:
            MISTAKES[name](patch)
        yield
