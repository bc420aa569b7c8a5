"""The case of a job whose failure nobody knows: opened with the review, settled with its end."""

from datetime import datetime

from makegood.domain.case import (
    Case,
    CaseDecision,
    CaseEvent,
    CaseEventKind,
    CaseOutcome,
    CaseStatus,
    Category,
    Opener,
    Verdict,
)
from makegood.domain.entry import timestamp
from makegood.domain.facts import Facts, Key
from makegood.domain.job import Job, JobState
from makegood.plans.case_opening import case_id_of
from makegood.policy.published import Policies, PublishedPolicy

OPENER = "job_failures"
"""The detector that opens these cases."""

_DELIVERED = "The generation was delivered after all."


def case_id_of_job(job_id: str) -> str:
    return case_id_of("job", job_id)


def policy_of(job: Job, policies: Policies) -> PublishedPolicy:
    """The version that sent a job to review; if the preset has changed since, the one of then."""
    return policies.of(job.policy_version, at=job.failed_at or job.charged_at)


def decide_by(job: Job, policies: Policies) -> datetime | None:
    """From when on a job in review is refunded, if nobody has decided. None for any other job."""
    if job.state is not JobState.REVIEW or job.refund_due_at is None:
        return None
    return job.refund_due_at - policy_of(job, policies).decide_unknown_before


def opened_for(job: Job, *, policies: Policies, now: datetime) -> Case:
    """The case of a job that has just gone to review. There is none before: a job does so once."""
    assert job.clause is not None
    assert job.policy_version is not None
    assert job.reason is not None
    due_at = decide_by(job, policies)
    assert due_at is not None
    inputs: dict[str, object] = {
        "job_id": job.job_id,
        "failure_code": job.failure_code or "",
        "failed_at": timestamp(job.failed_at or now),
    }
    return Case(
        case_id=case_id_of_job(job.job_id),
        account_id=job.account_id,
        category=Category.TECHNICAL_FAILURE,
        status=CaseStatus.OPEN,
        decision=CaseDecision(
            CaseOutcome.NEEDS_REVIEW, job.clause, job.policy_version, job.reason, inputs
        ),
        opened_by=Opener.DETECTOR,
        opener=OPENER,
        opened_at=now,
        due_at=due_at,
        job_id=job.job_id,
        credits=job.credits,
        events=(CaseEvent(now, CaseEventKind.OPENED, OPENER, CaseStatus.OPEN),),
    )


def settled_with(facts: Facts, job: Job, *, author: str, now: datetime) -> tuple[Case, ...]:
    """The case of a job in review, settled by the end that the job has now. None, none."""
    case = facts.get(Key(Case, case_id_of_job(job.job_id)))
    if case is None or not case.is_open:
        return ()
    at = max(now, case.opened_at)
    if job.state is JobState.SUCCEEDED and not job.refunded:
        kind, status = CaseEventKind.WITHDRAWN, CaseStatus.WITHDRAWN
        return (case.moved(kind, author=author, at=at, status=status, note=_DELIVERED),)
    kind, status = CaseEventKind.DECLINED, CaseStatus.DECLINED
    if job.refunded:
        kind, status = CaseEventKind.CREDITED, CaseStatus.CREDITED
    decided = case.moved(
        kind,
        author=author,
        at=at,
        status=status,
        verdict=_verdict(job),
        credits=job.refunded or case.credits,
        decided_by=author,
        decided_at=at,
    )
    return (decided,)


def _verdict(job: Job) -> Verdict:
    assert job.clause is not None
    assert job.policy_version is not None
    assert job.reason is not None
    outcome = CaseOutcome.ELIGIBLE if job.refunded else CaseOutcome.NOT_ELIGIBLE
    return Verdict(outcome, job.clause, job.policy_version, job.reason)
