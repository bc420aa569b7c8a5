"""The HTTP API's own address: everything on its port goes to the deployed API, as on AWS.

What comes on the other port is AWS's own API. It counts as encrypted: policies refuse what is not,
and nothing on this machine is.
"""

# ruff: noqa: SLF001 - what MiniStack lacks can only be added to its inside; the pin is exact.

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ministack.services import apigateway

Message = MutableMapping[str, Any]
Application = Callable[[Message, Any, Any], Awaitable[None]]


def front(application: Application, port: int) -> Application:
    """Sends what arrives on `port` to the one API there is, and leaves the rest alone."""

    async def fronted(scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            to_the_api = scope["server"][1] == port
            scope = _to_the_api(scope) if to_the_api else _as_if_encrypted(scope)
        await application(scope, receive, send)

    return fronted


def _as_if_encrypted(scope: Message) -> Message:
    return {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}


def _to_the_api(scope: Message) -> Message:
    api_id = next((key[-1] for key in list(apigateway._apis._data)), "none")
    prefix = f"/_aws/execute-api/{api_id}/$default"
    return {
        **scope,
        "path": prefix + scope["path"],
        "raw_path": prefix.encode() + (scope.get("raw_path") or scope["path"].encode()),
    }
