"""Mistakes in what becomes of jobs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from makegood.domain.account import Account, Take
from makegood.domain.entry import Book, Cause, Entry, EntryKind
from makegood.domain.facts import Facts
from makegood.domain.job import EndKind, Job, JobEnding, JobState
from makegood.domain.lot import LotChange
from makegood.plans import job_ends
from makegood.plans.job_ends import last_of
from makegood.plans.job_reviews import settled_with
from makegood.plans.jobs import charge_job, end_job
from makegood.policy import jobs as policy
from makegood.policy.lost_jobs import HasEnded, Leave, look_at_lost
from tests.simulation.mistakes.planting import Mistake, Patch, everywhere, overlooked


def refunds_into_the_newest_lot(patch: Patch) -> None:
    """Credits are credits: they come back where there is room, in the lot that lasts longest."""

    def newest(self: Account, takes: Sequence[Take], cause: Cause) -> tuple[Account, Entry]:
        credits = sum(take.credits for take in takes)
        change = LotChange(max(lot.number for lot in self.lots), used=-credits)
        return self._move(EntryKind.REFUND, Book.CONSUMED, [change], cause)

    patch.setattr(Account, "refund", newest)


def gives_the_first_credits_back(patch: Patch) -> None:
    """A part comes back from where the charge began, not from where it ended."""
    everywhere(patch, last_of, lambda takes, credits: last_of([*reversed(takes)], credits))


def refunds_a_job_that_has_ended(patch: Patch) -> None:
    """A failure is a failure, whenever it is told: the studio must know."""

    def still_open(record: Any) -> Any:
        if isinstance(record, Job) and not record.is_open:
            return replace(record, state=JobState.CHARGED, refunded=0)
        return record

    overlooked(patch, end_job, still_open)


def refunds_a_success_that_is_called_failed(patch: Patch) -> None:
    """What has succeeded can still turn out to be broken."""

    def open_again(record: Any) -> Any:
        if isinstance(record, Job) and record.state is JobState.SUCCEEDED:
            return replace(record, state=JobState.CHARGED)
        return record

    overlooked(patch, end_job, open_again)


def charges_each_time_it_is_asked(patch: Patch) -> None:
    """The studio asks once. What comes twice is two jobs."""

    def unknown(record: Any) -> Any:
        return None if isinstance(record, Job) else record

    overlooked(patch, charge_job, unknown)


def dates_a_refund_by_the_wall_clock(patch: Patch) -> None:
    """A job ended when its message was worked on; a few seconds do not matter."""
    told = job_ends._told

    def now(end: Any, *given: Any, **more: Any) -> Job:
        return replace(told(end, *given, **more), ended_at=end.now)

    patch.setattr(job_ends, "_told", now)


def refunds_lost_jobs_unasked(patch: Patch) -> None:
    """Nothing was heard of it for so long: what the studio would say does not matter any more."""
    everywhere(
        patch,
        look_at_lost,
        lambda job, told, policies, *, now: look_at_lost(job, None, policies, now=now),
    )


def takes_silence_for_lost_at_once(patch: Patch) -> None:
    """The time in which it was expected is over, so it is lost."""

    def look(job: Job, told: Any, policies: Any, *, now: datetime) -> Any:
        verdict = look_at_lost(job, told, policies, now=now)
        if verdict == Leave(is_overdue=True) and now >= (job.look_at or job.expected_by):
            return HasEnded(JobEnding(EndKind.LOST), None, job.expected_by)
        return verdict

    everywhere(patch, look_at_lost, look)


def rounds_down(patch: Patch) -> None:
    """Whole division: a credit more or less."""

    def undelivered(credits: int, *, ordered: int, delivered: int) -> int:
        return credits * (ordered - delivered) // ordered or 1

    patch.setattr(policy, "undelivered_credits", undelivered)


def leaves_the_case_of_a_job_open(patch: Patch) -> None:
    """The job is settled, so its case settles itself."""

    def nothing(_facts: Facts, _job: Job, **_more: Any) -> tuple[object, ...]:
        return ()

    everywhere(patch, settled_with, nothing)


MISTAKES: tuple[Mistake, ...] = (
    refunds_into_the_newest_lot,
    gives_the_first_credits_back,
    refunds_a_job_that_has_ended,
    refunds_a_success_that_is_called_failed,
    charges_each_time_it_is_asked,
    dates_a_refund_by_the_wall_clock,
    refunds_lost_jobs_unasked,
    takes_silence_for_lost_at_once,
    rounds_down,
    leaves_the_case_of_a_job_open,
)
