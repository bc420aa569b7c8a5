"""The targets by name. Each is loaded alone: what it does not use would count as not covered."""

import importlib
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

Target = Callable[[bytes], None]

SIZES = {"webhook": 768, "header": 1_100, "queue": 1_536, "api": 768}
"""The targets, and how many bytes the longest inputs have that are made for them."""


def target(name: str) -> Target:
    """It takes any bytes, and raises if a promise of the door is broken.

    An error that the door does not document comes out as it is, and is a finding too.
    """
    door: Any = importlib.import_module(f"tests.fuzzing.doors.{name}")
    return cast("Target", door.judge)


class _Lines(io.TextIOBase):
    """Standard output of the product: each write is one line of JSON."""

    def write(self, text: str) -> int:
        assert text.isascii()
        assert text.index("\n") == len(text) - 1
        return len(text)


@contextmanager
def quiet() -> Iterator[None]:
    """Log lines are looked at, and not shown."""
    before, sys.stdout = sys.stdout, cast("Any", _Lines())
    try:
        yield
    finally:
        sys.stdout = before
