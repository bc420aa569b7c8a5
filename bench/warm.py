"""Warm functions: CPU, calls and units for each event, both solutions in turn."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from bench import worlds
from bench.cold import check
from bench.deployed import Deployed
from bench.events import Event
from bench.processes import Sandbox, StubProcess, sandbox
from bench.samples import Samples
from bench.subjects import FUNCTIONS, PRODUCT, TEXTBOOK, Subject, Supply, supply

ACCOUNTS = 200
WARM_UP = 5
CHUNK = 10


@dataclass(frozen=True, slots=True)
class Series:
    """Events of a size for a function: `refund_in_10` is one of ten messages."""

    name: str
    subject: Subject
    size: int = 1


def _series() -> list[Series]:
    by_name = {(s.name, s.solution): s for s in FUNCTIONS}
    both = (PRODUCT, TEXTBOOK)
    return [
        *(Series("webhook", by_name["webhook", solution]) for solution in both),
        *(Series("refund_alone", by_name["refund_worker", solution]) for solution in both),
        *(Series("refund_in_10", by_name["refund_worker", solution], 10) for solution in both),
        Series("success_in_10", by_name["success", PRODUCT], 10),
        Series("purchase_alone", by_name["purchases", PRODUCT]),
        Series("purchase_in_10", by_name["purchases", PRODUCT], 10),
        Series("charge", by_name["api", PRODUCT]),
    ]


def measure(deployed: Mapping[str, Deployed], *, rounds: int) -> Samples:
    """Each round gives each function a chunk of events; figures are for each message."""
    samples = Samples()
    with StubProcess() as stub, ExitStack() as running:
        jobs = -(-(rounds * CHUNK + WARM_UP) * 10 // ACCOUNTS) * 2 + 1
        charged = [worlds.charged_account(f"acc_{n}", jobs=jobs) for n in range(ACCOUNTS)]
        worlds.fill(stub, charged)
        stub.seed(worlds.TABLE, [worlds.price_item()])
        supplies = {solution: supply(charged) for solution in (PRODUCT, TEXTBOOK)}
        started = []
        for series in _series():
            subject = series.subject
            process = running.enter_context(
                sandbox(deployed[subject.solution], subject.handler, stub)
            )
            started.append((series, process))
            _chunk(series, process, stub, supplies[subject.solution], WARM_UP)
        for _ in range(rounds):
            for series, process in started:
                solution = series.subject.solution
                figures = _chunk(series, process, stub, supplies[solution], CHUNK)
                samples.add(series.name, solution, figures)
    return samples


def _chunk(
    series: Series, process: Sandbox, stub: StubProcess, events: Supply, count: int
) -> dict[str, float]:
    # Made one by one: a signature is good for five seconds.
    chunk = (events.event(series.subject.kind, size=series.size) for _ in range(count))
    return measured(chunk, process, stub, messages=count * series.size)


def measured(
    events: Iterable[Event], process: Sandbox, stub: StubProcess, *, messages: int
) -> dict[str, float]:
    """CPU, calls and units of these events, for each of the messages in them."""
    stub.counts()
    cpu = 0
    for event in events:
        answer = process.send(event)
        check(answer)
        cpu += answer.cpu_ns
    counts = stub.counts()
    return {
        "cpu_us": cpu / 1e3 / messages,
        "dynamodb_calls": counts.dynamodb_calls / messages,
        "write_units": counts.write_units / messages,
        "read_units": counts.read_units / messages,
    }
