"""What can be given for a case: how much money, and whether one person may say so."""

from dataclasses import dataclass

from makegood.domain.case import Case, Category
from makegood.domain.money import Money
from makegood.domain.refundable import refundable_of, remaining_minor
from makegood.domain.studio import StudioSettings
from makegood.errors import AmountRefusedError, NotAllowedError
from makegood.plans.cases.holding import Bought
from makegood.policy.published import PublishedPolicy

WHOLE_MAY_GO_BACK = frozenset({Category.DUPLICATE_PAYMENT, Category.UNAUTHORISED})
"""Clauses 2(b) and 2(c): a person may decide on used credits too."""


@dataclass(frozen=True, slots=True)
class Payable:
    """`money` lies in unused credits; `most` is the limit of what a person can approve."""

    money: Money
    most: Money


def payable(case: Case, at: Bought) -> Payable:
    money = refundable_of(at.purchase, at.account).money
    if case.category not in WHOLE_MAY_GO_BACK:
        return Payable(money, money)
    return Payable(money, Money(remaining_minor(at.purchase), money.currency))


def checked(wanted: int | None, can_be: Payable) -> Money:
    """The money to pay back; without a wish, what lies in unused credits.

    Raises AmountRefusedError for nothing, and for more than the limit.
    """
    amount = can_be.money.amount_minor if wanted is None else wanted
    if amount <= 0:
        raise AmountRefusedError("there is nothing to pay back, or no amount of more than 0")
    if amount > can_be.most.amount_minor:
        raise AmountRefusedError("amount: more than can be paid back for this purchase")
    return Money(amount, can_be.most.currency)


def needs_two_people(money: Money, settings: StudioSettings, policy: PublishedPolicy) -> bool:
    """Above the amount, not at it. A currency without an amount always needs two."""
    limits = settings.second_reviewer_above_minor
    if limits is None:
        limits = policy.second_reviewer_above_minor.value
    return money.currency not in limits or money.amount_minor > limits[money.currency]


def needs_two_for_credits(credits: int, policy: PublishedPolicy) -> bool:
    """Above the number, not at it."""
    return credits > policy.second_reviewer_above_credits.value


def is_first(case: Case, author: str, *, amount: int, job_id: str | None = None) -> bool:
    """Two people have to approve the same; what is different begins anew.

    Raises NotAllowedError for a second approval by the same person.
    """
    said = case.approval
    if said is None or (said.amount, said.job_id) != (amount, job_id):
        return True
    if said.author == author:
        raise NotAllowedError("a second person has to approve an amount as high as this")
    return False
