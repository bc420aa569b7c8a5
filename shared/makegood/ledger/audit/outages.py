"""Outages: each begins before it ends, and those of one component do not overlap (I25)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

from makegood.ledger.audit.places import outages_named_by
from makegood.ledger.audit.stored import Finding, Values

COMPLETE = "service"
"""The component that stands for all of them."""


def outage_findings(items: Iterable[Values]) -> Iterator[Finding]:
    """What is wrong with the outages, the monitor and the list of complete ones."""
    by_id: dict[str, Values] = {}
    others = []
    for item in items:
        if item["pk"] == "OUTAGE_RECORDS":
            by_id[item["sk"]] = item
        else:
            others.append(item)
    yield from _in_turn(by_id.values())
    open_ids = {name for name, outage in by_id.items() if "ended_at" not in outage}
    for item in others:
        yield from _named(item, by_id)
        if item["pk"] == "MONITOR":
            open_ids -= set(outages_named_by(item))
    for name in sorted(open_ids):
        yield Finding(f"outage {name}", "is open, and the monitor does not know it")


def _in_turn(outages: Iterable[Values]) -> Iterator[Finding]:
    by_component: defaultdict[str, list[Values]] = defaultdict(list)
    for outage in outages:
        by_component[outage["component"]].append(outage)
        start, last = outage["started_at"], outage["last_failed_at"]
        if not start <= last <= outage.get("ended_at", last):
            yield Finding(f"outage {outage['outage_id']}", "ended before it began")
    for several in by_component.values():
        several.sort(key=lambda outage: str(outage["started_at"]))
        for before, after in pairwise(several):
            if after["started_at"] <= before.get("ended_at", after["started_at"]):
                where = f"outage {after['outage_id']}"
                yield Finding(where, f"overlaps {before['outage_id']}, of the same component")


def _named(item: Values, by_id: dict[str, Values]) -> Iterator[Finding]:
    """The monitor's open outages, and the complete ones as they are stored themselves."""
    where = f"{item['pk']}, {item['sk']}"
    if item["pk"] == "MONITOR":
        for component, name in item["open"].items():
            outage = by_id.get(name, {})
            if outage.get("component") != component or "ended_at" in outage:
                yield Finding(where, f"names the outage {name}, which is not open")
        return
    for span in item["spans"]:
        outage = by_id.get(span["outage_id"], {})
        told = [outage.get(name) for name in ("component", "started_at", "last_failed_at")]
        if told != [COMPLETE, span["started_at"], span["last_failed_at"]]:
            yield Finding(where, f"has the outage {span['outage_id']} otherwise than it is")
