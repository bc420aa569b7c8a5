"""Damages of cases, of lists, and of what people decided."""

from dataclasses import replace
from typing import Any

from tests.simulation.checker.damaging import End, damage


def _first(found: Any) -> Any:
    return next(iter(found), None)


@damage("I17")
def an_open_case_that_is_on_no_list(end: End) -> bool:
    if case := _first(end.of("CASE", status="open")):
        del case["work_pk"]
    return bool(case)


@damage("I17")
def a_settled_case_that_still_holds(end: End) -> bool:
    if case := _first(end.of("CASE", status="declined")):
        case["held"] = [[1, 5]]
    return bool(case)


@damage("I17")
def a_case_that_its_purchase_has_forgotten(end: End) -> bool:
    if purchase := _first(one for one in end.of("PURCHASE") if one.get("case_id")):
        del purchase["case_id"]
    return bool(purchase)


@damage("I22")
def a_case_that_is_due_on_another_day(end: End) -> bool:
    if case := _first(one for one in end.of("CASE") if not one.get("job_id")):
        case["due_at"] = "2026-12-05T23:59:59.000000Z"  # A Saturday.
    return bool(case)


@damage("I26")
def a_difference_that_there_is_not(end: End) -> bool:
    if case := _first(end.of("CASE", category="adjustment")):
        case["category"] = "difference"
        end.witness.adjustments = [
            one for one in end.witness.adjustments if "makegood" not in (one["reason"] or "")
        ]
        return "I26" in end.invariants() and not _first(end.of("PAYOUT"))
    return False


@damage("I21")
def a_status_that_nobody_wrote_down(end: End) -> bool:
    frozen = {one["account_id"] for one in end.of("SNAPSHOT", status="frozen")}
    made = [one for one in end.of("STATUS#") if one["account_id"] in frozen]
    for one in made:
        end.remove(one)
    return bool(made)


@damage("I21")
def a_correction_by_nobody(end: End) -> bool:
    if correction := _first(end.of("CORRECTION")):
        correction["author"] = ""
    return bool(correction)


@damage("I21")
def a_decision_that_its_author_never_sent(end: End) -> bool:
    for case in end.of("CASE", status="closed"):
        path = f"/v1/cases/{case['case_id']}/decision"
        end.witness.calls = [call for call in end.witness.calls if call.path != path]
        return bool(end.invariants())
    return False


@damage("I24", "I21")
def a_case_decided_by_who_asked_for_it(end: End) -> bool:
    for case in end.of("CASE", opened_by="support"):
        for event in case["events"]:
            if event["kind"] == "approved":
                event["author"] = case["opener"]
                return True
    return False


@damage("I24", "I21")
def both_approvals_by_one_person(end: End) -> bool:
    for case in end.of("CASE"):
        for number, event in enumerate(case["events"]):
            if event["kind"] == "approved" and event["author"] == "rita":
                first = {**event, "kind": "approved_first", "status": "open"}
                case["events"].insert(number, first)
                settings: dict[str, Any] = {"pk": "SETTINGS", "sk": "SETTINGS"}
                settings |= next(end.of("SETTINGS"), {})
                end.put({**settings, "second_reviewer_above_minor": {"USD": 0}})
                return case["status"] in ("approved", "paying", "paid")
    return False


@damage("I24")
def many_credits_by_one_person(end: End) -> bool:
    """All that is stored of it says so many; a person gave them for no job."""
    case = _first(one for one in end.of("CASE", status="credited") if one.get("decided_by"))
    if case:
        case["credits"] = 20_001
        return end.invariants() <= {"I24", "I03"}
    return False


@damage("I17")
def a_purchase_of_nobody_that_is_on_no_list(end: End) -> bool:
    if purchase := _first(end.of("PURCHASE", state="unmatched")):
        del purchase["work_pk"]
    return bool(purchase)


@damage("I17")
def an_open_case_that_its_reviewer_was_not_shown(end: End) -> bool:
    for number, call in enumerate(end.witness.calls):
        if call.path == "/v1/cases" and call.status == 200 and call.answer["items"]:
            answer = {**call.answer, "items": []}
            end.witness.calls[number] = replace(call, answer=answer)
            if end.invariants():
                return True
    return False


@damage("I17", "I22", "I23", "I26")
def an_adjustment_of_which_nobody_is_told(end: End) -> bool:
    if case := _first(end.of("CASE", category="adjustment")):
        end.remove(case)
    return bool(case)


@damage("I19", "I03", "I10", "I11", "I12", "I17", "I21", "I23")
def a_second_payment_that_is_no_case(end: End) -> bool:
    for case in end.of("CASE", category="duplicate_payment", opened_by="detector"):
        end.remove(case)
        return "I19" in end.invariants()
    return False
