"""Mistakes that are easy to make, planted: the simulation is worth what it finds of them.

Each replaces a part of the product for the length of a story, here and nowhere else. Its docstring
says what somebody thought who made it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.simulation.mistakes import (
    adjustments,
    cases,
    expressions,
    jobs,
    ledger,
    lists,
    payouts,
    processes,
    purchases,
    queues,
    relay,
    webhooks,
)
from tests.simulation.mistakes.planting import Mistake, all_modules
from tests.simulation.starts import STARTS, start

PLACES = {
    "ledger": ledger.MISTAKES,
    "expressions": expressions.MISTAKES,
    "lists": lists.MISTAKES,
    "jobs": jobs.MISTAKES,
    "purchases": purchases.MISTAKES,
    "adjustments": adjustments.MISTAKES,
    "payouts": payouts.MISTAKES,
    "cases": cases.MISTAKES,
    "webhooks": webhooks.MISTAKES,
    "queues": queues.MISTAKES,
    "relay": relay.MISTAKES,
    "processes": processes.MISTAKES,
}

MISTAKES: dict[str, Mistake] = {
    mistake.__name__: mistake for made in PLACES.values() for mistake in made
}


@contextmanager
def planted(name: str | None) -> Iterator[None]:
    if name is None:
        yield
        return
    _make_all_that_is_kept()
    with pytest.MonkeyPatch.context() as patch:
        MISTAKES[name](patch)
        yield


def _make_all_that_is_kept() -> None:
    """A start of a story is made once for all stories, and a module is read once: both rightly."""
    all_modules()
    for name in STARTS:
        start(name)
