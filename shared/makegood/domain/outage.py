"""Outages, as the probes saw them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from makegood.domain.studio import OutageNotice

SERVICE = "service"
"""The component that is down while every capability is down at once: completely unavailable."""

GAPS_MAX = 100
REASONS_MAX = 20
NAME_MAX = 48
COMPLETE_MAX = 100
COMPLETE_FROM = timedelta(days=1)
"""Complete outages from this length on are kept for decisions. No policy asks for less."""

OTHER_REASONS = "other"


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which nobody looked: neither up nor down."""

    start: datetime
    end: datetime

    @property
    def lasted(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class OutageSpan:
    """How long an outage certainly lasted: from the first failed probe to the last one."""

    outage_id: str
    started_at: datetime
    last_failed_at: datetime

    @property
    def lasted(self) -> timedelta:
        return self.last_failed_at - self.started_at


@dataclass(frozen=True, slots=True)
class CompleteOutages:
    """The long outages of the whole service, oldest first: what clause 2(d) is judged by.

    One record for all, so that a decision reads it consistently by its key.
    """

    spans: tuple[OutageSpan, ...] = ()

    def with_outage(self, outage: "Outage") -> "CompleteOutages":
        """With what is known of it by now. The oldest are forgotten beyond a hundred."""
        others = [span for span in self.spans if span.outage_id != outage.outage_id]
        spans = sorted([*others, outage.span], key=lambda span: span.started_at)
        return CompleteOutages(tuple(spans[-COMPLETE_MAX:]))


class Ending(StrEnum):
    """Why an outage is no longer open."""

    ANSWERED = "answered"
    UNWATCHED = "unwatched"
    """The settings name its capability no longer, so nobody can tell."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How far the customers concerned by an outage have been told, or offered a case.

    `position` is where the list of purchases goes on; `done_at` says that it is through. `failed`
    is how often in a row the part from there on met an error of this software.
    """

    notice: OutageNotice
    position: str | None = None
    told: int = 0
    failed: int = 0
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """What is known of one outage of one component, with its evidence.

    `gaps` are the longest hundred of `gap_count`; `unseen` is the length of all. `reasons` counts
    the failed answers by what was wrong with them. `ended_at` is the first healthy answer.
    """

    outage_id: str
    component: str
    started_at: datetime
    last_failed_at: datetime
    failed_probes: int = 1
    gaps: tuple[Gap, ...] = ()
    gap_count: int = 0
    unseen: timedelta = timedelta()
    reasons: Mapping[str, int] = field(default_factory=dict)
    ended_at: datetime | None = None
    ending: Ending | None = None
    telling: Telling | None = None

    @property
    def is_complete(self) -> bool:
        return self.component == SERVICE

    @property
    def span(self) -> OutageSpan:
        return OutageSpan(self.outage_id, self.started_at, self.last_failed_at)

    @property
    def lasted(self) -> timedelta:
        return self.span.lasted

    def failed_again(
        self, at: datetime, reasons: Iterable[str], *, gap_from: timedelta
    ) -> "Outage":
        """One failed probe longer. Above `gap_from` since the last one, nobody looked."""
        gap = Gap(self.last_failed_at, at)
        longer = replace(
            self,
            last_failed_at=at,
            failed_probes=self.failed_probes + 1,
            reasons=counted(self.reasons, reasons),
        )
        if gap.lasted <= gap_from:
            return longer
        return replace(
            longer,
            gaps=_longest(self.gaps, gap),
            gap_count=self.gap_count + 1,
            unseen=self.unseen + gap.lasted,
        )

    def ended(self, at: datetime, ending: Ending) -> "Outage":
        return replace(self, ended_at=at, ending=ending)


def outage_id_of(component: str, started_at: datetime) -> str:
    """An id that sorts by time. A long name is too much for an id; a digest stands for it."""
    name = component
    if len(name) > NAME_MAX:
        name = sha256(component.encode()).hexdigest()[:NAME_MAX]
    return f"outage_{started_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}_{name}"


def counted(known: Mapping[str, int], reasons: Iterable[str]) -> dict[str, int]:
    """Beyond twenty different reasons, new ones are counted together."""
    counts = dict(known)
    for reason in reasons:
        name = reason if reason in counts or len(counts) < REASONS_MAX else OTHER_REASONS
        counts[name] = counts.get(name, 0) + 1
    return counts


def _longest(gaps: tuple[Gap, ...], gap: Gap) -> tuple[Gap, ...]:
    kept = sorted([*gaps, gap], key=lambda one: one.lasted, reverse=True)[:GAPS_MAX]
    return tuple(sorted(kept, key=lambda one: one.start))
