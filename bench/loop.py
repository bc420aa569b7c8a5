"""A Lambda-like runtime, alone in its process: one event a line in, one answer a line out.

It stands in for AWS's own runtime client, imports what that one imports, and nothing of this
project: `python -I loop.py <handler> <folder>...` puts the folders before the path, as /var/task
and /opt/python are, imports the handler, and calls it for each line. Beside the handler's answer it
reports the CPU time of the call, that of the whole process so far, and the process's peak memory.
"""

# AWS's runtime client has these before it imports a handler.
import decimal  # noqa: F401
import http.client  # noqa: F401
import importlib
import io
import json
import logging  # noqa: F401
import os
import sys
import time
import traceback  # noqa: F401
import warnings  # noqa: F401

# Under valgrind everything takes fifty times as long.
TIMEOUT_SECONDS = float(os.environ.get("BENCH_TIMEOUT_SECONDS", "30"))


class Context:
    """What a handler may ask of Lambda."""

    function_name = "bench"
    function_version = "$LATEST"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:bench"
    aws_request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
    log_group_name = "/aws/lambda/bench"
    log_stream_name = "bench"

    def __init__(self, timeout: float) -> None:
        self._until = time.monotonic() + timeout

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._until - time.monotonic()) * 1000))


def main() -> None:
    handler_name, *folders = sys.argv[1:]
    sys.path[:0] = folders
    answers = os.fdopen(os.dup(1), "w")
    # What a handler prints is a log, and goes where logs go.
    os.dup2(os.open(os.environ.get("BENCH_LOGS", os.devnull), os.O_WRONLY | os.O_CREAT), 1)
    module, _, name = handler_name.rpartition(".")
    handler = getattr(importlib.import_module(module), name)
    for line in sys.stdin:
        event = json.loads(line)
        context = Context(TIMEOUT_SECONDS)
        wall, cpu = time.perf_counter_ns(), time.process_time_ns()
        answer = handler(event, context)
        cpu, wall = time.process_time_ns() - cpu, time.perf_counter_ns() - wall
        _tell(answers, answer, cpu=cpu, wall=wall)


def _tell(answers: io.TextIOBase, answer: object, *, cpu: int, wall: int) -> None:
    told = {
        "answer": answer,
        "cpu_ns": cpu,
        "wall_ns": wall,
        "process_cpu_ns": time.process_time_ns(),
        "peak_kib": _peak_kib(),
    }
    answers.write(json.dumps(told) + "\n")
    answers.flush()


def _peak_kib() -> int:
    """The high-water mark of this very program: getrusage's would be that of who started it."""
    try:
        with open("/proc/self/status") as status:  # noqa: PTH123 - pathlib is not Lambda's import
            return next(int(row.split()[1]) for row in status if row.startswith("VmHWM"))
    except (OSError, StopIteration):
        return 0


if __name__ == "__main__":
    main()
