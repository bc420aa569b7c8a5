"""Messages, the search for lost jobs, the clock and a person, all at the same job at once."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from makegood.domain.case import Case
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.job import ChargeRequest, Job, JobState
from makegood.errors import CaseSettledError, MakegoodError
from makegood.ledger.store import Ledger
from makegood.plans.case_watch import refund_undecided
from makegood.plans.job_ends import deny_after_review
from makegood.plans.job_reviews import case_id_of_job, settled_with
from makegood.plans.jobs import charge_job, end_job
from makegood.plans.lost_jobs import look_at_job
from makegood.plans.operations import give_bonus
from makegood.policy.versions import PUBLISHED
from tests.emulator.rivals import at_once, audited, chance, do, told
from tests.ends import failed, succeeded
from tests.ledgers import NOON, all_items, entries_of, stored, stored_account

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.emulator

LOST_AT = NOON + timedelta(hours=3)
DECIDED_BY = NOON + timedelta(hours=20)


def charged(ledger: Ledger, jobs: list[str]) -> None:
    do(ledger, give_bonus("b", "acc_1", 100, "w", now=NOON))
    for job_id in jobs:
        request = ChargeRequest("acc_1", 10)
        do(ledger, charge_job(job_id, request, policies=PUBLISHED, now=NOON))


def check(client: "DynamoDBClient", table: str, ledger: Ledger, jobs: list[str]) -> None:
    """Each job has at most one entry of its end, and that is what came back."""
    entries = entries_of(all_items(client, table), "acc_1")
    returned = {entry.cause.key: entry.credits for entry in entries if entry.credits < 100}
    assert len({entry.cause.key for entry in entries}) == len(entries)
    for job_id in jobs:
        assert returned.get(f"end:{job_id}", 0) == stored(ledger, Key(Job, job_id)).refunded
    assert stored_account(ledger, "acc_1").available == 100 - sum(
        job.credits - job.refunded for name in jobs for job in [stored(ledger, Key(Job, name))]
    )
    assert audited(client, table) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_lost_job_and_its_late_messages_are_one_end(
    ledger: Ledger, client: "DynamoDBClient", table: str, seed: int
) -> None:
    jobs = ["job_1", "job_2"]
    charged(ledger, jobs)
    rivals = [
        told(ledger, decision)
        for job_id in jobs
        for decision in (
            look_at_job(job_id, None, policies=PUBLISHED, now=LOST_AT),
            look_at_job(job_id, None, policies=PUBLISHED, now=LOST_AT),
            end_job(succeeded(1, 2, job_id), policies=PUBLISHED, now=LOST_AT),
            end_job(failed("timeout", job_id), policies=PUBLISHED, now=LOST_AT),
        )
    ]
    chance(seed).shuffle(rivals)
    results = at_once(rivals)

    assert not [result for result in results if isinstance(result, MakegoodError)]
    assert not [job for job in jobs if stored(ledger, Key(Job, job)).is_open]
    check(client, table, ledger, jobs)


def denying(job_id: str) -> Decide[Job]:
    """A person says no, as long as the case is open."""

    def decide(facts: Facts) -> Plan[Job]:
        job = facts.get(Key(Job, job_id))
        assert job is not None
        if job.state is not JobState.REVIEW:
            raise CaseSettledError("it is settled")
        denied = deny_after_review(
            job, reason="No.", clause="1", policy_version="2025-02-24", now=DECIDED_BY
        )
        return Plan(denied, (denied, *settled_with(facts, denied, author="rita", now=DECIDED_BY)))

    return decide


@pytest.mark.parametrize("seed", range(4))
def test_clock_person_and_news_settle_a_review_once(
    ledger: Ledger, client: "DynamoDBClient", table: str, seed: int
) -> None:
    jobs = ["job_1", "job_2"]
    charged(ledger, jobs)
    for job_id in jobs:
        do(ledger, end_job(failed("martians", job_id), policies=PUBLISHED, now=NOON))
    rivals = [
        told(ledger, decision)
        for job_id in jobs
        for decision in (
            refund_undecided(job_id, policies=PUBLISHED, now=DECIDED_BY),
            refund_undecided(job_id, policies=PUBLISHED, now=DECIDED_BY),
            denying(job_id),
            end_job(succeeded(1, 1, job_id), policies=PUBLISHED, now=DECIDED_BY),
        )
    ]
    chance(seed).shuffle(rivals)
    results = at_once(rivals)

    errors = [result for result in results if isinstance(result, MakegoodError)]
    assert all(isinstance(error, CaseSettledError) for error in errors)
    for job_id in jobs:
        case = stored(ledger, Key(Case, case_id_of_job(job_id)))
        assert (case.is_open, case.version) == (False, 2)
    check(client, table, ledger, jobs)
