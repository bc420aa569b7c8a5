"""Whether charges and refunds cost more, the more an account has behind it."""

from dataclasses import dataclass
from itertools import product

from bench import worlds
from bench.deployed import Deployed
from bench.events import batch, charge, job_failed
from bench.processes import StubProcess, sandbox
from bench.samples import Samples
from bench.warm import measured

CHUNK = 10
WARM_UP = 5


@dataclass(frozen=True, slots=True)
class Past:
    """What an account has behind it. Each is measured on several accounts of its kind."""

    name: str
    entries: int = 0
    lots: int = 1


def pasts(*, quick: bool) -> list[Past]:
    entries = (0, 1_000, 10_000 if quick else 100_000)
    return [
        *(Past(f"{count} entries", entries=count) for count in entries),
        *(Past(f"{count} lots", lots=count) for count in (1, 100, 1_000)),
    ]


def measure(deployed: Deployed, *, rounds: int, quick: bool) -> Samples:
    """Charges through the API and refunds through the worker, one message at a time."""
    samples, chosen = Samples(), pasts(quick=quick)
    with StubProcess() as stub:
        for past in chosen:
            jobs = WARM_UP + rounds * CHUNK
            world = worlds.charged_account(
                _account(past), jobs=jobs, entries=past.entries, lots=past.lots
            )
            stub.seed(worlds.TABLE, worlds.product_items(world, with_entries=True))
        with (
            sandbox(deployed, "job_events.lambda_handler", stub) as worker,
            sandbox(deployed, "api.lambda_handler", stub) as api,
        ):
            for number in range(rounds + 1):
                for past, (kind, process) in product(chosen, (("refund", worker), ("charge", api))):
                    events = [_event(kind, past, n) for n in _numbers(number)]
                    figures = measured(events, process, stub, messages=len(events))
                    if number:
                        samples.add(past.name, kind, figures)
    return samples


def _numbers(number: int) -> range:
    """Of the jobs that a round takes; round 0 only warms up."""
    end = WARM_UP + number * CHUNK
    return range(end - CHUNK, end) if number else range(end)


def ratio_at_most_entries(samples: Samples, *, quick: bool) -> dict[str, float]:
    """The longest history against none: CPU round by round, and what is counted."""
    last, first = (past.name for past in (pasts(quick=quick)[2], pasts(quick=quick)[0]))
    told = {}
    for kind in ("refund", "charge"):
        told[f"{kind}_cpu_us"] = samples.paired_ratio((last, first), kind, "cpu_us")
        for figure in ("dynamodb_calls", "write_units", "read_units"):
            medians = [samples.median(name, kind, figure) for name in (last, first)]
            told[f"{kind}_{figure}"] = medians[0] / medians[1]
    return told


def _account(past: Past) -> str:
    return f"acc_{past.name.replace(' ', '_')}"


def _event(kind: str, past: Past, number: int) -> dict[str, object]:
    account_id = _account(past)
    if kind == "charge":
        job_id = f"job_new_{account_id}_{number}"
        return charge(job_id, account_id=account_id, credits=worlds.JOB_CREDITS)
    return batch([job_failed(f"job_{account_id}_{number}")], queue="job-events")
