"""Several payments for the same goods (clause 2(b)): which are duplicates, and what follows.

The later payment is the duplicate, whichever is told of first. Two packs bought on purpose
exist, so a person decides, unless the studio's own order reference says that one order was paid
twice, the first payment for it stands, nothing of the duplicate was used, one person alone could
approve as much, and the studio wants it so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from makegood.domain.case import CaseDecision, CaseOutcome, Category
from makegood.domain.purchase import Sale
from makegood.policy.applicable import versions_for
from makegood.policy.published import AnswerKind, Policies, PublishedPolicy
from makegood.policy.requests import (
    Match,
    PurchaseFacts,
    RequestFacts,
    Twin,
    answered,
    inputs_of,
    is_duplicate,
    said,
    twin_inputs,
)

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """All that a payment with earlier ones for the same goods is judged by.

    `purchase` names the nearest of the `twins`. `untouched` says that nothing of it was used,
    bonus credits included. `first_stands` says that of the first payment for the same order
    nothing has gone back, is promised or has been asked for. `needs_two_people` is about all that
    would be paid back. `automatic` is the studio's own switch, None where it is left to the policy.
    """

    purchase: PurchaseFacts
    twins: tuple[Twin, ...]
    untouched: bool
    first_stands: bool
    needs_two_people: bool
    automatic: bool | None
    asked_at: datetime

    @property
    def is_of_same_order(self) -> bool:
        return any(twin.same_order for twin in self.twins)


def twins_of(
    sale: Sale, sales: Iterable[Sale], policies: Policies, *, now: datetime
) -> tuple[Twin, ...]:
    """The earlier payments that make this one a duplicate, oldest first.

    `sales` are in order, this one among them. The distance is compared exactly; it is told in
    seconds, rounded up, so that it never looks shorter than it was.
    """
    within = max(policy.duplicate_within for policy in versions_for(sale.at, policies, now=now))
    found = []
    for other in sales:
        if other == sale:
            break
        if sale.at - other.at <= within:
            seconds = -((other.at - sale.at) // _SECOND)
            same_order = sale.order_ref is not None and sale.order_ref == other.order_ref
            found.append(Twin(other.transaction_id, seconds, same_order))
    return tuple(found)


def first_of_order(sale: Sale, sales: Iterable[Sale]) -> Sale | None:
    """The payment that stays where its order was paid several times. None if this is the first.

    It is asked for the first one, not for any: which one that is does not depend on the order in
    which payments are told of. `sales` are in order, this one among them.
    """
    of_order = (one for one in sales if one.order_ref == sale.order_ref)
    first = None if sale.order_ref is None else next(of_order)
    return None if first == sale else first


def nearest(twins: Sequence[Twin]) -> Twin:
    """Of the same distance, one of the same order goes first."""
    return min(twins, key=lambda one: (one.seconds_before, not one.same_order, one.transaction_id))


def rule_on_duplicate(duplicate: Duplicate, policies: Policies) -> CaseDecision:
    """Total. By the version in force for the payment, unless a later one gives more."""
    versions = versions_for(duplicate.purchase.bought_at, policies, now=duplicate.asked_at)
    # A later version may be the only one by which it is a duplicate at all.
    fitting = [one for one in versions if is_duplicate(duplicate.purchase.twin, one)] or versions
    policy = next((one for one in fitting if is_automatic(duplicate, one)), None)
    inputs = _inputs(duplicate)
    if policy is not None:
        kind = AnswerKind.DUPLICATE_AUTOMATIC
        return answered(CaseOutcome.ELIGIBLE, kind, policy, inputs=inputs)
    return answered(CaseOutcome.NEEDS_REVIEW, AnswerKind.DUPLICATE_FOUND, fitting[0], inputs=inputs)


def is_automatic(duplicate: Duplicate, policy: PublishedPolicy) -> bool:
    wanted = duplicate.automatic
    if wanted is None:
        wanted = policy.automatic_duplicates.value
    is_plain = duplicate.is_of_same_order and duplicate.first_stands and duplicate.untouched
    return wanted and is_plain and not duplicate.needs_two_people


def _inputs(duplicate: Duplicate) -> dict[str, object]:
    """Those of a request for a duplicate payment, and what only the detector looks at."""
    facts = RequestFacts(
        Category.DUPLICATE_PAYMENT, duplicate.asked_at, Match.ONE, purchase=duplicate.purchase
    )
    inputs = inputs_of(facts) | {
        "untouched": said(duplicate.untouched),
        "needs_two_people": said(duplicate.needs_two_people),
        "twins": [twin_inputs(twin) for twin in duplicate.twins],
    }
    if duplicate.is_of_same_order:
        inputs["first_stands"] = said(duplicate.first_stands)
    if duplicate.automatic is not None:
        inputs["automatic_duplicates"] = said(duplicate.automatic)
    return inputs
