"""Fuzz from a terminal: `python -m tests.fuzzing --target header --runs 20000000`."""

import argparse
import sys

from tests.fuzzing.fuzz import guided
from tests.fuzzing.running import fuzzed
from tests.fuzzing.targets import SIZES


def main() -> int:
    asked = _arguments()
    names = list(SIZES) if asked.target == "all" else [asked.target]
    if not guided():
        _tell("Atheris is not installed: the mutations are made without guidance by coverage.")
    broken = False
    for name in names:
        reports = fuzzed(
            name,
            seconds=asked.seconds,
            runs=-1 if asked.runs is None else -(-asked.runs // asked.jobs),
            seeds=range(asked.seed, asked.seed + asked.jobs),
        )
        for report in reports:
            _tell(f"{report}")
            if asked.outcomes:
                _tell("\n".join(f"  {outcome}" for outcome in sorted(report.outcomes)))
        broken = broken or any(report.found for report in reports)
    return int(broken)


def _tell(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("--target", choices=[*SIZES, "all"], default="all")
    parser.add_argument("--seconds", type=int, help="for each target; 60 if --runs is not given")
    parser.add_argument("--runs", type=int, help="executions of each target, over all jobs")
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the first job; the next has the next"
    )
    parser.add_argument("--outcomes", action="store_true", help="name all that inputs came to")
    asked = parser.parse_args()
    if asked.seconds is None:
        # libFuzzer takes 0 for no end.
        asked.seconds = 60 if asked.runs is None else 0
    return asked


if __name__ == "__main__":
    sys.exit(main())
