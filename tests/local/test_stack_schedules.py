"""What runs by the clock, on the real stack: that it is called, for which time, by which rights."""

import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from local import aws
from local.client import Stack, wait_for
from tests.local.stacks import schedules

pytestmark = pytest.mark.emulator

SCHEDULED = {
    "lost_jobs": "rate(5 minutes)",
    "outage_check": "rate(1 minute)",
    "case_clock": "rate(15 minutes)",
    "reconciliation": "cron(7 * * * ? *), cron(37 3 * * ? *)",
}


def now() -> datetime:
    return datetime.fromtimestamp(int(time.time()), UTC)


def test_each_scheduled_function_has_its_schedules(stack: Stack) -> None:
    found = schedules(stack)
    expressions = {
        name: {one["ScheduleExpression"] for one in several} for name, several in found.items()
    }

    assert expressions == {name: set(text.split(", ")) for name, text in SCHEDULED.items()}
    assert {one["State"] for several in found.values() for one in several} == {"ENABLED"}


def test_a_run_is_told_its_time_and_a_failed_one_is_kept(stack: Stack) -> None:
    """One schedule more, with the target of a real one; what it sends is refused."""
    before = now()
    target = schedules(stack)["outage_check"][0]["Target"]
    told = '{"time": "not <aws.scheduler.scheduled-time>"}'
    scheduler = aws.client("scheduler", stack.description["aws_endpoint"])
    scheduler.create_schedule(
        Name=f"once-{uuid.uuid4().hex}",
        ScheduleExpression=f"at({before.replace(tzinfo=None).isoformat()})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={**target, "Input": told},
        ActionAfterCompletion="DELETE",
    )

    at = wait_for("the missed run", lambda: missed_run(stack))

    assert at.endswith("Z")
    assert before <= datetime.fromisoformat(at) <= now()


def missed_run(stack: Stack) -> str | None:
    """The time behind the word that only this test sends."""
    queues = aws.client("sqs", stack.description["aws_endpoint"])
    url = stack.description["queues"]["scheduled_runs_dead_letters"]
    for found in queues.receive_message(QueueUrl=url).get("Messages", []):
        word, _, at = json.loads(found["Body"])["requestPayload"]["time"].partition(" ")
        if word == "not":
            queues.delete_message(QueueUrl=url, ReceiptHandle=found["ReceiptHandle"])
            return str(at)
    return None


@pytest.mark.parametrize("function", SCHEDULED)
def test_a_scheduled_function_may_do_all_that_it_does(stack: Stack, function: str) -> None:
    """Under its own role: settings, table, indexes, and the stand-in on this machine."""
    stack.run(function, at=now())


def test_settings_come_into_force_and_bad_ones_do_not(stack: Stack) -> None:
    good = {**stack.settings(), "holidays": ["2026-12-25"]}

    stack.put_settings(good)
    stack.run("case_clock", at=now())
    assert in_force(stack)["holidays"] == ["2026-12-25"]

    stack.put_settings({**good, "holidays": ["Christmas"], "time_zone": "Europe/Berlin"})
    stack.run("case_clock", at=now())
    assert in_force(stack)["holidays"] == ["2026-12-25"]
    assert in_force(stack)["time_zone"] == "UTC"

    stack.put_settings({**good, "holidays": []})
    stack.run("case_clock", at=now())
    assert in_force(stack)["holidays"] == []


def in_force(stack: Stack) -> Any:
    return stack.as_operator("GET", "/v1/policy").body["settings"]
