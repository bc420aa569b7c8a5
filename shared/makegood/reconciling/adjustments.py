"""Paddle's adjustments of the last weeks against what was followed and paid here."""

from collections.abc import Iterator
from datetime import timedelta

from makegood.domain.case import CaseStatus
from makegood.domain.facts import Key
from makegood.domain.payout import Payout, PayoutState
from makegood.errors import LedgerDamagedError, PaddleUnreachableError
from makegood.ledger.work_lists import cases_due_since, cases_named
from makegood.observability import log
from makegood.paddle.api import PaddleApi
from makegood.plans.reconciling.refunds import check_listed, check_refund
from makegood.reconciling.following import follow
from makegood.reconciling.means import Means
from makegood.reconciling.seen import Seen

LOOKED_BACK = timedelta(days=35)

LISTED_AFTER = timedelta(hours=1)
"""Paddle's lists lag behind. What was paid less than this ago may not be in them."""

OPEN_AT_MOST = timedelta(days=180)
"""From a case's due time to its payment. Paddle refunds nothing older."""


def compare_adjustments(means: Means, paddle: PaddleApi, seen: Seen, *, reserve: float) -> None:
    """Follow what was missed, and see whether refunds and payouts agree, both ways."""
    since = max(means.now - LOOKED_BACK, means.begins_at)
    listed: set[str] = set()
    after: str | None = None
    unread = 0
    while means.has_time(reserve):
        page = paddle.adjustments_page(after)
        if page.has_more and page.next_after == after:
            raise PaddleUnreachableError("GET /adjustments: a list that does not go on")
        after, unread = page.next_after, unread + page.unread
        lately = [one for one in page.adjustments if one.created_at >= since]
        listed |= {one.id for one in page.adjustments}
        seen.counted["adjustments_checked"] += len(lately)
        followed = follow(lately, means, seen)
        for found in means.decide_all([check_refund(one, means.rules) for one in followed]):
            seen.find(found)
        # The newest come first, as far as ids tell: the last page is one with none of them.
        if not page.has_more or (page.adjustments and not lately):
            if unread:
                log("adjustments.unread", adjustments=unread)
            else:
                _compare_payouts(frozenset(listed), means, seen)
            return
    seen.unfinished = True


def _compare_payouts(listed: frozenset[str], means: Means, seen: Seen) -> None:
    for names in _paid_lately(means, seen):
        for found in means.decide_all([check_listed(n, listed, means.rules) for n in names]):
            seen.find(found)


def _paid_lately(means: Means, seen: Seen) -> Iterator[list[str]]:
    """Payouts whose adjustment must be among those that were listed."""
    first, last = means.now - LOOKED_BACK, means.now - LISTED_AFTER
    for page in cases_due_since(means.table, CaseStatus.PAID, means.now - OPEN_AT_MOST):
        cases, damaged = cases_named(means.table, [due.id for due in page])
        for error in damaged.values():
            seen.meet(error)
        keys = [Key(Payout, case.payout_id) for case in cases if case.payout_id is not None]
        facts = means.read(keys)
        payouts = []
        for key in keys:
            try:
                payouts.append(facts.get(key))
            except LedgerDamagedError as error:
                seen.meet(error)
        yield [
            payout.payout_id
            for payout in payouts
            if payout is not None
            and payout.state is PayoutState.PAID
            and payout.requested_at >= max(first, means.begins_at)
            and (payout.settled_at or payout.requested_at) <= last
        ]
