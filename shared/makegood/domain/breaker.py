"""The circuit breaker: payouts stop when more of them begin in an hour than a studio expects.

It stays open until a person has looked: a rate limit alone would let a mistake go on for ever.
What is approved meanwhile is kept and waits.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from makegood.domain.money import Money

WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Minute:
    """The payouts that began within one minute: how many, and their sum by currency."""

    at: datetime
    count: int
    sums: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that is normal in an hour. A currency without an amount is bounded by `count`."""

    count: int
    sums: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Breaker:
    """What has begun lately, oldest first. It is open since `tripped_at`, for the reason `why`.

    `tripped_by` is the payout that was one too many. Once a person has looked, its sum is
    `allowed`: one that alone is above the bound would trip it again and again.
    """

    minutes: tuple[Minute, ...] = ()
    tripped_at: datetime | None = None
    why: str | None = None
    resumed_at: datetime | None = None
    resumed_by: str | None = None
    resumed_why: str | None = None
    tripped_by: str | None = None
    allowed: str | None = None

    @property
    def is_open(self) -> bool:
        return self.tripped_at is not None

    def with_one(self, payout_id: str, money: Money, *, bounds: Bounds, now: datetime) -> "Breaker":
        """After one more payout; open, and without it, if it is one too many."""
        lately = tuple(minute for minute in self.minutes if minute.at > now - WINDOW)
        count = sum(minute.count for minute in lately) + 1
        total = sum(minute.sums.get(money.currency, 0) for minute in lately) + money.amount_minor
        if count > bounds.count:
            return replace(self, tripped_at=now, why="count", tripped_by=payout_id)
        if total > bounds.sums.get(money.currency, total) and payout_id != self.allowed:
            why = f"sum_{money.currency}"
            return replace(self, tripped_at=now, why=why, tripped_by=payout_id)
        return replace(self, minutes=_added(lately, money, now.replace(second=0, microsecond=0)))

    def resumed(self, *, by: str, why: str, now: datetime) -> "Breaker":
        """Closed by a person. What has begun before counts no more."""
        return Breaker(resumed_at=now, resumed_by=by, resumed_why=why, allowed=self.tripped_by)


def _added(minutes: tuple[Minute, ...], money: Money, at: datetime) -> tuple[Minute, ...]:
    sums = Counter({money.currency: money.amount_minor})
    same = [minute for minute in minutes if minute.at == at]
    for minute in same:
        sums.update(minute.sums)
    others = [minute for minute in minutes if minute.at != at]
    added = Minute(at, sum(minute.count for minute in same) + 1, dict(sums))
    return tuple(sorted([*others, added], key=lambda minute: minute.at))
