"""`make reconcile`: what the nightly run finds, now, in the stack that runs on this machine."""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.client import FunctionFailedError, stack_at
from local.home import DEFAULT, Home

INDENT = "  "


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    stack = stack_at(Home(given.home.resolve()).stack_json)
    if stack is None:
        print("No stack runs. Start one with: make run", file=sys.stderr)
        return 1
    at = datetime.fromtimestamp(int(time.time()), UTC) if given.at is None else given.at
    try:
        report = stack.run("reconciliation", at=at, nightly=True)
    except FunctionFailedError as error:
        print(f"The run failed: {error}", file=sys.stderr)
        return 1
    print("\n".join(lines(report)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.reconcile", description=__doc__)
    parser.add_argument("--home", type=Path, default=DEFAULT, help="of the stack")
    parser.add_argument("--at", type=_time, help="another time than now, 2026-12-01T03:37:00Z")
    return parser


def _time(text: str) -> datetime:
    given = datetime.fromisoformat(text)
    return given.astimezone(UTC) if given.tzinfo is not None else given.replace(tzinfo=UTC)


def lines(report: Any, depth: int = 0) -> Iterator[str]:
    """Whatever keys there are, one a line; a list below its key, one record a line."""
    if not isinstance(report, Mapping):
        yield f"{INDENT * depth}{_one(report)}"
        return
    width = max((len(_words(name)) for name in report), default=0)
    for name, value in report.items():
        if isinstance(value, Mapping):
            yield f"{INDENT * depth}{_words(name)}:"
            yield from lines(value, depth + 1)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield f"{INDENT * depth}{_words(name)}: {'' if value else 'none'}".rstrip()
            yield from (f"{INDENT * (depth + 1)}{_one(one)}" for one in value)
        else:
            yield f"{INDENT * depth}{_words(name):<{width}}  {_one(value)}"


def _one(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{_words(name)} {_one(part)}" for name, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_one(part) for part in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)


def _words(name: str) -> str:
    return name.replace("_", " ")


if __name__ == "__main__":
    sys.exit(main())
