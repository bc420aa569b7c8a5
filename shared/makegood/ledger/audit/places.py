"""Where each kind of record lies, whose it is, and which others it points to."""

from collections.abc import Callable, Iterator
from hashlib import sha256

from makegood.ledger.audit.stored import Values

Place = tuple[str, str]
Look = Callable[[Place], Values | None]
"""What lies in a place, whoever's it is."""

RECORDS: dict[str, tuple[str, str, str]] = {
    "JOB": ("record", "JOB#{job_id}", "JOB"),
    "PURCHASE": ("record", "PURCHASE#{transaction_id}", "PURCHASE"),
    "BONUS": ("record", "BONUS#{key}", "BONUS"),
    "CORRECTION": ("record", "CORRECTION#{key}", "CORRECTION"),
    "CASE": ("case", "CASE#{case_id}", "CASE"),
    "ADJUSTMENTS": ("adjustments", "ADJUSTMENTS#{transaction_id}", "ADJUSTMENTS"),
    "PAYOUT": ("payout", "PAYOUT#{payout_id}", "PAYOUT"),
    "PAYOUT_BREAKER": ("breaker", "PAYOUT_BREAKER", "PAYOUT_BREAKER"),
    "RECONCILIATION": ("cursor", "RECONCILIATION", "CURSOR"),
    "BASKETS": ("basket", "BASKETS#{account_id}", "{contents}"),
    "NOTICES": ("notice", "NOTICES#{account_id}", "{key}"),
    "OUTAGE_RECORDS": ("outage", "OUTAGE_RECORDS", "{outage_id}"),
    "OUTAGES": ("outage", "OUTAGES", "COMPLETE"),
    "MONITOR": ("outage", "MONITOR", "MONITOR"),
    "SETTINGS": ("setting", "SETTINGS", "SETTINGS"),
    "PRICES": ("price", "PRICES", "{price_id}"),
    "CUSTOMER": ("customer", "CUSTOMER#{customer_id}", "CUSTOMER"),
    "EVENT": ("event", "EVENT#{event_id}", "EVENT"),
}
"""By the beginning of `pk`: its part of the ledger, and the place that its attributes name."""

STATUS = ("status", "ACCOUNT#{account_id}", "STATUS#{changed_at}#{status}")
UNKNOWN = "unknown"

OF_CASE = "case:"
"""The key of a case's correction begins so; the rest is the case's id."""

_OF_ACCOUNTS = frozenset({"record", "case", "adjustments", "payout", "basket", "notice"})


def part_of(item: Values) -> tuple[str, str]:
    """Whose an item is, the empty name if nobody's, and what part of the ledger it is."""
    beginning, _, rest = item["pk"].partition("#")
    if beginning == "ACCOUNT":
        return rest, _part_of_account(item["sk"])
    if beginning == "LOTS":
        return rest, "card"
    part = RECORDS[beginning][0] if beginning in RECORDS else UNKNOWN
    return str(item.get("account_id") or "") if part in _OF_ACCOUNTS else "", part


def _part_of_account(sk: str) -> str:
    if sk == "SNAPSHOT":
        return "snapshot"
    return {"ENTRY": "entry", "STATUS": "status"}.get(sk.partition("#")[0], UNKNOWN)


def place_faults(item: Values) -> Iterator[str]:
    """Whether a record is one that there can be, and lies where it says itself."""
    beginning = item["pk"].partition("#")[0]
    kind = STATUS if beginning == "ACCOUNT" else RECORDS.get(beginning)
    if kind is None or part_of(item)[1] == UNKNOWN:
        yield "is of a kind that there is not"
        return
    _, pk, sk = kind
    try:
        lies_right = (pk.format_map(item), sk.format_map(item)) == (item["pk"], item["sk"])
    except KeyError as error:
        yield f"cannot be read: KeyError {error}"
        return
    if not lies_right:
        yield "does not lie where its own attributes say"


def places_of(cause: str) -> list[Place]:
    """Where the record of a cause may lie. An adjustment's is found by its purchase."""
    word, _, rest = cause.partition(":")
    if word in {"charge", "end"}:
        return [(f"JOB#{rest}", "JOB")]
    if word in {"grant", "purchase_bonus"}:
        return [(f"PURCHASE#{rest.rpartition(':')[0]}", "PURCHASE")]
    if word == "bonus":
        return [(f"BONUS#{rest}", "BONUS")]
    if word == "correction":
        return [(f"CORRECTION#{rest}", "CORRECTION")]
    if word in {"hold", "release"}:
        return [case_place(rest.partition(":")[0])]
    return []


def mentioned_by(item: Values) -> Iterator[Place]:
    """Where the records lie that one must agree with."""
    match item["pk"].partition("#")[0]:
        case "JOB" if item.get("state") == "review":
            yield case_place(case_of_job(str(item.get("job_id"))))
        case "CORRECTION" if str(item.get("key")).startswith(OF_CASE):
            yield case_place(item["key"].removeprefix(OF_CASE))
        case "CASE" | "PURCHASE" | "ADJUSTMENTS" | "PAYOUT":
            for one in (item, *item.get("known", ())):
                yield from _named_by(one)
        case "MONITOR" | "OUTAGES":
            yield from (("OUTAGE_RECORDS", name) for name in outages_named_by(item))
        case "BASKETS":
            yield from (purchase_place(sale["transaction_id"]) for sale in item["sales"])


def _named_by(item: Values) -> Iterator[Place]:
    """Cases, purchases, their adjustments and payouts name each other by these attributes."""
    if "case_id" in item:
        yield case_place(item["case_id"])
        yield correction_place(item["case_id"])
    if "job_id" in item:
        yield f"JOB#{item['job_id']}", "JOB"
    if "payout_id" in item:
        yield payout_place(item["payout_id"])
    if "transaction_id" in item:
        yield purchase_place(item["transaction_id"])
        yield adjustments_place(item["transaction_id"])


def outages_named_by(item: Values) -> list[str]:
    """By the monitor, which are open; by the complete ones, all that are long."""
    if item["pk"] == "MONITOR":
        return sorted(item["open"].values())
    return [span["outage_id"] for span in item["spans"]]


def case_place(case_id: str) -> Place:
    return f"CASE#{case_id}", "CASE"


def correction_place(case_id: str) -> Place:
    return f"CORRECTION#{OF_CASE}{case_id}", "CORRECTION"


def purchase_place(transaction_id: str) -> Place:
    return f"PURCHASE#{transaction_id}", "PURCHASE"


def adjustments_place(transaction_id: str) -> Place:
    return f"ADJUSTMENTS#{transaction_id}", "ADJUSTMENTS"


def payout_place(payout_id: str) -> Place:
    return f"PAYOUT#{payout_id}", "PAYOUT"


def case_of_job(job_id: str) -> str:
    """The id of the case that the unknown failure of a job opens."""
    return _named("case", "job", job_id, "1")


def case_of_adjustment(adjustment_id: str) -> str:
    """The id of the case of an adjustment that nobody here asked for."""
    return _named("case", "adjustment", adjustment_id, "1")


def payout_of(case_id: str, turn: int) -> str:
    """The id of the payout that the first, second, … approval of a case asks for."""
    return _named("payout", case_id, str(turn))


def _named(what: str, *lines: str) -> str:
    digest = sha256("\n".join(lines).encode()).hexdigest()
    return f"{what}_{digest[:24]}"
