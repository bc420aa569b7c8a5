import asyncio
import json
from typing import Any

from local.emulator import deployments
from local.emulator.process import TELL_PATH

STACK = {"StackId": "arn:of:the:stack", "StackStatus": "UPDATE_COMPLETE"}


def test_a_deployment_is_told_in_cloudformations_words() -> None:
    told = deployments.entry(STACK)

    assert (told["Source"], told["Resources"]) == ("aws.cloudformation", ["arn:of:the:stack"])
    assert told["DetailType"] == "CloudFormation Stack Status Change"
    assert json.loads(told["Detail"]) == {
        "stack-id": "arn:of:the:stack",
        "status-details": {"status": "UPDATE_COMPLETE", "status-reason": ""},
    }


def statuses(path: str) -> list[Any]:
    """What is answered to a request; an application behind answers 200."""
    sent: list[Any] = []

    async def behind(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"status": 200})

    async def send(message: Any) -> None:
        sent.append(message.get("status"))

    whole = deployments.telling(behind)
    asyncio.run(whole({"type": "http", "path": path}, None, send))
    return sent


def test_it_is_told_when_somebody_asks_for_it_and_everything_else_passes() -> None:
    assert deployments.TELL_PATH == TELL_PATH
    assert statuses(TELL_PATH) == [204, None]
    assert statuses("/") == [200]
