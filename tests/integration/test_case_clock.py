"""The real handler that watches deadlines, on moto, in runs where time is moved."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

import case_clock
import job_events
from makegood.domain.case import Case, CaseEventKind, CaseStatus, Category
from makegood.domain.facts import Decide, Facts, Plan
from makegood.domain.job import JobState
from makegood.domain.money import Money
from makegood.errors import LedgerUnavailableError
from makegood.ledger import work_lists
from makegood.plans.cases.deciding import decide_case
from makegood.plans.cases.verdicts import Choice, Word
from makegood.plans.job_reviews import case_id_of_job
from makegood.policy.versions import PUBLISHED
from tests.cases_made import opened
from tests.metrics import metrics
from tests.webhooks import NOW
from tests.workers import Stack, failed, succeeded

if TYPE_CHECKING:
    from collections.abc import Callable

FAILED_AT = NOW - timedelta(minutes=5)
DECIDED_BY = FAILED_AT + timedelta(hours=20)
EVERY = timedelta(minutes=15)
SECOND = timedelta(seconds=1)
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
DUE = datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC)
HALF = MONDAY + (DUE - MONDAY) // 2


@pytest.fixture
def reviewed(workers: Stack) -> Stack:
    """A job of 40 of 100 credits that failed with a code that nobody knows."""
    workers.give("ada", 100)
    workers.charge("job_1", "ada", 40, outputs=4)
    workers.deliver(job_events, failed("job_1", "no_such_code"))
    return workers


def case_of(workers: Stack, job_id: str = "job_1") -> Case:
    return workers.case(case_id_of_job(job_id))


def kept(case: Case) -> Decide[Case]:
    def decide(_: Facts) -> Plan[Case]:
        return Plan(case, (case,))

    return decide


def put(workers: Stack, *cases: Case) -> None:
    for case in cases:
        workers.decide(kept(case))


def filed(case_id: str = "case_1", **more: Any) -> Case:
    return replace(opened(case_id), **{"opened_at": MONDAY, "due_at": DUE} | more)


def kinds(case: Case) -> list[CaseEventKind]:
    return [event.kind for event in case.events]


# Failures that nobody knows


def test_an_unknown_failure_waits_as_a_case_that_names_its_time(reviewed: Stack) -> None:
    job, case = reviewed.job("job_1"), case_of(reviewed)
    assert (job.state, job.failed_at) == (JobState.REVIEW, FAILED_AT)
    assert job.refund_due_at == FAILED_AT + timedelta(hours=24)
    assert (case.status, case.category) == (CaseStatus.OPEN, Category.TECHNICAL_FAILURE)
    assert (case.due_at, case.credits, case.job_id) == (DECIDED_BY, 40, "job_1")
    assert (case.opener, case.account_id) == ("job_failures", "ada")
    assert (case.decision.clause, case.decision.reason) == ("2(a)", job.reason)
    assert case.decision.inputs["failure_code"] == "no_such_code"


@pytest.mark.parametrize(
    "minutes",
    [
        pytest.param(list(range(0, 1260, 15)), id="every fifteen minutes"),
        pytest.param([m for m in range(1185, 1230, 15) for _ in range(2)], id="doubled"),
        pytest.param([0, 600, 1205], id="skipped"),
        pytest.param([1230, 1215, 1200, 1185], id="backwards"),
    ],
)
def test_what_nobody_decided_is_refunded_after_twenty_hours(
    reviewed: Stack, minutes: list[int]
) -> None:
    for minute in minutes:
        reviewed.run(case_clock, FAILED_AT + timedelta(minutes=minute))

    job, case = reviewed.job("job_1"), case_of(reviewed)
    assert (job.state, job.refunded, job.refund_due_at) == (JobState.REFUNDED, 40, None)
    assert (job.ended_at, job.failure_code) == (FAILED_AT, "no_such_code")
    assert reviewed.account("ada").available == 100
    (entry,) = [e for e in reviewed.entries("ada") if e["cause"] == "end:job_1"]
    assert (entry["author"], entry["case_id"], entry["clause"]) == (
        "case_clock",
        case.case_id,
        "2(a)",
    )
    recorded = datetime.fromisoformat(entry["recorded_at"])
    assert DECIDED_BY <= recorded <= DECIDED_BY + 2 * EVERY
    assert (case.status, case.decided_by) == (CaseStatus.CREDITED, "case_clock")
    assert CaseEventKind.CREDITED in kinds(case)
    assert case.verdict is not None
    assert (entry["reason"], job.reason) == (case.verdict.reason, case.verdict.reason)


def test_the_refund_comes_at_the_second_and_not_before(reviewed: Stack) -> None:
    reviewed.run(case_clock, DECIDED_BY - SECOND)
    assert reviewed.job("job_1").state is JobState.REVIEW
    reviewed.run(case_clock, DECIDED_BY)
    assert reviewed.job("job_1").state is JobState.REFUNDED


@pytest.mark.parametrize(
    ("message", "state", "status", "refunded"),
    [
        (failed("job_1", "provider_503"), JobState.REFUNDED, CaseStatus.CREDITED, 40),
        (failed("job_1", "moderation"), JobState.DENIED, CaseStatus.DECLINED, 0),
        (succeeded("job_1", ordered=4, delivered=4), JobState.SUCCEEDED, CaseStatus.WITHDRAWN, 0),
        (succeeded("job_1", ordered=4, delivered=3), JobState.SUCCEEDED, CaseStatus.CREDITED, 10),
    ],
    ids=["technical", "moderated", "delivered", "partly"],
)
def test_clearer_news_settles_the_case_and_the_clock_finds_nothing_to_do(
    reviewed: Stack, message: str, state: JobState, status: CaseStatus, refunded: int
) -> None:
    reviewed.deliver(job_events, message, message)
    settled = case_of(reviewed)
    reviewed.run(case_clock, DECIDED_BY + timedelta(hours=1))

    job = reviewed.job("job_1")
    assert (job.state, job.refunded) == (state, refunded)
    assert reviewed.account("ada").available == 60 + refunded
    assert settled.status is status
    assert settled.events[-1].author == "job_events"
    assert case_of(reviewed) == settled


@pytest.mark.parametrize("order", list(itertools.permutations(["clock", "late", "again"])))
def test_clock_and_messages_make_one_end_in_any_order(
    reviewed: Stack, order: tuple[str, ...]
) -> None:
    steps: dict[str, Callable[[], object]] = {
        "clock": lambda: reviewed.run(case_clock, DECIDED_BY),
        "late": lambda: reviewed.deliver(job_events, succeeded("job_1", ordered=4, delivered=2)),
        "again": lambda: reviewed.deliver(job_events, failed("job_1", "no_such_code")),
    }
    for name in order:
        steps[name]()
        steps[name]()
    clock_first = order.index("clock") < order.index("late")
    assert reviewed.account("ada").available == (100 if clock_first else 80)
    assert (reviewed.job("job_1").late_success_at is not None) is clock_first
    assert len([e for e in reviewed.entries("ada") if e["cause"] == "end:job_1"]) == 1
    assert case_of(reviewed).version == len(case_of(reviewed).events) == 2


@pytest.mark.parametrize(
    ("choice", "state", "available"),
    [(Choice.APPROVE, JobState.REFUNDED, 100), (Choice.DECLINE, JobState.DENIED, 60)],
)
def test_what_a_person_decided_before_stands(
    reviewed: Stack, choice: Choice, state: JobState, available: int
) -> None:
    word = Word(choice, "rita", seen_version=1, note="Looked at it.")
    decision = decide_case(
        case_id_of_job("job_1"), word, policies=PUBLISHED, now=NOW + timedelta(hours=9)
    )
    reviewed.decide(decision)
    before = case_of(reviewed)
    for hours in (20, 24, 48):
        reviewed.run(case_clock, FAILED_AT + timedelta(hours=hours))

    assert reviewed.job("job_1").state is state
    assert reviewed.job("job_1").ended_at == FAILED_AT
    assert reviewed.account("ada").available == available
    assert case_of(reviewed) == before
    assert before.decided_by == "rita"


def test_a_failure_that_was_reported_a_day_late_is_refunded_by_the_next_run(
    workers: Stack,
) -> None:
    workers.give("ada", 100)
    workers.charge("job_1", "ada", 40, at=NOW - timedelta(hours=30))
    late = failed("job_1", "no_such_code").replace(
        (NOW - timedelta(minutes=5)).isoformat(), (NOW - timedelta(hours=29)).isoformat()
    )
    workers.deliver(job_events, late)
    assert case_of(workers).due_at < NOW
    workers.run(case_clock, NOW)
    assert workers.account("ada").available == 100


def test_what_is_told_of_a_refund_has_its_time_and_that_of_the_oldest_promise(
    reviewed: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    reviewed.run(case_clock, FAILED_AT + timedelta(hours=12, seconds=1))
    told = metrics(capsys)
    assert told["OldestOpenPromiseSeconds"] == [12 * 3600 + 1]
    assert told["CasesOpen"] == [1]
    assert "SecondsToRefund" not in told

    reviewed.run(case_clock, DECIDED_BY)
    told = metrics(capsys)
    assert told["OldestOpenPromiseSeconds"] == told["CasesOpen"] == [0]
    assert told["SecondsToRefund"] == [20 * 3600]
    assert (told["JobsRefunded"], told["CreditsReturned"]) == ([1], [40])


def test_damage_stops_no_neighbour_and_is_counted(
    workers: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    workers.give("ada", 10)
    workers.give("bob", 10)
    for job_id, account in (("job_1", "ada"), ("job_2", "bob"), ("job_3", "bob")):
        workers.charge(job_id, account, 5)
        workers.deliver(job_events, failed(job_id, "no_such_code"))
    workers.dynamodb.update_item(
        TableName="ledger",
        Key={"pk": {"S": "ACCOUNT#ada"}, "sk": {"S": "SNAPSHOT"}},
        UpdateExpression="SET #s = :s",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": {"S": "exploded"}},
    )
    workers.run(case_clock, DECIDED_BY)

    assert workers.account("bob").available == 10
    assert workers.job("job_1").state is JobState.REVIEW
    told = metrics(capsys)
    assert (told["PromisesStuck"], told["CasesOpen"]) == ([1], [1])
    assert told["OldestOpenPromiseSeconds"] == [20 * 3600]


# Cases


@pytest.mark.parametrize(
    ("runs", "steps"),
    [
        pytest.param([HALF - SECOND], [], id="before half"),
        pytest.param([HALF], ["reminded"], id="at half"),
        pytest.param([HALF, HALF, HALF + EVERY], ["reminded"], id="once"),
        pytest.param([DUE], ["reminded"], id="at the last second"),
        pytest.param([DUE + SECOND], ["overdue"], id="a second over, and none before"),
        pytest.param([HALF, DUE + SECOND], ["reminded", "overdue"], id="both"),
        pytest.param([DUE + SECOND, DUE + SECOND, DUE + EVERY], ["overdue"], id="overdue once"),
        pytest.param([HALF + EVERY, HALF, DUE + EVERY, DUE], ["reminded", "overdue"], id="late"),
    ],
)
def test_a_case_is_reminded_of_at_half_of_its_time_and_marked_when_it_is_over(
    workers: Stack, runs: list[datetime], steps: list[str]
) -> None:
    put(workers, filed())
    for at in runs:
        workers.run(case_clock, at)
    case = workers.case("case_1")
    assert kinds(case) == ["opened", *steps]
    assert case.version == 1 + len(steps)
    assert case.status is CaseStatus.OPEN
    assert (case.reminded_at is not None) is ("reminded" in steps)
    assert (case.overdue_at is not None) is ("overdue" in steps)


@pytest.mark.parametrize(
    ("runs", "steps"),
    [
        pytest.param([timedelta(hours=12) - SECOND], ["reminded"], id="before half of the day"),
        pytest.param([timedelta(hours=12)], ["promise_at_risk"], id="at half"),
        pytest.param([timedelta(hours=12)] * 3, ["promise_at_risk", "reminded"], id="once"),
        pytest.param(
            [timedelta(hours=11), timedelta(hours=13)], ["reminded", "promise_at_risk"], id="both"
        ),
    ],
)
def test_a_promise_of_which_half_the_time_is_over_is_at_risk(
    reviewed: Stack, runs: list[timedelta], steps: list[str]
) -> None:
    for after in runs:
        reviewed.run(case_clock, FAILED_AT + after)
    assert kinds(case_of(reviewed)) == ["opened", *steps]


def test_after_an_appeal_the_time_runs_anew(workers: Stack) -> None:
    appealed = DUE + timedelta(days=1)
    due = appealed + timedelta(days=7)
    old = filed(reminded_at=HALF, overdue_at=DUE + SECOND)
    put(workers, replace(old, appealed_at=appealed, due_at=due))
    for at in (appealed, appealed + timedelta(days=3, hours=12), due, due + SECOND):
        workers.run(case_clock, at)
        workers.run(case_clock, at)
    case = workers.case("case_1")
    assert kinds(case) == ["opened", "reminded", "overdue"]
    assert case.reminded_at == appealed + timedelta(days=3, hours=12)
    assert case.overdue_at == due + SECOND


def test_open_overdue_urgent_and_approved_cases_are_counted(
    workers: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_lists, "ACTIONS_MAX", 2)
    other = Category.OTHER
    put(
        workers,
        *(filed(f"case_{n}", category=other) for n in range(3)),
        *(filed(f"due_{n}", category=other, due_at=HALF) for n in range(2)),
        filed("urgent_1"),
        filed("approved_1", money=Money(1, "USD")).moved(
            CaseEventKind.APPROVED, author="rita", at=MONDAY, status=CaseStatus.APPROVED
        ),
        filed("declined_1").moved(
            CaseEventKind.DECLINED, author="rita", at=MONDAY, status=CaseStatus.DECLINED
        ),
    )
    workers.run(case_clock, HALF + SECOND)
    told = metrics(capsys)
    assert (told["CasesOpen"], told["CasesOverdue"]) == ([6], [2])
    assert (told["UrgentCasesOpen"], told["CasesAwaitingPayout"]) == ([1], [1])
    assert told["CasesReminded"] == [1] * 4
    assert kinds(workers.case("declined_1"))[1:] == ["declined"]


def test_a_case_that_cannot_be_read_stops_no_other(
    workers: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    put(workers, filed("case_1"), filed("case_2"))
    workers.dynamodb.update_item(
        TableName="ledger",
        Key={"pk": {"S": "CASE#case_1"}, "sk": {"S": "CASE"}},
        UpdateExpression="SET category = :c",
        ExpressionAttributeValues={":c": {"S": "exploded"}},
    )
    workers.run(case_clock, HALF)
    assert kinds(workers.case("case_2")) == ["opened", "reminded"]
    told = metrics(capsys)
    assert (told["PromisesStuck"], told["CasesOpen"]) == ([1], [1])


def test_a_run_with_nothing_to_do_publishes_all_the_same(
    workers: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    workers.run(case_clock, NOW)
    told = metrics(capsys)
    for name in (
        "CasesOpen",
        "CasesOverdue",
        "UrgentCasesOpen",
        "CasesAwaitingPayout",
        "PromisesStuck",
        "OldestOpenPromiseSeconds",
    ):
        assert told[name] == [0], name


def test_a_run_without_time_leaves_the_work_to_the_next_one(
    reviewed: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    put(reviewed, filed())
    reviewed.run(case_clock, DUE, seconds=5)
    assert reviewed.job("job_1").state is JobState.REVIEW
    reviewed.run(case_clock, DUE)
    assert reviewed.job("job_1").state is JobState.REFUNDED
    assert kinds(reviewed.case("case_1")) == ["opened", "reminded"]


def test_what_waits_for_its_payment_is_counted_last_and_keeps_nothing_from_being_told(
    workers: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = work_lists.cases_by_due_time

    def broken(table: Any, status: CaseStatus) -> Any:
        if status is CaseStatus.APPROVED:
            raise LedgerUnavailableError("the index does not answer")
        return listed(table, status)

    monkeypatch.setattr(case_clock, "cases_by_due_time", broken)
    put(workers, filed())
    with pytest.raises(LedgerUnavailableError):
        workers.run(case_clock, HALF)
    told = metrics(capsys)
    assert told["CasesOpen"] == [1]
    assert "CasesAwaitingPayout" not in told


def test_without_time_the_waiting_payments_are_not_counted(
    workers: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    put(workers, filed())
    workers.run(case_clock, HALF, seconds=case_clock.RESERVE_SECONDS)
    told = metrics(capsys)
    assert told["CasesOpen"] == [0]
    assert "CasesAwaitingPayout" not in told
