"""Storms: thousands of failed jobs at once, in batches as the queue hands them over."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Any

from bench import worlds
from bench.cold import check
from bench.deployed import Deployed
from bench.events import batch, job_failed
from bench.processes import NOTHING, Answer, Counts, Sandbox, StubProcess, sandbox
from bench.samples import Samples
from bench.subjects import PRODUCT, TEXTBOOK

JOBS_PER_ACCOUNT = 20
TEXTBOOK_BATCH = 10
"""What AWS's documentation and its default set; more would change nothing there."""

HANDLERS = {PRODUCT: "job_events.lambda_handler", TEXTBOOK: "refund_worker.lambda_handler"}


@dataclass(frozen=True, slots=True)
class Storm:
    """So many failed jobs of as many accounts as it takes, in order or shuffled."""

    name: str
    jobs: int
    shuffled: bool


class Field:
    """A stub filled for a storm, and the job ids in the order of their messages."""

    def __init__(self, storm: Storm, stub: StubProcess) -> None:
        self.stub = stub
        charged = [
            worlds.charged_account(f"acc_{n}", jobs=JOBS_PER_ACCOUNT)
            for n in range(-(-storm.jobs // JOBS_PER_ACCOUNT))
        ]
        stub.reset()
        worlds.fill(stub, charged)
        self.jobs = [job.job_id for world in charged for job in world.jobs][: storm.jobs]
        if storm.shuffled:
            random.Random(0).shuffle(self.jobs)  # noqa: S311 - the same order each time

    def batches(self, size: int) -> list[list[str]]:
        return [self.jobs[n : n + size] for n in range(0, len(self.jobs), size)]


def measure(
    deployed: Mapping[str, Deployed], storms: Sequence[Storm], *, batch_size: int, share: int
) -> tuple[Samples, dict[str, Counts]]:
    """Chunks of both solutions in turn. The textbook's share is one job in `share`.

    It takes one refund at a time, so that more of them would only take longer.
    """
    samples, totals = Samples(), {}
    with StubProcess() as stub:
        for storm in storms:
            field = Field(storm, stub)
            ours, theirs = field.batches(batch_size), field.batches(TEXTBOOK_BATCH)
            per_chunk = max(1, round(batch_size / TEXTBOOK_BATCH / share))
            with (
                sandbox(deployed[PRODUCT], HANDLERS[PRODUCT], stub) as product,
                sandbox(deployed[TEXTBOOK], HANDLERS[TEXTBOOK], stub) as textbook,
            ):
                total = NOTHING
                for number, jobs in enumerate(ours):
                    figures, counts = _work([jobs], product, stub)
                    samples.add(storm.name, PRODUCT, figures)
                    total += counts
                    chunk = theirs[number * per_chunk : (number + 1) * per_chunk]
                    if chunk:
                        samples.add(storm.name, TEXTBOOK, _work(chunk, textbook, stub)[0])
                totals[storm.name] = total
    return samples, totals


def _work(
    batches: Sequence[Sequence[str]], process: Sandbox, stub: StubProcess
) -> tuple[dict[str, float], Counts]:
    stub.counts()
    answers = [_send(process, jobs) for jobs in batches]
    counts, refunds = stub.counts(), sum(map(len, batches))
    cpu = sum(answer.cpu_ns for answer in answers)
    return {
        "refunds_per_core_second": refunds / cpu * 1e9,
        "cpu_us": cpu / 1e3 / refunds,
        "dynamodb_calls": counts.dynamodb_calls / refunds,
        "write_units": counts.write_units / refunds,
        "peak_mib": answers[-1].peak_kib / 1024,
    }, counts


def _send(process: Sandbox, jobs: Sequence[str]) -> Answer:
    answer = process.send(batch(map(job_failed, jobs), queue="job-events"))
    check(answer)
    return answer


def under_contention(
    deployed: Deployed, *, storm: Storm, batch_size: int, workers: int, latency_ms: float
) -> dict[str, Any]:
    """Several workers on one shuffled storm, with AWS as far away as it is: what conflicts cost.

    A message that a worker gives back goes to the end of the queue, as its redelivery does.
    """
    with StubProcess() as stub:
        field = Field(storm, stub)
        stub.answer_after(latency_ms)
        stub.counts()
        waiting = field.batches(batch_size)
        redelivered: list[str] = []

        def work() -> None:
            with sandbox(deployed, HANDLERS[PRODUCT], stub) as process:
                while waiting:
                    jobs = waiting.pop()
                    answer = process.send(batch(map(job_failed, jobs), queue="job-events"))
                    again = [
                        jobs[int(failure["itemIdentifier"].rpartition("-")[2])]
                        for failure in answer.answer["batchItemFailures"]
                    ]
                    redelivered.extend(again)
                    if again:
                        waiting.insert(0, again)

        threads = [Thread(target=work) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        counts = stub.counts()
    return {
        "workers": workers,
        "latency_ms": latency_ms,
        "dynamodb_calls": counts.dynamodb_calls / storm.jobs,
        "write_units": counts.write_units / storm.jobs,
        "cancelled_transactions": counts.cancelled / storm.jobs,
        "redelivered": len(redelivered) / storm.jobs,
    }


def peak_mib(deployed: Deployed, *, messages: int) -> float:
    """Peak memory of a fresh worker after one batch of so many messages, all of other accounts."""
    with StubProcess() as stub:
        charged = [worlds.charged_account(f"acc_{n}", jobs=1) for n in range(messages)]
        worlds.fill(stub, charged)
        with sandbox(deployed, HANDLERS[PRODUCT], stub) as process:
            answer = _send(process, [job.job_id for world in charged for job in world.jobs])
    return answer.peak_kib / 1024
