"""`make run`: the whole stack on this machine, in the foreground, until Ctrl-C.

State stays in `.local/`: another run goes on where this one stopped.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from local import first_data, welcome
from local.client import Stack
from local.deployment import DeploymentFailedError
from local.emulator.process import EmulatorFailedError
from local.home import DEFAULT, PROJECT, Home, write_json
from local.ports import DEFAULTS as PORTS
from local.ports import any_free
from local.stack import PADDLE_PACE, Running, running

START_SECONDS, STOP_SECONDS, POLL_SECONDS = 120, 40, 0.1
LOOK_AGAIN_SECONDS = 0.2
# For the emulator of a run that was killed a moment ago.
PATIENCE_SECONDS = 5


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    home = Home(given.home.resolve())
    if given.stop:
        return _stop(home)
    if given.detach:
        return _detach(home, given)
    with home.locked(_patience(home)) as lock:
        if lock is None:
            print(f"A stack already runs in {home.folder}", file=sys.stderr)
            return 1
        try:
            return _run(home, given, lock)
        except (DeploymentFailedError, EmulatorFailedError) as error:
            print(f"Could not start: {error}", file=sys.stderr)
            return 1


def _patience(home: Home) -> float:
    """Seconds to wait for a folder that is in use: not at all for a stack that runs."""
    try:
        os.kill(int(home.process_id.read_text()), 0)
    except (FileNotFoundError, ProcessLookupError):
        return PATIENCE_SECONDS
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.run", description=__doc__)
    parser.add_argument("--home", type=Path, default=DEFAULT, help="where the state is kept")
    parser.add_argument("--free-ports", action="store_true", help="use any free ports")
    parser.add_argument("--no-data", action="store_true", help="start empty")
    parser.add_argument("--paddle-pace", type=float, default=PADDLE_PACE, help=argparse.SUPPRESS)
    parser.add_argument("--detach", action="store_true", help="return when it runs")
    parser.add_argument("--stop", action="store_true", help="stop the one that runs")
    return parser


def _run(home: Home, given: argparse.Namespace, lock: int) -> int:
    started = time.monotonic()
    stop = _stop_signals()
    home.stack_json.unlink(missing_ok=True)
    home.process_id.write_text(str(os.getpid()))
    if given.free_ports and not home.ports.exists():
        write_json(home.ports, {part: any_free() for part in PORTS})
    print("Starting …", flush=True)
    try:
        with running(home, PROJECT, lock=lock, pace=given.paddle_pace) as now:
            if not given.no_data:
                _first_data(home, now)
            write_json(home.stack_json, now.description)
            print(welcome.text(now, home, time.monotonic() - started), flush=True)
            code = _stay(now, stop, home)
            home.stack_json.unlink(missing_ok=True)
            print("Stopping, keeping the state …", flush=True)
    finally:
        home.process_id.unlink(missing_ok=True)
    print("Stopped.", flush=True)
    return code


def _first_data(home: Home, now: Running) -> None:
    """Once for a new stack. A stack that cannot take it still runs: there is something to debug."""
    mark = home.folder / "first-data"
    if mark.exists():
        return
    try:
        first_data.put(Stack(now.description))
        mark.touch()
    except (first_data.RefusedFirstDataError, OSError) as error:
        print(f"The first data could not be put: {error}", file=sys.stderr, flush=True)


def _stay(now: Running, stop: list[int], home: Home) -> int:
    """0 when asked to stop; 1 when the emulator has ended by itself."""
    while not stop:
        if now.emulator.process.poll() is not None:
            print(f"The emulator has stopped, see {home.emulator_log}", file=sys.stderr)
            return 1
        time.sleep(LOOK_AGAIN_SECONDS)
    return 0


def _stop_signals() -> list[int]:
    """Filled by Ctrl-C and SIGTERM. The first asks, further ones are ignored: saving goes on."""
    received: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda which, _frame: received.append(which))
    return received


def _detach(home: Home, given: argparse.Namespace) -> int:
    with home.locked(_patience(home)) as lock:
        if lock is None:
            print(f"A stack already runs: {home.stack_json}")
            return 0
    home.stack_json.unlink(missing_ok=True)
    options = ["--free-ports"] * given.free_ports + ["--no-data"] * given.no_data
    with home.log.open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "local.run", "--home", str(home.folder), *options],
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        if home.stack_json.exists():
            print(home.stack_json)
            return 0
        time.sleep(POLL_SECONDS)
    print(home.log.read_text(), file=sys.stderr)
    return 1


def _stop(home: Home) -> int:
    # The lock says whether the number still is that process and not somebody else's.
    if not home.in_use() or not home.process_id.exists():
        print("No stack runs.")
        return 0
    os.kill(int(home.process_id.read_text()), signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while home.process_id.exists() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return 1 if home.process_id.exists() else 0


if __name__ == "__main__":
    sys.exit(main())
