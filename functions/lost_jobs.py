"""Ends jobs whose end nobody reported: asks the studio about them, and refunds what is lost.

Runs every five minutes. Late, doubled and skipped runs decide the same: each job by its own times.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from makegood import wiring
from makegood.batch import decided
from makegood.domain.job import EndKind
from makegood.ends_told import tell_of_ends
from makegood.errors import LedgerBusyError, LedgerUnavailableError, MakegoodError
from makegood.events.job_status import Status
from makegood.events.schedules import scheduled_time
from makegood.ledger.shapes.shape import SHARDS
from makegood.ledger.store import TimeLeft
from makegood.ledger.work_lists import Due, jobs_due, jobs_named
from makegood.observability import count, log, measure
from makegood.outward.job_status import StatusAddress
from makegood.outward.private import private_networks
from makegood.plans.case_watch import oldest
from makegood.plans.job_ends import Ended
from makegood.plans.lost_jobs import Looked, look_at_job
from makegood.policy.lost_jobs import may_wait

EVERY_SECONDS = 300

RESERVE_SECONDS = 5
"""With less left of the run, no more jobs are looked at."""


def lambda_handler(event: Mapping[str, Any], context: wiring.Context) -> None:
    now, time_left = scheduled_time(event), wiring.time_left(context)
    url = wiring.refreshed_settings(now, time_left).job_status_url
    address = StatusAddress(url, private_networks(), time_left=time_left) if url else None
    run = Run(now, time_left, address)
    # From another list on each time: none is always the last one.
    first = int(now.timestamp()) // EVERY_SECONDS
    for step in range(SHARDS):
        run.work_on((first + step) % SHARDS)
    run.tell()


@dataclass(slots=True)
class Run:
    """What a run came upon. `open_since` has when the ends of jobs that stay open were expected."""

    now: datetime
    time_left: TimeLeft
    address: StatusAddress | None
    ends: list[Ended] = field(default_factory=list)
    open_since: list[datetime | None] = field(default_factory=list)
    stuck: int = 0
    delayed: int = 0

    def work_on(self, shard: int) -> None:
        for page in jobs_due(wiring.ledger().table, shard, until=self.now):
            if self.time_left() <= RESERVE_SECONDS:
                self._leave(page)
                return
            told = self._told([due.id for due in page])
            self._leave([due for due in page if due.id not in told])
            self._decide([due for due in page if due.id in told], told)

    def _told(self, names: list[str]) -> dict[str, Status | None]:
        """What is to be decided on now. Of jobs that are missing here nobody could be asked, and
        they can wait for the next run."""
        if self.address is None:
            return dict.fromkeys(names)
        jobs = {job.job_id: job for job in jobs_named(wiring.ledger().table, names) if job.is_open}
        told = self.address.ask(list(jobs), now=self.now)
        waiting = {
            name
            for name, job in jobs.items()
            if name not in told and may_wait(job, wiring.policies(), now=self.now)
        }
        return {name: told.get(name) for name in names if name not in waiting}

    def _decide(self, page: Sequence[Due], told: Mapping[str, Status | None]) -> None:
        policies = wiring.policies()
        looks = [look_at_job(d.id, told[d.id], policies=policies, now=self.now) for d in page]
        results = decided(looks, wiring.ledger(), self.time_left)
        for due, result in zip(page, results, strict=True):
            self._note(due, result)

    def _note(self, due: Due, result: Looked | MakegoodError) -> None:
        match result:
            case Looked(ended=Ended() as ended):
                self.ends.append(ended)
            case Looked():
                self.open_since.append(result.open_since)
            case LedgerBusyError() | LedgerUnavailableError():
                self._leave([due])
            case _:
                log("promise.stuck", job_id=due.id, error=type(result).__name__, why=str(result))
                self.stuck += 1
                self.open_since.append(due.at)

    def _leave(self, page: Sequence[Due]) -> None:
        self.delayed += len(page)
        self.open_since += [due.at for due in page]

    def tell(self) -> None:
        tell_of_ends(self.ends)
        endings = [end.job.ending for end in self.ends if not end.again]
        lost = sum(ending is not None and ending.kind is EndKind.LOST for ending in endings)
        asked = self.address.asked if self.address else 0
        unanswered = dict(self.address.unanswered) if self.address else {}
        log("lost_jobs.looked_at", asked=asked, unanswered=unanswered, delayed=self.delayed)
        count("LostJobsRefunded", lost)
        count("JobsAsked", asked)
        count("JobsUnanswered", sum(unanswered.values()))
        count("PromisesStuck", self.stuck)
        measure("OldestOpenPromiseSeconds", [oldest(self.open_since, now=self.now)], "Seconds")
