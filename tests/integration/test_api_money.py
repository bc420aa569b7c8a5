"""Both legs of a case as customers and reviewers see them: its money, and its credits."""

import json
from datetime import timedelta
from typing import Any

import pytest

from makegood.domain.case import ASKED_FOR, Category
from tests.api_calls import TABLE, Api
from tests.asked import (
    ANN,
    REVIEWER,
    SECOND,
    asking,
    balance,
    buy,
    decide,
    faults,
    filed,
    set_up,
    spend,
)
from tests.http_events import OPERATOR, event
from tests.paid_back import approved, carried_out, difference, needing_a_person, told
from tests.webhooks import NOW

DAY = timedelta(days=1)
SEEN_ONLY = [category.value for category in Category if category not in ASKED_FOR]


def mine(api: Api, case: Any) -> Any:
    answer = api.get(f"/v1/me/cases/{case['case_id']}", ANN)
    assert answer.status == 200
    return answer.body


def file_of(api: Api, case: Any) -> Any:
    answer = api.get(f"/v1/cases/{case['case_id']}", REVIEWER)
    assert answer.status == 200
    return answer.body


def steps(case: Any) -> list[str]:
    return [step["kind"] for step in case["events"]]


def adjustment_case(api: Api, **query: Any) -> Any:
    [case] = api.get("/v1/cases", REVIEWER, category="adjustment", **query).body["items"]
    return case


def test_approved_money_waits_to_be_sent(api: Api) -> None:
    case = approved(api)

    own = mine(api, case)
    assert own["payment"] == {"state": "requested", "requested_at": "2026-10-28T14:04:11.250000Z"}
    assert (own["held"], steps(own)) == (105, ["opened", "approved"])
    assert not {"payout", "adjustment_id"} & own.keys()
    assert case["payout"] == {
        "payout_id": case["payout"]["payout_id"],
        "state": "requested",
        "money": {"amount": 1000, "currency": "USD"},
        "items": [],
        "attempt": 0,
        "unknown": 0,
        "requested_at": "2026-10-28T14:04:11.250000Z",
        "due_at": "2026-10-28T14:04:11.250000Z",
    }
    assert faults(api) == []


def test_a_part_is_paid_back_out_of_its_lines(api: Api) -> None:
    case = approved(api, amount=300)

    assert case["payout"]["items"] == [{"item_id": "txnitm_0", "amount": 300}]


def test_money_at_paddle_says_since_when_and_by_when_it_should_have_arrived(api: Api) -> None:
    case = approved(api)
    carried_out(api, case["payout"]["payout_id"], "pending_approval", now=NOW + DAY)

    own, seen = mine(api, case), file_of(api, case)
    assert (own["status"], own["adjustment_id"], own["held"]) == ("paying", "adj_1", 105)
    assert own["payment"] == {
        "state": "at_paddle",
        "requested_at": "2026-10-28T14:04:11.250000Z",
        "sent_at": "2026-10-29T14:04:11.250000Z",
        "expected_by": "2026-11-12T23:59:59.000000Z",
    }
    assert steps(own) == ["opened", "approved", "paying"]
    assert seen["payout"]["state"] == "sent"
    assert seen["payout"]["expected_by"] == own["payment"]["expected_by"]
    assert (seen["payout"]["adjustment_id"], seen["adjustment_id"]) == ("adj_1", "adj_1")
    [adjustment] = seen["adjustments"]
    assert adjustment == {
        "adjustment_id": "adj_1",
        "action": "refund",
        "status": "pending_approval",
        "money": {"amount": 1000, "currency": "USD"},
        "stands": False,
        "created_at": "2026-10-28T14:04:11.250000Z",
        "told_at": "2026-10-29T14:04:11.250000Z",
        "payout_id": case["payout"]["payout_id"],
    }
    assert faults(api) == []


def test_paid_money_takes_its_credits_along_and_both_say_so(api: Api) -> None:
    case = approved(api)
    payout_id = case["payout"]["payout_id"]
    carried_out(api, payout_id, "pending_approval")
    carried_out(api, payout_id, "approved", now=NOW + DAY)

    own, seen = mine(api, case), file_of(api, case)
    assert (own["status"], own["held"], own["credits"]) == ("paid", 0, 105)
    assert own["payment"] == {
        "state": "approved",
        "requested_at": "2026-10-28T14:04:11.250000Z",
        "sent_at": "2026-10-28T14:04:11.250000Z",
        "settled_at": "2026-10-29T14:04:11.250000Z",
        "expected_by": "2026-11-12T23:59:59.000000Z",
        "credits_taken": 105,
    }
    assert own["decision"]["clause"] == "6"
    assert "10.00 USD were paid back to you" in own["decision"]["reason"]
    assert (own["can_appeal"], steps(own)[-1]) == (False, "paid")
    assert seen["payout"]["state"] == "paid"
    assert "due_at" not in seen["payout"]
    assert [one["stands"] for one in seen["adjustments"]] == [True]
    assert balance(api) == (0, 0)
    assert faults(api) == []


