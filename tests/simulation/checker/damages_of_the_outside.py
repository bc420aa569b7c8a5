"""Damages of answers, events, outages and writes, as the outside saw them."""

from dataclasses import replace
from typing import Any

from tests.simulation.checker.damaging import End, damage
from tests.simulation.witness import Call, Down

STRANGER = {"sub": "user-of-acc_9", "scope": "account", "account_id": "acc_9"}


@damage("I23")
def a_case_of_somebody_else(end: End) -> bool:
    for case in end.of("CASE"):
        path = f"/v1/me/cases/{case['case_id']}"
        end.witness.calls.append(Call(1.0, "GET", path, STRANGER, None, 200, {}))
        return True
    return False


@damage("I23")
def an_answer_with_somebody_elses_things(end: End) -> bool:
    for purchase in end.of("PURCHASE", state="granted"):
        answer = {"transaction_id": purchase["transaction_id"]}
        end.witness.calls.append(Call(1.0, "POST", "/v1/me/cases", STRANGER, None, 200, answer))
        return True
    return False


@damage("I23")
def a_customer_at_the_reviewers_list(end: End) -> bool:
    answer: dict[str, Any] = {"items": [], "next_cursor": None}
    end.witness.calls.append(Call(1.0, "GET", "/v1/cases", STRANGER, None, 200, answer))
    return True


@damage("I23", "I24")
def a_case_that_a_stranger_withdrew(end: End) -> bool:
    end.witness.calls.append(Call(1.0, "GET", "/v1/nothing", STRANGER, None, 404, None))
    for case in end.of("CASE", status="withdrawn"):
        case["events"][-1]["author"] = STRANGER["sub"]
        return True
    return False


@damage("I23")
def a_mail_to_a_stranger(end: End) -> bool:
    for number, mail in enumerate(end.witness.mails):
        to = {**mail, "Destination": {"ToAddresses": ["stranger@example.com"]}}
        end.witness.mails[number] = to
        return True
    return False


def _outage(end: End, since: str, until: str, name: str = "outage_1") -> None:
    item = {"pk": "OUTAGE_RECORDS", "sk": name, "v": 1, "outage_id": name, "component": "moon"}
    end.put({**item, "started_at": since, "last_failed_at": since, "ended_at": until})


@damage("I25")
def an_outage_while_all_was_up(end: End) -> bool:
    _outage(end, "2026-11-20T10:00:00.000000Z", "2026-11-20T11:00:00.000000Z")
    return True


@damage("I25")
def an_outage_that_ends_before_it_begins(end: End) -> bool:
    for outage in (one for one in end.items.values() if one["pk"] == "OUTAGE_RECORDS"):
        outage["ended_at"] = "2026-11-20T11:00:00.000000Z"
        return True
    return False


@damage("I25")
def two_outages_at_once(end: End) -> bool:
    for outage in [one for one in end.items.values() if one["pk"] == "OUTAGE_RECORDS"]:
        end.put({**outage, "sk": "outage_2", "outage_id": "outage_2"})
        return True
    return False


@damage("I25")
def an_outage_that_the_monitor_does_not_know(end: End) -> bool:
    for monitor in end.of("MONITOR"):
        monitor["open"] = {"video": "outage_9"}
        return True
    return False


@damage("I25")
def money_for_an_outage_that_never_was(end: End) -> bool:
    for case in end.of("CASE"):
        case["decision"] |= {"clause": "2(d)", "outcome": "eligible"}
        return True
    return False


@damage("I26")
def an_event_with_another_balance(end: End) -> bool:
    for number, event in enumerate(end.witness.events):
        if "balance" in event:
            end.witness.events[number] = {**event, "balance": event["balance"] + 1}
            return True
    return False


@damage("I26")
def a_balance_that_never_was(end: End) -> bool:
    for number, call in enumerate(end.witness.calls):
        if call.path == "/v1/me" and call.status == 200:
            answer = {**call.answer, "available": 31_337}
            answer["balance"] = 31_337 - answer["debt"]
            end.witness.calls[number] = replace(call, answer=answer)
            return True
    return False


