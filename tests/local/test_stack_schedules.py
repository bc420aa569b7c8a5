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
}


def now() -> datetime:
    return datetime.fromtimestamp(int(time.time()), UTC)


def test_each_scheduled_function_has_its_schedule(stack: Stack) -> None:
    found = schedules(stack)

    assert {name: one["ScheduleExpression"] for name, one in found.items()} == SCHEDULED
    assert {one["State"] for one in found.values()} == {"ENABLED"}


def test_a_run_is_told_its_time_and_a_failed_one_is_kept(stack: Stack) -> None:
    """One schedule more, with the target of a real one; what it sends is refused."""
    before = now()
    target = schedules(stack)["outage_check"]["Target"]
    told = '{"time": "not <aws.scheduler.scheduled-time>"}'
    scheduler = aws.client("scheduler", stack.description["aws_endpoint"])
    scheduler.create_schedule(
        Name=f"once-{uuid.uuid4().hex}",
        ScheduleExpression=f"at({before.replace(tzinfo=None).isoformat()})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={**target, "Input": told},
        ActionAfterCompletion="DELETE",
    )

    kept = wait_for("the missed run", lambda: missed_run(stack))

    word, at = kept["requestPayload"]["time"].split()
    assert word == "not"
    assert at.endswith("Z")
    assert before <= datetime.fromisoformat(at) <= now()


def missed_run(stack: Stack) -> Any:
    queues = aws.client("sqs", stack.description["aws_endpoint"])
    url = stack.description["queues"]["scheduled_runs_dead_letters"]
    found = queues.receive_message(QueueUrl=url).get("Messages", [])
    if not found:
        return None
    queues.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
    return json.loads(found[0]["Body"])


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
