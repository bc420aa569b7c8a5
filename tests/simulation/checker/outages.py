"""Recorded outages against what was really down (I25)."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from tests.simulation.checker.access import texts
from tests.simulation.checker.reading import NOTHING, Record, Records
from tests.simulation.witness import Witness

SERVICE = "service"
CLOCKS = 600.0
"""A probe is dated by its schedule, and can run some minutes later."""

LONG = 72 * 3600.0


def wrong_outages(records: Records, witness: Witness) -> Iterator[str]:
    by_component: defaultdict[str, list[Record]] = defaultdict(list)
    for outage in records.outages:
        by_component[outage["component"]].append(outage)
        yield from _times(outage)
        yield from _really_down(outage, witness)
    for component, outages in by_component.items():
        outages.sort(key=lambda one: str(one["started_at"]))
        for before, after in pairwise(outages):
            if before.get("ended_at") is None or before["ended_at"] > after["started_at"]:
                yield f"I25: two outages of {component} overlap at {after['started_at']}"
    yield from _complete(records, by_component[SERVICE])
    yield from _open(records)
    for case in records.cases.values():
        yield from _due_to_outage(records, case, by_component[SERVICE])


def _times(outage: Record) -> Iterator[str]:
    times = [outage["started_at"], outage["last_failed_at"], outage.get("ended_at")]
    known = [one for one in times if one is not None]
    if known != sorted(known):
        yield f"I25: {outage['outage_id']} has its times in no order: {known}"


def _really_down(outage: Record, witness: Witness) -> Iterator[str]:
    """From its first failed probe to its last, this was down; at its end it was not."""
    component = outage["component"]
    wanted = {down.capability for down in witness.downs} if component == SERVICE else {component}
    for attribute in ("started_at", "last_failed_at"):
        at = _seconds(outage[attribute], witness)
        down = {
            one.capability
            for one in witness.downs
            if one.since - CLOCKS <= at and (one.until is None or at <= one.until + CLOCKS)
        }
        if not down or not wanted <= down:
            yield f"I25: {outage['outage_id']} has {attribute} {outage[attribute]}, and it was up"


def _seconds(text: str, witness: Witness) -> float:
    return datetime.fromisoformat(text).timestamp() - witness.began_at


def _took(begin: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def _complete(records: Records, outages: list[Record]) -> Iterator[str]:
    """Short ones need not be there, as they concern nobody."""
    times = [{one["started_at"], one["last_failed_at"]} for one in outages]
    spans = [set(texts(span)) for span in records.complete_outages]
    for span in spans:
        if not any(one <= span for one in times):
            yield f"I25: a complete outage is said to be of {sorted(span)}, by no record"
    for one, outage in zip(times, outages, strict=True):
        is_long = _took(outage["started_at"], outage["last_failed_at"]) > LONG
        if is_long and not any(one <= span for span in spans):
            yield f"I25: {outage['outage_id']} is not among the complete outages"


def _open(records: Records) -> Iterator[str]:
    monitor = records.single.get("MONITOR", NOTHING)
    wanted = {one["component"] for one in records.outages if "ended_at" not in one}
    got = set(monitor.get("open", ()))
    if wanted != got:
        yield f"I25: the monitor has {sorted(got)} as down, by the records {sorted(wanted)}"


def _due_to_outage(records: Records, case: Record, outages: list[Record]) -> Iterator[str]:
    """Money for an outage: more than 72 hours of it lay after the purchase."""
    decision = case["decision"]
    if decision["clause"] != "2(d)" or decision["outcome"] != "eligible":
        return
    purchase = records.purchases.get(case.get("transaction_id", ""), NOTHING)
    bought = purchase.get("occurred_at", case["opened_at"])
    for one in outages:
        begin = max(one["started_at"], bought)
        end = one.get("ended_at", one["last_failed_at"])
        if _took(begin, end) > LONG:
            return
    yield f"I25: {case['case_id']} is due to an outage of 72 hours, and there was none"