def test_what_paddle_approves_at_once_was_never_waiting_there(api: Api) -> None:
    case = approved(api)
    carried_out(api, case["payout"]["payout_id"], "approved")

    payment = mine(api, case)["payment"]

    assert payment["state"] == "approved"
    assert "sent_at" not in payment


def test_a_favour_beyond_what_is_unused_takes_no_more_credits_than_there_are(api: Api) -> None:
    buy(api)
    spend(api, 100)
    case = decide(api, filed(api), "approve", amount=1000).body
    carried_out(api, case["payout"]["payout_id"], "approved")

    assert mine(api, case)["payment"]["credits_taken"] == 105
    assert api.get("/v1/me", ANN).body["debt"] == 100


def test_rejected_by_paddle_the_credits_are_free_and_a_person_has_the_case_again(api: Api) -> None:
    case = approved(api)
    first = case["payout"]["payout_id"]
    carried_out(api, first, "pending_approval")
    carried_out(api, first, "rejected", now=NOW + DAY)

    own, seen = mine(api, case), file_of(api, case)
    assert (own["status"], own["held"], balance(api)) == ("open", 0, (105, 0))
    assert own["payment"] == {
        "state": "rejected",
        "requested_at": "2026-10-28T14:04:11.250000Z",
        "sent_at": "2026-10-28T14:04:11.250000Z",
        "settled_at": "2026-10-29T14:04:11.250000Z",
    }
    assert steps(own)[-1] == "rejected_by_paddle"
    assert (seen["payout"]["state"], seen["payout"]["why"]) == ("rejected", "rejected_by_paddle")
    assert faults(api) == []

    again = decide(api, seen, "approve", SECOND).body
    assert again["payout"]["payout_id"] != first
    assert mine(api, case)["payment"]["state"] == "requested"
    assert "sent_at" not in mine(api, case)["payment"]
    assert faults(api) == []


def test_a_payment_that_was_given_up_says_so_without_the_note_between_people(api: Api) -> None:
    case = approved(api)
    payout_id = case["payout"]["payout_id"]
    needing_a_person(api, payout_id)
    body = {"decision": "give_up", "note": "Their card is closed, ask oda."}
    assert api.post(f"/v1/payouts/{payout_id}/decision", body, OPERATOR).status == 200

    own, seen = mine(api, case), file_of(api, case)
    assert (own["status"], own["payment"]["state"]) == ("open", "not_payable")
    assert steps(own) == ["opened", "approved", "not_payable"]
    assert "oda" not in json.dumps(own)
    assert seen["events"][-1]["note"] == "Their card is closed, ask oda."
    assert seen["events"][-1]["author"] == "oda"


def test_paid_after_all_is_paid(api: Api) -> None:
    case = approved(api)
    payout_id = case["payout"]["payout_id"]
    needing_a_person(api, payout_id)
    body = {"decision": "give_up", "note": "Nothing to be seen at Paddle."}
    api.post(f"/v1/payouts/{payout_id}/decision", body, OPERATOR)
    carried_out(api, payout_id, "approved", now=NOW + DAY)

    assert mine(api, case)["payment"]["state"] == "approved"
    assert file_of(api, case)["payout"]["state"] == "paid"


def test_without_an_approval_there_is_no_payment(api: Api) -> None:
    buy(api)
    spend(api, 1)
    case = filed(api)
    failure = filed(api, "technical_failure", description="Black.")
    credited = decide(api, failure, "approve", amount=1).body

    assert "payment" not in mine(api, case)
    assert "payout" not in file_of(api, case)
    assert "payment" not in mine(api, credited)
    assert file_of(api, case)["adjustments"] == []


def test_payouts_of_a_list_are_read_together(api: Api) -> None:
    for number in range(3):
        buy(api, f"txn_{number}", at=NOW + timedelta(days=3 * number))
        day = (NOW + timedelta(days=3 * number)).date().isoformat()
        decide(api, filed(api, transaction_date=day), "approve")

    answers: list[Any] = []
    calls = api.calls_during(
        lambda: answers.append(api.get("/v1/cases", REVIEWER, status="approved").body)
    )
    of_customers = api.calls_during(lambda: answers.append(api.get("/v1/me/cases", ANN).body))

    assert calls == ["Query", "BatchGetItem", "BatchGetItem"]
    assert [case["payout"]["state"] for case in answers[0]["items"]] == ["requested"] * 3
    assert of_customers == ["Query", "BatchGetItem"]
    assert [case["payment"]["state"] for case in answers[1]["items"]] == ["requested"] * 3


