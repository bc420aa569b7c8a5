"""What a run writes down, so that the next one goes on from there."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from makegood.domain.adjustment import Adjustments
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.purchase import Purchase, PurchaseState
from makegood.domain.reconciliation import PutBack, Reconciliation, Walk

CURSOR = Key(Reconciliation, "")


def so_far(facts: Facts) -> Reconciliation:
    return facts.get(CURSOR) or Reconciliation()


def walk_on(
    stored: Walk | None, walk: Walk, put: Iterable[PutBack], *, is_over: bool
) -> Decide[Reconciliation | None]:
    """The walk one page further than `stored`. None where another run was here meanwhile: it goes
    on from there, and this one has to look at nothing more."""
    put = tuple(put)

    def decide(facts: Facts) -> Plan[Reconciliation | None]:
        before = so_far(facts)
        if before.walk != stored:
            return Plan(None)
        after = before.walked(walk, put, is_over=is_over)
        return Plan(after, (after,))

    return decide


def remember(put: Iterable[PutBack]) -> Decide[None]:
    """Events that were put back beside a walk. What there is no room for is met again anyway."""
    put = tuple(put)

    def decide(facts: Facts) -> Plan[None]:
        before = so_far(facts)
        after, _ = before.remembering(put)
        return Plan(None, (after,) if after != before else ())

    return decide


def settle(
    *,
    gone: Collection[str] = (),
    again: Collection[str] = (),
    over: Collection[str] = (),
    now: datetime,
) -> Decide[None]:
    """Events that were put back: these have arrived, were put back once more, or are a person's."""

    def decide(facts: Facts) -> Plan[None]:
        before = so_far(facts)
        after = before.settled(
            gone=frozenset(gone), again=frozenset(again), over=frozenset(over), at=now
        )
        return Plan(None, (after,) if after != before else ())

    return decide


def accounts_checked(position: str | None) -> Decide[None]:
    """The next night begins behind this place of the list, or at its beginning."""

    def decide(facts: Facts) -> Plan[None]:
        before = so_far(facts)
        after = replace(before, accounts_after=position)
        return Plan(None, (after,) if after != before else ())

    return decide


def let_rest(transaction_id: str) -> Decide[bool]:
    """Adjustments of a sale that this ledger never has, that was not for credits, or that all money
    has gone back of: they wait for nothing any more. False if they do not wait, or for a purchase
    that may be credited. If it is all the same, they are followed."""

    def decide(facts: Facts) -> Plan[bool]:
        known = facts.get(Key(Adjustments, transaction_id))
        purchase = facts.get(Key(Purchase, transaction_id))
        if known is None or known.waits_since is None or may_come(purchase, known):
            return Plan(False)
        return Plan(True, (replace(known, waits_since=None),))

    return decide


def may_come(purchase: Purchase | None, known: Adjustments) -> bool:
    """Whether something is still to be credited that these adjustments are about."""
    if purchase is None or purchase.state is PurchaseState.NOT_CREDITED:
        return False
    return known.gone_minor < purchase.collected_minor
