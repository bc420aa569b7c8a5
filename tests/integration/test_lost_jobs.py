"""The real handler for jobs whose end nobody reported, on moto, in runs where time is moved."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from socket import socket
from typing import Any

import pytest

import job_events
import lost_jobs
from makegood import wiring
from makegood.domain.job import EndKind, JobState
from makegood.ledger import work_lists
from makegood.ledger.shapes.shape import shard_of
from makegood.plans.job_reviews import case_id_of_job
from tests.metrics import metrics
from tests.outside import hanging, says, serving
from tests.workers import STARTED, Stack, cancelled, failed, succeeded

EXPECTED_BY = STARTED + timedelta(minutes=10)
LOST_AT = EXPECTED_BY + timedelta(hours=2)
AT_LATEST = EXPECTED_BY + timedelta(hours=20)
EVERY = timedelta(minutes=5)


@pytest.fixture
def charged(workers: Stack) -> Stack:
    """40 of 100 credits were taken by a job of 4 outputs that says to take ten minutes."""
    workers.give("ada", 100)
    workers.charge("job_1", "ada", 40, outputs=4, expected_seconds=600)
    return workers


class Studio:
    """What its status address says from now on; nothing says nothing until the other side goes."""

    def __init__(self) -> None:
        self.said: dict[str, Any] | None = None
        self.status = 200

    def answer(self, connection: socket) -> None:
        if self.said is None:
            connection.close()
        else:
            says(self.status, json.dumps(self.said).encode())(connection)


@contextmanager
def asked(workers: Stack, said: dict[str, Any] | None) -> Iterator[Studio]:
    studio = Studio()
    studio.said = said
    with serving(studio.answer) as server:
        workers.set_up(job_status_url=server.url("/jobs/{job_id}/status"))
        yield studio


def runs(workers: Stack, start: datetime, end: datetime, *, every: timedelta = EVERY) -> None:
    """All scheduled runs from start to before end."""
    while start < end:
        workers.run(lost_jobs, start)
        start += every


# The promise, in a run where time is moved


@pytest.mark.parametrize(
    "times",
    [
        pytest.param([n * 5 for n in range(30)], id="every five minutes"),
        pytest.param([n * 5 for n in range(30) for _ in range(2)], id="doubled"),
        pytest.param([n * 5 for n in range(30) if n % 7 == 3], id="skipped"),
        pytest.param([n * 5 for n in reversed(range(30))], id="backwards"),
        pytest.param([23 * 60], id="one run in a day"),
    ],
)
def test_a_failure_that_nobody_reports_is_refunded_within_a_day(
    charged: Stack, times: list[int]
) -> None:
    for minutes in times:
        charged.run(lost_jobs, EXPECTED_BY + timedelta(minutes=minutes))

    job = charged.job("job_1")
    assert (job.state, job.refunded, job.clause) == (JobState.REFUNDED, 40, "2(a)")
    assert job.ending is not None
    assert job.ending.kind is EndKind.LOST
    assert job.ended_at == EXPECTED_BY
    assert charged.account("ada").available == 100
    (entry,) = [e for e in charged.entries("ada") if e["cause"] == "end:job_1"]
    assert entry["reason"] == "The generation never reported back, so it counts as failed."
    recorded = datetime.fromisoformat(entry["recorded_at"])
    assert LOST_AT <= recorded <= STARTED + timedelta(hours=24)


def test_a_job_is_lost_at_the_second_and_not_before(charged: Stack) -> None:
    charged.run(lost_jobs, LOST_AT - timedelta(seconds=1))
    assert charged.job("job_1").state is JobState.CHARGED
    charged.run(lost_jobs, LOST_AT)
    assert charged.job("job_1").state is JobState.REFUNDED


def test_the_studio_may_work_on_but_not_beyond_what_the_promise_needs(charged: Stack) -> None:
    with asked(charged, {"state": "running"}):
        runs(charged, EXPECTED_BY, AT_LATEST, every=timedelta(minutes=25))
        job = charged.job("job_1")
        assert job.state is JobState.CHARGED
        assert job.asked_at is not None
        assert job.asked_at > AT_LATEST - timedelta(hours=1)
        charged.run(lost_jobs, AT_LATEST)

    job = charged.job("job_1")
    assert (job.state, job.refunded) == (JobState.REFUNDED, 40)
    (entry,) = [e for e in charged.entries("ada") if e["cause"] == "end:job_1"]
    assert datetime.fromisoformat(entry["recorded_at"]) == AT_LATEST


def test_a_job_that_runs_is_asked_about_every_half_hour(charged: Stack) -> None:
    with asked(charged, {"state": "running"}) as studio:
        charged.run(lost_jobs, EXPECTED_BY)
        studio.said = {"state": "failed", "failure": {"code": "provider_503"}}
        charged.run(lost_jobs, EXPECTED_BY + timedelta(minutes=30, seconds=-1))
        assert charged.job("job_1").state is JobState.CHARGED
        charged.run(lost_jobs, EXPECTED_BY + timedelta(minutes=30))
    job = charged.job("job_1")
    assert (job.state, job.asked_at) == (JobState.REFUNDED, EXPECTED_BY)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(None, id="goes away"),
        pytest.param({"state": "unknown"}, id="does not know it"),
        pytest.param({"state": "exploded"}, id="an unknown word"),
        pytest.param({"state": "failed"}, id="no code"),
        pytest.param({"state": "failed", "failure": {"code": 7}}, id="a number for a code"),
        pytest.param({"state": "succeeded", "outputs": {"ordered": 0, "delivered": 0}}, id="0 of"),
        pytest.param({"state": "cancelled", "work_started": "yes"}, id="text for a truth"),
        pytest.param({"state": "running", "much": "x" * 20_000}, id="too much"),
        pytest.param([], id="a list"),
    ],
)
def test_no_usable_answer_is_no_answer(charged: Stack, said: Any) -> None:
    with asked(charged, said):
        charged.run(lost_jobs, LOST_AT - timedelta(seconds=1))
        assert charged.job("job_1").state is JobState.CHARGED
        charged.run(lost_jobs, LOST_AT)
    assert charged.job("job_1").state is JobState.REFUNDED


@pytest.mark.parametrize("status", [204, 301, 302, 404, 500, 503])
def test_an_answer_counts_with_status_200_only(charged: Stack, status: int) -> None:
    with asked(charged, {"state": "running"}) as studio:
        studio.status = status
        charged.run(lost_jobs, LOST_AT)
    assert charged.job("job_1").state is JobState.REFUNDED


def test_an_address_that_is_down_keeps_nobody_from_a_refund(
    workers: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    workers.give("ada", 12)
    for number in range(12):
        workers.charge(f"job_{number}", "ada", 1, expected_seconds=600)
    workers.set_up(job_status_url="http://127.0.0.1:9/{job_id}")
    workers.run(lost_jobs, LOST_AT)

    assert workers.account("ada").available == 12
    told = metrics(capsys)
    assert told["LostJobsRefunded"] == [12]
    assert told["JobsAsked"] == told["JobsUnanswered"]
    assert 8 <= told["JobsAsked"][0] < 12


def test_what_cannot_be_asked_in_time_waits_for_the_next_run_but_never_too_long(
    charged: Stack,
) -> None:
    with asked(charged, {"state": "running"}):
        charged.run(lost_jobs, LOST_AT, seconds=10)
        assert charged.job("job_1").asked_at is None
        charged.run(lost_jobs, AT_LATEST, seconds=4)
        assert charged.job("job_1").state is JobState.CHARGED
        charged.run(lost_jobs, AT_LATEST, seconds=10)
    assert charged.job("job_1").state is JobState.REFUNDED


def test_an_address_that_hangs_costs_a_run_a_few_seconds(
    charged: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("makegood.outward.job_status.SECONDS", 0.2)
    with serving(hanging) as server:
        charged.set_up(job_status_url=server.url("/{job_id}"))
        charged.run(lost_jobs, LOST_AT)
    assert charged.job("job_1").state is JobState.REFUNDED


# Ends that the studio tells when it is asked


@pytest.mark.parametrize(
    ("said", "state", "refunded", "clause"),
    [
        pytest.param(
            {"state": "succeeded", "outputs": {"ordered": 4, "delivered": 4}},
            "succeeded",
            0,
            None,
            id="all",
        ),
        pytest.param(
            {"state": "succeeded", "outputs": {"ordered": 4, "delivered": 3}},
            "succeeded",
            10,
            "2(a)",
            id="part",
        ),
        pytest.param(
            {"state": "succeeded", "outputs": {"ordered": 4, "delivered": 0}},
            "refunded",
            40,
            "2(a)",
            id="no output",
        ),
        pytest.param(
            {"state": "failed", "failure": {"code": "provider_503"}},
            "refunded",
            40,
            "2(a)",
            id="technical",
        ),
        pytest.param(
            {"state": "failed", "failure": {"code": "moderation"}}, "denied", 0, "1", id="moderated"
        ),
        pytest.param(
            {"state": "cancelled", "work_started": False}, "refunded", 40, "2(a)", id="in time"
        ),
        pytest.param({"state": "cancelled", "work_started": True}, "denied", 0, "1", id="too late"),
        pytest.param(
            {"state": "failed", "failure": {"code": "martians"}}, "review", 0, "2(a)", id="unknown"
        ),
    ],
)
def test_an_end_that_is_told_is_as_if_its_message_had_come(
    charged: Stack, said: dict[str, Any], state: str, refunded: int, clause: str | None
) -> None:
    with asked(charged, said):
        for _ in range(2):
            charged.run(lost_jobs, EXPECTED_BY)
    job = charged.job("job_1")
    assert (job.state, job.refunded, job.clause) == (state, refunded, clause)
    assert charged.account("ada").available == 60 + refunded
    if state == "review":
        assert job.refund_due_at == EXPECTED_BY + timedelta(hours=24)
        assert charged.case(case_id_of_job("job_1")).is_open


# Together with the messages


@pytest.mark.parametrize(
    "message",
    [
        failed("job_1"),
        failed("job_1", "moderation"),
        failed("job_1", "no_such_code"),
        succeeded("job_1", ordered=4, delivered=4),
        succeeded("job_1", ordered=4, delivered=2),
        cancelled("job_1", work_started=True),
    ],
    ids=["failed", "moderated", "unknown", "succeeded", "partly", "cancelled"],
)
def test_late_news_of_a_lost_job_changes_nothing_but_is_counted(
    charged: Stack, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    charged.run(lost_jobs, LOST_AT)
    before = charged.job("job_1")
    entries = charged.entries("ada")
    capsys.readouterr()
    for _ in range(2):
        assert charged.deliver(job_events, message) == []

    told = metrics(capsys)
    delivered = "job.succeeded" in message
    job = charged.job("job_1")
    assert (job.late_success_at is not None) is delivered
    assert (job.state, job.refunded, job.ended_at) == (before.state, 40, before.ended_at)
    assert charged.entries("ada") == entries
    assert told.get("LateSuccesses", []) == ([1] if delivered else [])
    assert told["JobsToldAgain"] == [1, 1]


@pytest.mark.parametrize("first", ["message", "run"])
def test_a_message_and_a_run_that_meet_make_one_end(
    charged: Stack, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one has decided already when the first one writes."""
    table = wiring.ledger().table
    write = table.write
    raced: list[bool] = []

    def rival(puts: Any) -> Any:
        if not raced:
            raced.append(True)
            if first == "run":
                charged.deliver(job_events, succeeded("job_1", ordered=4, delivered=4))
            else:
                charged.run(lost_jobs, LOST_AT)
        return write(puts)

    charged.run(lost_jobs, STARTED)  # Keeps the settings, so that the next write is the job's.
    monkeypatch.setattr(table, "write", rival)
    if first == "run":
        charged.run(lost_jobs, LOST_AT)
        assert charged.job("job_1").state is JobState.SUCCEEDED
    else:
        charged.deliver(job_events, succeeded("job_1", ordered=4, delivered=4))
        assert charged.job("job_1").state is JobState.REFUNDED
        assert charged.job("job_1").late_success_at is not None
    assert raced
    ends = [entry for entry in charged.entries("ada") if entry["cause"] == "end:job_1"]
    assert len(ends) == (first == "message")


