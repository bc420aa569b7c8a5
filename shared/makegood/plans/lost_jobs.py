"""Jobs whose end is overdue: what a look at one of them does."""

from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.job import Job
from makegood.events.job_status import Status
from makegood.plans.job_ends import End, Ended, carried_out
from makegood.policy.judging import judge_ending
from makegood.policy.lost_jobs import HasEnded, Leave, LookLater, look_at_lost
from makegood.policy.published import Policies

AUTHOR = "lost_jobs"


@dataclass(frozen=True, slots=True)
class Looked:
    """`ended` if the job ended by this look. `open_since` is when its end was expected, if it is
    overdue and still open."""

    ended: Ended | None = None
    open_since: datetime | None = None


def look_at_job(
    job_id: str, told: Status | None, *, policies: Policies, now: datetime
) -> Decide[Looked]:
    """Look at a job that may be overdue; `told` is what the studio has just said of it."""

    def decide(facts: Facts) -> Plan[Looked]:
        job = facts.get(Key(Job, job_id))
        if job is None:
            return Plan(Looked())
        match look_at_lost(job, told, policies, now=now):
            case Leave(is_overdue=is_overdue):
                return Plan(Looked(open_since=job.expected_by if is_overdue else None))
            case LookLater(at=at):
                later = replace(job, asked_at=now, look_at=at)
                return Plan(Looked(open_since=job.expected_by), (later,))
            case HasEnded() as verdict:
                return _ended(facts, job, verdict, policies, now)

    return decide


def _ended(
    facts: Facts, job: Job, verdict: HasEnded, policies: Policies, now: datetime
) -> Plan[Looked]:
    at, ending, code = verdict.ended_at, verdict.ending, verdict.code
    ruling = judge_ending(job, ending, code, policies, ended_at=at, now=now)
    end = End(job, ending, code, at=at, now=now, author=AUTHOR)
    plan = carried_out(facts, end, ruling, policies=policies)
    return Plan(Looked(ended=plan.outcome), plan.writes)
