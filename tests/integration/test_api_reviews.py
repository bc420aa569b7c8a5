"""People look into cases and decide them: once, on what they saw, and not on their own."""

from datetime import timedelta
from typing import Any

import pytest

from makegood.plans.jobs import end_job
from makegood.policy.versions import PUBLISHED
from tests.api_calls import Api
from tests.asked import (
    ANN,
    REVIEWER,
    SECOND,
    asking,
    balance,
    buy,
    decide,
    faults,
    file,
    filed,
    outage,
    set_up,
    spend,
)
from tests.ends import failed
from tests.http_events import JOBS, OPERATOR, event
from tests.webhooks import NOW

SUE = {"sub": "sue", "scope": "review"}


def look(api: Api, case: Any, claims: Any = REVIEWER) -> Any:
    answer = api.get(f"/v1/cases/{case['case_id']}", claims)
    assert answer.status == 200
    return answer.body


def in_review(api: Api, credits: int = 30) -> Any:
    """The case of a job whose failure nobody knows."""
    buy(api)
    assert spend(api, credits) == 201
    api.decide(end_job(failed("martians", "job_1"), policies=PUBLISHED, now=NOW))
    [case] = api.get("/v1/cases", REVIEWER).body["items"]
    return case


def test_approved_money_is_promised_and_its_credits_stay_held(api: Api) -> None:
    buy(api)
    spend(api, 30)
    case = filed(api)

    answer = decide(api, case, "approve", note="Plainly stolen.")

    approved = answer.body
    assert (answer.status, approved["status"]) == (200, "approved")
    assert approved["money"] == {"amount": 700, "currency": "USD"}
    assert approved["decided_by"] == "rita"
    assert (approved["decision"]["outcome"], approved["decision"]["clause"]) == ("eligible", "2(c)")
    assert approved["ruled"]["outcome"] == "needs_review"
    assert approved["events"][-1]["author"] == "rita"
    [purchase] = api.get("/v1/me/purchases", ANN).body["items"]
    assert (purchase["promised_minor"], purchase["refundable_minor"]) == (700, 0)
    assert balance(api) == (0, 75)
    [waiting] = api.get("/v1/cases", REVIEWER, status="approved").body["items"]
    assert waiting["case_id"] == case["case_id"]
    assert faults(api) == []


def test_declined_the_credits_are_back_at_once_and_the_reason_is_told(api: Api) -> None:
    buy(api)
    case = filed(api)

    declined = decide(api, case, "decline", note="Your own card paid.").body

    assert (declined["status"], declined["held"], balance(api)) == ("declined", 0, (105, 0))
    assert declined["decision"]["outcome"] == "not_eligible"
    assert declined["decision"]["reason"] == "Your own card paid."
    assert declined["decision"]["clause"] == "2(c)"
    assert spend(api, 105) == 201
    assert faults(api) == []


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        ("1", "never expire"),
        ("3(a)", "have been used"),
        ("3(b)", "owner closed"),
        ("3(c)", "style or quality"),
        ("3(d)", "not having used them"),
    ],
)
def test_a_no_can_stand_on_a_clause_in_the_policys_words(api: Api, clause: str, words: str) -> None:
    buy(api)

    declined = decide(api, filed(api), "decline", clause=clause, note="Sorry.").body

    assert declined["decision"]["clause"] == clause
    assert words in declined["decision"]["reason"]
    assert declined["events"][-1]["note"] == "Sorry."


