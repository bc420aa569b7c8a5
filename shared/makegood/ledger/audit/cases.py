"""Cases by themselves, and against their purchases and jobs."""

from collections.abc import Iterator

from makegood.ledger.audit.places import (
    OF_CASE,
    Look,
    case_of_job,
    case_place,
    correction_place,
    purchase_place,
)
from makegood.ledger.audit.stored import Values

PROMISING = frozenset({"approved", "paying"})
WAITING = PROMISING | {"open"}
SETTLED = frozenset({"credited", "declined", "withdrawn", "paid", "closed"})
SEEN_ONLY = frozenset({"adjustment", "difference"})
"""Categories of cases that a person only looks at: they are beside the one about a purchase."""

CATEGORIES = SEEN_ONLY | {
    "technical_failure",
    "duplicate_payment",
    "unauthorised",
    "service_unavailable",
    "other",
}
ASKING = frozenset({"opened", "asked_again", "appealed"})
DECIDING = frozenset({"approved_first", "approved", "credited", "declined", "closed"})
"""Events by which somebody wants something, and by which somebody decides."""


def case_faults(case: Values) -> Iterator[str]:
    """What is wrong with a case by itself."""
    if case["status"] not in WAITING | SETTLED:
        yield f"is in the unknown status {case['status']}"
    if case["category"] not in CATEGORIES:
        yield f"is of the unknown category {case['category']}"
    if any(credits <= 0 for _, credits in case["held"]):
        yield "says that it holds less than one credit of a lot"
    if case["status"] in SETTLED and case["held"]:
        yield f"is {case['status']} and says all the same that it holds credits"
    if case["status"] in PROMISING | {"paid"} and not (
        "transaction_id" in case and case["amount_minor"] > 0
    ):
        yield f"is {case['status']} without money of a purchase"
    yield from _category_faults(case)
    yield from _history_faults(case, case["events"])
    yield from _people_faults(case, case["events"])


def _category_faults(case: Values) -> Iterator[str]:
    category, status = case["category"], case["status"]
    if (status == "closed" and category not in SEEN_ONLY) or (
        category in SEEN_ONLY and status not in {"open", "closed"}
    ):
        yield f"is {status}, which no case of the category {category} can be"
    if category in SEEN_ONLY and (case["held"] or "payout_id" in case):
        yield f"holds or pays something as a case of the category {category}"


def _history_faults(case: Values, events: list[Values]) -> Iterator[str]:
    if case["version"] != len(events):
        yield f"is version {case['version']} after {len(events)} events"
    if not events or events[0]["kind"] != "opened":
        yield "has events that do not begin with its opening"
    elif events[-1]["status"] != case["status"]:
        yield f"is {case['status']}; its last event left it {events[-1]['status']}"
    appeals = sum(event["kind"] == "appealed" for event in events)
    if appeals > 1 or appeals != ("appealed_at" in case):
        yield f"was appealed {appeals} times, which it does not say"


def _people_faults(case: Values, events: list[Values]) -> Iterator[str]:
    # A detector is no person: what is plain it may approve itself.
    asking = {case["opener"]} if case["opened_by"] != "detector" else set()
    for event in events:
        if event["kind"] in DECIDING and event["author"] in asking:
            yield "was decided by who asked for it"
        if event["kind"] in ASKING and event["author"] != case["opener"]:
            asking.add(event["author"])
    first = case.get("approval")
    gives = "credits" if case["status"] == "credited" else "amount_minor"
    both = (case.get("decided_by"), case.get(gives))
    if first is not None and (first["author"], first["amount"]) == both:
        yield "was approved twice by one person"


def against_others(case: Values, look: Look) -> Iterator[str]:
    """What the case and the records that it names say of each other."""
    if "transaction_id" in case:
        yield from _against_purchase(case, look(purchase_place(case["transaction_id"])))
    correction = look(correction_place(case["case_id"]))
    job = look((f"JOB#{case['job_id']}", "JOB")) if "job_id" in case else None
    if "job_id" in case:
        yield from _against_job(case, job)
    if case["status"] == "credited":
        yield from _credit_faults(case, job, correction)
    elif correction is not None:
        yield f"is {case['status']}, and there is a correction for it"


def _against_purchase(case: Values, purchase: Values | None) -> Iterator[str]:
    name = case["transaction_id"]
    if case["category"] == "difference":
        return  # That there is no such purchase may be the difference.
    if purchase is None or purchase.get("account_id") != case["account_id"]:
        yield f"is about the purchase {name}, which its account does not have"
    elif case["category"] in SEEN_ONLY:
        return
    elif case["status"] in WAITING and purchase.get("case_id") != case["case_id"]:
        yield f"is {case['status']} about the purchase {name}, which does not name it"
    elif case["status"] in PROMISING and case["currency"] != purchase["currency"]:
        yield f"promises {case['currency']} for the purchase {name}"


def _against_job(case: Values, job: Values | None) -> Iterator[str]:
    name = case["job_id"]
    if job is None or job["account_id"] != case["account_id"]:
        yield f"is about the job {name}, which its account does not have"
    elif case["case_id"] != case_of_job(name):
        # A report may turn out to be about a job, which gives its credits back by that.
        if case["opened_by"] == "detector" or case["status"] != "credited":
            yield f"is not the case of the job {name}"
        elif (job["state"], job["refunded"]) != ("refunded", case.get("credits")):
            yield f"is credited by the job {name}, which is {job['state']}"
    elif case["status"] == "open" and "appealed_at" not in case and job["state"] != "review":
        yield f"is open about the job {name}, which is {job['state']}"


def _credit_faults(case: Values, job: Values | None, correction: Values | None) -> Iterator[str]:
    gave_back = job is not None and job["refunded"] > 0
    if correction is not None:
        if gave_back:
            yield "is credited by its job and by a correction"
        if (correction["account_id"], correction["credits"]) != (
            case["account_id"],
            case.get("credits"),
        ):
            yield "is credited otherwise than its correction says"
    elif not gave_back:
        yield "is credited, and no credits came back"


def named_case_faults(record: Values, look: Look) -> Iterator[str]:
    """Whether the case is there that a purchase or a job says is open, or a correction made."""
    beginning = record["pk"].partition("#")[0]
    if beginning == "PURCHASE" and "case_id" in record:
        yield from _named_by_purchase(record, look(case_place(record["case_id"])))
    if beginning == "JOB" and record["state"] == "review":
        case = look(case_place(case_of_job(record["job_id"])))
        if case is None or case["status"] != "open":
            yield "is in review, and no case about it is open"
    if beginning == "CORRECTION" and record["key"].startswith(OF_CASE):
        case = look(case_place(record["key"].removeprefix(OF_CASE)))
        if case is None:
            yield "was made for a case that there is not"


def _named_by_purchase(purchase: Values, case: Values | None) -> Iterator[str]:
    name = purchase["case_id"]
    if case is None or case["status"] not in WAITING:
        yield f"names the case {name}, which is not open"
    elif case["category"] in SEEN_ONLY:
        yield f"names the case {name}, which is only to be seen"
    elif case.get("transaction_id") != purchase["transaction_id"]:
        yield f"names the case {name}, which is not about it"
