"""Mistakes in how money that went back is followed."""

from dataclasses import replace
from typing import Any

import payouts
from makegood.domain import adjustment as domain
from makegood.domain.account import Account, Take
from makegood.domain.adjustment import (
    APPROVED,
    PENDING,
    REJECTED,
    REVERSED,
    UNDOING,
    Adjustment,
    Adjustments,
)
from makegood.domain.facts import Decide, Facts, Plan
from makegood.domain.payout import Payout
from makegood.domain.withdrawal import adjusted_minor, withdrawn_of
from makegood.plans import paddle_events as applying
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.money import carried_out as carrying
from makegood.plans.money import following
from makegood.plans.money.following import Followed, follow_adjustment
from makegood.plans.money.moved import Effect, Moved, with_freeze
from makegood.plans.money.telling import clawback_cause
from tests.simulation.mistakes.planting import Mistake, Patch, everywhere, overlooking


def claws_back_on_each_event(patch: Patch) -> None:
    """What was told before is not remembered, so each telling takes credits."""

    def following_anew(told: Any, rules: Rules) -> Decide[Any]:
        def forgotten(record: Any) -> Any:
            if not isinstance(record, Adjustments):
                return record
            return replace(
                record, known=tuple(one for one in record.known if one.adjustment_id != told.id)
            )

        return overlooking(follow_adjustment(told, rules), forgotten)

    patch.setattr(following, "with_credits", _taken_alone)
    for module in (payouts, applying):
        patch.setattr(module, "follow_adjustment", following_anew)


def _taken_alone(
    at: Moved, told: Adjustment, payout: Payout | None, rules: Rules
) -> tuple[Moved, Effect]:
    """By itself, as if there were no other adjustments."""
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


def claws_back_what_is_only_asked_for(patch: Patch) -> None:
    """Paddle approves nearly everything, so the credits can go at once."""
    standing: Any = vars(Adjustments)["standing"]

    def asked(self: Adjustments) -> tuple[Adjustment, ...]:
        known = tuple(
            replace(one, status=APPROVED) if one.status == PENDING else one for one in self.known
        )
        found: tuple[Adjustment, ...] = standing.fget(replace(self, known=known))
        return found

    patch.setattr(Adjustments, "standing", property(asked))


def does_not_hear_a_refusal(patch: Patch) -> None:
    """What Paddle has taken will be paid. There is nothing to be done for `rejected`."""
    _deaf_for(patch, lambda told: told.status == REJECTED)


def does_not_hear_a_reversal(patch: Patch) -> None:
    """A chargeback is lost once and for all; banks do not come back."""
    _deaf_for(patch, lambda told: told.status == REVERSED or told.action in UNDOING)


def _deaf_for(patch: Patch, is_deaf: Any) -> None:
    def deaf(told: Any, rules: Rules) -> Decide[Followed]:
        decide = follow_adjustment(told, rules)
        if not is_deaf(told):
            return decide
        adjustment = following.adjustment_of(told)
        return lambda _facts: Plan(Followed(adjustment, told.transaction_id, again=True))

    everywhere(patch, follow_adjustment, deaf)


def knows_only_one_way_of_reversal(patch: Patch) -> None:
    """A chargeback that is reversed is called `reversed`. The adjustment beside it tells the same,
    and is not needed."""
    patch.setattr(domain, "_undone", lambda _known: [])


def believes_the_last_that_was_told(patch: Patch) -> None:
    """Webhooks come in the order in which things happen: the last one is right."""

    def after(self: Adjustment, told: Adjustment) -> Adjustment:
        return replace(self, status=told.status, told_at=told.told_at)

    patch.setattr(Adjustment, "after", after)


def does_not_freeze_after_a_chargeback(patch: Patch) -> None:
    """The credits are gone, that will do."""
    everywhere(patch, with_freeze, lambda at, _told, _rules: at)


def leaves_debt_out(patch: Patch) -> None:
    """Nobody can lose more credits than there are: what was spent is spent."""
    clawback = Account.clawback

    def mild(self: Account, takes: Any, cause: Any) -> Any:
        left = [
            Take(take.number, min(take.credits, max(lot.left + lot.held, 0) or 1))
            for take in takes
            for lot in [self.lot(take.number)]
        ]
        return clawback(self, left, cause)

    patch.setattr(Account, "clawback", mild)


def takes_asked_for_paid(patch: Patch) -> None:
    """Paddle has answered 201 to the refund, so it is paid and the case can say so."""
    carried = carrying.carried_out

    def paid(
        facts: Facts, at: Moved, told: Adjustment, payout: Payout, effect: Effect, rules: Rules
    ) -> tuple[Moved, bool]:
        done = replace(told, status=APPROVED) if told.status == PENDING else told
        return carried(facts, at, done, payout, effect, rules)

    everywhere(patch, carried, paid)


def overlooks_its_own_marker(patch: Patch) -> None:
    """All refunds that Paddle tells of are somebody else's; ours are known by their answer."""
    everywhere(patch, carrying.payout_of, lambda _facts, _adjustment, _transaction_id: None)


MISTAKES: tuple[Mistake, ...] = (
    claws_back_on_each_event,
    claws_back_what_is_only_asked_for,
    does_not_hear_a_refusal,
    does_not_hear_a_reversal,
    knows_only_one_way_of_reversal,
    believes_the_last_that_was_told,
    does_not_freeze_after_a_chargeback,
    leaves_debt_out,
    takes_asked_for_paid,
    overlooks_its_own_marker,
)
