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
    "Reconciliation": ("cron(7 * * * ? *)", 3600),
}
# Beside those: what is too much for each hour.
NIGHTLY = {"Reconciliation": "cron(37 3 * * ? *)"}
MISSED_RUNS = {"Fn::GetAtt": ["ScheduledRunsDeadLetters", "Arn"]}


def schedule_of(function: str) -> dict[str, Any]:
    """The one that fires most often."""
    [schedule] = [
        one for one in schedules_of(function) if one["ScheduleExpression"] != NIGHTLY.get(function)
    ]
    return schedule


def schedules_of(function: str) -> list[dict[str, Any]]:
    target = {"Fn::GetAtt": [function, "Arn"]}
    return [one for one in SCHEDULES.values() if one["Target"]["Arn"] == target]


def destination_of(function: str) -> dict[str, Any]:
    [found] = [one for one in DESTINATIONS.values() if one["FunctionName"] == {"Ref": function}]
    return found


def test_each_scheduled_function_has_its_schedules_and_there_is_no_other() -> None:
    expected = [*(expression for expression, _ in EVERY.values()), *NIGHTLY.values()]

    assert sorted(one["ScheduleExpression"] for one in SCHEDULES.values()) == sorted(expected)
    assert all(one.get("State", "ENABLED") == "ENABLED" for one in SCHEDULES.values())
    for function, (expression, _) in EVERY.items():
        assert schedule_of(function)["ScheduleExpression"] == expression


@pytest.mark.parametrize("function", EVERY)
def test_a_run_is_neither_moved_nor_late_by_more_than_five_minutes(function: str) -> None:
    for schedule in schedules_of(function):
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
    for schedule in schedules_of(function):
        assert schedule["Target"]["DeadLetterConfig"] == {"Arn": MISSED_RUNS}
    assert destination_of(function)["DestinationConfig"] == {
        "OnFailure": {"Destination": MISSED_RUNS}
    }


@pytest.mark.parametrize("function", EVERY)
def test_a_run_ends_before_the_next_begins(function: str) -> None:
    _, seconds = EVERY[function]

    assert FUNCTIONS[function]["Timeout"] < seconds


@pytest.mark.parametrize("function", EVERY)
def test_a_run_knows_the_time_that_it_is_for(function: str) -> None:
    for schedule in schedules_of(function):
        sent = schedule["Target"]["Input"]
        # As the Scheduler writes a time, which is not as Python does.
        event = json.loads(sent.replace(SCHEDULED_TIME, "2026-03-22T18:59:43Z"))

        assert SCHEDULED_TIME in sent
        assert scheduled_time(event) == datetime(2026, 3, 22, 18, 59, 43, tzinfo=UTC)
        assert event.get("nightly", False) == (schedule != schedule_of(function))


def test_a_deployment_has_paddle_looked_at_for_the_time_that_it_ended() -> None:
    """Of this stack, and only when it succeeded."""
    [rule] = resources("AWS::Events::Rule").values()
    [target] = rule["Targets"]
    told = target["InputTransformer"]
    # EventBridge quotes what it puts in, where that is a text.
    event = json.loads(told["InputTemplate"].replace("<time>", '"2026-03-22T18:59:43Z"'))

    assert rule.get("EventBusName", "default") == "default"
    assert rule["EventPattern"] == {
        "source": ["aws.cloudformation"],
        "detail-type": ["CloudFormation Stack Status Change"],
        "detail": {
            "stack-id": [{"Ref": "AWS::StackId"}],
            "status-details": {"status": ["CREATE_COMPLETE", "UPDATE_COMPLETE"]},
        },
    }
    assert target["Arn"] == {"Fn::GetAtt": ["Reconciliation", "Arn"]}
    assert told["InputPathsMap"] == {"time": "$.time"}
    assert scheduled_time(event) == datetime(2026, 3, 22, 18, 59, 43, tzinfo=UTC)
    assert event["deployed"] is True


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_of_two_stacks_do_not_share_a_name(name: str) -> None:
    assert "Name" not in SCHEDULES[name]
    assert SCHEDULES[name].get("GroupName", "default") == "default"


def test_a_rate_is_what_the_tests_take_it_for() -> None:
    for expression, seconds in EVERY.values():
        if re.fullmatch(r"cron\(\d+ \* \* \* \? \*\)", expression):
            assert seconds == 3600
            continue
        found = re.fullmatch(r"rate\((\d+) minutes?\)", expression)
        assert found is not None
        assert int(found[1]) * 60 == seconds
