"""Damages of one value each, in a record that has it."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.simulation.checker.damaging import DAMAGES, Damage, End

Changed = Mapping[str, Any] | Callable[[dict[str, Any]], None]


def _note(name: str, named: str, also: str, sk: str, wanted: Any, changed: Changed) -> None:
    """The first record with these values is changed; where that breaks nothing, another story's."""

    def does(end: End) -> bool:
        for item in end.of(sk, **wanted):
            if callable(changed):
                changed(item)
            else:
                item.update(changed)
            if sk == "ENTRY#":
                end.chain(item["account_id"])
            return named in end.invariants()
        return False

    does.__name__ = name
    DAMAGES.append(Damage(does, named, frozenset(also.split())))


def _moved(entry: dict[str, Any]) -> None:
    """From the account into nowhere: no such book may move."""
    entry["postings"]["forfeited"] = 5
    entry["postings"]["available"] -= 5


def _lot(entry: dict[str, Any]) -> None:
    entry["lots"][0][4] += 1


def _other_lots(entry: dict[str, Any]) -> None:
    entry["lots"] = [[number + 70, *changes] for number, *changes in entry["lots"]]


def _more_taken(job: dict[str, Any]) -> None:
    """Two lots, of which it says that the other one paid."""
    number, credits = job["takes"][0]
    job["takes"] = [[number, 0], [number + 50, credits]]


def _unwritten(case: dict[str, Any]) -> None:
    case["events"][-1]["author"] = ""


def _quiet(case: dict[str, Any]) -> None:
    case["decision"]["reason"] = ""


def _studio(case: dict[str, Any]) -> None:
    case["events"][-1]["author"] = "studio"


def _late(told: dict[str, Any]) -> None:
    for one in told["known"]:
        if one["restore_seq"]:
            one["clawback_seq"] = one["restore_seq"] + 1


def _fewer_lines(purchase: dict[str, Any]) -> None:
    """It forgets a line that was granted."""
    purchase["lines"] = purchase["lines"][1:]


def _another_line(purchase: dict[str, Any]) -> None:
    purchase["lines"][0]["amount_minor"] += 1


_MOST = 10**6
_ALL = "I01 I02 I03 I04 I06 I07 I09 I13 I14 I17 I26"

DETAILS: tuple[tuple[str, str, str, str, Mapping[str, Any], Changed], ...] = (
    ("an_unknown_kind", "I04", "I03 I26 I09", "ENTRY#", {"kind": "bonus"}, {"kind": "gift"}),
    ("another_kind", "I03", _ALL, "ENTRY#", {"kind": "hold"}, {"kind": "release"}),
    ("a_book_that_may_not_move", "I01", _ALL, "ENTRY#", {"kind": "charge"}, _moved),
    ("a_lot_that_may_not_change_so", "I02", _ALL, "ENTRY#", {"kind": "charge"}, _lot),
    ("credits_into_other_lots", "I13", _ALL, "ENTRY#", {"kind": "clawback"}, _other_lots),
    ("a_refund_into_another_lot", "I07", "", "JOB", {"state": "refunded"}, _more_taken),
    ("a_job_that_never_ends", "I17", "I06 I16", "JOB", {"state": "denied"}, {"state": "review"}),
    ("an_entry_without_a_reason", "I21", "I26", "ENTRY#", {}, {"reason": ""}),
    ("adjustments_that_still_wait", "I17", "", "ADJUSTMENTS", {}, {"waits_since": "then"}),
    ("a_restore_before_its_clawback", "I14", "I03", "ADJUSTMENTS", {}, _late),
    ("a_case_about_no_adjustment", "I03", "", "CASE", {"status": "closed"}, {"adjustment_id": "a"}),
    (
        "a_case_in_flight",
        "I17",
        "I06 I10 I11 I12",
        "CASE",
        {"status": "declined"},
        {"status": "paying"},
    ),
    ("a_case_that_holds_more", "I17", "", "CASE", {"status": "paying"}, {"held": [[1, _MOST]]}),
    ("a_case_that_nobody_touched", "I21", "I24", "CASE", {"status": "closed"}, _unwritten),
    ("a_case_without_a_reason", "I21", "", "CASE", {"status": "declined"}, _quiet),
    ("a_case_that_the_studio_closed", "I24", "I21", "CASE", {"status": "closed"}, _studio),
    ("a_payout_with_other_items", "I12", "", "PAYOUT", {"state": "paid"}, {"items": [["x", 5]]}),
    (
        "a_refused_payout_that_was_paid",
        "I10",
        "I12 I17",
        "PAYOUT",
        {"state": "paid"},
        {"state": "refused"},
    ),
    (
        "a_payout_that_waits_for_nobody",
        "I17",
        "I12",
        "PAYOUT",
        {"state": "person"},
        {"why": None},
    ),
    (
        "a_payout_that_is_at_paddle_after_all",
        "I17",
        "I12",
        "PAYOUT",
        {"state": "paid"},
        {"state": "person", "why": "unknown_too_often", "work_pk": "PAYOUTS#person"},
    ),
    (
        "another_purchase",
        "I12",
        "I10 I17",
        "PAYOUT",
        {"state": "paid"},
        {"transaction_id": "txn_0"},
    ),
    ("an_unknown_adjustment", "I10", "I12", "PAYOUT", {"state": "paid"}, {"adjustment_id": "a"}),
    ("no_adjustment", "I10", "I12", "PAYOUT", {"state": "paid"}, {"adjustment_id": None}),
    ("given_up_by_nobody", "I21", "I17", "PAYOUT", {"why": "given_up"}, {"handled_by": ""}),
    ("a_payment_that_is_not_old", "I17", "", "PAYOUT", {"state": "refused"}, {"why": "too_old"}),
    ("too_much_money", "I11", "I13", "PURCHASE", {"state": "granted"}, {"adjusted_minor": _MOST}),
    ("another_payment", "I09", "I11 I13 I26", "PURCHASE", {}, {"collected_minor": _MOST}),
    ("other_lines", "I09", "I13", "PURCHASE", {"state": "granted"}, _another_line),
    (
        "a_line_that_is_forgotten",
        "I09",
        "I03 I13 I19",
        "PURCHASE",
        {"state": "granted"},
        _fewer_lines,
    ),
    ("a_parked_event_on_no_list", "I17", "", "EVENT", {}, {"work_pk": None}),
)
"""Name, what must be named, what else may be, the kind of record, which of them, the change."""

for _detail in DETAILS:
    _note(*_detail)
