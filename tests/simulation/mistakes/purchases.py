"""Mistakes in how purchases become credits."""

from dataclasses import replace
from typing import Any

from makegood.domain.adjustment import Adjustments
from makegood.domain.facts import Key
from makegood.domain.purchase import Customer, Purchase, PurchaseState
from makegood.domain.record import Bonus, Correction
from makegood.plans import purchases
from makegood.plans.granting import granted
from makegood.plans.money.following import catch_up
from makegood.plans.operations import correct_account, give_bonus
from makegood.plans.purchases import credit_purchase
from tests.simulation.mistakes.planting import Mistake, Patch, everywhere, overlooked


def grants_at_each_telling(patch: Patch) -> None:
    """Paddle tells of a purchase once."""

    def new(record: Any) -> Any:
        if isinstance(record, Purchase) and record.state is PurchaseState.GRANTED:
            return replace(record, state=PurchaseState.UNMATCHED)
        return record

    overlooked(patch, credit_purchase, new)


def forgets_what_was_told_before_the_purchase(patch: Patch) -> None:
    """An adjustment comes after its purchase. What else could it be about?"""

    def forgotten(facts: Any, purchase: Any, account: Any, rules: Any) -> Any:
        at = catch_up(facts, purchase, account, rules)
        return replace(
            at,
            purchase=purchase,
            account=account,
            adjustments=Adjustments(purchase.transaction_id, (), account.account_id),
            entries=(),
            cases=(),
            payouts=(),
            changes=(),
        )

    everywhere(patch, catch_up, forgotten)


def grants_to_the_customers_last_account(patch: Patch) -> None:
    """Who pays is who gets it. What the studio's server says comes second."""

    def owner(facts: Any, purchase: Purchase) -> str | None:
        known = facts.get(Key(Customer, purchase.customer_id or "nobody"))
        if known is not None and known.account_id is not None:
            return str(known.account_id)
        return purchase.claimed_account_id

    patch.setattr(purchases, "_owner", owner)


def forgets_the_bonus_credits(patch: Patch) -> None:
    """The price says how many credits there are."""

    def without(facts: Any, purchase: Any, account: Any, prices: Any, rules: Any) -> Any:
        bare = {name: replace(price, bonus_credits=0) for name, price in prices.items()}
        return granted(facts, purchase, account, bare, rules)

    everywhere(patch, granted, without)


def gives_a_bonus_at_each_try(patch: Patch) -> None:
    """The key is for the logs."""

    def unknown(record: Any) -> Any:
        return None if isinstance(record, (Bonus, Correction)) else record

    overlooked(patch, give_bonus, unknown)
    overlooked(patch, correct_account, unknown)


MISTAKES: tuple[Mistake, ...] = (
    grants_at_each_telling,
    forgets_what_was_told_before_the_purchase,
    grants_to_the_customers_last_account,
    forgets_the_bonus_credits,
    gives_a_bonus_at_each_try,
)
