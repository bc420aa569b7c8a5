"""From probes to outages: one state, moved by one run after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from makegood.domain.outage import SERVICE, Ending, Outage, counted, outage_id_of

FAILURES_TO_OPEN = 3
"""In a row. Less is a hiccup; a single healthy answer ends an outage all the same."""

GAP_FROM = timedelta(minutes=5)
"""Runs come each minute. With more than this between two, nobody looked."""

SUSPECT_FOR = timedelta(hours=1)
"""Failures so far apart do not add up to an outage: they may be two hiccups. Only once an outage
is open does it go on across any gap, if the component is down behind it too."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What one run saw: for each capability why it failed, None where it answered well.

    `unseen` is what could not be asked, so that this run says nothing about it.
    """

    at: datetime
    failures: Mapping[str, str | None]
    unseen: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Monitor:
    """What is remembered from run to run.

    `suspected` have failed, not yet often enough in a row. `open` are the ids of open outages by
    component. `telling` are ended outages whose customers are still to be told.
    """

    seen_at: datetime | None = None
    suspected: tuple[Outage, ...] = ()
    open: Mapping[str, str] = field(default_factory=dict)
    telling: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What an observation changed. All outages that changed are in exactly one of the three."""

    monitor: Monitor
    opened: tuple[Outage, ...] = ()
    extended: tuple[Outage, ...] = ()
    closed: tuple[Outage, ...] = ()


def is_news(monitor: Monitor, at: datetime) -> bool:
    """A run for a time that is not behind the last one is a copy, or has been overtaken."""
    return monitor.seen_at is None or at > monitor.seen_at


def observe(monitor: Monitor, open_outages: Sequence[Outage], seen: Observation) -> Seen:
    """Move on by one observation. `open_outages` are those that the monitor names.

    Of a component that was not seen, everything stays as it is: nobody looked.
    """
    down, unseen = _down(seen), _unseen(seen)
    was_open = {outage.component: outage for outage in open_outages}
    was_suspected = {outage.component: outage for outage in monitor.suspected}
    known = was_suspected | was_open
    failing = {
        component: _failing(component, known.get(component), at=seen.at, reasons=reasons)
        for component, reasons in down.items()
    }
    confirmed = {c: o for c, o in failing.items() if o.failed_probes >= FAILURES_TO_OPEN}
    return Seen(
        monitor=replace(
            monitor,
            seen_at=seen.at,
            suspected=tuple(
                o for c, o in (_left(was_suspected, unseen) | failing).items() if c not in confirmed
            ),
            open={c: o.outage_id for c, o in (_left(was_open, unseen) | confirmed).items()},
        ),
        opened=tuple(o for c, o in confirmed.items() if c not in was_open),
        extended=tuple(o for c, o in confirmed.items() if c in was_open),
        closed=tuple(
            outage.ended(seen.at, _ending(component, seen))
            for component, outage in was_open.items()
            if component not in down and component not in unseen
        ),
    )


def _down(seen: Observation) -> dict[str, list[str]]:
    """The components that are down, and why: the whole service if every capability is."""
    down = {c: [reason] for c, reason in seen.failures.items() if reason is not None}
    # A capability of that name would be taken for the whole.
    down.pop(SERVICE, None)
    reasons = [reason for reason in seen.failures.values() if reason is not None]
    if reasons and len(reasons) == len(seen.failures) and not seen.unseen:
        down[SERVICE] = reasons
    return down


def _unseen(seen: Observation) -> frozenset[str]:
    """With the whole service, unless a part of it answered: then that is not down, certainly."""
    if not seen.unseen or None in seen.failures.values():
        return seen.unseen
    return seen.unseen | {SERVICE}


def _left(outages: Mapping[str, Outage], components: frozenset[str]) -> dict[str, Outage]:
    return {component: outage for component, outage in outages.items() if component in components}


def _failing(
    component: str, known: Outage | None, *, at: datetime, reasons: Sequence[str]
) -> Outage:
    if known is None or _is_forgotten(known, at):
        return Outage(outage_id_of(component, at), component, at, at, reasons=counted({}, reasons))
    return known.failed_again(at, reasons, gap_from=GAP_FROM)


def _is_forgotten(known: Outage, at: datetime) -> bool:
    suspected = known.failed_probes < FAILURES_TO_OPEN
    return suspected and at - known.last_failed_at > SUSPECT_FOR


def _ending(component: str, seen: Observation) -> Ending:
    watched = component == SERVICE or component in seen.failures
    return Ending.ANSWERED if watched else Ending.UNWATCHED
