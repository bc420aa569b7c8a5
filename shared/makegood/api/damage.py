"""Damaged records in what people ask for."""

from collections.abc import Iterable
from typing import TypeVar

from makegood.ledger.reads import Slice
from makegood.observability import count, log

R = TypeVar("R")


def noticed(part: Slice[R], kind: str) -> Slice[R]:
    notice(part.damaged, kind)
    return part


def notice(damaged: Iterable[str], kind: str) -> None:
    """One damaged record does not block a list, and does not vanish from it in silence."""
    ids = list(damaged)
    for record_id in ids:
        log(f"{kind}.unreadable", **{f"{kind}_id": record_id})
    if ids:
        count(f"{kind.title()}sUnreadable", len(ids))
