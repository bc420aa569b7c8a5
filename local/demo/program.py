"""Plays the stories one after the other, on the stack that runs or on one that is started for it.

Webhooks come signed from the stand-in for Paddle, jobs are charged over HTTP with tokens, their
ends go to the queue, the studio's stand-in is asked, and scheduled functions are called for the
times that the story has come to. What is printed is what the API answers.
"""

import argparse
import sys
from pathlib import Path

from local import first_data, run
from local.client import FunctionFailedError, NotInTimeError, Stack, stack_at
from local.demo import (
    duplicate,
    lost_job,
    money_back,
    outage,
    overdue,
    purchase_and_jobs,
    unauthorised,
    unknown_failure,
)
from local.demo.customer import Customer, UnexpectedAnswerError
from local.home import DEFAULT, Home

CHAPTERS = (
    purchase_and_jobs,
    lost_job,
    unknown_failure,
    duplicate,
    unauthorised,
    money_back,
    overdue,
    outage,
)
"""The outage comes last: it moves the time that probes are for by days."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    parser.add_argument("--home", type=Path, default=DEFAULT, help="of the running stack")
    home = Home(parser.parse_args(arguments).home.resolve())
    started_here = not home.in_use()
    if started_here:
        print("No stack runs: starting one for this story.")
        if run.main(["--detach", "--home", str(home.folder)]) != 0:
            return 1
    try:
        return _tell(home)
    finally:
        if started_here:
            run.main(["--stop", "--home", str(home.folder)])


def _tell(home: Home) -> int:
    stack = stack_at(home.stack_json)
    if stack is None:
        print("The stack has been stopped; start it with: make run", file=sys.stderr)
        return 1
    try:
        tell_all(stack)
    except (
        FunctionFailedError,
        NotInTimeError,
        UnexpectedAnswerError,
        first_data.RefusedFirstDataError,
    ) as error:
        print(f"The story stops here: {error}", file=sys.stderr)
        return 1
    return 0


def tell_all(stack: Stack) -> None:
    first_data.put_prices(stack)
    for chapter in CHAPTERS:
        chapter.tell(Customer(stack))
