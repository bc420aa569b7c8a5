"""One write of one item: what may follow what (I04, I20), and which version it has (I20)."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.simulation.checker.reading import Record, plain
from tests.simulation.witness import Write

Arrows = Mapping[str | None, frozenset[str]]


def _to(*states: str) -> frozenset[str]:
    return frozenset(states)


JOBS: Arrows = {
    None: _to("charged"),
    "charged": _to("review", "succeeded", "refunded", "denied"),
    "review": _to("succeeded", "refunded", "denied"),
}
CASES: Arrows = {
    None: _to("open", "declined", "approved"),
    "open": _to("approved", "credited", "declined", "withdrawn"),
    "approved": _to("paying", "paid", "open"),
    "paying": _to("paid", "open"),
    "declined": _to("open"),
}
TO_BE_SEEN: Arrows = {None: _to("open"), "open": _to("closed"), "closed": _to("open")}
PAYOUTS: Arrows = {
    None: _to("requested"),
    "requested": _to("sending", "sent", "paid", "rejected", "refused", "person"),
    "sending": _to("requested", "sent", "paid", "rejected", "refused", "person"),
    "sent": _to("paid", "rejected", "person"),
    "person": _to("requested", "sent", "paid", "rejected", "refused"),
}
PURCHASES: Arrows = {None: _to("granted", "unmatched"), "unmatched": _to("granted")}
ACCOUNTS: Arrows = {
    None: _to("open", "frozen", "closed"),
    "open": _to("frozen", "closed"),
    "frozen": _to("open", "closed"),
}
ADJUSTMENTS: Arrows = {
    None: _to("pending_approval", "approved", "rejected", "reversed"),
    "pending_approval": _to("approved", "rejected", "reversed"),
    "approved": _to("reversed"),
}

_FOR_EVER = ("ENTRY", "BONUS", "CORRECTION", "STATUS")
"""What is written once."""

_KEEPS: Mapping[str, tuple[str, ...]] = {
    "JOB": ("job_id", "account_id", "credits", "takes", "charged_at"),
    "PURCHASE": ("transaction_id", "currency", "collected_minor", "occurred_at"),
    "CASE": ("case_id", "account_id", "opened_at", "opened_by", "opener"),
    "PAYOUT": (
        *("payout_id", "case_id", "account_id", "transaction_id"),
        *("amount_minor", "currency", "items", "requested_at"),
    ),
    "ADJUSTMENTS": ("transaction_id",),
    "SNAPSHOT": ("account_id",),
}


def kind_of(write: Write) -> str:
    pk, sk = write.place
    return sk.partition("#")[0] if pk.startswith("ACCOUNT#") else pk.partition("#")[0]


def step(write: Write) -> Iterator[str]:
    kind, name = kind_of(write), "/".join(write.place)
    if not write.new:
        yield f"I04: {name} was deleted"
        return
    old, new = None if write.old is None else plain(write.old), plain(write.new)
    yield from _version(kind, name, old, new)
    if old is not None and kind in _FOR_EVER:
        yield f"I04: {name} was written again"
    if old is not None:
        for attribute in _KEEPS.get(kind, ()):
            if old.get(attribute) != new.get(attribute):
                yield f"I20: {name} changed {attribute} to {new.get(attribute)}"
    if kind == "JOB":
        yield from _job(name, old, new, write.by)
    elif kind in _STEPS:
        yield from _STEPS[kind](name, old, new)


def _version(kind: str, name: str, old: Record | None, new: Record) -> Iterator[str]:
    if kind == "LOTS":  # Its version is its snapshot's number.
        return
    wanted = 1 if old is None else old["v"] + 1
    if new["v"] != wanted:
        yield f"I20: {name} has version {new['v']}, not {wanted}"


def _arrow(arrows: Arrows, name: str, old: str | None, new: str) -> Iterator[str]:
    if old != new and new not in arrows.get(old, ()):
        yield f"I20: {name} went from {old or 'nothing'} to {new}"


def _states(arrows: Arrows, attribute: str) -> Callable[..., Iterator[str]]:
    def step(name: str, old: Record | None, new: Record) -> Iterator[str]:
        return _arrow(arrows, name, None if old is None else old[attribute], new[attribute])

    return step


def _job(name: str, old: Record | None, new: Record, by: str) -> Iterator[str]:
    """A person can give back what the rules did not, as long as nothing of it is back."""
    is_overruled = by == "api" and old is not None and not old["refunded"]
    if not is_overruled or new["state"] != "refunded":
        yield from _states(JOBS, "state")(name, old, new)
    if old is not None and old["refunded"] and old["refunded"] != new["refunded"]:
        yield f"I20: {name} had {old['refunded']} back, and has {new['refunded']} now"


def _payout(name: str, old: Record | None, new: Record) -> Iterator[str]:
    """What a person gave up counts all the same if Paddle has it after all."""
    was_given_up = old is not None and (old["state"], old.get("why")) == ("refused", "given_up")
    if not was_given_up or new["state"] not in ("refused", *PAYOUTS["sent"], "sent"):
        yield from _states(PAYOUTS, "state")(name, old, new)


def _purchase(name: str, old: Record | None, new: Record) -> Iterator[str]:
    """Once granted, it is one account's, for so many credits."""
    yield from _states(PURCHASES, "state")(name, old, new)
    if old is None or old["state"] != "granted":
        return
    for attribute in ("account_id", "lines"):
        if old[attribute] != new[attribute]:
            yield f"I20: {name} was granted, and changed {attribute} to {new[attribute]}"


