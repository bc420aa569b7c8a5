"""Starts and stops the emulator as a process of its own, in an environment of its own."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

from local.aws import REGION
from local.home import PROJECT, Home

# As in emulator/durable.py and deployments.py, which cannot be imported without starting half of
# MiniStack.
SAVE_PATH, TELL_PATH = "/_local/save", "/_local/deployed"
START_SECONDS = 30
STOP_SECONDS = 30
POLL_SECONDS = 0.05


class EmulatorFailedError(RuntimeError):
    """The emulator did not come up, or stopped by itself; its log says why."""


@dataclass(frozen=True, slots=True)
class Emulator:
    process: subprocess.Popen[bytes]
    url: str

    def save(self) -> None:
        """Write everything to the disk, also what deploying has changed."""
        self._post(SAVE_PATH)

    def tell_of_deployment(self) -> None:
        """What CloudFormation does by itself on AWS, here once all is filled and saved."""
        self._post(TELL_PATH)

    def _post(self, path: str) -> None:
        request = urllib.request.Request(f"{self.url}{path}", method="POST")  # noqa: S310
        with urllib.request.urlopen(request, timeout=START_SECONDS):  # noqa: S310
            pass

    def stop(self) -> None:
        """Let it save and end; returns when it has."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=STOP_SECONDS)


def environment(home: Home, port: int) -> dict[str, str]:
    """All that the emulator sees of this machine, and the functions after it."""
    return {
        "PATH": os.defpath,
        "HOME": str(home.scratch),
        "TMPDIR": str(home.scratch),
        "LANG": "C.UTF-8",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home.state),
        "S3_DATA_DIR": str(home.state / "s3"),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        # MiniStack tidies up containers at its start: it must not find anybody's.
        "DOCKER_HOST": "unix:///nonexistent",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "LOG_LEVEL": "INFO",
        "AUTH": "true",
    }


def start(home: Home, *, port: int, api_port: int, lock: int) -> Emulator:
    """Return when it answers. It stops by itself when this process is gone."""
    command = [sys.executable, "-m", "local.emulator"]
    with home.emulator_log.open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--api-port", str(api_port)],
            cwd=PROJECT,
            env=environment(home, port),
            stdin=subprocess.PIPE,
            pass_fds=[lock],
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for the process that started it, which then stops it in order.
            start_new_session=True,
        )
    home.emulator_process_id.write_text(str(process.pid))
    emulator = Emulator(process, f"http://127.0.0.1:{port}")
    _wait(emulator, home)
    return emulator


def _wait(emulator: Emulator, home: Home) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and emulator.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{emulator.url}/_ministack/health", timeout=2):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(POLL_SECONDS)
    raise EmulatorFailedError(f"the emulator did not start, see {home.emulator_log}")
