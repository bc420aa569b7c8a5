"""Adjustments whose purchase is not known here: it is looked for at Paddle, and brought."""

from datetime import timedelta

from makegood.domain.facts import Key
from makegood.domain.purchase import Purchase
from makegood.domain.reconciliation import PutBack
from makegood.errors import LedgerDamagedError
from makegood.ledger.work_lists import adjustments_waiting
from makegood.observability import log
from makegood.paddle.api import PaddleApi
from makegood.paddle.api_answers import Fields
from makegood.plans.reconciling.explaining import claim_of
from makegood.plans.reconciling.progress import let_rest, remember
from makegood.reconciling.means import Means
from makegood.reconciling.reading import RECONCILED, Told, sale_event
from makegood.reconciling.seen import Seen

LOOK_AFTER = timedelta(hours=1)
ASKED_MAX = 30


def count_waiting(means: Means, seen: Seen) -> list[str]:
    """All are counted. Returns the purchases to be looked for: waited for long, and not known.

    One that is known waits for a person, who has it in a list; one that was brought is on its way.
    """
    until = means.now - LOOK_AFTER
    names = []
    for page in adjustments_waiting(means.table):
        seen.counted["adjustments_waiting"] += len(page)
        names += [due.id for due in page if due.at <= until]
    brought = {one.claim.event_id for one in means.so_far().put_back}
    return _unknown([one for one in names if f"{RECONCILED}{one}" not in brought], means, seen)


def _unknown(names: list[str], means: Means, seen: Seen) -> list[str]:
    facts = means.read(Key(Purchase, name) for name in names)
    unknown = []
    for name in names:
        try:
            purchase = facts.get(Key(Purchase, name))
        except LedgerDamagedError as error:
            seen.meet(error)
            continue
        if purchase is None:
            unknown.append(name)
        else:
            _let_rest(name, means, seen)
    return unknown


def _let_rest(name: str, means: Means, seen: Seen) -> None:
    if means.decide(let_rest(name)):
        log("adjustments.not_ours", transaction_id=name)
        seen.counted["adjustments_waiting"] -= 1


def bring_purchases(
    names: list[str], means: Means, paddle: PaddleApi, seen: Seen, *, reserve: float
) -> None:
    """Ask Paddle for these purchases, and put on the queue what has been completed."""
    for name in means.turn(names, ASKED_MAX):
        if not means.has_time(reserve):
            seen.unfinished = True
            return
        _bring(name, paddle.transaction(name), means, seen)


def _bring(name: str, transaction: Fields | None, means: Means, seen: Seen) -> None:
    if transaction is None or transaction.get("status") != "completed":
        log("purchase.not_found", transaction_id=name, at_paddle=transaction is not None)
        return
    told = sale_event(transaction, now=means.now)
    if not isinstance(told, Told):
        log("purchase.unreadable", transaction_id=name)
        return
    claim = claim_of(told.event, begins_at=means.begins_at)
    if claim is None:
        # Sold before this ledger began: whoever credited it has to follow it too.
        _let_rest(name, means, seen)
        return
    means.put({claim.event_id: told.message})
    seen.put_back += 1
    seen.unexplained[claim.event_id] = claim.event_type
    means.decide(remember([PutBack(claim, means.now, means.now)]))
