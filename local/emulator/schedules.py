"""Schedules call their functions as on AWS: with the time that the run is for, and not in vain.

MiniStack fires schedules. What it lacks is the text that stands for the scheduled time, a look more
often than every ten seconds, and what becomes of a run that fails: it is tried again and then told
to the function's destination, as for every call that nobody waits for.
"""

# ruff: noqa: SLF001 - what MiniStack lacks can only be added to its inside; the pin is exact.

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import eventbridge, lambda_svc, scheduler

SOURCE = "aws.scheduler"
LOOK_EVERY_SECONDS = 1
# The word in a schedule's input that EventBridge Scheduler replaces by the time of the run.
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


def install() -> None:
    scheduler._SCHEDULE_TICK_INTERVAL = LOOK_EVERY_SECONDS
    eventbridge._invoke_target = with_scheduled_time(eventbridge._invoke_target)
    eventbridge._dispatch_to_lambda = _call


def with_scheduled_time(invoke: Callable[..., Any]) -> Callable[..., Any]:
    def invoke_with_scheduled_time(
        target: Mapping[str, Any], event: Mapping[str, Any], *rest: Any, **named: Any
    ) -> Any:
        if event.get("Source") == SOURCE and "Input" in target:
            told = target["Input"].replace(SCHEDULED_TIME, _text(event["Time"]))
            target = {**target, "Input": told}
        return invoke(target, event, *rest, **named)

    return invoke_with_scheduled_time


def _text(unix_time: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(unix_time))


def _call(arn: str, payload: str) -> None:
    function, configuration, _name = lambda_svc._get_func_record_for_ref(arn)
    if function and configuration:
        record = lambda_svc._execution_record_for_config(function, configuration)
        lambda_svc.invoke_async_with_retry(record, json.loads(payload))
