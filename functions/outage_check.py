"""Asks each minute whether the capabilities are there, and keeps what it sees of outages."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from makegood import wiring
from makegood.domain.monitor import Observation
from makegood.domain.outage import SERVICE, Outage
from makegood.domain.studio import Probe, StudioSettings
from makegood.events.schedules import scheduled_time
from makegood.observability import count, log, measure
from makegood.outward.private import private_networks
from makegood.outward.probing import NOT_SENT, probe_all
from makegood.plans.outages import Watched, watch
from makegood.telling import tell_waiting

REFERENCE = "#reference"
"""It is asked beside the capabilities, none of which can have this name."""

ANSWERED = "status_"


def lambda_handler(event: Mapping[str, Any], context: wiring.Context) -> None:
    now, time_left = scheduled_time(event), wiring.time_left(context)
    ledger, policies = wiring.ledger(), wiring.policies()
    settings = wiring.refreshed_settings(now, time_left)
    failures, unseen = evidence(settings)
    try:
        if failures:
            decision = watch(Observation(now, failures, unseen), policies=policies)
            tell(ledger.decide(decision, time_left=time_left))
    finally:
        # Whoever waits for news of an earlier outage does not wait for what is wrong with this one.
        tell_waiting(ledger, policies=policies, zones=ZoneInfo, now=now, time_left=time_left)


def evidence(settings: StudioSettings) -> tuple[Mapping[str, str | None], frozenset[str]]:
    """What this run can say of each capability, and what it could not ask.

    With no answer from anybody, somebody else's site included, it is we who are cut off: then it
    says nothing. What is refused here, and not called, may well be there.
    """
    if not settings.probes:
        return {}, frozenset()
    reference = [Probe(REFERENCE, settings.reference_url)] if settings.reference_url else []
    answers = dict(probe_all([*settings.probes, *reference], private=private_networks()))
    refused = {name: why for name, why in answers.items() if why in NOT_SENT}
    if refused:
        count("ProbesRefused", len(refused))
        log("probes.refused", **refused)
    unreached = answers.pop(REFERENCE, None)
    asked = {name: why for name, why in answers.items() if name not in refused}
    count("ProbesFailed", sum(why is not None for why in asked.values()))
    if asked and is_cut_off(unreached, asked.values()):
        count("ProbesCutOff")
        log("probes.cut_off", why=unreached)
        return {}, frozenset()
    return asked, frozenset(refused)


def is_cut_off(unreached: str | None, answers: Iterable[str | None]) -> bool:
    """Any status of somebody else's site shows that the way out is open; so does one of ours.

    A reference that may not be called shows nothing.
    """
    if unreached is None or unreached.startswith(ANSWERED):
        return False
    return all(why is not None and not why.startswith(ANSWERED) for why in answers)


def tell(watched: Watched) -> None:
    if watched.again:
        log("probes.told_again")
        return
    seen = watched.seen
    down = [outage for outage in (*seen.opened, *seen.extended) if outage.is_complete]
    if down or SERVICE not in seen.monitor.open:
        measure("ServiceDownSeconds", [_seconds(outage) for outage in down] or [0], "Seconds")
    measure("OutagesOpen", [len(seen.monitor.open)], "Count")
    for outage in seen.opened:
        log("outage.opened", outage_id=outage.outage_id, component=outage.component)
    for outage in seen.closed:
        log(
            "outage.closed",
            outage_id=outage.outage_id,
            component=outage.component,
            seconds=_seconds(outage),
            gaps=outage.gap_count,
        )


def _seconds(outage: Outage) -> int:
    return int(outage.lasted.total_seconds())
