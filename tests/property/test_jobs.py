"""Whatever the studio's messages are, in which order and how often: each job ends once, soundly."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.domain.facts import Decide, Key
from makegood.domain.job import ChargeRequest, Job, JobState
from makegood.errors import MakegoodError
from makegood.events.job_status import Running, Unknown
from makegood.events.jobs import JobEvent
from makegood.ledger.audit.checking import audit
from makegood.ledger.audit.spool import Spool
from makegood.ledger.store import Ledger
from makegood.plans.case_watch import refund_undecided
from makegood.plans.jobs import charge_job, end_job
from makegood.plans.lost_jobs import look_at_job
from makegood.plans.operations import give_bonus
from makegood.policy.versions import PUBLISHED
from tests.ends import cancelled, failed, succeeded
from tests.ledgers import (
    NOON,
    Moment,
    entries_of,
    memory_ledger,
    plenty,
    stored,
    stored_account,
)
from tests.memory_dynamodb import MemoryDynamoDB

if TYPE_CHECKING:
    from makegood.domain.account import Account

JOBS = [f"job_{number}" for number in range(6)]
ACCOUNTS = ["acc_1", "acc_2"]

requests = st.builds(
    ChargeRequest,
    st.sampled_from(ACCOUNTS),
    st.integers(1, 60),
    outputs=st.none() | st.integers(1, 7),
)
codes = st.sampled_from(["provider_503", "timeout", "moderation", "invalid_input", "martians"])


def ends(job_id: str) -> st.SearchStrategy[JobEvent]:
    return st.one_of(
        st.builds(lambda code: failed(code, job_id), codes),
        st.builds(lambda d, o: succeeded(d, o, job_id), st.integers(0, 7), st.integers(1, 7)),
        st.builds(lambda started: cancelled(work_started=started, job_id=job_id), st.booleans()),
    )


messages = st.lists(st.sampled_from(JOBS).flatmap(ends), max_size=15)


def charged(wanted: list[ChargeRequest]) -> tuple[Ledger, MemoryDynamoDB]:
    """Jobs that were charged, from bonuses that are small lots."""
    ledger, memory = memory_ledger()
    bonuses = [
        give_bonus(f"{account_id}:{number}", account_id, 45, "w", now=NOON)
        for account_id in ACCOUNTS
        for number in range(8)
    ]
    ledger.decide_all(bonuses, time_left=plenty)
    charges = [
        charge_job(job, r, policies=PUBLISHED, now=NOON)
        for job, r in zip(JOBS, wanted, strict=True)
    ]
    ledger.decide_all(charges, time_left=plenty)
    return ledger, memory


def tell(ledger: Ledger, told: list[JobEvent]) -> list[object]:
    decisions = [end_job(event, policies=PUBLISHED, now=NOON) for event in told]
    return list(ledger.decide_all(decisions, time_left=plenty))


sixfold = st.lists(requests, min_size=len(JOBS), max_size=len(JOBS))


@given(sixfold, messages)
def test_no_job_gets_back_more_than_it_paid_nor_twice(
    wanted: list[ChargeRequest], told: list[JobEvent]
) -> None:
    ledger, memory = charged(wanted)
    results = tell(ledger, told)

    assert not [result for result in results if isinstance(result, MakegoodError)]
    for job_id, request in zip(JOBS, wanted, strict=True):
        job = stored(ledger, Key(Job, job_id))
        assert 0 <= job.refunded <= request.credits
        assert (job.refunded == request.credits) or job.state is not JobState.REFUNDED
        entries = entries_of(memory.items.values(), request.account_id)
        returned = [e for e in entries if e.cause.key == f"end:{job_id}"]
        assert sum(entry.credits for entry in returned) == job.refunded
        assert len(returned) == bool(job.refunded)
        taken = {take.number: take.credits for take in job.takes}
        for change in (change for entry in returned for change in entry.lots):
            assert 0 < -change.used <= taken[change.number]
    with Spool() as spool:
        audit(Moment(memory.items), spool)
        assert list(spool.findings()) == []


@given(sixfold, messages, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_all_told_again_in_any_order_changes_nothing(
    wanted: list[ChargeRequest], told: list[JobEvent], chance: object
) -> None:
    ledger, memory = charged(wanted)
    tell(ledger, told)
    # A failure that nobody understood stays open, and may end by what is told next.
    settled = [e for e in told if stored(ledger, Key(Job, e.job_id)).state is not JobState.REVIEW]
    before = dict(memory.items)
    chance.shuffle(settled)  # type: ignore[attr-defined]
    tell(ledger, settled + settled)
    assert memory.items == before


@given(sixfold, st.data())
@settings(max_examples=40)
def test_the_order_of_different_jobs_ends_does_not_count(
    wanted: list[ChargeRequest], data: st.DataObject
) -> None:
    told = [data.draw(ends(job)) for job in JOBS]
    sums: set[tuple[object, ...]] = set()
    for order in (told, data.draw(st.permutations(told))):
        ledger, _ = charged(wanted)
        tell(ledger, order)
        accounts: list[Account] = [stored_account(ledger, name) for name in ACCOUNTS]
        jobs = [stored(ledger, Key(Job, job)) for job in JOBS]
        sums.add((*((a.available, a.held, a.debt, a.lots) for a in accounts), *jobs))
    assert len(sums) == 1


# Messages, looks at overdue jobs and the clock, in any order

PROMISED = timedelta(hours=24)
EXPECTED = timedelta(hours=1)
"""By the policy, where a job does not say how long it takes."""


def looks(job_id: str) -> st.SearchStrategy[Any]:
    silence = st.sampled_from([None, Running(state="running"), Unknown(state="unknown")])
    return st.one_of(silence, ends(job_id))


@st.composite
def steps(draw: st.DrawFn) -> Decide[Any]:
    """Something that happens to a job at some time, whoever knows of it."""
    job_id = draw(st.sampled_from(JOBS))
    now = NOON + timedelta(minutes=draw(st.integers(0, 26 * 60)))
    match draw(st.sampled_from(["message", "look", "clock"])):
        case "message":
            return end_job(draw(ends(job_id)), policies=PUBLISHED, now=now)
        case "look":
            return look_at_job(job_id, draw(looks(job_id)), policies=PUBLISHED, now=now)
        case _:
            return refund_undecided(job_id, policies=PUBLISHED, now=now)


@given(sixfold, st.lists(steps(), max_size=20), st.booleans())
def test_whoever_ends_a_job_it_ends_once_and_time_ends_it_at_last(
    wanted: list[ChargeRequest], happened: list[Decide[Any]], together: bool
) -> None:
    ledger, memory = charged(wanted)
    for batch in [happened] if together else [[step] for step in happened]:
        results = ledger.decide_all(batch, time_left=plenty)
        assert not [result for result in results if isinstance(result, MakegoodError)]

    silent = [job for job in JOBS if stored(ledger, Key(Job, job)).state is JobState.CHARGED]
    last = NOON + EXPECTED + timedelta(hours=20)
    for job_id in JOBS:
        ledger.decide(look_at_job(job_id, None, policies=PUBLISHED, now=last), time_left=plenty)
    for job_id in JOBS:
        clock = refund_undecided(job_id, policies=PUBLISHED, now=NOON + 2 * PROMISED)
        ledger.decide(clock, time_left=plenty)

    for job_id, request in zip(JOBS, wanted, strict=True):
        job = stored(ledger, Key(Job, job_id))
        assert not job.is_open
        assert job.refunded == request.credits or job.state is not JobState.REFUNDED
        entries = entries_of(memory.items.values(), request.account_id)
        returned = [entry for entry in entries if entry.cause.key == f"end:{job_id}"]
        assert sum(entry.credits for entry in returned) == job.refunded
        assert len(returned) == bool(job.refunded)
        if job_id in silent:
            assert job.state is JobState.REFUNDED
            assert returned[0].cause.recorded_at <= job.charged_at + PROMISED
    with Spool() as spool:
        audit(Moment(memory.items), spool)
        assert list(spool.findings()) == []
