"""The functions' roles are in force, as on AWS; everybody else on this machine may do anything.

MiniStack knows policies, and with AUTH asks them about everybody. The people and tools at a laptop
have no credentials to show: only requests that carry a function's session are asked about here.
"""

# ruff: noqa: SLF001 - what MiniStack lacks can only be added to its inside; the pin is exact.

import json
from collections.abc import Callable
from email.utils import parseaddr
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services.cloudformation import provisioners

SECRET = "AWS::SecretsManager::Secret"  # noqa: S105
# What the key of a temporary session begins with; MiniStack gives one to each function.
SESSION_KEY = "ASIA"
SEND_EMAIL, OUTBOUND = "ses:SendEmail", "/outbound-emails"


def install() -> None:
    iam_evaluator.enforce = for_sessions(named_as_in_policies(iam_evaluator.enforce))
    iam_evaluator.check_credentials = for_sessions(iam_evaluator.check_credentials)
    iam_actions._ses_v2_resource_arn = of_the_sender(iam_actions._ses_v2_resource_arn)
    handlers = provisioners._RESOURCE_HANDLERS[SECRET]
    handlers["create"] = _known_by_arn(handlers["create"])


def for_sessions(ask: Callable[..., Any]) -> Callable[..., Any]:
    """None, which is a yes, for whoever is not a function."""

    def ask_about_sessions(access_key: str | None, *rest: Any, **named: Any) -> Any:
        asked = (access_key or "").startswith(SESSION_KEY)
        return ask(access_key, *rest, **named) if asked else None

    return ask_about_sessions


def named_as_in_policies(enforce: Callable[..., Any]) -> Callable[..., Any]:
    """SQS allows a batch to whoever may do each; MiniStack looks for an action of that name. SES
    compares the address that an e-mail is from, which MiniStack does not tell."""

    def enforce_named(access_key: str, action: str, *rest: Any, **named: Any) -> Any:
        one = action.removesuffix("Batch") if action.startswith("sqs:") else action
        if action == SEND_EMAIL:
            address = named["resource_arn"].rpartition("/")[2]
            named["service_context"] = {"ses:FromAddress": address}
        return enforce(access_key, one, *rest, **named)

    return enforce_named


def of_the_sender(resource_of: Callable[..., str]) -> Callable[..., str]:
    """Who may send an e-mail may do so as somebody; MiniStack asks about anybody."""

    def resource_of_the_sender(
        method: str, path: str, body: bytes, region: str, account: str
    ) -> str:
        if not path.endswith(OUTBOUND):
            return resource_of(method, path, body, region, account)
        _name, address = parseaddr(json.loads(body).get("FromEmailAddress", ""))
        return f"arn:aws:ses:{region}:{account}:identity/{address}"

    return resource_of_the_sender


def _known_by_arn(create: Callable[..., Any]) -> Callable[..., Any]:
    """`Ref` of a secret is its ARN, which roles name; MiniStack gives its name."""

    def create_known_by_arn(*given: Any, **named: Any) -> Any:
        _name, attributes = create(*given, **named)
        return attributes["Arn"], attributes

    return create_known_by_arn
