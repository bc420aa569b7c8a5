"""What a run of the probes does to the outages that are known."""

from dataclasses import dataclass, replace

from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.monitor import Monitor, Observation, Seen, is_news, observe
from makegood.domain.outage import COMPLETE_FROM, CompleteOutages, Outage, Telling
from makegood.domain.studio import OutageNotice
from makegood.errors import LedgerDamagedError
from makegood.plans.case_opening import settings_in_force
from makegood.policy.outages import may_concern_somebody
from makegood.policy.published import Policies


@dataclass(frozen=True, slots=True)
class Watched:
    """What a run came to. `again` says that it was told before, or has been overtaken."""

    seen: Seen
    again: bool


def watch(observation: Observation, *, policies: Policies) -> Decide[Watched]:
    """Move the monitor and the outages on by one observation."""

    def decide(facts: Facts) -> Plan[Watched]:
        monitor = monitor_of(facts)
        if not is_news(monitor, observation.at):
            return Plan(Watched(Seen(monitor), again=True))
        known = [outage_of(facts, outage_id) for outage_id in monitor.open.values()]
        seen = _with_those_to_tell(observe(monitor, known, observation), facts, policies)
        changed = (*seen.opened, *seen.extended, *seen.closed)
        return Plan(
            Watched(seen, again=False), (seen.monitor, *changed, *_complete(facts, changed))
        )

    return decide


def monitor_of(facts: Facts) -> Monitor:
    return facts.get(Key(Monitor, "")) or Monitor()


def outage_of(facts: Facts, outage_id: str) -> Outage:
    """An outage that another record names. Raises LedgerDamagedError where there is none."""
    outage = facts.get(Key(Outage, outage_id))
    if outage is None:
        raise LedgerDamagedError("an outage that is named is not there")
    return outage


def _complete(facts: Facts, changed: tuple[Outage, ...]) -> tuple[CompleteOutages, ...]:
    """What decisions read is brought up to date together with the outage itself."""
    known = facts.get(Key(CompleteOutages, "")) or CompleteOutages()
    newer = known
    for outage in changed:
        if outage.is_complete and outage.lasted >= COMPLETE_FROM:
            newer = newer.with_outage(outage)
    return () if newer == known else (newer,)


def _with_those_to_tell(seen: Seen, facts: Facts, policies: Policies) -> Seen:
    closed = tuple(_to_tell(outage, facts, policies) for outage in seen.closed)
    waiting = tuple(outage.outage_id for outage in closed if outage.telling is not None)
    monitor = replace(seen.monitor, telling=(*seen.monitor.telling, *waiting))
    return replace(seen, monitor=monitor, closed=closed)


def _to_tell(outage: Outage, facts: Facts, policies: Policies) -> Outage:
    """With what its customers get without asking, by the switch that is in force as it ends."""
    if not may_concern_somebody(outage, policies):
        return outage
    chosen = settings_in_force(facts).outage_notice
    if chosen is None:
        chosen = policies.in_force(outage.started_at).outage_notice.value
    return outage if chosen is OutageNotice.NOTHING else replace(outage, telling=Telling(chosen))
