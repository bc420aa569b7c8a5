"""The functions that are measured, and how each is fed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench import deployed, worlds
from bench.deployed import Deployed
from bench.events import (
    Event,
    batch,
    charge,
    job_failed,
    job_succeeded,
    paddle_message,
    purchase,
    webhook,
)

PRODUCT, TEXTBOOK, COMPILED, BARE = "product", "textbook", "textbook_compiled", "bare_runtime"


# Each supply numbers its purchases and new jobs apart from all others.
_SUPPLIES = count(1)


@dataclass(frozen=True, slots=True)
class Subject:
    """A function of a solution. `kind` says which events it takes."""

    name: str
    solution: str
    handler: str
    kind: str


FUNCTIONS = (
    Subject("bare_runtime", BARE, "bare.lambda_handler", "webhook"),
    Subject("webhook", PRODUCT, "paddle_webhook.lambda_handler", "webhook"),
    Subject("webhook", TEXTBOOK, "paddle_webhook.lambda_handler", "webhook"),
    Subject("webhook", COMPILED, "paddle_webhook.lambda_handler", "webhook"),
    Subject("refund_worker", PRODUCT, "job_events.lambda_handler", "refund"),
    Subject("refund_worker", TEXTBOOK, "refund_worker.lambda_handler", "refund"),
    Subject("refund_worker", COMPILED, "refund_worker.lambda_handler", "refund"),
    Subject("success", PRODUCT, "job_events.lambda_handler", "success"),
    Subject("purchases", PRODUCT, "paddle_events.lambda_handler", "purchase"),
    Subject("api", PRODUCT, "api.lambda_handler", "charge"),
)


def deploy(source: Path) -> dict[str, Deployed]:
    bare = deployed.PLACE / BARE
    bare.mkdir(parents=True, exist_ok=True)
    (bare / "bare.py").write_text("def lambda_handler(event, context):\n    return {}\n")
    return {
        PRODUCT: deployed.product(source),
        TEXTBOOK: deployed.textbook(),
        COMPILED: deployed.textbook(compiled=True),
        BARE: Deployed("product", (bare,)),
    }


class Supply:
    """Fresh events, each for something that was not touched before."""

    def __init__(self, jobs: Iterable[str], accounts: Sequence[str]) -> None:
        self._jobs = iter(jobs)
        self._accounts = accounts
        self._number = next(_SUPPLIES) * 1_000_000

    def event(self, kind: str, *, size: int = 1) -> Event:
        """`size` is how many messages a queue's event holds."""
        if kind == "refund":
            return batch([job_failed(next(self._jobs)) for _ in range(size)], queue="job-events")
        if kind == "success":
            return batch([job_succeeded(next(self._jobs)) for _ in range(size)], queue="job-events")
        if kind == "purchase":
            return batch([paddle_message(self._purchase()) for _ in range(size)], queue="paddle")
        if kind == "charge":
            self._number += 1
            job_id = f"job_new_{self._number}"
            return charge(job_id, account_id=self._account(), credits=worlds.JOB_CREDITS)
        return webhook(self._purchase())

    def _purchase(self) -> bytes:
        self._number += 1
        return purchase(self._number, account_id=self._account())

    def _account(self) -> str:
        return self._accounts[self._number % len(self._accounts)]


def supply(charged: Sequence[worlds.Charged]) -> Supply:
    """One job of each account in turn: two jobs of an account are far apart."""
    most = max(len(world.jobs) for world in charged)
    jobs = [w.jobs[n].job_id for n in range(most) for w in charged if n < len(w.jobs)]
    return Supply(jobs, [world.account.account_id for world in charged])
