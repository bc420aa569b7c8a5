"""Time and open cases: reminders, overdue ones, and failures that nobody decided about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from makegood.domain.case import Case, CaseEventKind
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.job import Job
from makegood.plans.job_ends import Ended, refund_after_review
from makegood.plans.job_reviews import case_id_of_job, decide_by, policy_of, settled_with
from makegood.policy.jobs import refund_in_doubt
from makegood.policy.published import Policies

AUTHOR = "case_clock"

_MARKS = {
    CaseEventKind.OVERDUE: "overdue_at",
    CaseEventKind.PROMISE_AT_RISK: "at_risk_at",
    CaseEventKind.REMINDED: "reminded_at",
}
"""Where a case says that it has taken a step."""


@dataclass(frozen=True, slots=True)
class Watched:
    """The case as it is now, and the step that it took by this look."""

    case: Case | None
    step: CaseEventKind | None = None


@dataclass(frozen=True, slots=True)
class Undecided:
    """The end of a job that nobody had decided about in time; None if there was nothing to do."""

    ended: Ended | None = None


def step_due(case: Case, *, policies: Policies, now: datetime) -> CaseEventKind | None:
    """What time alone does to a case: a reminder at half of its time, a mark when it is over.

    A case that keeps a promise of clause 2(a) is marked too when half of that is over. Each once;
    after an appeal the time runs anew. A case that is overdue needs no reminder.
    """
    if not case.is_open:
        return None
    begun = case.appealed_at or case.opened_at
    if now > case.due_at and not _since(begun, case.overdue_at):
        return CaseEventKind.OVERDUE
    if case.at_risk_at is None and _is_at_risk(case, policies, now):
        return CaseEventKind.PROMISE_AT_RISK
    if now > case.due_at:
        return None
    half = begun + (case.due_at - begun) // 2
    if now < half or _since(begun, case.reminded_at):
        return None
    return CaseEventKind.REMINDED


def _is_at_risk(case: Case, policies: Policies, now: datetime) -> bool:
    promised = promised_at(case)
    within = policies.of(case.decision.policy_version, at=case.opened_at).refund_within
    return promised is not None and now >= promised + within // 2


def _since(begun: datetime, at: datetime | None) -> bool:
    return at is not None and at >= begun


def watch_case(case_id: str, *, policies: Policies, now: datetime) -> Decide[Watched]:
    def decide(facts: Facts) -> Plan[Watched]:
        case = facts.get(Key(Case, case_id))
        step = step_due(case, policies=policies, now=now) if case is not None else None
        if case is None or step is None:
            return Plan(Watched(case))
        marked: dict[str, Any] = {_MARKS[step]: now}
        stepped = case.moved(step, author=AUTHOR, at=now, **marked)
        return Plan(Watched(stepped, step), (stepped,))

    return decide


def refund_undecided(job_id: str, *, policies: Policies, now: datetime) -> Decide[Undecided]:
    """Keep the promise of clause 2(a): in doubt for the customer, while there is time."""

    def decide(facts: Facts) -> Plan[Undecided]:
        job = facts.get(Key(Job, job_id))
        due = decide_by(job, policies) if job is not None else None
        if job is None or due is None or now < due:
            return Plan(Undecided())
        grounds = refund_in_doubt(policy_of(job, policies)).grounds
        refunded, account, entry = refund_after_review(
            facts,
            job,
            reason=grounds.reason,
            clause=grounds.clause,
            policy_version=grounds.policy_version,
            author=AUTHOR,
            case_id=case_id_of_job(job_id),
            now=now,
        )
        settled = settled_with(facts, refunded, author=AUTHOR, now=now)
        ended = Ended(refunded, again=False, recorded_at=max(now, job.charged_at))
        return Plan(Undecided(ended), (refunded, account, entry, *settled))

    return decide


def promised_at(case: Case) -> datetime | None:
    """Since when a refund of clause 2(a) is promised, for a case that keeps one open."""
    failed_at = case.decision.inputs.get("failed_at")
    if not case.is_open or case.job_id is None or case.appealed_at is not None:
        return None
    return datetime.fromisoformat(failed_at) if isinstance(failed_at, str) else case.opened_at


def oldest(times: Iterable[datetime | None], *, now: datetime) -> int:
    """Whole seconds since the earliest of these times, 0 where there is none before now."""
    ages = [(now - at) // timedelta(seconds=1) for at in times if at is not None]
    return max([0, *ages])
