"""One run, part by part: what cannot wait first, and whatever time is left for the rest."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from makegood.domain.reconciliation import PutBack
from makegood.errors import MakegoodError, PaddleRefusedError, PermanentError
from makegood.paddle.api import PaddleApi
from makegood.paddle.api_errors import Advice, advice
from makegood.plans.reconciling.explaining import Due
from makegood.reconciling.adjustments import compare_adjustments
from makegood.reconciling.destination import look_at_destination
from makegood.reconciling.events import walk_events
from makegood.reconciling.means import Means
from makegood.reconciling.payouts import (
    ask_about_sent,
    count_for_person,
    request_missing_ones,
    wake_payouts,
)
from makegood.reconciling.pending import look_again, see_to
from makegood.reconciling.seen import Seen
from makegood.reconciling.waiting import bring_purchases, count_waiting

RESERVE_SECONDS = 45
"""For a request to Paddle and its repetition at their slowest, and for what follows from it."""

END_SECONDS = 5
"""For the end of a run."""

AFTER_EVENTS, AFTER_ADJUSTMENTS = 0.6, 0.3
"""How much of a night's time is left when it turns from events to adjustments, and from those to
accounts, at the latest. Each goes on where it was in another run."""

Part = tuple[str, Callable[[], None]]


def reconcile(means: Means, paddle: PaddleApi | None, seen: Seen, *, nightly: bool) -> None:
    """All that is due; without Paddle, what can be done without it."""
    run = Run(means, seen)
    whole = means.time_left()
    run.do(run.looking_here())
    if paddle is not None:
        after_events = max(AFTER_EVENTS * whole if nightly else 0, RESERVE_SECONDS)
        goes_on = run.do(run.asking(paddle, reserve=after_events))
        if nightly and goes_on:
            reserve = max(AFTER_ADJUSTMENTS * whole, RESERVE_SECONDS)
            run.do(run.comparing(paddle, reserve=reserve))
    if nightly:
        run.do([("accounts", run.check_accounts)])


def look_at_deployment(paddle: PaddleApi, seen: Seen) -> None:
    """All that a deployment can have changed about what Paddle tells."""
    do_parts([("destination", lambda: look_at_destination(paddle, seen))], seen)


@dataclass(slots=True)
class Run:
    """`missing` and `waiting` are what was seen here and has to be asked about."""

    means: Means
    seen: Seen
    missing: dict[Due, list[PutBack]] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)

    def do(self, parts: Iterable[Part]) -> bool:
        return do_parts(parts, self.seen)

    def looking_here(self) -> list[Part]:
        return [
            ("missing_payouts", lambda: request_missing_ones(self.means, self.seen)),
            ("payouts", lambda: wake_payouts(self.means, self.seen)),
            ("payouts_for_person", lambda: count_for_person(self.means, self.seen)),
            ("pending", self._look_again),
            ("waiting", self._count_waiting),
        ]

    def _look_again(self) -> None:
        self.missing = look_again(self.means, self.seen)

    def _count_waiting(self) -> None:
        self.waiting = count_waiting(self.means, self.seen)

    def asking(self, paddle: PaddleApi, *, reserve: float) -> list[Part]:
        """The shorter ones first. All of them together leave the reserve."""
        means, seen = self.means, self.seen
        return [
            ("put_back", lambda: see_to(self.missing, means, paddle, seen, reserve=reserve)),
            (
                "purchases",
                lambda: bring_purchases(self.waiting, means, paddle, seen, reserve=reserve),
            ),
            ("events", lambda: walk_events(means, paddle, seen, reserve=reserve)),
            ("sent", lambda: ask_about_sent(means, paddle, seen, reserve=reserve)),
        ]

    def comparing(self, paddle: PaddleApi, *, reserve: float) -> list[Part]:
        means, seen = self.means, self.seen
        return [
            ("destination", lambda: look_at_destination(paddle, seen)),
            ("adjustments", lambda: compare_adjustments(means, paddle, seen, reserve=reserve)),
        ]

    def check_accounts(self) -> None:
        # Nobody loads the audit for what comes every hour.
        from makegood.reconciling.accounts import check_accounts  # noqa: PLC0415

        check_accounts(self.means, self.seen, reserve=END_SECONDS)


def do_parts(parts: Iterable[Part], seen: Seen) -> bool:
    """One after the other. What stands against one part alone does not stop the others.

    False where something stands against all.
    """
    for name, work in parts:
        try:
            work()
        except MakegoodError as error:
            seen.fail(name, error)
            if not _is_of_this_part(error):
                return False
    return True


def _is_of_this_part(error: MakegoodError) -> bool:
    """Whether others may go well: a permission that the key lacks, a record that is damaged.

    Who is told to wait, or gets no answer, asks nothing more.
    """
    if isinstance(error, PaddleRefusedError):
        return advice(error) is not Advice.RETRY
    return isinstance(error, PermanentError)
