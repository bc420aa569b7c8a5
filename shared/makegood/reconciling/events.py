"""Paddle's events against the ledger: what no webhook brought is put where it would have come.

Nothing is credited here. The same queue and the same code apply what is put back, so doing it
twice, or after 89 days, changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from makegood.domain.facts import Facts
from makegood.domain.reconciliation import KEPT_FOR, Claim, PutBack
from makegood.errors import LedgerDamagedError, PaddleUnreachableError
from makegood.paddle.api import PaddleApi
from makegood.paddle.api_answers import Fields
from makegood.plans.reconciling.differences import event_not_applied, event_unreadable
from makegood.plans.reconciling.explaining import GRACE, Answer, answer_to, claim_of, keys_of
from makegood.plans.reconciling.progress import walk_on
from makegood.reconciling.means import Means
from makegood.reconciling.reading import Told, read_events
from makegood.reconciling.seen import Seen


def walk_events(means: Means, paddle: PaddleApi, seen: Seen, *, reserve: float) -> None:
    """Go on where the last run was, page by page, while there is time. Each page is written down.

    A run beside which another one walks stops: everything it did is harmless twice.
    """
    record = means.so_far()
    stored, walk = record.walk, record.next_walk(begins_at=means.begins_at, now=means.now)
    while means.has_time(reserve):
        page = paddle.events_page(max(walk.since, means.now - KEPT_FOR), walk.after)
        if page.has_more and page.next_after == walk.after:
            raise PaddleUnreachableError("GET /events: a list that does not go on")
        seen.since = walk.since
        known = {one.claim.event_id: one for one in record.put_back}
        times, put = look_at(page.events, means, seen, known=known)
        walk = walk.past(page.next_after, times)
        after = means.decide(walk_on(stored, walk, put, is_over=not page.has_more))
        if after is None or after.walk is None:
            return
        record, stored, walk = after, after.walk, after.walk
    seen.unfinished = True


def look_at(
    rows: Iterable[Fields], means: Means, seen: Seen, *, known: Mapping[str, PutBack]
) -> tuple[list[datetime], list[PutBack]]:
    """The times of these events, and those that were put back now. `known` were before."""
    told, unreadable = read_events(rows, now=means.now)
    for found in means.decide_all([event_unreadable(event) for event in unreadable]):
        seen.find(found)
    asked, answers = compare(told, means, seen)
    contradicted, missing = [], []
    for (claim, one), said in zip(asked, answers, strict=True):
        before = known.get(claim.event_id)
        if said is Answer.CONTRADICTED:
            contradicted.append(event_not_applied(claim, one.message, means.rules))
        if said is Answer.CONTRADICTED or (before is not None and before.over):
            seen.different += 1
        elif said is Answer.EXPLAINED:
            seen.explained += 1
        else:
            seen.unexplained[claim.event_id] = claim.event_type
        if said is Answer.MISSING and before is None:
            missing.append((claim, one))
    for found in means.decide_all(contradicted):
        seen.find(found)
    put_back(missing, means, seen)
    put = [PutBack(claim, means.now, means.now) for claim, _ in missing]
    return [one.event.occurred_at for one in told], put


def compare(
    told: Iterable[Told], means: Means, seen: Seen
) -> tuple[list[tuple[Claim, Told]], list[Answer | None]]:
    """Those that must have left something in the ledger, and whether they have.

    What is too young to say is not counted; the next walk meets it again.
    """
    asked: list[tuple[Claim, Told]] = []
    for one in told:
        at = one.event.occurred_at
        if means.now - at < GRACE or at < means.begins_at:
            continue
        claim = claim_of(one.event, begins_at=means.begins_at)
        if claim is None:
            seen.explained += 1
        else:
            asked.append((claim, one))
    facts = means.read(keys_of(claim for claim, _ in asked))
    return asked, [_answer(facts, claim, one, seen) for claim, one in asked]


def _answer(facts: Facts, claim: Claim, told: Told, seen: Seen) -> Answer | None:
    """None where what is stored is damaged: it stays unexplained, and is put back to nobody."""
    try:
        return answer_to(facts, claim, told.event.data)
    except LedgerDamagedError as error:
        seen.meet(error)
        return None


def put_back(missing: Sequence[tuple[Claim, Told]], means: Means, seen: Seen) -> None:
    """Raises QueueUnavailableError: then nothing of this page counts as looked at."""
    means.put({claim.event_id: told.message for claim, told in missing})
    seen.put_back += len(missing)
