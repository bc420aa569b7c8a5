"""Stacks of the tests' own: each with a folder and ports that nobody else has."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local import aws
from local.client import Stack, stack_at, wait_for
from local.home import PROJECT, Home

START_SECONDS, STOP_SECONDS = 60, 40


class LocalStack:
    """`make run`, as a process that can be stopped and killed."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Stack:
        """Without first data. Returns when `stack.json` is there."""
        self.home.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "local.run", "--free-ports", "--no-data"]
        with self.home.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - this project's own command
                [*command, "--home", str(self.home.folder)],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return wait_for("the stack", self._described, START_SECONDS)

    def stop(self) -> int:
        """As Ctrl-C does; the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(STOP_SECONDS)

    def kill_the_emulator(self) -> int:
        """No last word for it; the exit code of what had started it."""
        assert self._process is not None
        os.kill(int(self.home.emulator_process_id.read_text()), signal.SIGKILL)
        return self._process.wait(STOP_SECONDS)

    def kill_everything_but_the_emulator(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(STOP_SECONDS)

    def make_sure_it_is_over(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()

    def _described(self) -> Stack | None:
        assert self._process is not None
        assert self._process.poll() is None, self.home.log.read_text()
        # A file that a killed stack left behind is not this one's.
        ours = self.home.process_id
        if not ours.exists() or ours.read_text() != str(self._process.pid):
            return None
        return stack_at(self.home.stack_json)


def schedules(stack: Stack) -> dict[str, list[Any]]:
    """Each function's schedules, in the order of their expressions."""
    scheduler = aws.client("scheduler", stack.description["aws_endpoint"])
    known = [
        scheduler.get_schedule(Name=one["Name"])
        for one in scheduler.list_schedules(MaxResults=100)["Schedules"]
    ]
    found: dict[str, list[Any]] = {}
    for one in sorted(known, key=lambda schedule: str(schedule["ScheduleExpression"])):
        for function, name in stack.description["functions"].items():
            if one["Target"]["Arn"].endswith(f":function:{name}"):
                found.setdefault(function, []).append(one)
    return found


def calls_of(stack: Stack, function: str) -> int:
    """How often it was called, by what Lambda writes into its log when a call ends."""
    endpoint = stack.description["aws_endpoint"]
    name = stack.description["functions"][function]
    configuration = aws.client("lambda", endpoint).get_function_configuration(FunctionName=name)
    pages = (
        aws.client("logs", endpoint)
        .get_paginator("filter_log_events")
        .paginate(logGroupName=configuration["LoggingConfig"]["LogGroup"])
    )
    return sum(event["message"].startswith("END ") for page in pages for event in page["events"])


@contextmanager
def local_stack(folder: Path) -> Iterator[LocalStack]:
    stack = LocalStack(folder)
    try:
        yield stack
    finally:
        stack.make_sure_it_is_over()
