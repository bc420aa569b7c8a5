"""How a person's "yes" to a failed generation gives its credits back, at once."""

from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain.account import CREDITS_MAX, AccountStatus
from makegood.domain.case import Approval, Case, CaseEventKind, CaseStatus, Verdict
from makegood.domain.entry import Cause
from makegood.domain.facts import Facts, Key
from makegood.domain.job import Job
from makegood.domain.record import Correction
from makegood.errors import (
    AccountClosedError,
    AmountRefusedError,
    CaseSettledError,
    IdempotencyConflictError,
    NotAllowedError,
    UnknownThingError,
)
from makegood.plans import job_ends
from makegood.plans.cases.remedies import is_first, needs_two_for_credits
from makegood.plans.cases.settling import Records, decided_as, job_of
from makegood.plans.cases.verdicts import Word, asking, granting, policy_of
from makegood.plans.job_reviews import case_id_of_job, settled_with
from makegood.policy.published import Policies


@dataclass(frozen=True, slots=True)
class _Credits:
    """What is given back, in the words of the verdict. `job` is the one that failed, if known."""

    number: int
    verdict: Verdict
    job: Job | None = None


def credited(
    facts: Facts, case: Case, word: Word, *, policies: Policies, now: datetime
) -> tuple[Case, Records]:
    """The credits of the job that failed, or as many as the reviewer says.

    Raises AmountRefusedError, CaseSettledError, AccountClosedError, BalanceOutOfRangeError;
    UnknownThingError for a job that its account does not have; NotAllowedError.
    """
    if case.job_id is not None:
        job = job_of(facts, case)
        _check_job(job, word)
        given = _granted(case, job.credits, policies, job=job)
        records = job_ends.refund_after_review(
            facts, job, **_words(case, word, given.verdict), now=now
        )
        return _settled(case, word, given, now=now), records
    job_id = _job_meant(case, word)
    if job_id is None:
        given = _as_said(facts, case, word, policies=policies)
    else:
        given = _of_reported_job(facts, case, word, job_id=job_id, policies=policies)
    if needs_two_for_credits(given.number, policies.in_force(now)) and is_first(
        case, word.author, amount=given.number, job_id=job_id
    ):
        return _once(case, word, given, now=now), ()
    after = _settled(replace(case, job_id=job_id), word, given, now=now)
    if given.job is None:
        return after, _correction(facts, case, word, given, now=now)
    return after, _reported_refund(facts, case, word, job=given.job, verdict=given.verdict, now=now)


def _settled(case: Case, word: Word, given: _Credits, *, now: datetime) -> Case:
    kind, status = CaseEventKind.CREDITED, CaseStatus.CREDITED
    after = decided_as(kind, status, case, word, verdict=given.verdict, now=now)
    return replace(after, credits=given.number)


def _once(case: Case, word: Word, given: _Credits, *, now: datetime) -> Case:
    """The first of two approvals. Which job it is about is settled by the second one."""
    job_id = None if given.job is None else given.job.job_id
    return case.moved(
        CaseEventKind.APPROVED_FIRST,
        author=word.author,
        at=now,
        note=word.note,
        approval=Approval(word.author, given.number, now, job_id),
    )


def _job_meant(case: Case, word: Word) -> str | None:
    """The second of two reviewers need not repeat what the first one said."""
    said = case.approval
    if word.job_id is None and said is not None and word.amount in (None, said.amount):
        return said.job_id
    return word.job_id


def _granted(case: Case, credits: int, policies: Policies, *, job: Job | None = None) -> _Credits:
    words = f"A person has looked at this: {credits:,} credits are back."
    return _Credits(credits, granting(case, policy_of(case, policies), reason=words), job)


def _of_reported_job(
    facts: Facts, case: Case, word: Word, *, job_id: str, policies: Policies
) -> _Credits:
    job = facts.get(Key(Job, job_id))
    if job is None or job.account_id != case.account_id:
        raise UnknownThingError("job_id: the account has no such job")
    _check_job(job, word)
    own = facts.get(Key(Case, case_id_of_job(job_id)))
    if own is not None and own.is_open and word.author in asking(own):
        raise NotAllowedError("who asked for something does not decide on it")
    return _granted(case, job.credits, policies, job=job)


def _check_job(job: Job, word: Word) -> None:
    if 0 < job.refunded < job.credits:
        raise CaseSettledError("a part of this job's credits is back: say how many more")
    if job.refunded:
        raise CaseSettledError("the credits of this job are back already")
    if word.amount not in (None, job.credits):
        raise AmountRefusedError("amount: a failed job gets back what it was charged")


def _as_said(facts: Facts, case: Case, word: Word, *, policies: Policies) -> _Credits:
    """Never more than is used of the lots at hand: more cannot have failed lately."""
    credits = word.amount
    if credits is None and case.approval is not None:
        credits = case.approval.amount
    if credits is None or not 0 < credits <= CREDITS_MAX:
        raise AmountRefusedError("amount: expected how many credits to give back")
    if facts.get(Key(Correction, f"case:{case.case_id}")) is not None:
        raise IdempotencyConflictError("a correction was made under the key of this case")
    account = facts.account(case.account_id)
    if account.status is AccountStatus.CLOSED:
        raise AccountClosedError("the account is closed")
    if credits > sum(lot.used for lot in account.lots):
        raise AmountRefusedError("amount: more than the account has used lately")
    return _granted(case, credits, policies)


def _words(case: Case, word: Word, verdict: Verdict) -> job_ends.Word:
    return {
        "reason": verdict.reason,
        "clause": verdict.clause,
        "policy_version": verdict.policy_version,
        "author": word.author,
        "case_id": case.case_id,
    }


def _reported_refund(
    facts: Facts, case: Case, word: Word, *, job: Job, verdict: Verdict, now: datetime
) -> Records:
    """The job ends by this, as it would by its message; if it has a case, that is settled too."""
    words = _words(case, word, verdict)
    refunded, account, entry = job_ends.refund_reported(facts, job, **words, now=now)
    own = settled_with(facts, refunded, author=word.author, now=now)
    return (refunded, account, entry, *own)


def _correction(facts: Facts, case: Case, word: Word, given: _Credits, *, now: datetime) -> Records:
    key, verdict = f"case:{case.case_id}", given.verdict
    cause = Cause(
        key=f"correction:{key}",
        reason=verdict.reason,
        occurred_at=now,
        recorded_at=now,
        clause=verdict.clause,
        policy_version=verdict.policy_version,
        case_id=case.case_id,
        author=word.author,
    )
    after, entry = facts.account(case.account_id).correct(given.number, cause)
    correction = Correction(
        key, case.account_id, given.number, verdict.reason, word.author, entry.seq, now
    )
    return (correction, after, entry)
