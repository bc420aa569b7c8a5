"""What runs by the clock: how often, for which time, and who hears when it does not."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from makegood.events.schedules import scheduled_time
from tests.template import resources

FUNCTIONS = resources("AWS::Lambda::Function")
SCHEDULES = resources("AWS::Scheduler::Schedule")
DESTINATIONS = resources("AWS::Lambda::EventInvokeConfig")
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
EVERY = {
    "LostJobs": ("rate(5 minutes)", 300),
    "OutageCheck": ("rate(1 minute)", 60),
    "CaseClock": ("rate(15 minutes)", 900),
}
MISSED_RUNS = {"Fn::GetAtt": ["ScheduledRunsDeadLetters", "Arn"]}


def schedule_of(function: str) -> dict[str, Any]:
    [schedule] = [
        one
        for one in SCHEDULES.values()
        if one["Target"]["Arn"] == {"Fn::GetAtt": [function, "Arn"]}
    ]
    return schedule


def destination_of(function: str) -> dict[str, Any]:
    [found] = [one for one in DESTINATIONS.values() if one["FunctionName"] == {"Ref": function}]
    return found


def test_each_scheduled_function_has_one_schedule_and_there_is_no_other() -> None:
    assert len(SCHEDULES) == len(EVERY)
    for function, (expression, _) in EVERY.items():
        assert schedule_of(function)["ScheduleExpression"] == expression
        assert schedule_of(function).get("State", "ENABLED") == "ENABLED"


@pytest.mark.parametrize("function", EVERY)
def test_a_run_is_neither_moved_nor_late_by_more_than_five_minutes(function: str) -> None:
    schedule = schedule_of(function)

    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert 60 <= schedule["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 300
    assert 60 <= destination_of(function)["MaximumEventAgeInSeconds"] <= 300


def test_a_probe_is_not_evidence_about_another_minute() -> None:
    """A late one could say of a healthy minute that it was not."""
    assert schedule_of("OutageCheck")["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] == 60
    assert destination_of("OutageCheck")["MaximumEventAgeInSeconds"] == 60
    assert destination_of("OutageCheck")["MaximumRetryAttempts"] == 0


@pytest.mark.parametrize("function", EVERY)
def test_a_run_that_fails_or_never_begins_is_kept(function: str) -> None:
    assert schedule_of(function)["Target"]["DeadLetterConfig"] == {"Arn": MISSED_RUNS}
    assert destination_of(function)["DestinationConfig"] == {
        "OnFailure": {"Destination": MISSED_RUNS}
    }


@pytest.mark.parametrize("function", EVERY)
def test_a_run_ends_before_the_next_begins(function: str) -> None:
    _, seconds = EVERY[function]

    assert FUNCTIONS[function]["Timeout"] < seconds


@pytest.mark.parametrize("function", EVERY)
def test_a_run_knows_the_time_that_it_is_for(function: str) -> None:
    sent = schedule_of(function)["Target"]["Input"]
    # As the Scheduler writes a time, which is not as Python does.
    event = json.loads(sent.replace(SCHEDULED_TIME, "2026-03-22T18:59:43Z"))

    assert SCHEDULED_TIME in sent
    assert scheduled_time(event) == datetime(2026, 3, 22, 18, 59, 43, tzinfo=UTC)


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_of_two_stacks_do_not_share_a_name(name: str) -> None:
    assert "Name" not in SCHEDULES[name]
    assert SCHEDULES[name].get("GroupName", "default") == "default"


def test_a_rate_is_what_the_tests_take_it_for() -> None:
    for expression, seconds in EVERY.values():
        found = re.fullmatch(r"rate\((\d+) minutes?\)", expression)
        assert found is not None
        assert int(found[1]) * 60 == seconds