def test_a_damaged_payout_hides_no_case(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    case = approved(api)
    payout_id = case["payout"]["payout_id"]
    api.dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"PAYOUT#{payout_id}"}, "sk": {"S": "PAYOUT"}},
        UpdateExpression="REMOVE case_id",
    )

    [listed] = api.get("/v1/cases", REVIEWER, status="approved").body["items"]

    said = capsys.readouterr().out
    assert listed["case_id"] == case["case_id"]
    assert "payout" not in listed
    assert '"PayoutsUnreadable":1' in said
    assert payout_id in said


def test_money_that_paddle_paid_back_by_itself_is_a_case_for_both(api: Api) -> None:
    buy(api)
    told(api, cents=400)

    case = adjustment_case(api)
    own = mine(api, case)
    assert (own["category"], own["status"], own["adjustment_id"]) == ("adjustment", "open", "adj_1")
    assert (own["money"]["amount"], own["credits"], own["held"]) == (400, 42, 0)
    assert own["decision"]["clause"] == "7"
    assert own["decision"]["reason"].startswith("Paddle paid 4.00 USD back to you")
    assert "payment" not in own
    for step, problem in (("withdraw", "case-settled"), ("appeal", "case-settled")):
        answer = api.post(f"/v1/me/cases/{case['case_id']}/{step}", {}, ANN)
        assert (answer.status, answer.problem) == (409, problem)

    seen = file_of(api, case)
    assert seen["preview"] == {"needs_two_people": False}
    assert seen["evidence"]["transaction_id"] == "txn_1"
    [adjustment] = seen["adjustments"]
    assert (adjustment["action"], adjustment["status"], adjustment["stands"]) == (
        "refund",
        "approved",
        True,
    )
    assert adjustment["money"] == {"amount": 400, "currency": "USD"}
    assert "payout_id" not in adjustment
    assert faults(api) == []


@pytest.mark.parametrize("note", [{}, {"note": "Seen; their bank did it."}], ids=["", "note"])
def test_what_only_had_to_be_seen_is_closed_once(api: Api, note: dict[str, Any]) -> None:
    buy(api)
    told(api)
    case = adjustment_case(api)

    once = decide(api, case, "close", **note)
    before = api.items()
    twice = decide(api, case, "close", **note)

    assert (once.status, once.body["status"]) == (200, "closed")
    assert (once.body["decided_by"], once.body["events"][-1]["kind"]) == ("rita", "closed")
    assert once.body["events"][-1].get("note") == note.get("note")
    assert (twice.status, twice.body) == (200, once.body)
    assert api.items() == before
    own = mine(api, case)
    assert (own["status"], steps(own), own["can_appeal"]) == ("closed", ["opened", "closed"], False)
    assert "note" not in own["events"][-1]
    assert decide(api, case, "close", SECOND).problem == "case-settled"
    assert adjustment_case(api, status="closed")["case_id"] == case["case_id"]
    assert faults(api) == []


@pytest.mark.parametrize("decision", ["approve", "decline"])
def test_it_cannot_be_decided_in_another_way(api: Api, decision: str) -> None:
    buy(api)
    told(api)
    case = adjustment_case(api)
    before = api.items()

    answer = decide(api, case, decision)

    assert (answer.status, answer.problem) == (409, "case-settled")
    assert api.items() == before


def test_what_was_asked_for_is_not_closed(api: Api) -> None:
    buy(api)
    case = filed(api)
    before = api.items()

    answer = decide(api, case, "close")

    assert (answer.status, answer.problem) == (409, "case-settled")
    assert api.items() == before


@pytest.mark.parametrize(
    "field",
    [{"amount": 1}, {"amount": 0}, {"clause": "1"}, {"job_id": "job_1"}, {"transaction_id": "t"}],
    ids=repr,
)
def test_a_close_takes_nothing_but_a_note(api: Api, field: dict[str, Any]) -> None:
    buy(api)
    told(api)
    case = adjustment_case(api)
    before = api.items()

    answer = decide(api, case, "close", **field)

    assert (answer.status, answer.problem) == (422, "invalid-fields")
    assert api.items() == before


def test_a_chargeback_that_is_returned_is_told_in_case_and_history(api: Api) -> None:
    buy(api)
    spend(api, 30)
    told(api, action="chargeback")
    assert api.get("/v1/me", ANN).body["status"] == "frozen"
    told(api, "adj_2", action="chargeback_reverse", at=NOW + DAY)

    own = mine(api, adjustment_case(api))
    restored, taken = api.get("/v1/me/transactions", ANN).body["items"][:2]

    assert steps(own) == ["opened", "reversed"]
    assert "stands after all" in own["decision"]["reason"]
    assert (taken["kind"], taken["credits"], taken["clause"]) == ("clawback", -105, "7")
    assert taken["reason"].startswith("Your bank took 10.00 USD back")
    assert (restored["kind"], restored["credits"], restored["balance"]) == ("restore", 105, 75)
    for item in (taken, restored):
        assert (item["transaction_id"], item["case_id"]) == ("txn_1", own["case_id"])
        assert item["policy_version"] == "2025-02-24"
    assert faults(api) == []


