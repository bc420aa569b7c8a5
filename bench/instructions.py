"""Instructions as valgrind counts them: they don't move with the noise of the machine."""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from bench import worlds
from bench.cold import check
from bench.deployed import Deployed
from bench.events import Event, batch, job_failed
from bench.processes import StubProcess, sandbox
from bench.storm import HANDLERS, JOBS_PER_ACCOUNT, TEXTBOOK_BATCH
from bench.subjects import COMPILED, PRODUCT, TEXTBOOK, supply

STORM_BATCH_MAX = 250
"""Enough to fold and pack, and done within minutes."""

FEW, MORE = 1, 3
"""The difference of two runs is what the events cost, without the start."""


def available() -> bool:
    return shutil.which("valgrind") is not None


def measure(
    deployed: Mapping[str, Deployed], *, batch_size: int
) -> dict[str, dict[str, dict[str, float]]]:
    """Millions of instructions for each message, and from exec to the end of the first event."""
    cases = [
        (name, solution, size)
        for name, sizes in {
            "webhook": (1, 1),
            "refund_alone": (1, 1),
            "refund_in_a_storm": (min(batch_size, STORM_BATCH_MAX), TEXTBOOK_BATCH),
        }.items()
        for solution, size in zip((PRODUCT, TEXTBOOK), sizes, strict=True)
    ]
    with ThreadPoolExecutor(2) as pool:
        counted = pool.map(lambda case: _case(deployed, *case), cases)
    told: dict[str, dict[str, dict[str, float]]] = {}
    for (name, solution, _), figures in zip(cases, counted, strict=True):
        told.setdefault(name, {})[solution] = figures
    return told


def _case(
    deployed: Mapping[str, Deployed], name: str, solution: str, size: int
) -> dict[str, float]:
    # What an event takes is the same with byte-code, and the start is over much sooner.
    quick = deployed[COMPILED if solution == TEXTBOOK else PRODUCT]
    few, more = (_count(quick, name, count, size) for count in (FEW, MORE))
    told = {"each_message_millions": round((more - few) / (MORE - FEW) / size / 1e6, 3)}
    if size == 1:
        first = few if solution == PRODUCT else _count(deployed[solution], name, 1, size)
        told["start_and_first_event_millions"] = round(first / 1e6, 1)
    return told


def _count(deployed: Deployed, name: str, count: int, size: int) -> int:
    handler = "paddle_webhook.lambda_handler" if name == "webhook" else HANDLERS[deployed.name]
    accounts = -(-count * size // JOBS_PER_ACCOUNT)
    charged = [worlds.charged_account(f"acc_{n}", jobs=JOBS_PER_ACCOUNT) for n in range(accounts)]
    events = _webhooks(charged) if name == "webhook" else _refunds(charged, size)
    with StubProcess() as stub, tempfile.TemporaryDirectory() as folder:
        worlds.fill(stub, charged)
        out = Path(folder) / "callgrind"
        wrapper = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}"]
        slowly = {"BENCH_TIMEOUT_SECONDS": "900", "TEST_MODE": "1"}
        with sandbox(deployed, handler, stub, wrapper=wrapper, more=slowly) as process:
            for event in islice(events, count):
                check(process.send(event))
        found = re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.MULTILINE)
        assert found is not None
        return int(found[1])


def _webhooks(charged: Sequence[worlds.Charged]) -> Iterator[Event]:
    webhooks = supply(charged)
    while True:
        yield webhooks.event("webhook")


def _refunds(charged: Sequence[worlds.Charged], size: int) -> Iterator[Event]:
    jobs = [job.job_id for world in charged for job in world.jobs]
    for start in range(0, len(jobs), size):
        yield batch(map(job_failed, jobs[start : start + size]), queue="job-events")
