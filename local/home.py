"""Where the laptop keeps what must survive a restart: one folder, ignored by git."""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT = PROJECT / ".local"
POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Home:
    folder: Path

    @property
    def stack_json(self) -> Path:
        """Exists while a stack runs, and only then."""
        return self.folder / "stack.json"

    @property
    def process_id(self) -> Path:
        return self.folder / "run.pid"

    @property
    def emulator_process_id(self) -> Path:
        return self.folder / "emulator.pid"

    @property
    def log(self) -> Path:
        return self.folder / "run.log"

    @property
    def emulator_log(self) -> Path:
        return self.folder / "emulator.log"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def scratch(self) -> Path:
        return self.folder / "tmp"

    @property
    def signing_key(self) -> Path:
        return self.folder / "token-key.pem"

    @property
    def paddle(self) -> Path:
        return self.folder / "paddle.json"

    @property
    def ports(self) -> Path:
        return self.folder / "ports.json"

    @property
    def deployed(self) -> Path:
        """Which template, code and parameters the stack was last brought to."""
        return self.folder / "deployed.json"

    @contextmanager
    def locked(self, patience_seconds: float = 0) -> Iterator[int | None]:
        """A lock that nobody else has as long as one process keeps it open; None where one does.

        A stack that was killed a moment ago still has it: its emulator is saving.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            yield lock.fileno() if _lock(lock.fileno(), patience_seconds) else None

    def in_use(self) -> bool:
        with self.locked() as lock:
            return lock is None

    def make(self) -> None:
        """What the functions of an earlier run left in the scratch folder goes."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        for folder in (self.folder, self.state, self.scratch):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _lock(file: int, patience_seconds: float) -> bool:
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_SECONDS)
        else:
            return True


def read_json(path: Path) -> Any:
    """The content, or None when there is no such file."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None


def write_json(path: Path, content: Any) -> None:
    """All of it or nothing: a reader never sees half a file."""
    write_private(path, json.dumps(content, indent=2).encode() + b"\n")


def write_private(path: Path, content: bytes) -> None:
    """Readable by its owner only, from the first byte on."""
    half = path.with_suffix(".half")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    half.replace(path)
