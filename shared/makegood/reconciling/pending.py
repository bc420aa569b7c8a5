"""Events that were put back before: whether they have arrived, and what becomes of those that
have not."""

from collections import defaultdict

from makegood.domain.facts import Facts
from makegood.domain.reconciliation import Claim, PutBack
from makegood.errors import LedgerDamagedError
from makegood.paddle.api import PaddleApi
from makegood.plans.reconciling.differences import event_not_applied
from makegood.plans.reconciling.explaining import Answer, Due, answer_to, due_of, keys_of
from makegood.plans.reconciling.progress import settle
from makegood.reconciling.means import Means
from makegood.reconciling.reading import RECONCILED, Told, read_event, sale_event
from makegood.reconciling.seen import Seen

ASKED_MAX = 20
"""So many events are looked for at Paddle in one run. Each costs a request."""


def look_again(means: Means, seen: Seen) -> dict[Due, list[PutBack]]:
    """Let go of those that have arrived; the others by what is due of them."""
    put_back = means.so_far().put_back
    facts = means.read(keys_of(one.claim for one in put_back))
    arrived: list[str] = []
    missing: defaultdict[Due, list[PutBack]] = defaultdict(list)
    for one in put_back:
        if _has_arrived(facts, one.claim):
            arrived.append(one.claim.event_id)
        elif not one.over:
            seen.unexplained[one.claim.event_id] = one.claim.event_type
            missing[due_of(one, now=means.now)].append(one)
    if arrived:
        means.decide(settle(gone=arrived, now=means.now))
    return missing


def _has_arrived(facts: Facts, claim: Claim) -> bool:
    try:
        return answer_to(facts, claim) is Answer.EXPLAINED
    except LedgerDamagedError:
        return False


def see_to(
    missing: dict[Due, list[PutBack]],
    means: Means,
    paddle: PaddleApi,
    seen: Seen,
    *,
    reserve: float,
) -> None:
    """Put those back once more that have waited for hours; a day later a person hears of them."""
    left = ASKED_MAX
    for one in [*missing.get(Due.OVER, []), *missing.get(Due.AGAIN, [])]:
        if left == 0 or not means.has_time(reserve):
            return
        left -= 1
        told = found_at(paddle, one.claim, means)
        if due_of(one, now=means.now) is Due.OVER:
            message = None if told is None else told.message
            seen.find(means.decide(event_not_applied(one.claim, message, means.rules)))
            means.decide(settle(over=[one.claim.event_id], now=means.now))
        elif told is not None:
            means.put({one.claim.event_id: told.message})
            seen.put_back += 1
            means.decide(settle(again=[one.claim.event_id], now=means.now))


def found_at(paddle: PaddleApi, claim: Claim, means: Means) -> Told | None:
    """The event as Paddle has it; None if it is not where it should be."""
    if claim.event_id.startswith(RECONCILED):
        transaction = paddle.transaction(claim.id)
        told = None if transaction is None else sale_event(transaction, now=means.now)
        return told if isinstance(told, Told) else None
    for row in paddle.events_page(claim.occurred_at).events:
        if row.get("event_id") == claim.event_id:
            told = read_event(row, now=means.now)
            return told if isinstance(told, Told) else None
    return None
