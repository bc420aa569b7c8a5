"""What the status address may say, and how it is asked."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.errors import OutwardError, RejectedEventError
from makegood.events.job_status import Running, Status, Unknown, parse_job_status
from makegood.events.jobs import JobCancelled, JobFailed, JobSucceeded
from makegood.outward import job_status
from makegood.outward.fetch import Fetched
from makegood.outward.job_status import IN_VAIN_MAX, RESERVE_SECONDS, StatusAddress
from tests.ends import cancelled, failed, succeeded
from tests.ledgers import NOON, plenty


def parsed(said: object) -> Status:
    return parse_job_status(json.dumps(said).encode(), job_id="job_1", asked_at=NOON)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"state": "running"}, Running(state="running")),
        ({"state": "running", "progress": 0.4}, Running(state="running")),
        ({"state": "unknown"}, Unknown(state="unknown")),
        ({"state": "failed", "failure": {"code": "provider_503"}}, failed("provider_503")),
        ({"state": "succeeded", "outputs": {"ordered": 4, "delivered": 3}}, succeeded(3, 4)),
        ({"state": "cancelled", "work_started": True}, cancelled(work_started=True)),
    ],
)
def test_an_end_reads_as_the_message_that_never_came(said: object, status: Status) -> None:
    answer = parsed(said)
    assert answer == status
    if isinstance(answer, (JobFailed, JobSucceeded, JobCancelled)):
        assert (answer.job_id, answer.occurred_at, answer.version) == ("job_1", NOON, 1)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"state": None},
        {"state": "RUNNING"},
        {"state": ["running"]},
        {"state": "failed"},
        {"state": "failed", "failure": "timeout"},
        {"state": "failed", "failure": {"code": ""}},
        {"state": "failed", "failure": {"code": "x" * 129}},
        {"state": "failed", "failure": {"code": "a\nb"}},
        {"state": "succeeded"},
        {"state": "succeeded", "outputs": {"ordered": 0, "delivered": 0}},
        {"state": "succeeded", "outputs": {"ordered": 1, "delivered": -1}},
        {"state": "succeeded", "outputs": {"ordered": True, "delivered": 1}},
        {"state": "succeeded", "outputs": {"ordered": 1, "delivered": 1.0}},
        {"state": "cancelled"},
        {"state": "cancelled", "work_started": 1},
        [],
        "running",
        None,
    ],
)
def test_anything_else_is_refused(said: Any) -> None:
    with pytest.raises(RejectedEventError):
        parsed(said)


@pytest.mark.parametrize(
    "body", [b"", b"running", b"\xff", b'{"state":"running"', b"{}" + b" " * 20_000]
)
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(RejectedEventError):
        parse_job_status(body, job_id="job_1", asked_at=NOON)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.sampled_from(["running", "unknown", "failed", "succeeded", "cancelled"]), anything)
def test_nothing_that_is_said_breaks_the_reading(state: str, more: Any) -> None:
    said = {"state": state, "failure": more, "outputs": more, "work_started": more}
    with suppress(RejectedEventError):
        assert parsed(said) is not None


# Asking

ANSWER = Fetched(200, b'{"state": "running"}')


class Line:
    """Stands for the network: what is asked, and what is answered to each address."""

    def __init__(self, answer: Fetched | OutwardError = ANSWER) -> None:
        self.asked: list[str] = []
        self.answer = answer

    def fetch(self, url: str, **bounds: Any) -> Fetched:
        assert 0 < bounds["seconds"] <= 5
        assert 0 < bounds["bytes_max"] <= 64 * 1024
        self.asked.append(url)
        if isinstance(self.answer, OutwardError):
            raise self.answer
        return self.answer


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    line = Line()
    monkeypatch.setattr(job_status, "fetch", line.fetch)
    return line


def test_each_job_is_asked_about_at_its_own_address(line: Line) -> None:
    address = StatusAddress("https://studio.example/jobs/{job_id}?v=1", (), time_left=plenty)
    told = address.ask(["job_1", "a:b"], now=NOON)
    assert told == dict.fromkeys(["job_1", "a:b"], Running(state="running"))
    assert sorted(line.asked) == [
        "https://studio.example/jobs/a%3Ab?v=1",
        "https://studio.example/jobs/job_1?v=1",
    ]
    assert (address.asked, dict(address.unanswered)) == (2, {})


def test_an_address_that_does_not_answer_is_given_up_for_the_run(line: Line) -> None:
    line.answer = OutwardError("timed_out")
    address = StatusAddress("https://studio.example/{job_id}", (), time_left=plenty)
    names = [f"job_{n}" for n in range(100)]
    assert address.ask(names, now=NOON) == dict.fromkeys(names)
    assert address.ask(["one_more"], now=NOON) == {"one_more": None}
    assert len(line.asked) == address.asked == IN_VAIN_MAX
    assert dict(address.unanswered) == {"timed_out": IN_VAIN_MAX}


def test_an_answer_between_silences_is_hope(line: Line) -> None:
    address = StatusAddress("https://studio.example/{job_id}", (), time_left=plenty)
    for answer in (OutwardError("timed_out"), ANSWER) * 8:
        line.answer = answer
        address.ask([f"job_{n}" for n in range(IN_VAIN_MAX - 1)], now=NOON)
    assert address.asked == 16 * (IN_VAIN_MAX - 1)


@pytest.mark.parametrize("answer", [Fetched(500, b""), Fetched(200, b"?"), Fetched(404, b"{}")])
def test_an_address_that_answers_nonsense_is_asked_on(line: Line, answer: Fetched) -> None:
    line.answer = answer
    address = StatusAddress("https://studio.example/{job_id}", (), time_left=plenty)
    names = [f"job_{n}" for n in range(20)]
    assert address.ask(names, now=NOON) == dict.fromkeys(names)
    assert dict(address.unanswered) == {"not_understood": 20}


@pytest.mark.parametrize(("left", "asked"), [(RESERVE_SECONDS, 0), (RESERVE_SECONDS + 1, 1)])
def test_nobody_is_asked_when_the_time_is_needed_to_decide(
    line: Line, left: float, asked: int
) -> None:
    address = StatusAddress("https://studio.example/{job_id}", (), time_left=lambda: left)
    assert len(address.ask(["job_1"], now=NOON)) == len(line.asked) == asked
