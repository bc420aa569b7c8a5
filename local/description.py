"""What a running stack tells about itself in `stack.json`: enough for any client."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

FUNCTION, QUEUE = "AWS::Lambda::Function", "AWS::SQS::Queue"
TABLE, PARAMETER = "AWS::DynamoDB::Table", "AWS::SSM::Parameter"
EVENT_BUS = "AWS::Events::EventBus"
# Where MiniStack shows the e-mails that SES would have sent.
SENT_PATH = "/_ministack/ses/messages"


@dataclass(frozen=True, slots=True)
class Resource:
    logical_id: str
    type: str
    physical_id: str


@dataclass(frozen=True, slots=True)
class Addresses:
    api: str
    aws: str
    tokens: str
    paddle: str
    studio: str


@dataclass(frozen=True, slots=True)
class PaddleSecrets:
    webhook_secret: str
    api_key: str


def described(
    resources: Iterable[Resource],
    addresses: Addresses,
    *,
    region: str,
    paddle: PaddleSecrets,
    mail_from: str,
) -> dict[str, Any]:
    """`queues`, `functions` and `parameters` by the names of the template, in words: job_events."""
    known = list(resources)
    return {
        "api": addresses.api,
        "console": None,
        "aws_endpoint": addresses.aws,
        "region": region,
        "table": _only(known, TABLE),
        "queues": {
            name: _on(addresses.aws, url)
            for name, url in _named(known, QUEUE, without="Queue").items()
        },
        "functions": _named(known, FUNCTION, without="Function"),
        "parameters": _named(known, PARAMETER, without="Parameter"),
        "event_bus": _only(known, EVENT_BUS),
        "mail": {"from": mail_from, "sent": addresses.aws + SENT_PATH},
        "paddle": {
            "api": addresses.paddle,
            "webhook_secret": paddle.webhook_secret,
            "api_key": paddle.api_key,
        },
        "studio": {"api": addresses.studio},
        "tokens": addresses.tokens,
    }


def _only(resources: list[Resource], kind: str) -> str:
    [found] = [one.physical_id for one in resources if one.type == kind]
    return found


def _named(resources: list[Resource], kind: str, *, without: str) -> dict[str, str]:
    return {
        words(one.logical_id.removesuffix(without)): one.physical_id
        for one in resources
        if one.type == kind
    }


def _on(endpoint: str, queue_url: str) -> str:
    """A queue keeps the URL of the port it was made on; the port may be another since."""
    return endpoint + urlsplit(queue_url).path


def words(logical_id: str) -> str:
    """PaddleEventsDeadLetters → paddle_events_dead_letters."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", logical_id).lower()