@pytest.mark.parametrize(
    "wishes",
    [
        pytest.param({"decision": "decline", "clause": "2(a)"}, id="a clause that grants"),
        pytest.param({"decision": "decline", "amount": 5}, id="a no with an amount"),
        pytest.param({"decision": "approve", "clause": "1"}, id="a yes with a clause"),
        pytest.param({"decision": "maybe"}, id="no decision"),
        pytest.param({"decision": "approve", "seen_version": 0}, id="no version"),
        pytest.param({"decision": "approve", "seen_version": "1"}, id="a version as text"),
        pytest.param({"decision": "approve", "currency": "EUR"}, id="a currency of one's own"),
    ],
)
def test_a_decision_of_the_wrong_form_is_refused_and_changes_nothing(
    api: Api, wishes: dict[str, Any]
) -> None:
    buy(api)
    case = filed(api)
    before = api.items()
    given = {"seen_version": 1, "note": "A note.", **wishes}
    body = {name: value for name, value in given.items() if value is not None}

    answer = api.post(f"/v1/cases/{case['case_id']}/decision", body, REVIEWER)

    assert (answer.status, answer.problem) == (422, "invalid-fields")
    assert api.items() == before


@pytest.mark.parametrize(
    ("category", "amount", "status"),
    [
        pytest.param("unauthorised", 1000, 200, id="the whole, of which part was used"),
        pytest.param("unauthorised", 1001, 409, id="more than was collected"),
        pytest.param("unauthorised", 1, 200, id="a little"),
        pytest.param("unauthorised", 0, 409, id="nothing"),
        pytest.param("duplicate_payment", 1000, 200, id="the whole second payment"),
        pytest.param("duplicate_payment", 1001, 409, id="more than the second payment"),
        pytest.param("service_unavailable", 700, 200, id="what is unused"),
        pytest.param("service_unavailable", 701, 409, id="more than is unused"),
        pytest.param("service_unavailable", None, 200, id="no amount: what is unused"),
        pytest.param("other", 700, 200, id="what is unused, as a favour"),
        pytest.param("other", 701, 409, id="a favour beyond what is unused"),
    ],
)
def test_money_is_at_most_what_may_go_back(
    api: Api, category: str, amount: int | None, status: int
) -> None:
    buy(api)
    spend(api, 30)
    outage(api, timedelta(hours=80))
    case = filed(api, category)
    if category == "other":
        case = api.post(f"/v1/me/cases/{case['case_id']}/appeal", {}, ANN).body
    before = api.items()

    wishes: dict[str, Any] = {} if amount is None else {"amount": amount}
    answer = decide(api, case, "approve", **wishes)

    assert answer.status == status
    if status == 409:
        assert answer.problem == "amount-refused"
        assert api.items() == before
    else:
        assert answer.body["money"]["amount"] == (amount or 700)


def test_who_filed_a_case_does_not_decide_it(api: Api) -> None:
    buy(api)
    for_ann = asking(account_id="acc_1")
    by_support = api.post("/v1/cases", for_ann, SUE)
    before = api.items()

    own = decide(api, by_support.body, "approve", SUE)
    own_no = decide(api, by_support.body, "decline", SUE)

    assert (by_support.status, by_support.body["opened_by"]) == (201, "support")
    assert by_support.body["opener"] == "sue"
    assert (own.status, own.problem) == (403, "not-allowed")
    assert own_no.status == 403
    assert api.items() == before
    assert decide(api, by_support.body, "approve", REVIEWER).status == 200


def test_who_asked_again_or_appealed_does_not_decide_either(api: Api) -> None:
    buy(api)
    filed(api, "duplicate_payment")
    asked_again = api.post("/v1/cases", asking(account_id="acc_1"), SUE).body

    assert decide(api, asked_again, "approve", SUE).status == 403

    both = {**ANN, "sub": "both", "scope": "account review"}
    declined = decide(api, asked_again, "decline").body
    appealed = api.post(f"/v1/me/cases/{declined['case_id']}/appeal", {}, both).body
    assert decide(api, appealed, "approve", both).status == 403
    assert decide(api, appealed, "approve", REVIEWER).status == 200


def test_a_decision_sent_again_gets_the_same_answer(api: Api) -> None:
    buy(api)
    case = filed(api)
    once = decide(api, case, "approve", amount=500, note="Half.")
    before = api.items()

    twice = decide(api, case, "approve", amount=500, note="Half.")

    assert (twice.status, twice.body) == (200, once.body)
    assert api.items() == before


