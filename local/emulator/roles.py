"""The functions' roles are in force, as on AWS; everybody else on this machine may do anything.

MiniStack knows policies, and with AUTH asks them about everybody. The people and tools at a laptop
have no credentials to show: only requests that carry a function's session are asked about here.
"""

# ruff: noqa: SLF001 - what MiniStack lacks can only be added to its inside; the pin is exact.

from collections.abc import Callable
from typing import Any

from ministack.core import iam_evaluator
from ministack.services.cloudformation import provisioners

SECRET = "AWS::SecretsManager::Secret"  # noqa: S105
# What the key of a temporary session begins with; MiniStack gives one to each function.
SESSION_KEY = "ASIA"


def install() -> None:
    iam_evaluator.enforce = for_sessions(named_as_in_policies(iam_evaluator.enforce))
    iam_evaluator.check_credentials = for_sessions(iam_evaluator.check_credentials)
    handlers = provisioners._RESOURCE_HANDLERS[SECRET]
    handlers["create"] = _known_by_arn(handlers["create"])


def for_sessions(ask: Callable[..., Any]) -> Callable[..., Any]:
    """None, which is a yes, for whoever is not a function."""

    def ask_about_sessions(access_key: str | None, *rest: Any, **named: Any) -> Any:
        asked = (access_key or "").startswith(SESSION_KEY)
        return ask(access_key, *rest, **named) if asked else None

    return ask_about_sessions


def named_as_in_policies(enforce: Callable[..., Any]) -> Callable[..., Any]:
    """SQS allows a batch to whoever may do each; MiniStack looks for an action of that name."""

    def enforce_named(access_key: str, action: str, *rest: Any, **named: Any) -> Any:
        one = action.removesuffix("Batch") if action.startswith("sqs:") else action
        return enforce(access_key, one, *rest, **named)

    return enforce_named


def _known_by_arn(create: Callable[..., Any]) -> Callable[..., Any]:
    """`Ref` of a secret is its ARN, which roles name; MiniStack gives its name."""

    def create_known_by_arn(*given: Any, **named: Any) -> Any:
        _name, attributes = create(*given, **named)
        return attributes["Arn"], attributes

    return create_known_by_arn
