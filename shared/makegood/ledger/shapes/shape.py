"""What it takes to keep a kind of record in the table."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from makegood.domain.entry import timestamp

R = TypeVar("R")
Values = dict[str, Any]

SHARDS = 16
"""Over how many keys a work list is spread: one index key takes 1,000 writes a second."""


@dataclass(frozen=True, slots=True)
class Shape(Generic[R]):
    """How one kind of record is kept. `id` names it, `place` gives its primary key from that.

    `once` marks what is written once and never again: an entry, a change of status.
    """

    id: Callable[[R], Any]
    place: Callable[[Any], tuple[str, str]]
    write: Callable[[R], Values]
    read: Callable[[Values], R]
    once: bool = False


def shard_of(text: str) -> int:
    return zlib.crc32(text.encode()) % SHARDS


def work_list(name: str, shard: int) -> str:
    return f"{name}#{shard:02d}"


def to_time(value: str) -> datetime:
    return datetime.fromisoformat(value)


def to_time_if_any(value: str | None) -> datetime | None:
    return None if value is None else to_time(value)


def timestamp_if_any(at: datetime | None) -> str | None:
    return None if at is None else timestamp(at)