def test_a_declined_case_cannot_be_approved_and_its_no_can_be_sent_again(api: Api) -> None:
    buy(api)
    case = filed(api)
    once = decide(api, case, "decline", clause="3(a)")

    assert decide(api, case, "approve").status == 409
    assert decide(api, once.body, "approve").problem == "case-settled"
    assert decide(api, case, "decline", clause="3(a)").body == once.body
    assert decide(api, case, "decline", clause="1").status == 409


def test_an_old_no_is_not_repeated_after_an_appeal(api: Api) -> None:
    buy(api)
    case = filed(api)
    decide(api, case, "decline")
    api.post(f"/v1/me/cases/{case['case_id']}/appeal", {}, ANN)
    before = api.items()

    answer = decide(api, case, "decline")

    assert (answer.status, answer.problem) == (409, "stale-version")
    assert api.items() == before


def test_a_case_that_has_changed_is_looked_at_again_first(api: Api) -> None:
    buy(api)
    case = filed(api, "duplicate_payment")
    file(api, "unauthorised")
    before = api.items()

    answer = decide(api, case, "approve")

    assert (answer.status, answer.problem) == (409, "stale-version")
    assert api.items() == before
    assert decide(api, look(api, case), "approve").status == 200


@pytest.mark.parametrize(("limit", "people"), [(999, 2), (1000, 1), (1001, 1)])
def test_above_the_limit_and_not_at_it_two_people_are_needed(
    api: Api, limit: int, people: int
) -> None:
    set_up(api, second_reviewer_above_minor={"USD": limit})
    buy(api)
    case = filed(api)
    assert look(api, case)["preview"]["needs_two_people"] is (people == 2)

    first = decide(api, case, "approve")

    assert first.body["status"] == ("approved" if people == 1 else "open")
    assert ("approval" in first.body) is (people == 2)
    assert faults(api) == []


def test_a_currency_without_a_limit_always_needs_two_people(api: Api) -> None:
    set_up(api, second_reviewer_above_minor={"EUR": 10_000})
    buy(api)

    assert decide(api, filed(api), "approve").body["status"] == "open"


def test_the_second_person_is_another_one_and_approves_the_same_amount(api: Api) -> None:
    set_up(api, second_reviewer_above_minor={"USD": 100})
    buy(api)
    case = filed(api)
    first = decide(api, case, "approve", amount=900)
    again = decide(api, case, "approve", amount=900)
    same_person = decide(api, first.body, "approve", amount=900)
    [purchase] = api.get("/v1/me/purchases", ANN).body["items"]

    assert again.body == first.body
    assert (same_person.status, same_person.problem) == (403, "not-allowed")
    assert purchase["promised_minor"] == 0

    other_amount = decide(api, first.body, "approve", SECOND, amount=800)
    assert (other_amount.body["status"], other_amount.body["approval"]["author"]) == ("open", "sam")
    done = decide(api, other_amount.body, "approve", REVIEWER)
    assert (done.body["status"], done.body["money"]["amount"]) == ("approved", 800)
    assert decide(api, other_amount.body, "approve", REVIEWER).body == done.body
    assert faults(api) == []


def test_a_second_person_may_say_no(api: Api) -> None:
    set_up(api, second_reviewer_above_minor={"USD": 100})
    buy(api)
    first = decide(api, filed(api), "approve").body

    declined = decide(api, first, "decline", SECOND).body

    assert (declined["status"], balance(api)) == ("declined", (105, 0))
    assert "approval" not in declined
    assert faults(api) == []