@damage("I21")
def a_history_without_what_is_newest(end: End) -> bool:
    for number, call in enumerate(end.witness.calls):
        is_history = call.path == "/v1/me/transactions" and call.status == 200
        if is_history and call.answer["items"]:
            answer = {**call.answer, "items": []}
            end.witness.calls[number] = replace(call, at=call.at + 90, answer=answer)
            if end.invariants():
                return True
    return False


@damage("I23")
def an_answer_that_names_somebody_else(end: End) -> bool:
    for snapshot in end.of("SNAPSHOT"):
        answer = {"account_id": snapshot["account_id"]}
        end.witness.calls.append(Call(1.0, "POST", "/v1/me/cases", STRANGER, None, 200, answer))
        return True
    return False


@damage("I23")
def a_status_that_a_customer_changed(end: End) -> bool:
    end.witness.calls.append(Call(1.0, "GET", "/v1/nothing", STRANGER, None, 404, None))
    for status in end.of("STATUS#"):
        status["author"] = STRANGER["sub"]
        return True
    return False


@damage("I25")
def a_complete_outage_without_a_record(end: End) -> bool:
    times = dict.fromkeys(("started_at", "ended_at"), "2026-11-24T10:00:00.000000Z")
    end.put({"pk": "OUTAGES", "sk": "COMPLETE", "v": 1, "spans": [times]})
    return True


@damage("I25")
def a_long_outage_that_is_not_complete(end: End) -> bool:
    """Three days of it, and the probes were right; only the list has forgotten it."""
    end.witness.downs.append(Down("video", -400_000.0, None))
    _outage(end, "2026-11-21T08:00:00.000000Z", "2026-11-24T10:00:00.000000Z")
    [outage] = [one for one in end.items.values() if one.get("component") == "moon"]
    outage |= {"component": "service", "last_failed_at": "2026-11-24T09:59:00.000000Z"}
    return not any(down.capability == "image" for down in end.witness.downs)


@damage("I26")
def an_event_of_another_movement(end: End) -> bool:
    for number, event in enumerate(end.witness.events):
        if "balance" in event:
            end.witness.events[number] = {**event, "credits": 31_337}
            return True
    return False


@damage("I26")
def a_sum_that_is_none(end: End) -> bool:
    for number, call in enumerate(end.witness.calls):
        if call.path == "/v1/me" and call.status == 200:
            end.witness.calls[number] = replace(call, answer={**call.answer, "balance": 31_337})
            return True
    return False


@damage("I26")
def a_purchase_that_is_told_otherwise(end: End) -> bool:
    for number, call in enumerate(end.witness.calls):
        if call.path == "/v1/me/purchases" and call.status == 200 and call.answer["items"]:
            [first, *others] = call.answer["items"]
            items = [{**first, "collected_minor": 31_337}, *others]
            end.witness.calls[number] = replace(call, answer={**call.answer, "items": items})
            return True
    return False


@damage("I12")
def a_request_for_another_sum(end: End) -> bool:
    """That reached Paddle, whatever it made of it."""
    for at, body, status in end.witness.asked_for_adjustments:
        items = [{"item_id": "txnitm_1", "amount": "7", "type": "partial"}]
        end.witness.asked_for_adjustments.append((at, {**body, "items": items}, status))
        return True
    return False


@damage("I21")
def a_write_of_tomorrow(end: End) -> bool:
    for number, write in enumerate(end.witness.writes):
        if write.place[1].startswith("ENTRY#"):
            end.witness.writes[number] = replace(write, at=write.at - 90_000)
            return True
    return False


@damage("I06")
def a_job_that_nobody_knows_any_more(end: End) -> bool:
    end.witness.job_truth["job_forgotten"] = "failed"
    return True


@damage("I06")
def a_job_that_was_lost_too_early(end: End) -> bool:
    for number, write in enumerate(end.witness.writes):
        if write.by == "lost_jobs" and write.new.get("state") == {"S": "refunded"}:
            new = {**write.new, "ended_at": {"S": "2026-11-24T00:00:00.000000Z"}}
            end.witness.writes[number] = replace(write, new=new)
            return True
    return False


@damage("I06")
def a_refund_in_doubt_of_what_was_clear(end: End) -> bool:
    for number, write in enumerate(end.witness.writes):
        if write.by == "lost_jobs" and write.new.get("state") == {"S": "refunded"}:
            end.witness.writes[number] = replace(write, by="case_clock")
            return True
    return False
