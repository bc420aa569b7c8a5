"""What waits for a person is on a list, and what a person should see is a case (I17, I19)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256

from tests.simulation.checker.reading import Record, Records
from tests.simulation.checker.standing import TAKING
from tests.simulation.witness import Call, Witness

INDEX_LAG = 60.0
"""A list can be behind by as much."""

TWINS_WITHIN = 15 * 60.0


def wrong_lists(records: Records, witness: Witness) -> Iterator[str]:
    for name, purchase in records.purchases.items():
        if purchase["state"] == "unmatched" and purchase.get("work_pk") != "UNMATCHED":
            yield f"I17: {name} is nobody's, and on no list"
    for name, event in records.parked.items():
        if not event.get("work_pk"):
            yield f"I17: {name} was kept for later, and is on no list"
    yield from _listed(records, witness)
    yield from _adjusted(records)
    yield from _twins(records)


def _listed(records: Records, witness: Witness) -> Iterator[str]:
    """Each case that was open before and after a reviewer looked was shown."""
    steps: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for write in witness.writes:
        if write.place[1] == "CASE" and write.new:
            if write.old is not None and write.place[0] not in steps:
                steps[write.place[0]].append((-INDEX_LAG, write.old["status"]["S"]))
            steps[write.place[0]].append((write.at, write.new["status"]["S"]))
    for name, case in records.cases.items():
        steps.setdefault(f"CASE#{name}", [(-INDEX_LAG, case["status"])])
    for begun, ended, shown in _looks(witness.calls):
        for place, its in steps.items():
            name = place.partition("#")[2]
            if name not in shown and _is_open(its, begun - INDEX_LAG, ended):
                yield f"I17: {name} was open at {begun:.0f}, and not on the list"


def _looks(calls: list[Call]) -> Iterator[tuple[float, float, set[str]]]:
    """From the first page to the last: when it began and ended, and what was on it."""
    begun: dict[str, tuple[float, set[str]]] = {}
    for call in calls:
        if (call.method, call.path, call.status) != ("GET", "/v1/cases", 200):
            continue
        sub = call.claims["sub"]
        at, shown = begun.pop(sub, (call.at, set[str]()))
        shown |= {case["case_id"] for case in call.answer["items"]}
        if call.answer["next_cursor"]:
            begun[sub] = at, shown
        else:
            yield at, call.at + INDEX_LAG, shown


def _is_open(steps: list[tuple[float, str]], since: float, until: float) -> bool:
    """All the time."""
    before = [status for at, status in steps if at <= since]
    meanwhile = [status for at, status in steps if since < at <= until]
    return before[-1:] == ["open"] and all(status == "open" for status in meanwhile)


def case_id_of(*about: str) -> str:
    return "case_" + sha256("\n".join(about).encode()).hexdigest()[:24]


def _adjusted(records: Records) -> Iterator[str]:
    """What nobody here asked for leaves a case, so that a person sees it."""
    for name, told in records.adjustments.items():
        purchase = records.purchases.get(name)
        if purchase is None or purchase["state"] != "granted":
            continue
        for one in told["known"]:
            case = records.cases.get(case_id_of("adjustment", one["adjustment_id"], "1"))
            is_ours = one.get("payout_id") is not None
            if one["action"] in TAKING and not is_ours and case is None:
                yield f"I17: nobody is told of {one['adjustment_id']} of {name}"


def _twins(records: Records) -> Iterator[str]:
    """The later payment for the same goods is a case, in whatever order the two came."""
    cased = {case.get("transaction_id") for case in records.cases.values()}
    for basket in records.baskets:
        bought = [records.purchases[sale["transaction_id"]] for sale in basket["sales"]]
        for later in bought:
            if later["transaction_id"] not in cased and _has_twin(later, bought):
                yield f"I19: {later['transaction_id']} was paid twice, and is no case"


def _has_twin(later: Record, bought: list[Record]) -> bool:
    at = _seconds(later)
    return any(
        0 < at - _seconds(one) <= TWINS_WITHIN and _stands(one)
        for one in bought
        if one is not later
    )


def _seconds(purchase: Record) -> float:
    return datetime.fromisoformat(purchase["occurred_at"]).timestamp()


def _stands(purchase: Mapping[str, int]) -> bool:
    return not purchase.get("adjusted_minor")