# Damage, size, silence


def test_a_damaged_job_is_counted_and_stops_no_other(
    charged: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    charged.give("bob", 100)
    for number in range(2, 8):
        charged.charge(f"job_{number}", "bob", 1, expected_seconds=600)
    charged.dynamodb.update_item(
        TableName="ledger",
        Key={"pk": {"S": "JOB#job_1"}, "sk": {"S": "JOB"}},
        UpdateExpression="SET charged_at = :never",
        ExpressionAttributeValues={":never": {"S": "never"}},
    )
    with asked(charged, {"state": "unknown"}):
        charged.run(lost_jobs, LOST_AT)

    assert charged.account("bob").available == 100
    told = metrics(capsys)
    assert told["PromisesStuck"] == [1]
    assert told["LostJobsRefunded"] == [6]
    assert told["OldestOpenPromiseSeconds"] == [2 * 3600]


def test_more_jobs_than_a_page_are_all_refunded_in_one_run(
    workers: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_lists, "ACTIONS_MAX", 3)
    names = [name for n in range(400) if shard_of(name := f"job_{n}") == 0][:7]
    workers.give("ada", 7)
    for name in names:
        workers.charge(name, "ada", 1, expected_seconds=600)
    workers.run(lost_jobs, LOST_AT)

    assert workers.account("ada").available == 7
    told = metrics(capsys)
    assert told["LostJobsRefunded"] == [7]
    assert told["SecondsToRefund"] == [7200] * 7
    assert told["OldestOpenPromiseSeconds"] == [0]


def test_a_run_with_nothing_to_do_publishes_all_the_same(
    workers: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    workers.run(lost_jobs, LOST_AT)
    told = metrics(capsys)
    assert told["OldestOpenPromiseSeconds"] == told["PromisesStuck"] == [0]
    assert told["LostJobsRefunded"] == told["JobsAsked"] == [0]
    assert "SecondsToRefund" not in told


def test_the_oldest_open_promise_is_that_of_the_job_that_waits_longest(
    charged: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    charged.charge("job_2", "ada", 1, expected_seconds=1200)
    charged.run(lost_jobs, EXPECTED_BY + timedelta(minutes=15))
    assert metrics(capsys)["OldestOpenPromiseSeconds"] == [15 * 60]
    charged.run(lost_jobs, EXPECTED_BY + timedelta(minutes=15), seconds=3)
    assert metrics(capsys)["OldestOpenPromiseSeconds"] == [15 * 60]


def test_settings_that_are_bad_leave_the_address_as_it_was(charged: Stack) -> None:
    with asked(charged, {"state": "running"}):
        charged.run(lost_jobs, EXPECTED_BY)
        charged.set_up(job_status_url="file:///etc/passwd")
        charged.run(lost_jobs, LOST_AT)
    assert charged.job("job_1").state is JobState.CHARGED


def test_a_job_that_is_not_overdue_is_not_asked_about(charged: Stack) -> None:
    with asked(charged, {"state": "failed", "failure": {"code": "timeout"}}):
        charged.run(lost_jobs, EXPECTED_BY - timedelta(seconds=1))
    assert charged.job("job_1").state is JobState.CHARGED
