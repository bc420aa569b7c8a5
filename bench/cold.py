"""Cold starts: a fresh process for each event, all functions in turn, over TLS where possible."""

from collections.abc import Mapping

from bench import worlds
from bench.deployed import Deployed
from bench.processes import Answer, StubProcess, sandbox
from bench.samples import Samples
from bench.subjects import FUNCTIONS, Subject, Supply, supply

ACCOUNTS, JOBS = 50, 20


def measure(deployed: Mapping[str, Deployed], *, rounds: int) -> Samples:
    """From exec to the first answer: milliseconds on the wall, of CPU, and peak memory in MiB."""
    samples = Samples()
    functions = [subject for subject in FUNCTIONS if subject.kind != "success"]
    with StubProcess(tls=True) as stub:
        charged = [worlds.charged_account(f"acc_{n}", jobs=JOBS) for n in range(ACCOUNTS)]
        worlds.fill(stub, charged)
        stub.seed(worlds.TABLE, [worlds.price_item()])
        # Accounts of its own for each, so that every event is fresh.
        supplies = {
            subject: supply(charged[n :: len(functions)]) for n, subject in enumerate(functions)
        }
        for _ in range(rounds):
            for subject in functions:
                answer = _first_answer(subject, deployed, stub, supplies[subject])
                if answer is not None:
                    samples.add(subject.name, subject.solution, _figures(answer))
    return samples


def _first_answer(
    subject: Subject, deployed: Mapping[str, Deployed], stub: StubProcess, events: Supply
) -> Answer | None:
    """None where Paddle's verifier found the signature too old, after more than its 5 seconds."""
    event = events.event(subject.kind)
    with sandbox(deployed[subject.solution], subject.handler, stub) as process:
        answer = process.send(event)
    if answer.answer.get("statusCode") == 401:
        return None
    check(answer)
    return answer


def check(answer: Answer) -> None:
    """A figure counts only if the work was done."""
    told = answer.answer
    if told.get("batchItemFailures") or told.get("statusCode", 200) >= 300:
        raise RuntimeError(f"the function did not do it: {str(told)[:1_000]}")


def _figures(answer: Answer) -> dict[str, float]:
    return {
        "wall_ms": answer.since_start_ns / 1e6,
        "cpu_ms": answer.process_cpu_ns / 1e6,
        "peak_mib": answer.peak_kib / 1024,
    }
