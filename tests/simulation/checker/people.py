"""Who decided what: written down, by whom, and not by who asked for it (I21, I24)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from tests.simulation.checker.reading import NOTHING, Record, Records, plain
from tests.simulation.witness import Call, Witness

ASKING = ("opened", "asked_again", "appealed")
DECIDING = ("approved_first", "approved", "credited", "declined", "closed")
CREDITS_BY_ONE = 20_000
"""Above that a second person approves credits too."""

MONEY_BY_ONE = {"USD": 20_000}
"""The same of money, in minor units, where the studio has not set another limit."""
GIVEN = ("approved", "paying", "paid", "credited")

_CLOCKS = 3600.0
"""Clocks are some minutes apart. What is written can be long after its message was received."""


def wrong_people(records: Records, witness: Witness) -> Iterator[str]:
    reviewers = {call.claims["sub"] for call in witness.calls if _has(call, "review")}
    others = {call.claims["sub"] for call in witness.calls} - reviewers
    for case in records.cases.values():
        yield from _two(records, case)
        yield from _said(case, witness)
        for event in case["events"]:
            if event["kind"] in DECIDING and event["author"] in others:
                name = case["case_id"]
                yield f"I24: {event['author']} {event['kind']} {name}, and is no reviewer"
    yield from _statuses(records)
    yield from _reasons(records)
    yield from _in_time(witness)


def _has(call: Call, scope: str) -> bool:
    scopes = call.claims.get("scope", "").split()
    return scope in scopes or f"makegood/{scope}" in scopes


def _two(records: Records, case: Record) -> Iterator[str]:
    name, asked, approved = case["case_id"], set[str](), list[str]()
    for number, event in enumerate(case["events"]):
        kind, author = event["kind"], event["author"]
        if kind in ASKING and (kind != "opened" or case["opened_by"] != "detector"):
            asked.add(author)
        if kind in DECIDING and author in asked:
            yield f"I24: {author} {kind} {name}, and had asked for it"
        if kind == "approved_first":
            approved = [author]
        elif kind in ("approved", "credited"):
            # How much it was is known of the last one only; below the limit one person is enough.
            is_last = all(later["kind"] != kind for later in case["events"][number + 1 :])
            if is_last and case["status"] in GIVEN and _needs_two(records, case, kind):
                yield from _by_two(name, author, approved)
            approved = []


def _by_two(name: str, author: str, approved: list[str]) -> Iterator[str]:
    if author in approved:
        yield f"I24: both approvals of {name} are {author}'s"
    if not approved:
        yield f"I24: {name} is above what one person approves"


def _needs_two(records: Records, case: Record, kind: str) -> bool:
    if kind == "credited":
        is_by_person = case.get("decided_by") is not None
        return is_by_person and bool(case.get("credits", 0) > CREDITS_BY_ONE)
    limits = records.single.get("SETTINGS", NOTHING).get("second_reviewer_above_minor")
    if limits is None:
        limits = MONEY_BY_ONE
    return bool(case.get("amount_minor", 0) > limits.get(case.get("currency", ""), 0))


def _said(case: Record, witness: Witness) -> Iterator[str]:
    """A person decides by a request of their own about this case."""
    name = case["case_id"]
    began = datetime.fromtimestamp(witness.began_at, tz=UTC)
    subjects = {call.claims["sub"] for call in witness.calls}
    asked = {
        call.claims["sub"]
        for call in witness.calls
        if _decides(call, case) and not 400 <= call.status < 500
    }
    for event in case["events"]:
        is_new = datetime.fromisoformat(event["at"]) > began
        if event["kind"] in DECIDING and is_new and event["author"] in subjects - asked:
            yield f"I21: {event['author']} {event['kind']} {name}, and did not ask for that"


def _decides(call: Call, case: Record) -> bool:
    """A job's own case is decided with another one in which a person names the job."""
    if call.path == f"/v1/cases/{case['case_id']}/decision":
        return True
    is_decision = call.path.endswith("/decision") and isinstance(call.body, Mapping)
    return is_decision and call.body.get("job_id") == case.get("job_id", "")


def _statuses(records: Records) -> Iterator[str]:
    """An account's status is the last one that was written down."""
    for account, snapshot in records.snapshots.items():
        made = sorted(records.statuses[account], key=lambda one: str(one["changed_at"]))
        status = made[-1]["status"] if made else "open"
        if snapshot["status"] != status:
            yield f"I21: {account} is {snapshot['status']}, it was written down that {status}"
        yield from _signed(f"a status of {account}", made)


def _reasons(records: Records) -> Iterator[str]:
    """Who, and why, for each change that somebody decided."""
    yield from _signed("a correction", records.corrections.values())
    for payout in records.payouts.values():
        if payout.get("why") == "given_up" and not payout.get("handled_by"):
            yield f"I21: nobody knows who gave {payout['payout_id']} up"
    for case in records.cases.values():
        if (
            case["status"] in ("approved", "credited", "declined")
            and not case["decision"]["reason"]
        ):
            yield f"I21: {case['case_id']} has no reason"
        if any(not event["author"] for event in case["events"]):
            yield f"I21: nobody knows who did something with {case['case_id']}"
    for entry in records.all_entries():
        if not entry["reason"] or (entry["kind"] == "correction" and _is_nobodys(entry)):
            yield f"I21: {entry['account_id']}/{entry['seq']} does not say why, or who"


def _is_nobodys(entry: Record) -> bool:
    return not entry.get("author") and not entry.get("case_id")


def _signed(what: str, records: Iterable[Record]) -> Iterator[str]:
    for one in records:
        if not one["author"] or not one["reason"]:
            yield f"I21: {what} does not say who, or why"


def _in_time(witness: Witness) -> Iterator[str]:
    """Nothing is dated before the story or after the write itself."""
    for write in witness.writes:
        stamp = _stamp(write.place[1], write.new)
        if stamp is not None:
            at = datetime.fromisoformat(stamp).timestamp() - witness.began_at
            if not -_CLOCKS <= at <= write.at + _CLOCKS:
                yield f"I21: {'/'.join(write.place)} says {stamp}, long before or after"


def _stamp(sk: str, item: Mapping[str, Mapping[str, str]]) -> str | None:
    if sk.startswith("ENTRY#") and "recorded_at" in item:
        return item["recorded_at"]["S"]
    if sk == "CASE" and item:
        return str(plain({"events": item["events"]})["events"][-1]["at"])
    return None
