"""Records of causes (job, purchase, bonus, correction) against the entries that they made."""

from collections.abc import Iterator
from dataclasses import dataclass

from makegood.ledger.audit.stored import Finding, Values

RECORDED = frozenset(
    {"grant", "bonus", "charge", "refund", "settle", "correction"}
    | {"hold", "release", "clawback", "restore"}
)
"""Kinds of entries whose cause has a record of its own."""


@dataclass(frozen=True, slots=True)
class Expected:
    """An entry that a record says there is. `lots` are its changes, None where not said."""

    cause: str
    kinds: tuple[str, ...]
    credits: int
    """Signed, as the customer's balance sees it."""
    number: int | None = None
    lots: list[list[int]] | None = None
    within: list[list[int]] | None = None
    """Where the changes may be: at most these credits of each lot."""


def expected_of(pk: str, record: Values) -> list[Expected]:
    """The entries that a record stands for. Raises KeyError, TypeError, ValueError."""
    match pk.partition("#")[0]:
        case "JOB":
            return _of_job(record)
        case "PURCHASE":
            return _of_purchase(record)
        case "BONUS":
            cause = f"bonus:{record['key']}"
            return [Expected(cause, ("bonus",), record["credits"], record["lot"])]
        case "CORRECTION":
            cause = f"correction:{record['key']}"
            return [Expected(cause, ("correction",), record["credits"], record["seq"])]
    return []


def record_faults(pk: str, record: Values) -> Iterator[str]:
    """What is wrong with a record by itself."""
    if pk.startswith("JOB#"):
        yield from _job_faults(record)
    if pk.startswith("PURCHASE#") and record["state"] != "granted":
        lots = [line["lot"] or line["bonus_lot"] for line in record["lines"]]
        if any(lots):
            yield f"is {record['state']} and has lots all the same"


def entry_faults(expected: Expected, entry: Values) -> Iterator[str]:
    """How an entry differs from what its record says."""
    credits = sum(entry["postings"].get(book, 0) for book in ("available", "debt"))
    if entry["kind"] not in expected.kinds:
        yield f"names an entry of the kind {' or '.join(expected.kinds)}; it is a {entry['kind']}"
    if credits != expected.credits:
        yield f"says {expected.credits} credits; its entry {entry['seq']} moved {credits}"
    if expected.number is not None and entry["seq"] != expected.number:
        yield f"names lot or entry {expected.number}; its entry is {entry['seq']}"
    if expected.lots is not None and _used(entry) != expected.lots:
        yield f"says that its credits came from {expected.lots}; its entry says {_used(entry)}"
    if expected.within is not None:
        most = {lot[0]: lot[1] for lot in expected.within}
        if any(-used > most.get(number, 0) for number, used in _used(entry)):
            yield "gave back into lots that its charge did not take as much from"


def _used(entry: Values) -> list[list[int]]:
    return [[change[0], change[2]] for change in entry["lots"]]


def _of_job(job: Values) -> list[Expected]:
    name = job["job_id"]
    expected = [Expected(f"charge:{name}", ("charge",), -job["credits"], lots=job["takes"])]
    if job["refunded"] or job["state"] == "refunded":
        kind = "refund" if job["state"] == "refunded" else "settle"
        expected.append(Expected(f"end:{name}", (kind,), job["refunded"], within=job["takes"]))
    return expected


def _job_faults(job: Values) -> Iterator[str]:
    state, credits, refunded = job["state"], job["credits"], job["refunded"]
    if state not in {"charged", "review", "succeeded", "refunded", "denied"}:
        yield f"is in the unknown state {state}"
    if not 0 <= refunded <= credits:
        yield f"got back {refunded} credits of the {credits} that it paid"
    if state == "refunded" and refunded != credits:
        yield f"is refunded, with {refunded} of {credits} credits"
    if state not in {"refunded", "succeeded"} and refunded:
        yield f"is {state} and got credits back all the same"
    if (state in {"charged", "review"}) is ("ended_at" in job):
        yield f"is {state} and {'has' if 'ended_at' in job else 'lacks'} a time of its end"


def _of_purchase(purchase: Values) -> list[Expected]:
    if purchase["state"] != "granted":
        return []
    expected = []
    for line in purchase["lines"]:
        name = f"{purchase['transaction_id']}:{line['item_id']}"
        expected.append(Expected(f"grant:{name}", ("grant",), line["credits"], line["lot"]))
        if line["bonus_credits"]:
            cause = f"purchase_bonus:{name}"
            expected.append(Expected(cause, ("bonus",), line["bonus_credits"], line["bonus_lot"]))
    return expected


def unexplained(entry: Values) -> Finding:
    where = f"account {entry['account_id']}, entry {entry['seq']}"
    return Finding(where, f"has the cause {entry['cause']}, whose record does not say so")
