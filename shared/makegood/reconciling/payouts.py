"""Payouts that wait: asked for, woken, counted; and looked for at Paddle if nothing was heard."""

from collections.abc import Iterator
from datetime import timedelta

from makegood.domain.case import CaseStatus
from makegood.domain.facts import Key
from makegood.domain.payout import Payout, PayoutState
from makegood.errors import LedgerDamagedError, MakegoodError, PaddleUnreachableError
from makegood.ledger.work_lists import cases_by_due_time, cases_named, payouts_due
from makegood.observability import log
from makegood.paddle.api import PaddleApi
from makegood.plans.money.requesting import request_missing
from makegood.plans.reconciling.refunds import check_listed
from makegood.reconciling.following import follow
from makegood.reconciling.means import Means
from makegood.reconciling.seen import Seen

WAKE_AFTER = timedelta(minutes=5)
"""What is due for so long has no message any more, or waits in a backlog. A second one is
harmless."""

ASK_AFTER = timedelta(days=1)
ASKED_MAX = 60
UNANSWERED_MAX = 3

_TO_WAKE = (PayoutState.REQUESTED, PayoutState.SENDING)


def wake_payouts(means: Means, seen: Seen) -> None:
    """Send those again that are due, so that no lost message and no crash delays one for long."""
    until = means.now - WAKE_AFTER
    for state in _TO_WAKE:
        for page in payouts_due(means.table, state, until=until):
            ages = [int((means.now - due.at).total_seconds()) for due in page]
            seen.payouts["oldest_seconds"] = max([seen.payouts["oldest_seconds"], *ages])
            unconfirmed = means.payouts_queue.send([due.id for due in page])
            seen.payouts["woken"] += len(page) - len(unconfirmed)
            if unconfirmed:
                # The next run, an hour later, tries it anew.
                log("payouts.not_woken", payouts=len(unconfirmed))
                return


def request_missing_ones(means: Means, seen: Seen) -> None:
    """The payouts of cases that were approved before there were any."""
    for page in cases_by_due_time(means.table, CaseStatus.APPROVED):
        cases, damaged = cases_named(means.table, [due.id for due in page])
        for error in damaged.values():
            seen.meet(error)
        missing = [case.case_id for case in cases if case.payout_id is None]
        results = means.decide_all([request_missing(name, now=means.now) for name in missing])
        for name, result in zip(missing, results, strict=True):
            match result:
                case Payout():
                    log("payout.requested", payout_id=result.payout_id, case_id=name)
                    seen.payouts["requested"] += 1
                case MakegoodError():
                    seen.meet(result)


def count_for_person(means: Means, seen: Seen) -> None:
    for page in payouts_due(means.table, PayoutState.PERSON):
        seen.payouts["for_person"] += len(page)


def ask_about_sent(means: Means, paddle: PaddleApi, seen: Seen, *, reserve: float) -> None:
    """What became of refunds of which Paddle's decision has not been heard for a day."""
    unanswered = 0
    for payout in _sent_long_ago(means, seen):
        if not means.has_time(reserve):
            seen.unfinished = True
            return
        try:
            _ask(payout, means, paddle, seen)
        except PaddleUnreachableError:
            # Of one purchase an answer may be unreadable; of several, it is not about them.
            unanswered += 1
            if unanswered == UNANSWERED_MAX:
                raise


def _sent_long_ago(means: Means, seen: Seen) -> Iterator[Payout]:
    until = means.now - ASK_AFTER
    pages = payouts_due(means.table, PayoutState.SENT, until=until)
    names = means.turn([due.id for page in pages for due in page], ASKED_MAX)
    facts = means.read(Key(Payout, name) for name in names)
    for name in names:
        try:
            payout = facts.get(Key(Payout, name))
        except LedgerDamagedError as error:
            seen.meet(error)
            continue
        if payout is not None and payout.state is PayoutState.SENT:
            yield payout


def _ask(payout: Payout, means: Means, paddle: PaddleApi, seen: Seen) -> None:
    listed = paddle.adjustments_of(payout.transaction_id)
    seen.payouts["asked_about"] += 1
    follow(listed, means, seen)
    ids = frozenset(one.id for one in listed)
    for found in means.decide_all([check_listed(payout.payout_id, ids, means.rules)]):
        seen.find(found)
