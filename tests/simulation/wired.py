"""The product in the simulated world: its environment, and the few seams below its own code."""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.auth import SigV4Auth

from makegood import aws, settings, wiring
from makegood.ledger import packing
from makegood.outward import job_status, private, probing
from makegood.paddle import wire
from tests.simulation.aws.door import Connections
from tests.simulation.faults import FUNCTIONS
from tests.simulation.lambdas import forget
from tests.simulation.world import World

QUEUES = "https://queues.invalid/"

ENVIRONMENT = {
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "simulated",
    "AWS_SECRET_ACCESS_KEY": "simulated",
    "MAKEGOOD_STAGE": "simulated",
    "MAKEGOOD_TABLE": "ledger",
    "MAKEGOOD_POLICY": "published",
    "MAKEGOOD_PRIVATE_ADDRESSES": "none",
    "MAKEGOOD_SETTINGS_PARAMETER": "settings",
    "MAKEGOOD_EVENT_BUS": "bus",
    "MAKEGOOD_MAIL_FROM": "studio@example.com",
    "MAKEGOOD_PADDLE_API": "sandbox",
    "MAKEGOOD_PADDLE_API_KEY_ARN": "api-key",
    "MAKEGOOD_WEBHOOK_SECRET_ARN": "webhook",
    "MAKEGOOD_CURSOR_SECRET_ARN": "cursor",
    "MAKEGOOD_PADDLE_EVENTS_SINCE": "2026-05-01",
    "MAKEGOOD_PADDLE_EVENTS_QUEUE_URL": f"{QUEUES}paddle_events",
    "MAKEGOOD_PAYOUTS_QUEUE_URL": f"{QUEUES}payouts",
    "MAKEGOOD_PADDLE_EVENTS_DEAD_LETTERS_URL": f"{QUEUES}paddle_events:dead",
    "MAKEGOOD_JOB_EVENTS_DEAD_LETTERS_URL": f"{QUEUES}job_events:dead",
    "MAKEGOOD_PAYOUTS_DEAD_LETTERS_URL": f"{QUEUES}payouts:dead",
    "MAKEGOOD_OUTBOX_DEAD_LETTERS_URL": f"{QUEUES}outbox:dead",
}


@contextlib.contextmanager
def environment() -> Iterator[None]:
    """Around any number of stories: it is read once, and kept."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("AWS_", "MAKEGOOD_"))]:
            patch.delenv(name)
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        forget_settings()
        # What a signature is worth, AWS alone knows; it takes half of a call's time.
        patch.setattr(SigV4Auth, "add_auth", lambda _self, _request: None)
        yield
    forget_settings()


def forget_settings() -> None:
    """All that a process keeps: settings, clients and secrets."""
    for module in (wiring, aws, settings, private):
        for kept in vars(module).values():
            if hasattr(kept, "cache_clear"):
                kept.cache_clear()
    for function in FUNCTIONS:
        forget(function)


@contextlib.contextmanager
def wired(world: World) -> Iterator[None]:
    """Its calls end in this world, and its time is this world's."""
    timeline = world.timeline
    connections = Connections(timeline, world.services())
    steady = Random(world.seed)  # noqa: S311 - it has to be foreseeable.

    def sleep(seconds: float) -> None:
        timeline.run.wait(seconds)

    seams: Mapping[tuple[Any, str], Any] = {
        (aws, "connections"): lambda: connections,
        (aws, "time"): SimpleNamespace(sleep=sleep),
        (aws, "random"): steady,
        (packing, "random"): steady,
        (wiring, "clock"): lambda: timeline.run.clock,
        (wiring, "_pace"): lambda: timeline.run.pace,
        (wire, "connections"): lambda: world.paddle,
        (probing, "fetch"): world.outside.fetch,
        (job_status, "fetch"): world.outside.fetch,
    }
    for function in FUNCTIONS:
        forget(function)
    log: Any = _Log(world.witness.logs)
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(log):
        for (module, name), seam in seams.items():
            patch.setattr(module, name, seam)
        yield


class _Log:
    """Standard output while a story is played."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, line: str) -> None:
        if line.strip():
            self._lines.append(line)

    def flush(self) -> None:
        return


BUGS = ("decision.broken", "batch.taken_apart", "log.failed")
"""Log lines that tell of a mistake in the software itself."""


def bugs(world: World) -> list[str]:
    return [
        json.dumps(json.loads(line))
        for line in world.witness.logs
        if any(f'"{bug}"' in line for bug in BUGS)
    ]
