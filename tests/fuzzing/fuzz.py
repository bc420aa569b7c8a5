"""One target under mutation, in a process of its own: libFuzzer ends it when it is done.

Coverage is that of the product's modules alone, and of the outcomes. Where Atheris has no package
for a platform, the same mutations are made without guidance: less is found, and nothing else is
different.
"""

import importlib
import random
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SECONDS_FOR_ONE_INPUT = 5
MEGABYTES_MAX = 2_048

FOUND = "found-"
OUTCOMES = "outcomes.txt"
SEEDS = "seeds"

INSTRUMENTED = ["makegood", "paddle_webhook"]


def guided() -> bool:
    return find_spec("atheris") is not None


def run(name: str, *, seconds: int, runs: int, seed: int, folder: Path) -> None:
    """Until the time is over or the runs are made (0 and -1: without such an end).

    The folder has the seeds. What is found is written there, and the figures to stderr.
    """
    if guided():
        _run_guided(name, seconds=seconds, runs=runs, seed=seed, folder=folder)
    else:
        _run_blind(name, seconds=seconds, runs=runs, seed=seed, folder=folder)


def _run_guided(name: str, *, seconds: int, runs: int, seed: int, folder: Path) -> None:
    atheris: Any = importlib.import_module("atheris")
    # Branches alone. To trace each comparison takes a quarter of the time, and would guess words
    # that the mutations know.
    hook: Any = importlib.import_module("atheris.import_hook")
    hook.patch_code = lambda code, _comparisons: atheris.patch_code(code, False)
    with atheris.instrument_imports(include=INSTRUMENTED):
        from tests.fuzzing import mutator, outcomes, targets  # noqa: PLC0415

        target = targets.target(name)
    numbers = [atheris._reserve_counter() for _ in range(outcomes.NAMES_MAX)]
    outcomes.outcomes.told = lambda number: atheris._trace_branch(numbers[number])
    _write_down_outcomes(folder)
    arguments = [
        f"-seed={seed}",
        f"-max_total_time={seconds}",
        f"-runs={runs}",
        f"-max_len={targets.SIZES[name]}",
        f"-timeout={SECONDS_FOR_ONE_INPUT}",
        f"-rss_limit_mb={MEGABYTES_MAX}",
        f"-artifact_prefix={folder}/{FOUND}",
        "-print_final_stats=1",
        # Two halves of JSON are none.
        f"-cross_over={int(name == 'header')}",
        str(folder / SEEDS),
    ]

    def mutate_bytes(data: bytes, size_max: int) -> bytes:
        # Looked up each time: it is another function once the fuzzer runs.
        return bytes(atheris.Mutate(data, size_max))

    mutate = mutator.MUTATORS[name](mutate_bytes)
    atheris.Setup([sys.argv[0], *arguments], target, custom_mutator=mutate)
    with targets.quiet():
        atheris.Fuzz()


def _run_blind(name: str, *, seconds: int, runs: int, seed: int, folder: Path) -> None:
    from tests.fuzzing import mutator, targets  # noqa: PLC0415

    target, mutate = targets.target(name), mutator.MUTATORS[name](mutator.of_bytes)
    inputs = [path.read_bytes() for path in sorted((folder / SEEDS).iterdir())]
    chance = random.Random(seed)  # noqa: S311 - reproducible on purpose
    _write_down_outcomes(folder)
    began, done = time.monotonic(), 0
    until = began + (seconds or 10**9)
    with targets.quiet():
        while done != runs and time.monotonic() < until:
            data = mutate(chance.choice(inputs), targets.SIZES[name], chance.getrandbits(32))
            try:
                target(data)
            except BaseException:
                (folder / f"{FOUND}crash").write_bytes(data)
                raise
            done += 1
    rate = done / (time.monotonic() - began)
    sys.stderr.write(f"stat::number_of_executed_units: {done}\n")
    sys.stderr.write(f"stat::average_exec_per_sec: {rate:.0f}\n")


def _write_down_outcomes(folder: Path) -> None:
    """Each as it is new: the fuzzer ends the process without a word to Python."""
    from tests.fuzzing.outcomes import outcomes  # noqa: PLC0415

    def write(name: str) -> None:
        with (folder / OUTCOMES).open("a", encoding="utf-8") as file:
            file.write(ascii(name) + "\n")

    outcomes.on_new = write


if __name__ == "__main__":
    _name, _seconds, _runs, _seed, _folder = sys.argv[1:]
    run(_name, seconds=int(_seconds), runs=int(_runs), seed=int(_seed), folder=Path(_folder))
