"""How far Paddle's events have been compared with the ledger, and what was put back because of it.

Nothing promises that the ids of Paddle's events are in the order of their times. So one walk goes
through all events since a time, page by page, and the next one begins some hours before where
this one came to: what was listed late is met by the next.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

KEPT_FOR = timedelta(days=90)
"""How long Paddle remembers an event."""

OVERLAP = timedelta(hours=6)

PUT_BACK_MAX = 200
"""So many are remembered. The record is written with each page, so it stays small."""


class About(StrEnum):
    """What an event must have left in the ledger."""

    SALE = "sale"
    ADJUSTMENT = "adjustment"
    CUSTOMER = "customer"
    KEPT = "kept"
    """Itself: nobody here understands it yet."""


@dataclass(frozen=True, slots=True)
class Claim:
    """An event of Paddle, reduced to what must be in the ledger because of it.

    `id` is the transaction or the customer that it is about, or the event itself.
    """

    event_id: str
    event_type: str
    occurred_at: datetime
    about: About
    id: str
    adjustment_id: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class PutBack:
    """An event that nothing explained, and that was put on the queue for it: first, and last.

    `over` says that a person has it by now. It is remembered as long as walks meet it.
    """

    claim: Claim
    first_at: datetime
    last_at: datetime
    over: bool = False


@dataclass(frozen=True, slots=True)
class Walk:
    """One way through all events since a time, over several runs where there are many.

    `after` is the event that the next page comes after, `newest` the time of the newest one seen.
    `again_since` is that of the oldest one that was put back and is not remembered: the next walk
    has to look at it again.
    """

    since: datetime
    began_at: datetime
    after: str | None = None
    newest: datetime | None = None
    again_since: datetime | None = None

    def past(self, after: str | None, times: Iterable[datetime]) -> "Walk":
        """One page further, on which these times were seen."""
        seen = [*times, *([] if self.newest is None else [self.newest])]
        return replace(self, after=after, newest=max(seen, default=None))

    def forgetting(self, put: Iterable[PutBack]) -> "Walk":
        times = [one.claim.occurred_at for one in put]
        if self.again_since is not None:
            times.append(self.again_since)
        return replace(self, again_since=min(times, default=None))

    @property
    def reached(self) -> datetime | None:
        """Up to when everything was seen, None if nothing was. Not beyond its own beginning: who
        walks for hours passes by what happens meanwhile."""
        if self.newest is None:
            return None
        times = [self.newest, self.began_at]
        if self.again_since is not None:
            times.append(self.again_since)
        return min(times)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The one record of what runs leave to the next: where to go on, and what to look at again.

    `accounts_after` is the place in the list of sales behind which the next night begins.
    """

    seen_until: datetime | None = None
    walk: Walk | None = None
    put_back: tuple[PutBack, ...] = ()
    accounts_after: str | None = None

    def next_walk(self, *, begins_at: datetime, now: datetime) -> Walk:
        """The one that is not at its end, else a new one. None begins before `begins_at`."""
        if self.walk is not None:
            return self.walk
        starts = [begins_at, now - KEPT_FOR]
        if self.seen_until is not None:
            starts.append(self.seen_until - OVERLAP)
        return Walk(since=max(starts), began_at=now)

    def walked(self, walk: Walk, put: Iterable[PutBack], *, is_over: bool) -> "Reconciliation":
        """After a page on which these were put back."""
        after, forgotten = self.remembering(put)
        walk = walk.forgetting(forgotten)
        if not is_over:
            return replace(after, walk=walk)
        until = walk.reached or self.seen_until
        left = (one for one in after.put_back if not one.over or _is_met_again(one, until))
        return replace(after, walk=None, seen_until=until, put_back=tuple(left))

    def remembering(self, put: Iterable[PutBack]) -> tuple["Reconciliation", list[PutBack]]:
        """With these as far as there is room, and those for which there is none."""
        known = {one.claim.event_id for one in self.put_back}
        new = [one for one in put if one.claim.event_id not in known]
        room = max(PUT_BACK_MAX - len(self.put_back), 0)
        return replace(self, put_back=(*self.put_back, *new[:room])), new[room:]

    def settled(
        self,
        *,
        gone: frozenset[str] = frozenset(),
        again: frozenset[str] = frozenset(),
        over: frozenset[str] = frozenset(),
        at: datetime,
    ) -> "Reconciliation":
        """Without those that have arrived; some were put back once more, some a person has."""
        left = [one for one in self.put_back if one.claim.event_id not in gone]
        left = [replace(o, last_at=at) if o.claim.event_id in again else o for o in left]
        left = [replace(o, over=True) if o.claim.event_id in over else o for o in left]
        return replace(self, put_back=tuple(left))


def _is_met_again(one: PutBack, seen_until: datetime | None) -> bool:
    return seen_until is None or one.claim.occurred_at >= seen_until - OVERLAP
