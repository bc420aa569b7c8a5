"""Tells the default bus that a stack has been deployed, as CloudFormation does on AWS.

MiniStack's CloudFormation tells nobody. Whoever deploys asks for it by a request, once the secrets
are filled: here all of that is one step, and what rules start finds it done.
"""

# ruff: noqa: SLF001 - what MiniStack lacks can only be added to its inside; the pin is exact.

import json
from collections.abc import Callable, Coroutine, MutableMapping
from typing import Any

from ministack.core import responses
from ministack.services import cloudformation, eventbridge

Message = MutableMapping[str, Any]
Application = Callable[[Message, Any, Any], Coroutine[Any, Any, None]]

TELL_PATH = "/_local/deployed"
KIND = "CloudFormation Stack Status Change"


def telling(application: Application) -> Application:
    """Answers requests to TELL_PATH, and leaves the rest alone."""

    async def tell_or_pass_on(scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != TELL_PATH:
            await application(scope, receive, send)
            return
        _tell()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return tell_or_pass_on


def _tell() -> None:
    for (account, region, _name), stack in list(cloudformation._stacks._data.items()):
        with responses.request_scope(account, region):
            eventbridge._put_events({"Entries": [entry(stack)]}, allow_aws_source=True)


def entry(stack: MutableMapping[str, Any]) -> dict[str, Any]:
    detail = {
        "stack-id": stack["StackId"],
        "status-details": {"status": stack["StackStatus"], "status-reason": ""},
    }
    return {
        "Source": "aws.cloudformation",
        "DetailType": KIND,
        "Resources": [stack["StackId"]],
        "Detail": json.dumps(detail),
    }
