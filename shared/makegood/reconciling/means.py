"""What a run works with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from makegood.batch import decided
from makegood.domain.facts import Decide, Facts, Key
from makegood.domain.reconciliation import Reconciliation
from makegood.effects.paddle_events_queue import PaddleEventsQueue
from makegood.effects.payouts_queue import PayoutsQueue
from makegood.errors import MakegoodError, QueueUnavailableError
from makegood.ledger.store import Ledger, TimeLeft
from makegood.ledger.table import Table
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.reconciling.progress import so_far

T = TypeVar("T")

ROUND_SECONDS = 3600
"""From one run to the next. Of long lists each run takes another part."""


@dataclass(frozen=True, slots=True)
class Means:
    """What Paddle tells of times before `begins_at` is none of this ledger's business."""

    ledger: Ledger
    events_queue: PaddleEventsQueue
    payouts_queue: PayoutsQueue
    rules: Rules
    begins_at: datetime
    time_left: TimeLeft

    @property
    def now(self) -> datetime:
        return self.rules.now

    @property
    def table(self) -> Table:
        return self.ledger.table

    def has_time(self, reserve: float) -> bool:
        return self.time_left() > reserve

    def read(self, keys: Iterable[Key[Any]]) -> Facts:
        """These records as they are now. For looking only: what is decided reads for itself."""
        found = self.table.read(keys)
        return Facts({key: stored.record for key, stored in found.items()})

    def so_far(self) -> Reconciliation:
        return so_far(self.read([Key(Reconciliation, "")]))

    def decide(self, decision: Decide[T]) -> T:
        return self.ledger.decide(decision, time_left=self.time_left)

    def decide_all(self, decisions: Sequence[Decide[T]]) -> list[T | MakegoodError]:
        return decided(decisions, self.ledger, self.time_left)

    def put(self, messages: dict[str, str]) -> None:
        """Put events on their queue. Raises QueueUnavailableError unless it has them all."""
        if self.events_queue.send(messages):
            raise QueueUnavailableError("the events queue did not confirm a message")

    def turn(self, names: Sequence[str], most: int) -> list[str]:
        """So many of these, others each time, so that in some runs all have their turn."""
        if len(names) <= most:
            return list(names)
        start = int(self.now.timestamp()) // ROUND_SECONDS * most % len(names)
        return [*names[start:], *names[:start]][:most]
