"""Money that was approved here, and what Paddle made of it (I10, I11, I12, I17)."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.checker.reading import NOTHING, Record, Records
from tests.simulation.checker.standing import APPROVED, PENDING, REFUND, REJECTED, TAKING
from tests.simulation.witness import Witness

Adjustment = Mapping[str, Any]

_MARK = re.compile(r"\[makegood:(payout_\w+)\]")
_AT_PADDLE = {"sent": PENDING, "paid": APPROVED, "rejected": REJECTED}
"""By the state of a payout: how Paddle has it."""

_BECAUSE_OF_OTHERS = ("adjusted_since", "paid_in_another_way", "paid_before")
_OLD = timedelta(days=119)
"""Paddle refunds what was paid by card for 120 days."""


def payout_of(adjustment: Adjustment) -> str | None:
    """The mark says which payout has asked for it."""
    found = _MARK.search(adjustment.get("reason") or "")
    return found and found[1]


def wrong_payouts(records: Records, witness: Witness) -> Iterator[str]:
    yield from _once(records, witness)
    yield from _not_more_than_paid(records, witness)
    for payout in records.payouts.values():
        made = [one for one in witness.adjustments if payout_of(one) == payout["payout_id"]]
        yield from _asked_for(payout, witness)
        yield from _states(records, payout, made, witness)
        yield from _followed(records, payout)
        for one in made:
            yield from _amount(payout, one, witness)


def _once(records: Records, witness: Witness) -> Iterator[str]:
    marks: Counter[str] = Counter()
    cases: Counter[str] = Counter()
    for one in witness.adjustments:
        name = payout_of(one)
        if name is None:
            continue
        marks[name] += 1
        payout = records.payouts.get(name)
        if payout is None:
            yield f"I10: {one['id']} is for {name}, which nobody has approved"
        elif one["status"] != REJECTED:
            cases[payout["case_id"]] += 1
    yield from (
        f"I10: {count} adjustments for {name}" for name, count in marks.items() if count > 1
    )
    for name, count in cases.items():
        if count > 1:
            yield f"I10: the money of {name} went back {count} times"


def _not_more_than_paid(records: Records, witness: Witness) -> Iterator[str]:
    """What waits for Paddle's decision counts as if it were paid."""
    back: Counter[str] = Counter()
    for one in witness.adjustments:
        name = one["transaction_id"]
        purchase = records.purchases.get(name, NOTHING)
        if one["action"] == REFUND and one["status"] in (APPROVED, PENDING):
            back[name] += abs(int(one["totals"]["total"]))
        if payout_of(one) and one["currency_code"] != purchase.get("currency"):
            yield f"I11: {one['id']} is in {one['currency_code']}, {name} is not"
    for transaction in witness.transactions:
        name, paid = transaction["id"], int(transaction["details"]["totals"]["grand_total"])
        if back[name] > paid:
            yield f"I11: {back[name]} of {name} are refunded, {paid} were paid"


def _asked_for(payout: Record, witness: Witness) -> Iterator[str]:
    """Every request that reached Paddle said what was approved."""
    for _at, body, _status in witness.asked_for_adjustments:
        if payout_of(body) != payout["payout_id"]:
            continue
        items = [[item["item_id"], int(item["amount"])] for item in body.get("items", ())]
        asked = body["action"], body["transaction_id"], items
        if asked != (REFUND, payout["transaction_id"], payout["items"]):
            yield f"I12: Paddle was asked for {asked}, {payout['payout_id']} is of another sum"
    if payout["items"]:
        sum_of_items = sum(amount for _, amount in payout["items"])
        if sum_of_items != payout["amount_minor"]:
            yield f"I12: {payout['payout_id']} is of {payout['amount_minor']}, not {sum_of_items}"


def _states(
    records: Records, payout: Record, made: list[Adjustment], witness: Witness
) -> Iterator[str]:
    name, state, why = payout["payout_id"], payout["state"], payout.get("why")
    statuses = sorted(one["status"] for one in made)
    if state in _AT_PADDLE:
        if witness.settled and statuses != [_AT_PADDLE[state]]:
            yield f"I12: {name} is {state}, and Paddle has it {statuses}"
    elif state == "refused":
        yield from _refused(records, payout, witness)
        if statuses:
            yield f"I10: {name} is refused, and Paddle has it {statuses}"
    elif witness.settled:
        breaker = records.single.get("PAYOUT_BREAKER", NOTHING)
        needs_person = state == "person" or (state == "requested" and "tripped_at" in breaker)
        if not needs_person or (state == "person" and not why) or "work_pk" not in payout:
            yield f"I17: {name} is {state} for {why}, and nobody is asked"
        elif statuses:
            yield f"I17: {name} is {state} for {why}, and Paddle has it {statuses}"


def _refused(records: Records, payout: Record, witness: Witness) -> Iterator[str]:
    """For a reason of ours that is true, or one that Paddle has told; never for no answer."""
    name, why = payout["payout_id"], payout.get("why")
    purchase = records.purchases.get(payout["transaction_id"], NOTHING)
    if why == "given_up":
        is_true = bool(payout.get("handled_by"))
    elif why == "too_old":
        bought = purchase.get("occurred_at", payout["settled_at"])
        is_true = _moment(payout["settled_at"]) - _moment(bought) > _OLD
    elif why in _BECAUSE_OF_OTHERS:
        is_true = any(
            one["transaction_id"] == payout["transaction_id"] and payout_of(one) != name
            for one in witness.adjustments
        )
    else:
        is_true = why in witness.refusals.get(name, ())
    if not is_true:
        yield f"I17: {name} is refused for {why}, which is not so"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _amount(payout: Record, one: Adjustment, witness: Witness) -> Iterator[str]:
    """What was approved. All of a purchase is all that others have left of it."""
    name, amount = payout["payout_id"], abs(int(one["totals"]["total"]))
    if payout.get("adjustment_id") != one["id"] and witness.settled:
        yield f"I12: {name} names {payout.get('adjustment_id')}, its own is {one['id']}"
    if one["transaction_id"] != payout["transaction_id"]:
        yield f"I12: {name} is for {payout['transaction_id']}, not {one['transaction_id']}"
    wanted = payout["amount_minor"]
    others = any(
        other["transaction_id"] == one["transaction_id"]
        and other["action"] in TAKING
        and (other["created_at"], other["id"]) < (one["created_at"], one["id"])
        for other in witness.adjustments
    )
    if amount != wanted and (payout["items"] or not others or amount > wanted):
        yield f"I12: {name} is of {wanted}, and {amount} went back"


def _followed(records: Records, payout: Record) -> Iterator[str]:
    name, adjustment_id = payout["payout_id"], payout.get("adjustment_id")
    known = records.adjustments.get(payout["transaction_id"], {"known": []})["known"]
    own = [one["adjustment_id"] for one in known if one.get("payout_id") == name]
    if adjustment_id is not None and adjustment_id not in own:
        yield f"I10: {name} names {adjustment_id}, its purchase knows {own}"
    if adjustment_id is None and (own or payout["state"] in _AT_PADDLE):
        yield f"I10: {name} is {payout['state']} and names no adjustment, its purchase {own}"