def test_a_person_says_which_purchase_is_meant(api: Api) -> None:
    buy(api)
    buy(api, "txn_bobs", account_id="acc_2")
    case = filed(api, amount=999)
    before = api.items()

    without = decide(api, case, "approve")
    strangers = decide(api, case, "approve", transaction_id="txn_bobs")
    nobodys = decide(api, case, "approve", transaction_id="txn_none")

    assert (without.status, without.problem) == (409, "amount-refused")
    assert (strangers.status, strangers.body) == (404, nobodys.body)
    assert api.items() == before

    approved = decide(api, case, "approve", transaction_id="txn_1").body
    assert (approved["transaction_id"], approved["money"]["amount"]) == ("txn_1", 1000)
    assert (approved["held"], balance(api)) == (105, (0, 105))
    assert faults(api) == []


def test_a_purchase_that_another_case_is_about_is_not_paid_back_twice(api: Api) -> None:
    buy(api)
    unclear = filed(api, amount=999)
    clear = filed(api)

    answer = decide(api, unclear, "approve", transaction_id="txn_1")
    assert (answer.status, answer.problem) == (409, "case-settled")

    decide(api, clear, "approve")
    assert decide(api, unclear, "approve", transaction_id="txn_1").problem == "case-settled"
    assert faults(api) == []


def test_two_people_can_settle_which_purchase_is_meant(api: Api) -> None:
    set_up(api, second_reviewer_above_minor={"USD": 100})
    buy(api)
    case = filed(api, amount=999)

    first = decide(api, case, "approve", transaction_id="txn_1").body
    assert (first["status"], first["held"], balance(api)) == ("open", 105, (0, 105))
    assert decide(api, case, "approve", transaction_id="txn_1").body == first
    assert faults(api) == []

    done = decide(api, first, "approve", SECOND).body
    assert (done["status"], done["money"]["amount"]) == ("approved", 1000)
    assert faults(api) == []


def test_credits_that_come_back_after_filing_are_held_by_the_approval(api: Api) -> None:
    buy(api)
    spend(api, 30)
    case = filed(api)
    api.decide(end_job(failed("timeout", "job_1"), policies=PUBLISHED, now=NOW))
    assert balance(api) == (30, 75)

    approved = decide(api, case, "approve").body

    assert (approved["money"]["amount"], approved["held"]) == (1000, 105)
    assert balance(api) == (0, 105)
    assert faults(api) == []


def test_credits_for_a_failed_generation_are_back_with_the_approval(api: Api) -> None:
    buy(api)
    spend(api, 30)
    case = filed(api, "technical_failure")
    before = api.items()

    nothing = decide(api, case, "approve")
    zero = decide(api, case, "approve", amount=0)
    more = decide(api, case, "approve", amount=31)
    assert {one.problem for one in (nothing, zero, more)} == {"amount-refused"}
    assert api.items() == before

    credited = decide(api, case, "approve", amount=30)
    again = decide(api, case, "approve", amount=30)

    assert (credited.body["status"], credited.body["credits"]) == ("credited", 30)
    assert again.body == credited.body
    assert balance(api) == (105, 0)
    newest = api.get("/v1/me/transactions", ANN).body["items"][0]
    assert (newest["kind"], newest["credits"], newest["clause"]) == ("correction", 30, "2(a)")
    assert newest["case_id"] == case["case_id"]
    assert faults(api) == []


def test_the_same_failure_is_credited_once_and_another_one_is_another_case(api: Api) -> None:
    buy(api)
    spend(api, 30)
    case = filed(api, "technical_failure", description="Black video.")
    decide(api, case, "approve", amount=30)

    same = file(api, "technical_failure", description="Black video.")
    other = file(api, "technical_failure", description="Green video.")

    assert (same.status, same.body["case_id"]) == (200, case["case_id"])
    assert other.status == 201
    assert faults(api) == []


def test_a_person_refunds_the_job_that_nobody_understood(api: Api) -> None:
    case = in_review(api)
    assert look(api, case)["preview"] == {"credits": 30, "needs_two_people": False}
    assert look(api, case)["job"]["state"] == "review"
    part = decide(api, case, "approve", amount=10)
    assert (part.status, part.problem) == (409, "amount-refused")

    credited = decide(api, case, "approve").body

    job = api.get("/v1/jobs/job_1", JOBS).body
    assert (credited["status"], credited["credits"]) == ("credited", 30)
    assert (job["state"], job["refunded"], job["clause"]) == ("refunded", 30, "2(a)")
    assert balance(api) == (105, 0)
    newest = api.get("/v1/me/transactions", ANN).body["items"][0]
    assert (newest["kind"], newest["job_id"], newest["case_id"]) == (
        "refund",
        "job_1",
        case["case_id"],
    )
    assert faults(api) == []


