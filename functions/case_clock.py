"""Watches over deadlines: refunds failures that nobody decided about, reminds, marks what is late.

Runs every fifteen minutes. Late, doubled and skipped runs decide the same: each case by its own
times. What it counts is published on every run, also when it is nothing, so that silence alarms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from makegood import wiring
from makegood.batch import decided
from makegood.domain.case import Case, CaseEventKind, CaseStatus
from makegood.ends_told import tell_of_ends
from makegood.errors import LedgerBusyError, LedgerUnavailableError, MakegoodError
from makegood.events.schedules import scheduled_time
from makegood.ledger.shapes.shape import SHARDS
from makegood.ledger.store import TimeLeft
from makegood.ledger.work_lists import Due, cases_by_due_time, cases_named, reviews_due
from makegood.observability import count, log, measure
from makegood.plans.case_watch import (
    Undecided,
    Watched,
    oldest,
    promised_at,
    refund_undecided,
    step_due,
    watch_case,
)
from makegood.plans.job_ends import Ended

RESERVE_SECONDS = 5
"""With less left of the run, nothing more is looked at."""


def lambda_handler(event: Mapping[str, Any], context: wiring.Context) -> None:
    now, time_left = scheduled_time(event), wiring.time_left(context)
    wiring.refreshed_settings(now, time_left)
    run = Run(now, time_left)
    for shard in range(SHARDS):
        run.refund_undecided_of(shard)
    for page in cases_by_due_time(wiring.ledger().table, CaseStatus.OPEN):
        if time_left() <= RESERVE_SECONDS:
            run.delayed += len(page)
            break
        run.watch(page)
    run.tell()
    tell_of_payouts(time_left)


def tell_of_payouts(time_left: TimeLeft) -> None:
    """How many cases wait for their payment. Last of all, and only while there is time for it."""
    waiting = 0
    for page in cases_by_due_time(wiring.ledger().table, CaseStatus.APPROVED):
        if time_left() <= RESERVE_SECONDS:
            log("case_clock.payouts_not_counted", counted=waiting)
            return
        waiting += len(page)
    count("CasesAwaitingPayout", waiting)


@dataclass(slots=True)
class Run:
    """What a run came upon, and did."""

    now: datetime
    time_left: TimeLeft
    ends: list[Ended] = field(default_factory=list)
    open_since: list[datetime | None] = field(default_factory=list)
    open: int = 0
    overdue: int = 0
    urgent: int = 0
    stuck: int = 0
    delayed: int = 0

    def refund_undecided_of(self, shard: int) -> None:
        """Those whose promise is due so soon that nobody waits any longer for a person."""
        policies = wiring.policies()
        until = self.now + max(version.decide_unknown_before for version in policies.versions)
        for page in reviews_due(wiring.ledger().table, shard, until=until):
            if self.time_left() <= RESERVE_SECONDS:
                self.delayed += len(page)
                return
            refunds = [refund_undecided(d.id, policies=policies, now=self.now) for d in page]
            results = decided(refunds, wiring.ledger(), self.time_left)
            for due, result in zip(page, results, strict=True):
                if isinstance(result, Undecided):
                    self.ends += [result.ended] if result.ended is not None else []
                else:
                    self._note("promise.stuck", due.id, result)

    def watch(self, page: Sequence[Due]) -> None:
        found, damaged = cases_named(wiring.ledger().table, [due.id for due in page])
        for name, error in damaged.items():
            self._note("case.stuck", name, error)
        cases = [case for case in found if case.is_open]
        self.open += len(cases)
        self.overdue += sum(self.now > case.due_at for case in cases)
        self.urgent += sum(case.is_urgent for case in cases)
        self.open_since += [promised_at(case) for case in cases]
        policies = wiring.policies()
        due = [case for case in cases if step_due(case, policies=policies, now=self.now)]
        self._step(due)

    def _step(self, cases: Sequence[Case]) -> None:
        policies = wiring.policies()
        steps = [watch_case(case.case_id, policies=policies, now=self.now) for case in cases]
        results = decided(steps, wiring.ledger(), self.time_left)
        for case, result in zip(cases, results, strict=True):
            if not isinstance(result, Watched):
                self._note("case.stuck", case.case_id, result)
            elif result.step is CaseEventKind.PROMISE_AT_RISK:
                log("promise.at_risk", case_id=case.case_id, job_id=case.job_id)
                count("PromisesAtRisk")
            elif result.step is CaseEventKind.OVERDUE:
                log("case.overdue", case_id=case.case_id, category=case.category)
            elif result.step is CaseEventKind.REMINDED:
                log("case.reminded", case_id=case.case_id, category=case.category)
                count("CasesReminded")

    def _note(self, event: str, name: str, error: MakegoodError) -> None:
        """What the ledger had no time for is done by the next run; the rest needs a person."""
        if isinstance(error, (LedgerBusyError, LedgerUnavailableError)):
            self.delayed += 1
        else:
            log(event, id=name, error=type(error).__name__, why=str(error))
            self.stuck += 1

    def tell(self) -> None:
        tell_of_ends(self.ends)
        log("case_clock.looked_at", open=self.open, overdue=self.overdue, delayed=self.delayed)
        count("CasesOpen", self.open)
        count("CasesOverdue", self.overdue)
        count("UrgentCasesOpen", self.urgent)
        count("PromisesStuck", self.stuck)
        measure("OldestOpenPromiseSeconds", [oldest(self.open_since, now=self.now)], "Seconds")