def _case(name: str, old: Record | None, new: Record) -> Iterator[str]:
    is_to_be_seen = new["category"] in ("adjustment", "difference")
    arrows, events = TO_BE_SEEN if is_to_be_seen else CASES, new["events"]
    before = [] if old is None else old["events"]
    if old is not None and new["category"] not in (old["category"], "unauthorised"):
        yield f"I20: {name} is about {new['category']} now"
    if events[: len(before)] != before:
        yield f"I21: {name} lost something of what happened"
    if new["version"] != len(events):
        yield f"I21: {name} has version {new['version']} and {len(events)} events"
    status = None if old is None else old["status"]
    for event in events[len(before) :]:
        # The policy's own word can come with the filing, and so can an approval.
        if event["kind"] not in ("paying", "paid") or not _was_given_up(before):
            yield from _arrow(arrows, name, status, event["status"])
        status = event["status"]
    if status != new["status"]:
        yield f"I21: {name} is {new['status']}, its last event says {status}"


def _was_given_up(events: Sequence[Record]) -> bool:
    """By a person, not by the function that asks Paddle."""
    return any(one["kind"] == "not_payable" and one["author"] != "payouts" for one in events)


def _adjustments(name: str, old: Record | None, new: Record) -> Iterator[str]:
    before = {} if old is None else {one["adjustment_id"]: one for one in old["known"]}
    known = {one["adjustment_id"]: one for one in new["known"]}
    for adjustment_id in before.keys() - known.keys():
        yield f"I20: {name} forgot {adjustment_id}"
    for adjustment_id, one in known.items():
        status = before.get(adjustment_id, {}).get("status")
        yield from _arrow(ADJUSTMENTS, f"{name} {adjustment_id}", status, one["status"])


def _outage(name: str, old: Record | None, new: Record) -> Iterator[str]:
    if old is not None and "ended_at" in old:
        for attribute in ("started_at", "last_failed_at", "ended_at"):
            if old[attribute] != new.get(attribute):
                yield f"I20: {name} had ended, and changed {attribute}"


_STEPS: Mapping[str, Callable[[str, Record | None, Record], Iterator[str]]] = {
    "CASE": _case,
    "PAYOUT": _payout,
    "PURCHASE": _purchase,
    "SNAPSHOT": _states(ACCOUNTS, "status"),
    "ADJUSTMENTS": _adjustments,
    "OUTAGE_RECORDS": _outage,
}
