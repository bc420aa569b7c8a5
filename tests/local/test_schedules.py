from typing import Any

import pytest

from local.emulator import schedules

NOON = 1_795_435_200.9


def invoked(target: dict[str, Any], event: dict[str, Any]) -> Any:
    return schedules.with_scheduled_time(lambda target, _event: target)(target, event)


def test_a_schedules_input_is_told_its_time_to_the_second() -> None:
    target = {"Arn": "arn", "Input": '{"time": "<aws.scheduler.scheduled-time>"}'}

    told = invoked(target, {"Source": "aws.scheduler", "Time": NOON})

    assert told == {"Arn": "arn", "Input": '{"time": "2026-11-23T12:00:00Z"}'}
    assert "scheduled-time" in target["Input"], "the schedule itself stays as it is"


@pytest.mark.parametrize(
    ("target", "source"),
    [
        pytest.param({"Arn": "arn"}, "aws.scheduler", id="a schedule without input"),
        pytest.param({"Arn": "arn", "Input": schedules.SCHEDULED_TIME}, "app", id="a rule"),
    ],
)
def test_everything_else_is_left_alone(target: dict[str, Any], source: str) -> None:
    assert invoked(target, {"Source": source, "Time": NOON}) == target
