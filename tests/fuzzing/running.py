"""Starts the processes that fuzz, and reads what they say of themselves."""

import base64
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.fuzzing import corpus, fuzz

ROOT = Path(__file__).parents[2]
SAID_MAX = 4_000

_UNITS = re.compile(r"stat::number_of_executed_units: (\d+)")
_RATE = re.compile(r"stat::average_exec_per_sec: +(\d+)")
_LAST = re.compile(r"cov: (\d+) ft: (\d+) corp: (\d+)/\S+")


@dataclass(frozen=True)
class Report:
    """`coverage` counts edges of the product and outcomes; `found` are inputs that broke a promise.

    Without guidance there is no coverage, and the corpus is the seeds.
    """

    target: str
    executions: int
    each_second: int
    coverage: int
    features: int
    corpus: int
    outcomes: frozenset[str]
    found: tuple[bytes, ...]
    said: str

    def __str__(self) -> str:
        lines = [
            f"{self.target}: {self.executions} executions ({self.each_second} a second),"
            f" coverage {self.coverage}, features {self.features}, corpus {self.corpus},"
            f" {len(self.outcomes)} outcomes, {len(self.accepted)} of them accepted,"
            f" {len(self.found)} found"
        ]
        lines += [f"  found (base64): {base64.b64encode(data).decode()}" for data in self.found]
        return "\n".join(lines + [self.said] * bool(self.found))

    @property
    def accepted(self) -> frozenset[str]:
        return frozenset(name for name in self.outcomes if name.startswith("accepted "))


def fuzzed(
    target: str, *, seconds: int, runs: int = -1, seeds: Sequence[int] = (1,)
) -> list[Report]:
    """One process for each seed, all at once."""
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in seeds]
        started = [
            _started(target, seconds, runs, seed, folder)
            for seed, folder in zip(seeds, folders, strict=True)
        ]
        return [
            _report(target, folder, process.communicate()[0], process.returncode)
            for folder, process in zip(folders, started, strict=True)
        ]


def _started(
    target: str, seconds: int, runs: int, seed: int, folder: Path
) -> "subprocess.Popen[str]":
    seeds = folder / fuzz.SEEDS
    seeds.mkdir()
    for number, content in enumerate(corpus.seeds(target)):
        (seeds / f"{number:03}").write_bytes(content)
    arguments = [target, str(seconds), str(runs), str(seed), str(folder)]
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.fuzzing.fuzz", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def _report(target: str, folder: Path, said: str, code: int) -> Report:
    counted, units, rate = _LAST.findall(said), _UNITS.search(said), _RATE.search(said)
    coverage, features, inputs = map(int, counted[-1]) if counted else (0, 0, 0)
    found = tuple(path.read_bytes() for path in sorted(folder.glob(f"{fuzz.FOUND}*")))
    written = folder / fuzz.OUTCOMES
    names = written.read_text(encoding="utf-8").splitlines() if written.exists() else []
    if code and not found:
        raise RuntimeError(f"the process of {target} ended with {code}:\n{said[-SAID_MAX:]}")
    return Report(
        target=target,
        executions=int(units[1]) if units else 0,
        each_second=int(rate[1]) if rate else 0,
        coverage=coverage,
        features=features,
        corpus=inputs or len(corpus.seeds(target)),
        outcomes=frozenset(name.strip("'\"") for name in names),
        found=found,
        said=said[-SAID_MAX:],
    )
