"""The stack that the queue workers run in, on moto, and what their queues hand them."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import boto3
import pytest

from makegood import settings, wiring
from makegood.domain.account import Account
from makegood.domain.case import Case
from makegood.domain.entry import timestamp
from makegood.domain.facts import Decide, Key
from makegood.domain.job import ChargeRequest, Job
from makegood.outward.private import private_networks
from makegood.plans.jobs import charge_job
from makegood.plans.operations import give_bonus
from makegood.policy.versions import PUBLISHED
from tests.callers import on_moto
from tests.template import REGION, table_properties
from tests.webhooks import NOW

STARTED = NOW - timedelta(hours=1)
CACHED = (
    wiring.ledger,
    wiring.policies,
    wiring.job_events_dead_letters,
    wiring.paddle_events_dead_letters,
    settings.ledger_settings,
    settings.policy_settings,
    settings.job_events_settings,
    settings.paddle_events_settings,
    settings.parameter_settings,
    settings.outward_settings,
    wiring.parameters,
    private_networks,
)
SETTINGS = "/makegood/test/settings"
"""The name of the parameter with the studio's settings."""


class Clock:
    """A Lambda context with time enough, or as much as a test wants it to have."""

    def __init__(self, seconds: float = 30) -> None:
        self._milliseconds = int(seconds * 1000)

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


def plenty() -> float:
    return 30.0


def delivered(*bodies: str, receives: int = 1, at: datetime = NOW) -> dict[str, Any]:
    """What the poller hands over for these messages; each call delivers them as new ones."""
    return {
        "Records": [
            {
                "messageId": str(uuid.uuid4()),
                "receiptHandle": "handle",
                "body": body,
                "attributes": {
                    "ApproximateReceiveCount": str(receives),
                    "ApproximateFirstReceiveTimestamp": str(int(at.timestamp() * 1000)),
                },
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "awsRegion": REGION,
            }
            for body in bodies
        ]
    }


class Stack:
    """The table and the dead letters, and short ways to put something in and to look."""

    def __init__(self) -> None:
        self.dynamodb = boto3.client("dynamodb", region_name=REGION)
        self.dynamodb.create_table(TableName="ledger", **table_properties("LedgerTable"))
        self.sqs = boto3.client("sqs", region_name=REGION)
        self.ssm = boto3.client("ssm", region_name=REGION)
        self.set_up()
        self.dead_letters_url: str = self.sqs.create_queue(QueueName="dead-letters")["QueueUrl"]

    def deliver(self, function: ModuleType, *bodies: str, receives: int = 1) -> list[str]:
        """Run the real handler. Returns the bodies that it wants delivered again."""
        event = delivered(*bodies, receives=receives)
        answer = function.lambda_handler(event, Clock())
        again = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        return [record["body"] for record in event["Records"] if record["messageId"] in again]

    def set_up(self, **settings: Any) -> None:
        """What the operator wants from the next scheduled run on."""
        text = json.dumps(settings)
        self.ssm.put_parameter(Name=SETTINGS, Value=text, Type="String", Overwrite=True)

    def run(self, function: ModuleType, at: datetime, *, seconds: float = 30) -> None:
        """Run the real handler of a scheduled function for this time."""
        function.lambda_handler({"time": timestamp(at)}, Clock(seconds))

    def decide(self, decision: Decide[Any]) -> Any:
        return wiring.ledger().decide(decision, time_left=plenty)

    def record(self, key: Key[Any]) -> Any:
        return wiring.ledger().table.read([key])[key].record

    def account(self, account_id: str) -> Account:
        return self.record(Key(Account, account_id)) or Account(account_id)

    def job(self, job_id: str) -> Job:
        job: Job = self.record(Key(Job, job_id))
        return job

    def case(self, case_id: str) -> Case:
        case: Case = self.record(Key(Case, case_id))
        return case

    def charge(
        self, job_id: str, account_id: str, credits: int, *, at: datetime = STARTED, **wishes: Any
    ) -> None:
        request = ChargeRequest(account_id, credits, **wishes)
        self.decide(charge_job(job_id, request, policies=PUBLISHED, now=at))

    def give(self, account_id: str, credits: int) -> None:
        self.decide(give_bonus(f"for-{account_id}", account_id, credits, "Welcome.", now=STARTED))

    def entries(self, account_id: str) -> list[dict[str, Any]]:
        page = wiring.ledger().table.query(
            "pk = :pk AND begins_with(sk, :entry)",
            {":pk": f"ACCOUNT#{account_id}", ":entry": "ENTRY#"},
            limit=100,
        )
        return [
            {name: next(iter(value.values())) for name, value in item.items()}
            for item in page.items
        ]

    def buried(self) -> list[tuple[str, str, str]]:
        """Body, error and reason of what is in the dead letters."""
        answer = self.sqs.receive_message(
            QueueUrl=self.dead_letters_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return [
            (
                message["Body"],
                message["MessageAttributes"]["error"]["StringValue"],
                message["MessageAttributes"]["reason"]["StringValue"],
            )
            for message in answer.get("Messages", [])
        ]


@contextmanager
def running_stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    with on_moto(monkeypatch):
        stack = Stack()
        monkeypatch.setenv("MAKEGOOD_TABLE", "ledger")
        monkeypatch.setenv("MAKEGOOD_POLICY", "published")
        monkeypatch.setenv("MAKEGOOD_SETTINGS_PARAMETER", SETTINGS)
        monkeypatch.setenv("MAKEGOOD_PRIVATE_ADDRESSES", "127.0.0.1/32")
        monkeypatch.setenv("MAKEGOOD_JOB_EVENTS_DEAD_LETTERS_URL", stack.dead_letters_url)
        monkeypatch.setenv("MAKEGOOD_PADDLE_EVENTS_DEAD_LETTERS_URL", stack.dead_letters_url)
        for cached in CACHED:
            cached.cache_clear()
        yield stack
        for cached in CACHED:
            cached.cache_clear()


def job_event(kind: str, job_id: str, **fields: Any) -> str:
    at = (NOW - timedelta(minutes=5)).astimezone(UTC).isoformat()
    return json.dumps(
        {"version": 1, "type": f"job.{kind}", "job_id": job_id, "occurred_at": at, **fields}
    )


def failed(job_id: str, code: str = "provider_503") -> str:
    return job_event("failed", job_id, failure={"code": code, "message": "upstream unavailable"})


def succeeded(job_id: str, *, ordered: int = 1, delivered: int = 1) -> str:
    return job_event("succeeded", job_id, outputs={"ordered": ordered, "delivered": delivered})


def cancelled(job_id: str, *, work_started: bool) -> str:
    return job_event("cancelled", job_id, work_started=work_started)