def test_the_history_of_a_payout_names_its_case(api: Api) -> None:
    case = approved(api, amount=500)
    carried_out(api, case["payout"]["payout_id"], "approved", cents=500)

    kinds = {item["kind"]: item for item in api.get("/v1/me/transactions", ANN).body["items"]}

    assert (kinds["clawback"]["case_id"], kinds["clawback"]["clause"]) == (case["case_id"], "6")
    assert "5.00 USD were paid back to you" in kinds["clawback"]["reason"]
    assert kinds["clawback"]["transaction_id"] == "txn_1"
    assert faults(api) == []


def test_a_purchase_shows_what_has_gone_back_what_is_promised_and_until_when(api: Api) -> None:
    def purchase() -> Any:
        [found] = api.get("/v1/me/purchases", ANN).body["items"]
        money = [found[f"{name}_minor"] for name in ("adjusted", "promised", "refundable")]
        return money, found["lines"][0]["withdrawn"], found["lines"][0]["refundable"]["clause"]

    buy(api)
    assert purchase() == ([0, 0, 1000], 0, "1")
    told(api, "adj_by_paddle", cents=400)
    assert purchase() == ([400, 0, 600], 40, "1")

    case = decide(api, filed(api), "approve").body
    assert case["money"]["amount"] == 600
    assert purchase() == ([400, 600, 0], 40, "1")

    carried_out(api, case["payout"]["payout_id"], "approved", cents=600)
    assert purchase() == ([1000, 0, 0], 100, "6")
    [shown] = api.get("/v1/accounts/acc_1/purchases", REVIEWER).body["items"]
    assert shown["refundable_until"] == "2027-02-25T14:04:11.250000Z"
    assert "case_id" not in shown
    assert faults(api) == []


def test_what_is_too_old_for_paddle_is_not_approved(api: Api) -> None:
    buy(api)
    case = filed(api)
    path = f"/v1/cases/{case['case_id']}/decision"
    body = {"decision": "approve", "seen_version": 1}
    before = api.items()

    late = api.send(event("POST", path, REVIEWER, body=body, at=NOW + 120 * DAY))
    assert (late.status, late.problem) == (409, "amount-refused")
    assert "2027-02-25" in late.body["detail"]
    assert api.items() == before

    last = api.send(
        event("POST", path, REVIEWER, body=body, at=NOW + 120 * DAY - timedelta(seconds=1))
    )
    assert last.status == 200


@pytest.mark.parametrize("category", SEEN_ONLY)
def test_nobody_asks_for_what_only_has_to_be_seen(api: Api, category: str) -> None:
    buy(api)
    before = api.items()

    own = api.post("/v1/me/cases", asking(category), ANN)
    for_ann = api.post("/v1/cases", asking(category, account_id="acc_1"), REVIEWER)
    asked = api.post("/v1/policy/explain", {"kind": "request", "category": category})

    for answer in (own, for_ann, asked):
        assert (answer.status, answer.problem) == (422, "invalid-fields")
        assert "unauthorised, service_unavailable, other" in answer.body["detail"]
        assert "adjustment" not in answer.body["detail"]
    assert api.items() == before


@pytest.mark.parametrize("category", Category)
def test_every_category_can_be_looked_for(api: Api, category: Category) -> None:
    assert api.get("/v1/cases", REVIEWER, category=category.value).body["items"] == []


def test_a_difference_between_books_is_for_reviewers_alone(api: Api) -> None:
    case = difference(api)

    assert api.get("/v1/me/cases", ANN).body["items"] == []
    hidden = api.get(f"/v1/me/cases/{case.case_id}", ANN)
    nobodys = api.get("/v1/me/cases/case_none", ANN)
    assert (hidden.status, hidden.body) == (404, nobodys.body)
    [seen] = api.get("/v1/cases", REVIEWER, category="difference").body["items"]
    assert seen["case_id"] == case.case_id
    assert decide(api, seen, "close").body["status"] == "closed"


def test_what_waits_between_reviewers_is_not_told_to_customers(api: Api) -> None:
    """Above the limit: the first approval, and what the clock says of the case."""
    set_up(api, second_reviewer_above_minor={"USD": 100})
    buy(api)
    first = decide(api, filed(api), "approve").body
    assert "payment" not in mine(api, first)

    second = decide(api, first, "approve", SECOND).body
    own = mine(api, second)

    assert (steps(own), own["payment"]["state"]) == (["opened", "approved"], "requested")
    assert "approved_first" in steps(second)
