"""Jobs in review and after their refund: who may end them, and what their cases become of it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from makegood.domain.account import Account, Take
from makegood.domain.case import Case, CaseEventKind, CaseOutcome, CaseStatus
from makegood.domain.entry import Entry, EntryKind
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.job import ChargeRequest, EndKind, Job, JobEnding, JobState
from makegood.errors import ImpossibleMoveError
from makegood.events.jobs import JobEvent
from makegood.ledger.audit.checking import audit
from makegood.ledger.audit.spool import Spool
from makegood.ledger.store import Ledger
from makegood.plans.case_watch import Undecided, refund_undecided
from makegood.plans.job_ends import Ended, deny_after_review, refund_after_review
from makegood.plans.job_reviews import case_id_of_job, settled_with
from makegood.plans.jobs import charge_job, end_job
from makegood.plans.operations import give_bonus
from makegood.policy.published import Policies
from makegood.policy.versions import GENEROUS, PUBLISHED
from tests.ends import cancelled, failed, succeeded
from tests.ledgers import NOON, Moment, entries_of, memory_ledger, plenty, stored, stored_account
from tests.memory_dynamodb import MemoryDynamoDB

CASE_ID = case_id_of_job("job_1")
LATER = NOON + timedelta(hours=3)
FAILED_AT = NOON + timedelta(minutes=1)


@pytest.fixture
def world() -> tuple[Ledger, MemoryDynamoDB]:
    """An account of 100 credits, 40 of them taken by job_1."""
    ledger, memory = memory_ledger()
    ledger.decide(give_bonus("b", "acc_1", 100, "welcome", now=NOON), time_left=plenty)
    charge = charge_job("job_1", ChargeRequest("acc_1", 40), policies=PUBLISHED, now=NOON)
    ledger.decide(charge, time_left=plenty)
    return ledger, memory


def tell(ledger: Ledger, event: JobEvent, *, now: datetime = LATER) -> Ended:
    return ledger.decide(end_job(event, policies=PUBLISHED, now=now), time_left=plenty)


def job_of(ledger: Ledger) -> Job:
    return stored(ledger, Key(Job, "job_1"))


def case_of(ledger: Ledger) -> Case:
    return stored(ledger, Key(Case, CASE_ID))


def check(memory: MemoryDynamoDB) -> None:
    with Spool() as spool:
        audit(Moment(memory.items), spool)
        assert list(spool.findings()) == []


def refunding(*, author: str = "rita") -> Decide[Job]:
    """As a person's decision does it."""

    def decide(facts: Facts) -> Plan[Job]:
        job = facts.get(Key(Job, "job_1"))
        assert job is not None
        refunded, account, entry = refund_after_review(
            facts,
            job,
            reason="Looked at.",
            clause="2(a)",
            policy_version="2025-02-24",
            author=author,
            case_id=CASE_ID,
            now=LATER,
        )
        settled = settled_with(facts, refunded, author=author, now=LATER)
        return Plan(refunded, (refunded, account, entry, *settled))

    return decide


def denying() -> Decide[Job]:
    def decide(facts: Facts) -> Plan[Job]:
        job = facts.get(Key(Job, "job_1"))
        assert job is not None
        denied = deny_after_review(
            job, reason="Not ours.", clause="1", policy_version="2025-02-24", now=LATER
        )
        return Plan(denied, (denied, *settled_with(facts, denied, author="rita", now=LATER)))

    return decide


@pytest.mark.parametrize(
    ("event", "ending"),
    [
        (failed("timeout"), JobEnding(EndKind.FAILED)),
        (failed("martians"), JobEnding(EndKind.FAILED)),
        (succeeded(4, 4), JobEnding(EndKind.SUCCEEDED, ordered=4, delivered=4)),
        (succeeded(0, 4), JobEnding(EndKind.SUCCEEDED, ordered=4, delivered=0)),
        (cancelled(work_started=False), JobEnding(EndKind.CANCELLED, work_started=False)),
        (cancelled(work_started=True), JobEnding(EndKind.CANCELLED, work_started=True)),
    ],
)
def test_what_was_told_of_an_end_is_kept(
    world: tuple[Ledger, MemoryDynamoDB], event: JobEvent, ending: JobEnding
) -> None:
    tell(world[0], event)
    assert job_of(world[0]).ending == ending


