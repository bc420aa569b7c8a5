"""What the stand-in remembers: a file that only grows, where the last line of an id wins."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Records:
    """Kept by kind ("customers", "events", …) and id, in the order in which the ids first came."""

    def __init__(self, path: Path | None = None) -> None:
        """`path` None keeps everything in memory only."""
        self._path = path
        self._lock = threading.Lock()
        self._kinds: dict[str, dict[str, Record]] = {}
        if path is not None and path.exists():
            self._load(path)

    def put(self, kind: str, record: Mapping[str, Any]) -> None:
        with self._lock:
            self._kinds.setdefault(kind, {})[record["id"]] = dict(record)
            if self._path is not None:
                with self._path.open("a") as file:
                    file.write(_line(kind, record))

    def find(self, kind: str, record_id: str) -> Record | None:
        with self._lock:
            return self._kinds.get(kind, {}).get(record_id)

    def all(self, kind: str) -> list[Record]:
        with self._lock:
            return list(self._kinds.get(kind, {}).values())

    def _load(self, path: Path) -> None:
        for line in path.read_text().splitlines():
            try:
                kind, record = json.loads(line)
            except ValueError:
                # The last line, of a write that a kill cut short.
                continue
            self._kinds.setdefault(kind, {})[record["id"]] = record
        self._compact(path)

    def _compact(self, path: Path) -> None:
        half = path.with_suffix(".half")
        with half.open("w") as file:
            for kind, records in self._kinds.items():
                file.writelines(_line(kind, record) for record in records.values())
        half.replace(path)


def _line(kind: str, record: Mapping[str, Any]) -> str:
    return json.dumps([kind, record], separators=(",", ":")) + "\n"