def test_a_person_denies_the_job_and_its_customer_can_appeal(api: Api) -> None:
    case = in_review(api)
    own = api.get(f"/v1/me/cases/{case['case_id']}", ANN).body
    withdrawn = api.post(f"/v1/me/cases/{case['case_id']}/withdraw", {}, ANN)
    assert own["status"] == "open"
    assert (withdrawn.status, withdrawn.problem) == (409, "case-settled")

    declined = decide(api, case, "decline", note="The prompt was empty.").body
    job = api.get("/v1/jobs/job_1", JOBS).body
    assert declined["status"] == "declined"
    assert (job["state"], job["reason"]) == ("denied", "The prompt was empty.")
    assert faults(api) == []

    appealed = api.post(f"/v1/me/cases/{case['case_id']}/appeal", {}, ANN).body
    assert faults(api) == []
    credited = decide(api, appealed, "approve", SECOND).body
    assert (credited["status"], balance(api)) == ("credited", (105, 0))
    assert api.get("/v1/jobs/job_1", JOBS).body["state"] == "refunded"
    assert faults(api) == []


def test_a_job_denied_again_after_an_appeal_stays_denied(api: Api) -> None:
    case = in_review(api)
    decide(api, case, "decline")
    appealed = api.post(f"/v1/me/cases/{case['case_id']}/appeal", {}, ANN).body

    final = decide(api, appealed, "decline", SECOND).body

    assert (final["status"], final["can_appeal"]) == ("declined", False)
    assert api.get("/v1/jobs/job_1", JOBS).body["state"] == "denied"
    assert balance(api) == (75, 0)
    assert faults(api) == []


def test_a_reviewer_sees_the_evidence_and_what_an_approval_would_do_now(api: Api) -> None:
    buy(api)
    case = filed(api)
    file_of_it = look(api, case)

    assert file_of_it["preview"] == {
        "money": {"amount": 1000, "currency": "USD"},
        "most": {"amount": 1000, "currency": "USD"},
        "needs_two_people": False,
    }
    assert file_of_it["evidence"]["unused"] == 100
    assert file_of_it["opener"] == ANN["sub"]
    assert file_of_it["events"][0]["author"] == ANN["sub"]
    assert file_of_it["request"]["description"] == "I did not buy this."
    unknown = api.get("/v1/cases/case_none", REVIEWER)
    assert unknown.status == 404


def test_without_a_purchase_there_is_nothing_to_preview(api: Api) -> None:
    buy(api)
    seen = look(api, filed(api, amount=999))

    assert seen["preview"] == {"needs_two_people": False}
    assert "evidence" not in seen


def test_a_decision_that_has_been_overtaken_is_not_taken_for_a_repeat(api: Api) -> None:
    set_up(api, second_reviewer_above_minor={"USD": 100})
    buy(api)
    case = filed(api, "duplicate_payment")
    decide(api, case, "approve")
    file(api, "unauthorised")
    before = api.items()

    answer = decide(api, case, "approve")

    assert (answer.status, answer.problem) == (409, "stale-version")
    assert api.items() == before


