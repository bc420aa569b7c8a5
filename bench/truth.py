"""The stub against an emulator that others wrote: the same items, and the same units."""

import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import boto3

from bench import worlds
from bench.cold import check
from bench.deployed import Deployed
from bench.environment import AWS
from bench.events import batch, job_failed, paddle_message, purchase, webhook
from bench.processes import StubProcess, Surroundings, sandbox
from bench.stub.tables import Database
from bench.subjects import PRODUCT, TEXTBOOK
from makegood.domain.job import JobState
from makegood.ledger.table import put_of

JOBS = 6
START_SECONDS = 30
# What depends on the moment of the run.
_OF_THE_MOMENT = frozenset(
    {"updated_at", "recorded_at", "ended_at", "expiration", "in_progress_expiration", "data"}
)


def available() -> bool:
    return importlib.util.find_spec("ministack") is not None


@dataclass
class Emulator:
    """MiniStack with the tables, the secrets and the queue of both solutions."""

    url: str
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.environment = {"AWS_ENDPOINT_URL": self.url}
        self.dynamodb = self.client("dynamodb")

    def client(self, service: str) -> Any:
        connect: Any = boto3.client
        return connect(
            service,
            endpoint_url=self.url,
            region_name=AWS["AWS_REGION"],
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator takes anything
        )

    def prepare(self) -> None:
        for name, layout in worlds.LAYOUTS.items():
            self.dynamodb.create_table(**_definition(name, layout))
        secrets = self.client("secretsmanager")
        arns = {
            name: secrets.create_secret(Name=name.rpartition(":")[2], SecretString=text)["ARN"]
            for name, text in worlds.SECRETS.items()
        }
        queue = self.client("sqs").create_queue(QueueName="paddle-events")["QueueUrl"]
        self.environment |= {
            "MAKEGOOD_WEBHOOK_SECRET_ARN": arns[worlds.SECRET_ARN],
            "MAKEGOOD_PADDLE_EVENTS_QUEUE_URL": queue,
        }

    def seed(self, table: str, items: Iterator[worlds.Item]) -> None:
        for item in items:
            self.dynamodb.put_item(TableName=table, Item=item)

    def items(self, table: str) -> list[worlds.Item]:
        items: list[worlds.Item] = self.dynamodb.scan(TableName=table)["Items"]
        return items


def compare(deployed: Mapping[str, Deployed]) -> dict[str, Any]:
    """Whether both leave the same items behind, and bill the same units."""
    with StubProcess() as stub, _ministack() as emulator:
        emulator.prepare()
        for aws in (stub, emulator):
            _play(deployed, aws)
        same = {
            table: _comparable(stub.items(table)) == _comparable(emulator.items(table))
            for table in worlds.LAYOUTS
        }
        return {"emulator": "MiniStack", "same_items": same, "units": _units(emulator)}


def _play(deployed: Mapping[str, Deployed], aws: Any) -> None:
    charged = worlds.charged_account("acc_truth", jobs=JOBS, lots=20)
    aws.seed(worlds.TABLE, worlds.product_items(charged))
    aws.seed(worlds.TABLE, iter([worlds.price_item()]))
    aws.seed("accounts", worlds.textbook_accounts([charged]))
    aws.seed("jobs", worlds.textbook_jobs([charged]))
    failed = batch([job_failed(job.job_id) for job in charged.jobs], queue="job-events")
    body = purchase(1, account_id="acc_truth")
    told = batch([paddle_message(body)], queue="paddle-events")
    _send(deployed[PRODUCT], "paddle_webhook", webhook(body), aws)
    _send(deployed[PRODUCT], "paddle_events", told, aws)
    _send(deployed[PRODUCT], "job_events", failed, aws)
    _send(deployed[TEXTBOOK], "paddle_webhook", webhook(body), aws)
    _send(deployed[TEXTBOOK], "refund_worker", failed, aws)


def _send(deployed: Deployed, function: str, event: Any, aws: Surroundings) -> None:
    with sandbox(deployed, f"{function}.lambda_handler", aws, more=aws.environment) as process:
        check(process.send(event))


def _comparable(items: list[worlds.Item]) -> list[str]:
    kept = [{k: v for k, v in item.items() if k not in _OF_THE_MOMENT} for item in items]
    return sorted(repr(sorted(item.items())) for item in kept)


def _units(emulator: Emulator) -> list[dict[str, Any]]:
    """Units of one transaction each, as the stub counts them and as the emulator bills them."""
    world = worlds.charged_account("acc_units", jobs=1)
    ended = replace(world.jobs[0], state=JobState.REFUNDED, refunded=worlds.JOB_CREDITS)
    writes = (
        ("a new snapshot", world.account, 0),
        ("the next snapshot", world.account, 1),
        ("an entry", world.entries[-1], 0),
        ("a job, listed as open", world.jobs[0], 0),
        ("the same job, ended", ended, 1),
    )
    counted = Database({worlds.TABLE: worlds.layout(worlds.TABLE)})
    told = []
    for name, record, seen in writes:
        put = {"Put": {"TableName": worlds.TABLE, **put_of(record, seen=seen)}}
        counted.transact_write_items({"TransactItems": [put]})
        answer = emulator.dynamodb.transact_write_items(
            TransactItems=[put], ReturnConsumedCapacity="INDEXES"
        )
        theirs = sum(table["CapacityUnits"] for table in answer["ConsumedCapacity"])
        ours = counted.counts.pop("write_units")
        told.append({"write": name, "stub": ours, "emulator": theirs})
    return told


def _definition(name: str, layout: Mapping[str, Any]) -> dict[str, Any]:
    indexes = layout["indexes"]
    names = [*layout["key"], *(part for index in indexes.values() for part in index)]
    definition: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in names],
        "KeySchema": _key(layout["key"]),
    }
    if indexes:
        definition["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index,
                "KeySchema": _key(parts),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index, parts in indexes.items()
        ]
    return definition


def _key(names: list[str]) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [
        {"AttributeName": name, "KeyType": kind} for name, kind in zip(names, kinds, strict=False)
    ]


@contextmanager
def _ministack() -> Iterator[Emulator]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "PATH": os.defpath,
            "HOME": home,
            "TMPDIR": home,
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": AWS["AWS_REGION"],
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "DOCKER_HOST": "unix:///nonexistent",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            cwd=home,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(process, f"http://127.0.0.1:{port}/_ministack/health")
            yield Emulator(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait()


def _wait(process: subprocess.Popen[bytes], health: str) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(health, timeout=2):  # noqa: S310
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the emulator did not start")
