"""Payouts: what each says of its money, against its case, its purchase and its adjustment."""

from collections.abc import Iterator
from itertools import pairwise

from makegood.ledger.audit.places import (
    Look,
    adjustments_place,
    case_place,
    payout_of,
    payout_place,
    purchase_place,
)
from makegood.ledger.audit.stored import Values

IN_FLIGHT = frozenset({"requested", "sending", "sent", "person"})
ENDED = frozenset({"paid", "rejected", "refused"})

STATES_OF = {
    "approved": frozenset({"requested", "sending", "person"}),
    "paying": frozenset({"sent", "person"}),
    "paid": frozenset({"paid"}),
}
"""By the status of a case that has one: in which states its payout may be."""

_SAME = ("case_id", "account_id", "transaction_id", "amount_minor", "currency")


def case_payout_faults(case: Values, look: Look) -> Iterator[str]:
    """Whether a case that pays has the payout of its last approval, in a state that fits."""
    status = case["status"]
    if status not in STATES_OF:
        return
    payout_id = payout_of(case["case_id"], approvals_of(case))
    if case.get("payout_id") != payout_id:
        yield f"is {status}, and does not name the payout of its last approval"
        return
    payout = look(payout_place(payout_id))
    if payout is None:
        yield f"is {status}, and there is no payout {payout_id}"
        return
    if any(payout[name] != case.get(name) for name in _SAME):
        yield f"is {status}, and its payout is of something else"
    if payout["state"] not in STATES_OF[status]:
        yield f"is {status}, and its payout is {payout['state']}"
    by = (case.get("adjustment_id"), payout.get("adjustment_id"))
    if status != "approved" and by[0] != by[1]:
        yield f"is {status} by the adjustment {by[0]}, and its payout by {by[1]}"


def approvals_of(case: Values) -> int:
    return sum(event["kind"] == "approved" for event in case["events"])


def payout_faults(payout: Values, look: Look) -> Iterator[str]:
    if payout["state"] not in IN_FLIGHT | ENDED:
        yield f"is in the unknown state {payout['state']}"
    if payout["state"] in {"sent", "paid"} and "adjustment_id" not in payout:
        yield f"is {payout['state']}, and names no adjustment"
    if payout["amount_minor"] <= 0:
        yield "is of no money"
    yield from _against_case(payout, look(case_place(payout["case_id"])))
    yield from _against_purchase(payout, look(purchase_place(payout["transaction_id"])))
    yield from _against_adjustments(payout, look(adjustments_place(payout["transaction_id"])))


def _against_case(payout: Values, case: Values | None) -> Iterator[str]:
    name, payout_id = payout["case_id"], payout["payout_id"]
    same = ("account_id", "transaction_id")
    if case is None or any(case.get(of) != payout[of] for of in same):
        yield f"is of the case {name}, which is not about its purchase"
        return
    turns = range(1, approvals_of(case) + 1)
    if payout_id not in {payout_of(name, turn) for turn in turns}:
        yield f"is of no approval of the case {name}"
    if payout["state"] in IN_FLIGHT and (
        case.get("payout_id") != payout_id or case["status"] not in {"approved", "paying"}
    ):
        yield f"is {payout['state']}, and its case {name} does not wait for it"


def _against_purchase(payout: Values, purchase: Values | None) -> Iterator[str]:
    if purchase is None or purchase.get("account_id") != payout["account_id"]:
        yield f"is about the purchase {payout['transaction_id']}, which its account does not have"
        return
    items, amount = payout["items"], payout["amount_minor"]
    in_items = sum(minor for _, minor in items) if items else purchase["collected_minor"]
    if any(minor <= 0 for _, minor in items):
        yield "pays less than nothing of a line"
    names = [item_id for item_id, _ in items]
    if len(set(names)) < len(names) or not set(names) <= {
        line["item_id"] for line in purchase["lines"]
    }:
        yield "does not pay lines of its purchase, each once"
    if in_items != amount:
        yield f"pays {amount}; its items come to {in_items}"


def _against_adjustments(payout: Values, item: Values | None) -> Iterator[str]:
    if "adjustment_id" not in payout:
        return
    name = payout["adjustment_id"]
    told = [one for one in (item or {"known": []})["known"] if one["adjustment_id"] == name]
    if not told or told[0].get("payout_id") != payout["payout_id"]:
        yield f"names the adjustment {name}, which does not name it"


def breaker_faults(breaker: Values) -> Iterator[str]:
    times = [minute[0] for minute in breaker["minutes"]]
    if any(before >= after for before, after in pairwise(times)):
        yield "has minutes that are not in order, oldest first"
