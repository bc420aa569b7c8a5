"""The cases that there can be about one thing, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from makegood.domain.case import Case, Category, Request
from makegood.domain.facts import Facts, Key
from makegood.domain.purchase import Purchase
from makegood.plans.case_opening import ROUNDS_MAX, case_id_of

MISUSE_ROUNDS_MAX = 100
"""Whoever has asked for something often enough does not keep misuse from being reported."""


@dataclass(frozen=True, slots=True)
class Turns:
    """The cases there have been, oldest first, and the id of the next; None if it was too often."""

    known: tuple[Case, ...]
    next_id: str | None


def turns_of(facts: Facts, subject: Sequence[str], category: Category) -> Turns:
    """Twenty ids are looked up at a time: there are seldom more than a few cases."""
    most = MISUSE_ROUNDS_MAX if category is Category.UNAUTHORISED else ROUNDS_MAX
    known: list[Case] = []
    for before in range(0, most, ROUNDS_MAX):
        ids = [case_id_of(*subject, turn=before + n) for n in range(1, ROUNDS_MAX + 1)]
        found = facts.get_all([Key(Case, case_id) for case_id in ids])
        known += [case for case in found if case is not None]
        if None in found:
            return Turns(tuple(known), ids[found.index(None)])
    return Turns(tuple(known), None)


def subject_of(
    account_id: str, category: Category, purchase: Purchase | None, request: Request | None
) -> tuple[str, ...]:
    """What makes the ids: the purchase, or what was told where none is known or none is meant.

    Many generations are paid by one purchase: the words tell their failures apart.
    """
    if purchase is not None:
        return "purchase", purchase.transaction_id
    assert request is not None
    told = (
        "request",
        account_id,
        category.value,
        request.transaction_date.isoformat(),
        str(request.amount_minor),
        request.currency,
    )
    if category is not Category.TECHNICAL_FAILURE:
        return told
    return *told, sha256(request.description.encode()).hexdigest()
