"""Q01 to Q16: messages on the queues, and what schedules send.

A message that can never be applied goes to the dead letters with its reason, and its neighbours in
the batch are applied. What a message says of credits and accounts means nothing: the ledger knows.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import ModuleType
from typing import Any

import case_clock
import job_events
import lost_jobs
import outage_check
import paddle_events
import payouts
import reconciliation
from tests.inputs.rows import Row
from tests.webhooks import NOW, sample
from tests.workers import cancelled, delivered, failed, succeeded

JOB = "job_bad"
"""Charged 10 credits of the account `acc_bad`, and still open."""

PAYOUT = {"version": 1, "type": "payout.due", "payout_id": "payout_0123456789abcdef01234567"}
QUEUES = (job_events, payouts, paddle_events)
SCHEDULED = (lost_jobs, outage_check, case_clock, reconciliation)


@dataclass(frozen=True)
class Ends:
    """How one message ends: buried, delivered again, or applied, which gives credits back.

    `why` is what its dead letter names. `leaves` are the kinds of records that are new by it.
    """

    error: str | None = None
    why: str = ""
    again: bool = False
    credits: int = 0
    leaves: frozenset[str] = frozenset()

    def __str__(self) -> str:
        if self.again:
            return "delivered again"
        if self.error is not None:
            return f"dead letter, {self.error}: {self.why}"
        return f"applied, {self.credits} credits back"


@dataclass(frozen=True, kw_only=True)
class Message(Row):
    function: ModuleType = field(repr=False)
    body: str = field(repr=False)
    ends: Ends
    receives: int = 1
    ends_job_before: str | None = field(default=None, repr=False)
    """The end of the job that was told of before."""


@dataclass(frozen=True, kw_only=True)
class Batch(Row):
    """What is no batch of messages at all. `raises` is how the whole of it fails, if it does."""

    function: ModuleType = field(repr=False)
    event: dict[str, Any] = field(repr=False)
    raises: type[Exception] | None = None


@dataclass(frozen=True, kw_only=True)
class Scheduled(Row):
    """`refused` runs end with a RejectedEventError; the others do nothing here and now."""

    function: ModuleType = field(repr=False)
    event: dict[str, Any] = field(repr=False)
    refused: bool


def row(
    number: str, what: str, function: ModuleType, body: str, ends: Ends, **more: Any
) -> Message:
    return Message(
        number=number,
        what=f"{what}, {function.__name__}",
        answer=str(ends),
        shown_by="tests.inputs.test_messages.test_a_message_ends_and_spoils_nothing",
        function=function,
        body=body,
        ends=ends,
        **more,
    )


def buried(why: str, error: str = "RejectedEventError") -> Ends:
    return Ends(error, why)


REFUNDED = Ends(credits=10)
UNMOVED = Ends()
AGAIN = Ends(again=True)


def saying(body: str | dict[str, Any], **more: Any) -> str:
    fields = json.loads(body) if isinstance(body, str) else body
    return json.dumps(fields | more)


def _forms() -> Iterator[Message]:
    for function in QUEUES:
        for text in ("not json", "", "[1]", '{"version": 1'):
            yield row("Q01", f"{text!r}", function, text, buried("body: "))
    for version in (2, 0, "1", 1.0, True, None):
        what = f"version {json.dumps(version)}"
        told = saying(failed(JOB), version=version)
        yield row("Q02", what, job_events, told, buried("version: "))
        due = saying(PAYOUT, version=version)
        yield row("Q02", what, payouts, due, buried("version: "))
    yield row("Q02", "no version", job_events, '{"type": "job.failed"}', buried("version: "))
    yield row("Q02", "no version", payouts, "{}", buried("version: "))
    large = failed(JOB) + " " * 1_000_000
    yield row("Q13", "1 MB", job_events, large, buried("body: more than 65536 bytes"))
    padded = json.dumps(PAYOUT) + " " * 1_000_000
    yield row("Q13", "1 MB", payouts, padded, buried("body: more than 1024 bytes"))
    # SQS counts the reason too: it moves such a message itself, after the last receive.
    whole = "x" * 1024 * 1024
    yield row("Q13", "1 MiB, which leaves no room for a reason", job_events, whole, AGAIN)
    for what, letter in (
        ("a Cyrillic letter", "\u0430"),
        ("an accent of its own", "e\u0301"),
        ("an accent", "\u00e9"),
        ("a digit of another width", "\uff11"),
        ("a zero width space", "\u200b"),
        ("an override", "\u202e"),
        ("a line", "\n"),
    ):
        told = failed(f"job_{letter}")
        yield row("Q14", f"{what} in an id", job_events, told, buried("job_id: "))
        due = saying(PAYOUT, payout_id=f"payout_0123456789abcdef0123456{letter}")
        yield row("Q14", f"{what} in an id", payouts, due, buried("payout_id: "))


def _jobs() -> Iterator[Message]:  # noqa: PLR0915 - a table.
    eves = saying(failed(JOB), account_id="acc_eve")
    yield row("Q03", "another account's job", job_events, eves, REFUNDED)
    unknown = failed("job_unknown")
    yield row("Q04", "an unknown job", job_events, unknown, AGAIN)
    ends = buried("no job with this id has been charged", "NotYetError")
    yield row("Q04", "an unknown job, for the fifth time", job_events, unknown, ends, receives=5)
    told = saying(PAYOUT, payout_id="payout_1")
    yield row("Q04", "what is no id of a payout", payouts, told, buried("payout_id: "))
    due = buried("there is no such payout", "UnknownThingError")
    yield row("Q04", "an unknown payout", payouts, json.dumps(PAYOUT), due)
    for kind in ("job.running", "job.exploded", "JOB.FAILED", "", None, 7):
        told = saying(failed(JOB), type=kind)
        yield row("Q05", f"type {kind!r}", job_events, told, buried("type: "))
    delivered = succeeded(JOB)
    yield row("Q06", "failed after it succeeded", job_events, failed(JOB), UNMOVED,
              ends_job_before=delivered)  # fmt: skip
    stopped = cancelled(JOB, work_started=False)
    yield row("Q06", "cancelled after it succeeded", job_events, stopped, UNMOVED,
              ends_job_before=delivered)  # fmt: skip
    yield row("Q06", "failed twice", job_events, failed(JOB), UNMOVED, ends_job_before=failed(JOB))
    for credits in (-1, 0, 1.5, True, "1", 10**18, 11, None):
        what = f"{credits!r} credits"
        number = "Q08" if credits == 11 else "Q07"
        told = saying(failed(JOB), credits=credits)
        yield row(number, what, job_events, told, REFUNDED)
    for count in (-1, 1.5, True, "1", 10**18, None):
        outputs = {"ordered": 4, "delivered": count}
        told = saying(succeeded(JOB), outputs=outputs)
        expected = buried("outputs.delivered: ")
        yield row("Q07", f"{count!r} outputs delivered", job_events, told, expected)
        outputs = {"ordered": count, "delivered": 1}
        told = saying(succeeded(JOB), outputs=outputs)
        yield row(
            "Q07", f"{count!r} outputs ordered", job_events, told, buried("outputs.ordered: ")
        )
    review = Ends(leaves=frozenset({"CASE"}))
    yield row("Q09", "an unknown code", job_events, failed(JOB, "martians"), review)
    for code in ("", " ", "a\nb", "\x1b[31m", "c" * 129, None, 7):
        told = saying(failed(JOB), failure={"code": code})
        yield row("Q09", f"code {str(code)[:6]!r}", job_events, told, buried("failure.code: "))


def _strangers() -> Iterator[Message]:
    """A message on another queue than its own: no function takes it for one of its own."""
    due, told, event = json.dumps(PAYOUT), failed(JOB), sample("customer.created").decode()
    yield row("Q15", "that a payout is due", job_events, due, buried("type: "))
    yield row("Q15", "an event of Paddle's", job_events, event, buried("type: "))
    yield row("Q15", "the end of a job", payouts, told, buried("type: "))
    yield row("Q15", "an event of Paddle's", payouts, event, buried("version: "))
    yield row("Q15", "the end of a job", paddle_events, told, buried("event_id: "))
    yield row("Q15", "that a payout is due", paddle_events, due, buried("event_id: "))


def without(name: str) -> Callable[[dict[str, Any]], None]:
    def change(record: dict[str, Any]) -> None:
        del record[name]

    return change


def _batches() -> Iterator[Batch]:
    shown_by = "tests.inputs.test_messages.test_what_is_no_batch_moves_nothing"
    for function in QUEUES:
        for name in ("messageId", "body", "attributes"):
            event = delivered(failed(JOB), failed(JOB))
            without(name)(event["Records"][1])
            yield Batch(number="Q10", what=f"no {name}, {function.__name__}", function=function,
                        event=event, raises=KeyError, shown_by=shown_by,
                        answer="the whole batch fails and comes again")  # fmt: skip
        yield Batch(number="Q11", what=f"no records, {function.__name__}", function=function,
                    event={"Records": []}, answer="nothing", shown_by=shown_by)  # fmt: skip
        yield Batch(number="Q12", what=f"no list of records, {function.__name__}", event={},
                    function=function, raises=KeyError, answer="the call fails",
                    shown_by=shown_by)  # fmt: skip


def _runs() -> Iterator[Scheduled]:
    for function in SCHEDULED:
        for event in (
            {},
            {"time": None},
            {"time": ""},
            {"time": "yesterday"},
            {"time": 7},
            {"time": "2026-10-28T14:04:10"},
            {"time": "0001-01-01T00:00:00Z"},
        ):
            yield _run(function, f"time {event.get('time', 'absent')!r}", event, refused=True)
        late = (NOW - timedelta(days=30)).isoformat()
        yield _run(function, "a time long past", {"time": late}, refused=False)


def _run(function: ModuleType, what: str, event: dict[str, Any], *, refused: bool) -> Scheduled:
    return Scheduled(
        number="Q16",
        what=f"{what}, {function.__name__}",
        answer="RejectedEventError: time" if refused else "what was due then, which is nothing",
        shown_by="tests.inputs.test_messages.test_a_run_is_for_a_time",
        function=function,
        event=event,
        refused=refused,
    )


ROWS = [*_forms(), *_jobs(), *_strangers()]
BATCHES = list(_batches())
RUNS = list(_runs())
