"""Many who do something at once, and what the audit says afterwards."""

import itertools
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from makegood.domain.facts import Decide
from makegood.errors import MakegoodError
from makegood.ledger.audit.checking import audit
from makegood.ledger.audit.sources import LiveTable
from makegood.ledger.audit.spool import Spool
from makegood.ledger.store import Ledger, TimeLeft
from tests.emulator.conftest import THREADS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")


def patience() -> TimeLeft:
    """Time for many attempts among rivals, counted in questions for it, and not for ever."""
    answers = itertools.repeat(25.0, 2000)
    return lambda: next(answers, 0.0)


def at_once(work: Sequence[Callable[[], T]], *, threads: int = THREADS) -> list[T]:
    """Begin them together, and return what they return in the order given."""
    start = threading.Barrier(min(threads, len(work)))
    waited = threading.local()

    def begin(one: Callable[[], T]) -> T:
        if not hasattr(waited, "once"):
            waited.once = True
            start.wait(timeout=30)
        return one()

    with ThreadPoolExecutor(start.parties) as pool:
        return list(pool.map(begin, work))


def chance(seed: int) -> random.Random:
    """The same every time for a seed."""
    return random.Random(seed)  # noqa: S311 - nothing secret.


def told(ledger: Ledger, decision: Decide[T]) -> Callable[[], T | MakegoodError]:
    def tell() -> T | MakegoodError:
        (result,) = ledger.decide_all([decision], time_left=patience())
        return result

    return tell


def do(ledger: Ledger, decision: Decide[T]) -> T:
    return ledger.decide(decision, time_left=patience())


def audited(client: "DynamoDBClient", table: str) -> list[str]:
    with Spool() as spool:
        audit(LiveTable(client, table), spool)
        return [str(finding) for finding in spool.findings()]
