"""Starts what is measured, and the stub beside it, each in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from itertools import islice
from pathlib import Path
from ssl import SSLContext, create_default_context
from typing import Any, Protocol, Self

from bench import worlds
from bench.deployed import Deployed
from bench.environment import AWS, SETTINGS
from bench.tls import bundle, certificate

LOOP = Path(__file__).parent / "loop.py"
PYTHON = os.path.realpath(sys.executable)


@dataclass(frozen=True, slots=True)
class Counts:
    """Calls of DynamoDB by operation, and what they cost."""

    calls: Mapping[str, int]
    write_units: int = 0
    read_units: int = 0
    actions: int = 0
    cancelled: int = 0

    @property
    def dynamodb_calls(self) -> int:
        return sum(n for name, n in self.calls.items() if name not in _NOT_DYNAMODB)

    def __add__(self, other: Self) -> "Counts":
        return Counts(
            Counter(self.calls) + Counter(other.calls),
            self.write_units + other.write_units,
            self.read_units + other.read_units,
            self.actions + other.actions,
            self.cancelled + other.cancelled,
        )


NOTHING = Counts({})
_NOT_DYNAMODB = frozenset({"SendMessage", "SendMessageBatch", "GetSecretValue"})


class StubProcess:
    """The stub, and the way to fill it and to ask what it counted."""

    def __init__(self, *, tls: bool = False) -> None:
        self._folder = tempfile.TemporaryDirectory()
        made = certificate(Path(self._folder.name)) if tls else None
        command = [sys.executable, "-m", "bench.stub.server"]
        self._process = subprocess.Popen(
            [*command, *([str(made)] if made else [])],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[1],
            text=True,
        )
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())
        self.environment = {
            "AWS_ENDPOINT_URL": f"{'https' if made else 'http'}://127.0.0.1:{self._port}"
        }
        self._context: SSLContext | None = None
        if made:
            authorities = str(bundle(made))
            self.environment |= {"AWS_CA_BUNDLE": authorities, "SSL_CERT_FILE": authorities}
            self._context = create_default_context(cafile=authorities)
        self._connection = self._connect()
        self.reset()

    def reset(self) -> None:
        self.ask("Reset", {"tables": worlds.LAYOUTS, "secrets": worlds.SECRETS})

    def seed(self, table: str, items: Iterable[worlds.Item]) -> None:
        rest = iter(items)
        while chunk := list(islice(rest, 1_000)):
            self.ask("Seed", {"table": table, "items": chunk})

    def counts(self) -> Counts:
        """What has been counted since this was asked last."""
        return Counts(**self.ask("Counts", {}))

    def answer_after(self, milliseconds: float) -> None:
        """From now on each call takes so long, as if AWS were as far away."""
        self.ask("Latency", {"milliseconds": milliseconds})

    def items(self, table: str) -> list[worlds.Item]:
        items: list[worlds.Item] = self.ask("Items", {"table": table})["items"]
        return items

    def ask(self, operation: str, request: Any) -> Any:
        headers = {"X-Amz-Target": f"bench.{operation}"}
        self._connection.request("POST", "/", json.dumps(request), headers)
        answer = self._connection.getresponse()
        body = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"the stub refused {operation}: {body}")
        return body

    def close(self) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self) -> HTTPConnection:
        if self._context:
            return HTTPSConnection("127.0.0.1", self._port, context=self._context)
        return HTTPConnection("127.0.0.1", self._port)


@dataclass(frozen=True, slots=True)
class Answer:
    """One event's. Times in nanoseconds; `since_start` is from before exec, on the wall."""

    answer: Any
    cpu_ns: int
    wall_ns: int
    process_cpu_ns: int
    peak_kib: int
    since_start_ns: int


class Surroundings(Protocol):
    """What stands in for AWS: the variables by which it is found."""

    environment: dict[str, str]


class Sandbox:
    """One process of one function."""

    def __init__(
        self,
        deployed: Deployed,
        handler: str,
        aws: Surroundings,
        *,
        wrapper: Iterable[str] = (),
        more: Mapping[str, str] | None = None,
    ) -> None:
        folders = [str(folder) for folder in deployed.folders]
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with this
        self._started = time.perf_counter_ns()
        self._process = subprocess.Popen(
            [*wrapper, PYTHON, "-IBSu", str(LOOP), handler, *folders],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=AWS | SETTINGS[deployed.name] | aws.environment | dict(more or {}),
            cwd=deployed.folders[0],
            text=True,
        )

    def send(self, event: Any) -> Answer:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(event) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        since = time.perf_counter_ns() - self._started
        if not line:
            self._errors.seek(0)
            raise RuntimeError(
                f"the function ended with {self._process.wait()}:\n{self._errors.read()}"
            )
        return Answer(**json.loads(line), since_start_ns=since)

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._errors.close()


@contextmanager
def sandbox(
    deployed: Deployed, handler: str, aws: Surroundings, **options: Any
) -> Iterator[Sandbox]:
    started = Sandbox(deployed, handler, aws, **options)
    try:
        yield started
    finally:
        started.close()
