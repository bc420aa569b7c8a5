"""How a person's "no" settles a case, and how one is closed that only had to be seen."""

from dataclasses import replace
from datetime import datetime

from makegood.domain.case import Case, CaseEventKind, CaseStatus, Verdict
from makegood.domain.facts import Facts, Key
from makegood.domain.job import Job
from makegood.errors import LedgerDamagedError
from makegood.plans.cases.holding import released
from makegood.plans.cases.verdicts import Word, refusing
from makegood.plans.job_ends import deny_after_review
from makegood.policy.published import PublishedPolicy

Records = tuple[object, ...]


def declined(
    facts: Facts, case: Case, word: Word, *, policy: PublishedPolicy, now: datetime
) -> tuple[Case, Records]:
    """A "no": what is held is free at once, a job in review keeps its credits used."""
    verdict = refusing(case, word, policy)
    kind, status = CaseEventKind.DECLINED, CaseStatus.DECLINED
    after = decided_as(kind, status, case, word, verdict=verdict, now=now)
    after = replace(after, held=(), approval=None)
    return after, (*released(facts, case, now=now), *_denied_job(facts, case, verdict, now=now))


def closed(case: Case, word: Word, *, now: datetime) -> Case:
    """A person has seen it. What was told of it stays."""
    return case.moved(
        CaseEventKind.CLOSED,
        author=word.author,
        at=now,
        status=CaseStatus.CLOSED,
        note=word.note,
        decided_by=word.author,
        decided_at=now,
    )


def decided_as(
    kind: CaseEventKind,
    status: CaseStatus,
    case: Case,
    word: Word,
    *,
    verdict: Verdict,
    now: datetime,
) -> Case:
    return case.moved(
        kind,
        author=word.author,
        at=now,
        status=status,
        note=word.note,
        verdict=verdict,
        decided_by=word.author,
        decided_at=now,
    )


def job_of(facts: Facts, case: Case) -> Job:
    job = facts.get(Key(Job, case.job_id))
    if job is None or job.account_id != case.account_id:
        raise LedgerDamagedError("a case names a job that its account does not have")
    return job


def _denied_job(facts: Facts, case: Case, verdict: Verdict, *, now: datetime) -> Records:
    """After an appeal the job has been denied before, and stays so."""
    if case.job_id is None or not (job := job_of(facts, case)).is_open:
        return ()
    return (
        deny_after_review(
            job,
            reason=verdict.reason,
            clause=verdict.clause,
            policy_version=verdict.policy_version,
            now=now,
        ),
    )