def test_the_queue_is_in_the_order_of_due_times(api: Api) -> None:
    later = NOW + timedelta(days=2)
    buy(api, "txn_1")
    buy(api, "txn_2", at=later)
    day = later.date().isoformat()
    api.send(event("POST", "/v1/me/cases", ANN, body=asking(transaction_date=day), at=later))
    api.send(event("POST", "/v1/me/cases", ANN, body=asking("duplicate_payment")))

    def queue(**query: Any) -> list[str]:
        items = api.get("/v1/cases", REVIEWER, **query).body["items"]
        return [item["transaction_id"] for item in items]

    due = "2026-11-04T23:59:59Z"
    assert queue() == queue(status="open") == ["txn_1", "txn_2"]
    assert queue(category="unauthorised") == ["txn_2"]
    assert queue(due_before=due) == []
    assert queue(due_before="2026-11-05T00:00:00Z") == ["txn_1"]
    assert queue(due_before="2026-11-05T00:00:00Z", category="unauthorised") == []
    assert queue(status="declined") == []


def test_the_queue_comes_page_by_page(api: Api) -> None:
    for number in range(3):
        account = f"acc_{number}"
        buy(api, f"txn_{number}", account_id=account)
        claims = {**ANN, "account_id": account}
        api.post("/v1/me/cases", asking(), claims)

    def page(**query: Any) -> Any:
        return api.get("/v1/cases", REVIEWER, limit=1, due_before="2027-01-01T00:00:00Z", **query)

    seen, cursor = [], None
    for _ in range(3):
        answer = page(**({} if cursor is None else {"cursor": cursor})).body
        seen += [item["transaction_id"] for item in answer["items"]]
        cursor = answer["next_cursor"]
    assert sorted(seen) == ["txn_0", "txn_1", "txn_2"]
    assert cursor is None

    first = page().body["next_cursor"]
    earlier = api.get("/v1/cases", REVIEWER, limit=1, due_before="2026-01-01T00:00:00Z")
    assert earlier.body == {"items": [], "next_cursor": None}
    elsewhere = api.get("/v1/cases", REVIEWER, limit=1, status="declined", cursor=first)
    assert elsewhere.status == 400


@pytest.mark.parametrize(
    "query",
    [
        {"status": "lost"},
        {"status": "OPEN"},
        {"status": ""},
        {"category": "refund"},
        {"account_id": "acc_1"},
        {"limit": "0"},
        {"cursor": "forged"},
    ],
    ids=repr,
)
def test_a_query_of_the_wrong_form_is_refused(api: Api, query: dict[str, str]) -> None:
    assert api.get("/v1/cases", REVIEWER, **query).status == 400


@pytest.mark.parametrize("claims", [JOBS, ANN, {"sub": "o", "scope": "operate"}, None])
def test_only_reviewers_see_and_decide_cases(api: Api, claims: Any) -> None:
    buy(api)
    case = filed(api)
    path = f"/v1/cases/{case['case_id']}"

    for answer in (
        api.get("/v1/cases", claims),
        api.get(path, claims),
        api.get("/v1/accounts/acc_1/cases", claims),
        api.post("/v1/cases", asking(account_id="acc_1"), claims),
        api.post(f"{path}/decision", {"decision": "approve", "seen_version": 1}, claims),
    ):
        assert answer.status in (401, 403)


def test_a_token_without_a_name_decides_nothing(api: Api) -> None:
    buy(api)
    case = filed(api)

    assert decide(api, case, "approve", {"scope": "review"}).status == 403


def test_an_unknown_case_is_not_there(api: Api) -> None:
    assert decide(api, {"case_id": "case_none", "version": 1}, "approve").status == 404


def test_no_credits_go_to_a_closed_account(api: Api) -> None:
    buy(api)
    case = filed(api, "technical_failure")
    api.post("/v1/accounts/acc_1/close", {"reason": "Asked for."}, OPERATOR)

    answer = decide(api, case, "approve", amount=5)

    assert (answer.status, answer.problem) == (423, "account-closed")


def test_a_correction_under_the_key_of_a_case_is_in_its_way(api: Api) -> None:
    buy(api)
    case = filed(api, "technical_failure")
    body = {"credits": 1, "reason": "By hand."}
    api.post("/v1/accounts/acc_1/corrections", body, key=f"case:{case['case_id']}")

    assert decide(api, case, "approve", amount=5).problem == "conflict"
