"""Keeps what the stand-in remembers: a file that only grows; the last line of an id wins."""

import json
from collections.abc import Iterable
from pathlib import Path

from local.paddle.core.state import Change


class Journal:
    def __init__(self, path: Path | None) -> None:
        """`path` None keeps nothing."""
        self._path = path

    def read(self) -> list[Change]:
        if self._path is None or not self._path.exists():
            return []
        changes = []
        for line in self._path.read_text().splitlines():
            try:
                kind, record = json.loads(line)
            except ValueError:
                # The last line, of a write that a kill cut short.
                continue
            changes.append((kind, record))
        return changes

    def write(self, changes: Iterable[Change]) -> None:
        lines = [_line(change) for change in changes]
        if self._path is not None and lines:
            with self._path.open("a") as file:
                file.writelines(lines)

    def compact(self, whole: Iterable[Change]) -> None:
        """Begin anew with this alone."""
        if self._path is None:
            return
        half = self._path.with_suffix(".half")
        with half.open("w") as file:
            file.writelines(_line(change) for change in whole)
        half.replace(self._path)


def _line(change: Change) -> str:
    return json.dumps(change, separators=(",", ":")) + "\n"
