"""What became of each job, by what was told of it (I06, I07, I08, I17)."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tests.simulation.checker.causes import charge_of, ends_of
from tests.simulation.checker.reading import NOTHING, Record, Records, plain
from tests.simulation.witness import Witness, Write

Outcome = tuple[str, int]
"""A job's last state, and what it got back."""

JOB_EVENTS = "job_events"
FAILURES: Mapping[str, str] = {
    "provider_503": "refunded",
    "render_crashed": "refunded",
    "timeout": "refunded",
    "moderation": "denied",
    "invalid_input": "denied",
    "nobody_knows_this": "review",
}
"""What the published policy does with the codes that are told in stories."""


def wrong_jobs(records: Records, witness: Witness) -> Iterator[str]:
    ends, told = ends_of(records), _told(witness)
    ended_by = _ended_by(witness)
    for name, job in records.jobs.items():
        yield from _credits(job, charge_of(records, name), ends.get(name, NOTHING))
        if job["state"] in ("charged", "review"):
            if witness.settled:
                yield f"I17: {name} is still {job['state']}"
        elif name in ended_by:
            yield from _end(records, job, ended_by[name], told[name], witness.job_status.get(name))
    for name in sorted(ends.keys() - records.jobs.keys()):
        yield f"I08: {name} has a refund, and was never charged"
    for name in sorted(witness.job_truth.keys() - records.jobs.keys()):
        yield f"I06: {name} was charged, and there is no record of it"


def _credits(job: Record, charge: Record, end: Record) -> Iterator[str]:
    name, back = job["job_id"], -sum(change[2] for change in end.get("lots", ()))
    takes = dict(job["takes"])
    charged = {change[0]: change[2] for change in charge.get("lots", ())}
    if takes != charged or sum(takes.values()) != job["credits"]:
        yield f"I07: {name} of {job['credits']} was charged {charged}, and says {takes}"
    if charge.get("account_id") != job["account_id"] or (
        end and end["account_id"] != job["account_id"]
    ):
        yield f"I08: {name} is of {job['account_id']}, and another account pays or is paid"
    if back != job["refunded"] or back > job["credits"]:
        yield f"I07: {name} of {job['credits']} got {back} back, and says {job['refunded']}"
    for number, _granted, used, *_ in end.get("lots", ()):
        if -used > takes.get(number, 0):
            yield f"I07: {name} gave {-used} back to lot {number}, and took {takes.get(number, 0)}"
    whole = {"refunded": job["credits"], "succeeded": job["refunded"]}.get(job["state"], 0)
    if job["refunded"] != whole:
        yield f"I06: {name} is {job['state']}, and got {job['refunded']} of {job['credits']} back"
    kind = {"refunded": "refund", "succeeded": "settle"}.get(job["state"])
    if end and end["kind"] != kind:
        yield f"I06: {name} is {job['state']}, and its end is a {end['kind']}"


def _told(witness: Witness) -> Mapping[str, list[Mapping[str, Any]]]:
    """What the studio has said of each job."""
    told: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for sent in witness.sent:
        if sent.queue == JOB_EVENTS and sent.source == "studio":
            message = read_message(sent.body)
            if _is_good(message):
                told[str(message.get("job_id"))].append(message)
    return told


def _is_good(message: Mapping[str, Any]) -> bool:
    """Others are refused, and say nothing of the job."""
    kind, outputs = message.get("type"), message.get("outputs", {})
    if kind == "job.succeeded":
        numbers = outputs.get("ordered"), outputs.get("delivered")
        return all(type(one) is int and one >= 0 for one in numbers)
    if kind == "job.failed":
        return "code" in message.get("failure", {})
    return kind == "job.cancelled" and "work_started" in message


def read_message(body: str) -> Mapping[str, Any]:
    try:
        message = json.loads(body)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _ended_by(witness: Witness) -> Mapping[str, Write]:
    """The write that ended each job; the last one, where a person overruled the first."""
    return {
        write.new["job_id"]["S"]: write
        for write in witness.writes
        if write.place[1] == "JOB" and _has_ended(write)
    }


def _has_ended(write: Write) -> bool:
    old = None if write.old is None else write.old["state"]["S"]
    new = write.new.get("state", {}).get("S")
    return old != new and new in ("succeeded", "refunded", "denied")


def outcome(message: Mapping[str, Any], credits: int) -> Outcome:
    """By the policy. What nobody knows is for a person: `review`."""
    kind = message["type"]
    if kind == "job.cancelled":
        return ("denied", 0) if message["work_started"] else ("refunded", credits)
    if kind == "job.failed":
        state = FAILURES.get(message["failure"]["code"], "review")
        return state, credits if state == "refunded" else 0
    ordered, delivered = message["outputs"]["ordered"], message["outputs"]["delivered"]
    if delivered == 0:
        return "refunded", credits
    return "succeeded", -(-credits * (ordered - delivered) // ordered)


def _end(
    records: Records,
    job: Record,
    write: Write,
    told: list[Mapping[str, Any]],
    status: Mapping[str, Any] | None,
) -> Iterator[str]:
    name, credits, by = job["job_id"], job["credits"], write.by
    came_to = job["state"], job["refunded"]
    outcomes = [outcome(message, credits) for message in told]
    if by == JOB_EVENTS:
        right = [one for one in outcomes if one[0] != "review"]
    elif by == "lost_jobs":
        right = [("refunded", credits), *_by_status(status, credits)]
        if plain(write.new)["ended_at"] < job["expected_by"]:
            yield f"I06: {name} was lost at {job['ended_at']}, before {job['expected_by']}"
    elif by == "case_clock":
        right = [("refunded", credits)]
        if write.old is None or write.old["state"]["S"] != "review":
            yield f"I06: {name} was not in review, and given back in doubt"
    else:
        right = [came_to] if _by_person(records, job) else []
    if came_to not in right:
        yield f"I06: {name} ended as {came_to} by {by}, right was {right}"


def _by_status(status: Mapping[str, Any] | None, credits: int) -> list[Outcome]:
    if status is None or status["state"] not in ("failed", "succeeded", "cancelled"):
        return []
    one = outcome({"type": f"job.{status['state']}", **status}, credits)
    return [] if one[0] == "review" else [one]


def _by_person(records: Records, job: Record) -> bool:
    """A case about it says the same."""
    wanted = {"refunded": "credited", "denied": "declined"}.get(job["state"])
    return any(
        case.get("job_id") == job["job_id"] and case["status"] == wanted
        for case in records.cases.values()
    )
