"""A file of changes since a store was last saved whole: one JSON array a line, in order."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Journal:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("a")
        # Functions' pollers write from their own threads.
        self._lock = threading.Lock()

    def write(self, *change: Any) -> None:
        """Returns when the operating system has it: it outlives this process, however that ends."""
        with self._lock:
            self._file.write(json.dumps(change, separators=(",", ":")) + "\n")
            self._file.flush()

    def changes(self) -> Iterator[list[Any]]:
        for line in self._path.read_text().splitlines():
            try:
                change = json.loads(line)
            except ValueError:
                # The last line, of a write that was cut short: it had not been answered.
                return
            yield change

    def clear(self) -> None:
        with self._lock:
            self._file.truncate(0)