def test_a_review_and_its_case_begin_in_one_transaction(
    world: tuple[Ledger, MemoryDynamoDB],
) -> None:
    ledger, memory = world
    before = memory.transactions
    tell(ledger, failed("martians", at=FAILED_AT))
    assert memory.transactions == before + 1
    case = case_of(ledger)
    assert case.due_at == FAILED_AT + timedelta(hours=20)
    assert (case.opened_at, case.events[0].author) == (LATER, "job_failures")
    check(memory)


def test_the_same_unknown_failure_again_opens_nothing(
    world: tuple[Ledger, MemoryDynamoDB],
) -> None:
    ledger, memory = world
    events = [failed("martians"), failed("venusians"), failed("martians")]
    decisions = [end_job(event, policies=PUBLISHED, now=LATER) for event in events]
    results = ledger.decide_all(decisions, time_left=plenty)
    assert [result.again for result in results if isinstance(result, Ended)] == [False, True, True]
    assert case_of(ledger).version == 1
    check(memory)


@pytest.mark.parametrize(
    ("event", "status", "outcome", "credits"),
    [
        (failed("timeout"), CaseStatus.CREDITED, CaseOutcome.ELIGIBLE, 40),
        (succeeded(1, 4), CaseStatus.CREDITED, CaseOutcome.ELIGIBLE, 30),
        (failed("moderation"), CaseStatus.DECLINED, CaseOutcome.NOT_ELIGIBLE, 40),
        (cancelled(work_started=True), CaseStatus.DECLINED, CaseOutcome.NOT_ELIGIBLE, 40),
        (succeeded(4, 4), CaseStatus.WITHDRAWN, None, 40),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_an_end_settles_the_case_of_a_review(
    world: tuple[Ledger, MemoryDynamoDB],
    event: JobEvent,
    status: CaseStatus,
    outcome: CaseOutcome | None,
    credits: int,
    *,
    together: bool,
) -> None:
    ledger, memory = world
    if together:
        told = [end_job(e, policies=PUBLISHED, now=LATER) for e in (failed("martians"), event)]
        ledger.decide_all(told, time_left=plenty)
    else:
        tell(ledger, failed("martians"))
        tell(ledger, event)
    case = case_of(ledger)
    assert (case.status, case.credits, case.version) == (status, credits, 2)
    assert (case.verdict.outcome if case.verdict else None) is outcome
    assert case.events[-1].author == "job_events"
    assert case.decision.outcome is CaseOutcome.NEEDS_REVIEW
    check(memory)


def test_a_person_gives_all_back_and_the_entry_says_who(
    world: tuple[Ledger, MemoryDynamoDB],
) -> None:
    ledger, memory = world
    tell(ledger, failed("martians", at=FAILED_AT))
    job = ledger.decide(refunding(), time_left=plenty)

    assert (job.state, job.refunded, job.reason) == (JobState.REFUNDED, 40, "Looked at.")
    # It ended when it failed. When that was decided stands in the entry.
    assert (job.ended_at, job.failed_at, job.refund_due_at) == (FAILED_AT, None, None)
    assert stored_account(ledger, "acc_1").available == 100
    entry = entries_of(memory.items.values(), "acc_1")[-1]
    assert (entry.kind, entry.cause.key) == (EntryKind.REFUND, "end:job_1")
    assert (entry.cause.author, entry.cause.case_id) == ("rita", CASE_ID)
    assert (entry.cause.occurred_at, entry.cause.recorded_at) == (FAILED_AT, LATER)
    check(memory)


def test_a_denied_job_can_be_refunded_after_an_appeal(
    world: tuple[Ledger, MemoryDynamoDB],
) -> None:
    ledger, memory = world
    tell(ledger, failed("martians", at=FAILED_AT))
    denied = ledger.decide(denying(), time_left=plenty)
    assert (denied.state, denied.ended_at, denied.refunded) == (JobState.DENIED, FAILED_AT, 0)
    assert case_of(ledger).status is CaseStatus.DECLINED
    check(memory)

    job = ledger.decide(refunding(), time_left=plenty)
    assert (job.state, job.refunded, job.ended_at) == (JobState.REFUNDED, 40, FAILED_AT)
    assert stored_account(ledger, "acc_1").available == 100


@pytest.mark.parametrize("event", [None, failed("timeout"), succeeded(1, 1), succeeded(1, 2)])
def test_no_case_ends_a_job_that_runs_or_ended_otherwise(
    world: tuple[Ledger, MemoryDynamoDB], event: JobEvent | None
) -> None:
    ledger, memory = world
    if event is not None:
        tell(ledger, event)
    before = dict(memory.items)
    for decision in (refunding(), denying()):
        with pytest.raises(ImpossibleMoveError):
            ledger.decide(decision, time_left=plenty)
    assert memory.items == before


def test_a_denied_job_is_not_denied_twice(world: tuple[Ledger, MemoryDynamoDB]) -> None:
    tell(world[0], failed("martians"))
    world[0].decide(denying(), time_left=plenty)
    with pytest.raises(ImpossibleMoveError):
        world[0].decide(denying(), time_left=plenty)


# The clock


@pytest.mark.parametrize(("seconds", "refunded"), [(-1, False), (0, True), (1, True)])
def test_in_doubt_it_is_refunded_four_hours_before_it_is_due(
    world: tuple[Ledger, MemoryDynamoDB], seconds: int, *, refunded: bool
) -> None:
    ledger, memory = world
    tell(ledger, failed("martians", at=FAILED_AT))
    now = FAILED_AT + timedelta(hours=20, seconds=seconds)
    outcomes = [
        ledger.decide(refund_undecided("job_1", policies=PUBLISHED, now=now), time_left=plenty)
        for _ in range(2)
    ]
    assert [outcome.ended is not None for outcome in outcomes] == [refunded, False]
    assert stored_account(ledger, "acc_1").available == (100 if refunded else 60)
    if refunded:
        assert outcomes[0].ended is not None
        assert outcomes[0].ended.seconds_to_refund == 20 * 3600 + seconds
        assert case_of(ledger).events[-1].kind is CaseEventKind.CREDITED
    check(memory)


def test_the_clock_keeps_a_promise_of_a_preset_that_is_no_longer_there(
    world: tuple[Ledger, MemoryDynamoDB],
) -> None:
    tell(world[0], failed("martians", at=FAILED_AT))
    refund = refund_undecided("job_1", policies=GENEROUS, now=FAILED_AT + timedelta(hours=20))
    assert world[0].decide(refund, time_left=plenty).ended is not None


def test_a_review_without_a_case_is_refunded_all_the_same(
    world: tuple[Ledger, MemoryDynamoDB],
) -> None:
    ledger, memory = world
    tell(ledger, failed("martians", at=FAILED_AT))
    del memory.items[f"CASE#{CASE_ID}", "CASE"]
    refund = refund_undecided("job_1", policies=PUBLISHED, now=FAILED_AT + timedelta(hours=20))
    assert ledger.decide(refund, time_left=plenty).ended is not None
    assert stored_account(ledger, "acc_1").available == 100


@pytest.mark.parametrize("job_id", ["job_1", "nobody"])
def test_the_clock_leaves_alone_what_is_not_in_review(
    world: tuple[Ledger, MemoryDynamoDB], job_id: str
) -> None:
    far = NOON + timedelta(days=9)
    refund = refund_undecided(job_id, policies=PUBLISHED, now=far)
    assert world[0].decide(refund, time_left=plenty) == Undecided()


def test_each_review_is_due_by_the_version_that_ruled_on_it(
    world: tuple[Ledger, MemoryDynamoDB],
) -> None:
    (first,) = PUBLISHED.versions
    hasty = replace(
        first,
        version="later",
        effective_from=NOON,
        refund_within=timedelta(hours=10),
        decide_unknown_before=timedelta(hours=1),
    )
    policies = Policies("two", (first, hasty))
    end = end_job(failed("martians", at=FAILED_AT), policies=policies, now=LATER)
    world[0].decide(end, time_left=plenty)
    assert job_of(world[0]).policy_version == "later"
    assert case_of(world[0]).due_at == FAILED_AT + timedelta(hours=9)


# After a refund


@pytest.mark.parametrize(
    ("event", "is_late"),
    [
        (succeeded(4, 4), True),
        (succeeded(1, 4), True),
        (succeeded(0, 4), False),
        (failed("timeout"), False),
        (failed("martians"), False),
        (cancelled(work_started=True), False),
    ],
)
def test_a_success_after_a_refund_is_kept_once_and_moves_nothing(
    world: tuple[Ledger, MemoryDynamoDB], event: JobEvent, *, is_late: bool
) -> None:
    ledger, memory = world
    first = tell(ledger, failed("timeout")).job
    entries = entries_of(memory.items.values(), "acc_1")
    outcomes = [tell(ledger, event, now=LATER + timedelta(hours=n)) for n in range(2)]
    assert [outcome.again for outcome in outcomes] == [True, True]
    assert [outcome.late_success for outcome in outcomes] == [is_late, False]
    assert replace(job_of(ledger), late_success_at=None) == first
    assert (job_of(ledger).late_success_at is not None) is is_late
    assert entries_of(memory.items.values(), "acc_1") == entries
    check(memory)


@pytest.mark.parametrize("end", [failed("moderation"), succeeded(3, 4), succeeded(4, 4)])
def test_a_success_told_of_a_job_that_was_not_refunded_is_nothing_new(
    world: tuple[Ledger, MemoryDynamoDB], end: JobEvent
) -> None:
    tell(world[0], end)
    assert not tell(world[0], succeeded(4, 4)).late_success
    assert job_of(world[0]).late_success_at is None


@pytest.mark.parametrize(
    ("event", "seconds"),
    [
        (failed("timeout", at=FAILED_AT), 179 * 60),
        (succeeded(1, 4, at=FAILED_AT), 179 * 60),
        (failed("timeout", at=LATER + timedelta(days=1)), 0),
        (succeeded(4, 4), None),
        (failed("moderation"), None),
        (failed("martians"), None),
    ],
)
def test_the_time_to_a_refund_is_from_the_end_to_its_record(
    world: tuple[Ledger, MemoryDynamoDB], event: JobEvent, seconds: int | None
) -> None:
    assert tell(world[0], event).seconds_to_refund == seconds
    assert tell(world[0], event).seconds_to_refund is None


def test_a_common_end_asks_for_no_case(world: tuple[Ledger, MemoryDynamoDB]) -> None:
    """Storms of failures read the job and its account, and nothing else."""
    job = job_of(world[0])
    account = stored_account(world[0], "acc_1")
    for event in (failed("timeout"), succeeded(1, 2), succeeded(1, 1), failed("moderation")):
        facts = Facts({Key(Job, "job_1"): job, Key(Account, "acc_1"): account})
        plan = end_job(event, policies=PUBLISHED, now=LATER)(facts)
        assert {type(record) for record in plan.writes} <= {Job, Account, Entry}
        assert {key.kind for key in facts.asked()} <= {Job, Account}
    assert job.takes == (Take(1, 40),)
