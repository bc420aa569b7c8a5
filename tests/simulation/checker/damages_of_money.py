"""Damages of adjustments and payouts."""

from copy import deepcopy
from typing import Any

from tests.simulation.checker.damaging import End, damage


def _first(found: Any) -> Any:
    return next(iter(found), None)


def _own(end: End, payout: dict[str, Any]) -> Any:
    """Paddle's adjustment for it, to be changed."""
    end.witness.adjustments = [deepcopy(dict(one)) for one in end.witness.adjustments]
    mark = f"[makegood:{payout['payout_id']}]"
    return _first(one for one in end.witness.adjustments if mark in (one["reason"] or ""))


def _known(end: End, **wanted: Any) -> Any:
    """The first adjustment that the ledger follows and that has these values."""
    for told in end.of("ADJUSTMENTS"):
        for one in told["known"]:
            if all(one[name] == value for name, value in wanted.items()):
                return one
    return None


@damage("I10", "I11", "I12", "I13", "I17")
def a_second_adjustment_for_one_approval(end: End) -> bool:
    if payout := _first(end.of("PAYOUT", state="paid")):
        again = {**_own(end, payout), "id": "adj_again"}
        end.witness.adjustments = [*end.witness.adjustments, again]
    return bool(payout)


@damage("I10", "I12")
def an_adjustment_that_nobody_approved(end: End) -> bool:
    if payout := _first(end.of("PAYOUT", state="paid")):
        _own(end, payout)["reason"] = "Refund. [makegood:payout_nobodys]"
    return bool(payout)


@damage("I10", "I12", "I17")
def a_payout_too_many(end: End) -> bool:
    if payout := _first(end.of("PAYOUT", state="refused")):
        end.put({**payout, "pk": "PAYOUT#payout_0", "payout_id": "payout_0"})
    return bool(payout)


@damage("I11")
def a_promise_that_no_case_makes(end: End) -> bool:
    if purchase := _first(end.of("PURCHASE", state="granted")):
        purchase["promised_minor"] = purchase.get("promised_minor", 0) + 1
    return bool(purchase)


@damage("I11", "I12", "I13")
def more_back_than_was_paid(end: End) -> bool:
    if payout := _first(end.of("PAYOUT", state="paid")):
        own = _own(end, payout)
        own["totals"]["total"] = "1000000"
    return bool(payout)


@damage("I11", "I13")
def a_refund_in_another_currency(end: End) -> bool:
    if payout := _first(end.of("PAYOUT", state="paid")):
        _own(end, payout)["currency_code"] = "EUR"
    return bool(payout)


@damage("I12")
def a_payout_of_another_amount(end: End) -> bool:
    payout = _first(one for one in end.of("PAYOUT", state="paid") if one["items"])
    if payout:
        payout["amount_minor"] += 1
    return bool(payout)


@damage("I12", "I17")
def a_paid_payout_that_paddle_has_not_approved(end: End) -> bool:
    payout = _first(end.of("PAYOUT", state="sent"))
    if payout:
        payout["state"] = "paid"
        [case] = end.of("CASE", case_id=payout["case_id"])
        case["status"], case["held"] = "paid", []
        [purchase] = end.of("PURCHASE", transaction_id=payout["transaction_id"])
        del purchase["case_id"], purchase["promised_minor"]
    return bool(payout)


@damage("I12")
def a_case_that_names_another_adjustment(end: End) -> bool:
    if case := _first(end.of("CASE", status="paid")):
        case["adjustment_id"] = "adj_another"
    return bool(case)


@damage("I13")
def an_adjustment_that_is_not_followed(end: End) -> bool:
    one = _first(one for one in end.witness.adjustments if "makegood" not in (one["reason"] or ""))
    if one:
        end.witness.adjustments = [other for other in end.witness.adjustments if other is not one]
    return bool(one)


@damage("I13", "I11")
def money_back_that_is_not_noted(end: End) -> bool:
    purchase = _first(one for one in end.of("PURCHASE") if one.get("adjusted_minor"))
    if purchase:
        purchase["adjusted_minor"] -= 1
    return bool(purchase)


@damage("I13")
def credits_that_stayed_though_their_money_went(end: End) -> bool:
    """Only a part of it had gone by what the ledger and Paddle say; now they say more."""
    known = _known(end, action="refund", status="approved")
    if known is None or len(known["lines"]) != 1 or known["amount_minor"] > 5000:
        return False
    end.witness.adjustments = [deepcopy(dict(one)) for one in end.witness.adjustments]
    [own] = [one for one in end.witness.adjustments if one["id"] == known["adjustment_id"]]
    amount = known["amount_minor"] - 300
    known["amount_minor"], known["lines"][0][1] = amount, amount
    own["totals"]["total"] = own["items"][0]["totals"]["total"] = str(amount)
    [purchase] = [one for one in end.of("PURCHASE") if _is_of(one, known)]
    purchase["adjusted_minor"] -= 300
    return end.invariants() == {"I13"}


def _is_of(purchase: dict[str, Any], known: dict[str, Any]) -> bool:
    return any(line["item_id"] == known["lines"][0][0] for line in purchase["lines"])


@damage("I14", "I13", "I12", "I17")
def credits_that_a_rejected_adjustment_took(end: End) -> bool:
    known = next(
        (
            one
            for told in end.of("ADJUSTMENTS")
            for one in told["known"]
            if one["clawback_seq"] and one["status"] == "approved" and len(told["known"]) == 1
        ),
        None,
    )
    if known:
        known["status"] = "rejected"
    return known is not None


@damage("I14", "I03")
def a_restore_of_what_stands(end: End) -> bool:
    if known := _known(end, action="refund", status="approved"):
        known["restore_seq"] = 99
    return known is not None


@damage("I19")
def adjustments_in_another_order(end: End) -> bool:
    told = _first(one for one in end.of("ADJUSTMENTS") if len(one["known"]) > 1)
    if told:
        told["known"].reverse()
    return bool(told)


@damage("I17")
def a_payout_that_is_still_on_its_way(end: End) -> bool:
    """Its case knows of it, and nobody is asked."""
    if payout := _first(end.of("PAYOUT", state="person")):
        payout["state"] = "sending"
    return bool(payout)


@damage("I17")
def a_refusal_for_a_reason_that_is_not_so(end: End) -> bool:
    payout = _first(end.of("PAYOUT", state="refused"))
    if payout:
        payout["why"] = "no_answer"
    return bool(payout)


@damage("I03", "I22")
def credits_of_a_case_that_no_entry_brought(end: End) -> bool:
    """Given by a person for no job."""
    for case in end.of("CASE", status="credited"):
        if case.pop("job_id", None):
            return "I03" in end.invariants()
    return False
