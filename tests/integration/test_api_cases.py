"""Customers ask for what they are owed, and follow what becomes of it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from makegood.domain.case import CaseStatus
from makegood.events.paddle import PaddleCustomer
from makegood.plans.customers import tell_of_customer
from tests.api_calls import Api
from tests.asked import (
    ANN,
    REVIEWER,
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
from tests.http_events import JOBS, OPERATOR, customer, event
from tests.paid_back import carried_out, told
from tests.webhooks import NOW

BOB = customer("acc_2")
THREE_DAYS = timedelta(hours=72)


def test_a_report_of_misuse_holds_what_is_unused_and_waits_for_a_person(api: Api) -> None:
    buy(api)
    assert spend(api, 30) == 201

    answer = file(api)

    case = answer.body
    assert answer.status == 201
    assert (case["status"], case["decision"]["outcome"]) == ("open", "needs_review")
    assert (case["decision"]["clause"], case["urgent"]) == ("2(c)", True)
    assert case["decision"]["policy_version"] == "2025-02-24"
    assert case["decision"]["inputs"]["purchase"]["unused"] == 70
    assert case["transaction_id"] == "txn_1"
    assert case["money"] == {"amount": 700, "currency": "USD"}
    assert (case["held"], balance(api)) == (75, (0, 75))
    assert [step["kind"] for step in case["events"]] == ["opened"]
    assert spend(api, 1, "job_2") == 402
    assert faults(api) == []


def test_the_policy_says_no_at_once_and_a_person_can_still_be_asked(api: Api) -> None:
    buy(api)

    case = filed(api, "other", description="I never used them.")

    assert (case["status"], case["decision"]["outcome"]) == ("declined", "not_eligible")
    assert (case["decision"]["clause"], case["can_appeal"]) == ("1", True)
    assert "never expire" in case["decision"]["reason"]
    assert "money" not in case
    assert (case["held"], balance(api)) == (0, (105, 0))
    assert [step["kind"] for step in case["events"]] == ["opened", "declined"]
    assert faults(api) == []


@pytest.mark.parametrize(
    ("lasted", "status", "outcome", "held"),
    [
        pytest.param(THREE_DAYS - timedelta(seconds=1), "declined", "not_eligible", 0, id="less"),
        pytest.param(THREE_DAYS, "declined", "not_eligible", 0, id="exactly 72 hours"),
        pytest.param(THREE_DAYS + timedelta(seconds=1), "open", "eligible", 105, id="more"),
    ],
)
def test_an_outage_counts_if_it_lasted_more_than_72_hours_after_the_purchase(
    api: Api, lasted: timedelta, status: str, outcome: str, held: int
) -> None:
    buy(api)
    outage(api, lasted)

    case = filed(api, "service_unavailable", description="Nothing worked.")

    assert (case["status"], case["decision"]["outcome"]) == (status, outcome)
    assert (case["decision"]["clause"], case["held"]) == ("2(d)", held)
    assert case["decision"]["inputs"]["purchase"]["outage"]["outage_id"] == "out_1"


def test_a_second_payment_for_the_same_goods_is_named_in_the_answer(api: Api) -> None:
    buy(api, "txn_1")
    buy(api, "txn_2", at=NOW + timedelta(minutes=30))

    case = filed(api, "duplicate_payment", transaction_id="txn_2")

    twin = case["decision"]["inputs"]["purchase"]["twin"]
    assert twin == {"transaction_id": "txn_1", "seconds_before": 1800, "same_order": "no"}
    assert case["decision"]["outcome"] == "needs_review"
    assert (case["transaction_id"], case["held"], balance(api)) == ("txn_2", 105, (105, 105))


def test_a_failed_generation_is_about_credits_and_holds_none(api: Api) -> None:
    buy(api)

    case = filed(api, "technical_failure", description="The video is black.")

    assert (case["status"], case["decision"]["clause"]) == ("open", "2(a)")
    assert case["transaction_id"] == "txn_1"
    assert "money" not in case
    assert (case["held"], balance(api)) == (0, (105, 0))
    # A question about the purchase's money stays free to be asked.
    assert filed(api, "unauthorised")["case_id"] != case["case_id"]
    assert faults(api) == []


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"amount": 999}, id="another amount"),
        pytest.param({"currency": "EUR"}, id="another currency"),
        pytest.param({"transaction_date": "2026-10-26"}, id="another date"),
        pytest.param({"transaction_id": "txn_unknown"}, id="no such transaction"),
        pytest.param({"transaction_id": "txn_1", "amount": 999}, id="id and amount disagree"),
    ],
)
def test_a_request_that_fits_no_purchase_is_answered_and_waits_for_a_person(
    api: Api, changes: dict[str, Any]
) -> None:
    buy(api)

    answer = file(api, "other", **changes)
    misuse = file(api, "unauthorised", **changes)
    found_nothing = file(api, "duplicate_payment", **changes)

    assert (answer.status, misuse.status, found_nothing.status) == (201, 201, 201)
    assert found_nothing.body["decision"]["clause"] == "5"
    assert found_nothing.body["decision"]["outcome"] == "needs_review"
    for body in (answer.body, misuse.body, found_nothing.body):
        assert body["decision"]["inputs"]["match"] == "none"
        assert "transaction_id" not in body
    assert balance(api) == (105, 0)
    assert faults(api) == []


def test_a_request_that_fits_several_purchases_waits_for_a_person(api: Api) -> None:
    buy(api, "txn_1")
    buy(api, "txn_2", at=NOW + timedelta(hours=2))

    case = filed(api, "duplicate_payment")

    assert case["decision"]["inputs"]["match"] == "several"
    assert (case["decision"]["clause"], case["status"]) == ("5", "open")
    assert (case["held"], balance(api)) == (0, (210, 0))


@pytest.mark.parametrize(
    ("told", "more", "match"),
    [
        ("Ann@Example.com ", {}, "one"),
        ("bob@example.com", {}, "none"),
        ("bob@example.com", {"transaction_id": "txn_1"}, "one"),
        ("bob@example.com", {"category": "unauthorised"}, "one"),
    ],
)
def test_a_known_address_has_to_be_the_one_that_is_told(
    api: Api, told: str, more: dict[str, str], match: str
) -> None:
    """Unless the transaction is named, or somebody else may have bought it under another."""
    buy(api, customer_id="ctm_1")
    at = NOW.isoformat()
    known = PaddleCustomer.model_validate(
        {
            "id": "ctm_1",
            "email": "ann@example.COM",
            "status": "active",
            "created_at": at,
            "updated_at": at,
        }
    )
    api.decide(tell_of_customer(known, occurred_at=NOW))

    case = filed(api, **{"category": "service_unavailable", "email": told, **more})

    assert case["decision"]["inputs"]["match"] == match


@pytest.mark.parametrize(
    ("date", "match"),
    [("2026-10-26", "none"), ("2026-10-27", "none"), ("2026-10-28", "one"), ("2026-10-29", "one")],
)
def test_a_date_fits_that_it_was_somewhere_in_the_world(api: Api, date: str, match: str) -> None:
    buy(api, at=NOW.replace(hour=12, minute=0, second=0, microsecond=0))

    assert filed(api, transaction_date=date)["decision"]["inputs"]["match"] == match


def test_nothing_is_said_of_a_strangers_purchase(api: Api) -> None:
    buy(api, "txn_1")
    buy(api, "txn_bobs", account_id="acc_2")
    answers, calls = [], []
    for transaction_id in ("txn_bobs", "txn_none"):
        ask = asking(transaction_id=transaction_id, description=transaction_id)
        ask["amount"] = 1000 if transaction_id == "txn_bobs" else 1001
        calls.append(
            api.calls_during(
                lambda ask=ask: answers.append(api.post("/v1/me/cases", ask, ANN))  # type: ignore[misc]
            )
        )

    strangers, nobodys = answers
    assert calls[0] == calls[1]
    assert strangers.status == nobodys.status == 201
    assert strangers.body["decision"] == nobodys.body["decision"]
    assert strangers.body.keys() == nobodys.body.keys()
    assert balance(api, "acc_2") == (105, 0)


def test_asking_again_is_answered_with_the_same_case(api: Api) -> None:
    buy(api)
    case = filed(api)
    before = api.items()

    again = file(api)
    in_other_words = file(api, description="Somebody else did.", email="else@example.com")

    assert (again.status, again.body) == (200, case)
    assert (in_other_words.status, in_other_words.body) == (200, case)
    assert api.items() == before


def test_another_category_about_the_same_purchase_is_noted_once(api: Api) -> None:
    buy(api)
    case = filed(api, "duplicate_payment")

    once, twice = file(api, "other"), file(api, "other")

    assert once.status == twice.status == 200
    assert once.body == twice.body
    assert once.body["case_id"] == case["case_id"]
    assert (once.body["category"], once.body["version"]) == ("duplicate_payment", 2)
    assert once.body["events"][-1] | {"at": ""} == {
        "at": "",
        "kind": "asked_again",
        "status": "open",
        "note": "other",
    }
    assert faults(api) == []


def test_a_report_of_misuse_makes_an_open_case_urgent(api: Api) -> None:
    buy(api)
    filed(api, "duplicate_payment")

    urgent = file(api, "unauthorised")

    assert (urgent.status, urgent.body["category"], urgent.body["urgent"]) == (
        200,
        "unauthorised",
        True,
    )
    assert urgent.body["decision"]["clause"] == "2(c)"
    assert urgent.body["held"] == 105
    assert file(api, "unauthorised").body == urgent.body
    assert faults(api) == []


def test_a_no_stays_a_no_until_the_facts_change(api: Api) -> None:
    buy(api)
    no = filed(api, "service_unavailable")

    assert file(api, "service_unavailable").body == no
    outage(api, THREE_DAYS + timedelta(hours=1))
    yes = filed(api, "service_unavailable")

    assert yes["case_id"] != no["case_id"]
    assert (yes["status"], yes["decision"]["outcome"]) == ("open", "eligible")


def test_what_was_withdrawn_can_be_asked_for_again(api: Api) -> None:
    buy(api)
    first = filed(api)
    withdrawn = api.post(f"/v1/me/cases/{first['case_id']}/withdraw", {}, ANN)

    second = filed(api)

    assert (withdrawn.status, withdrawn.body["status"]) == (200, "withdrawn")
    assert second["case_id"] != first["case_id"]
    assert (second["status"], second["held"]) == ("open", 105)
    assert faults(api) == []


def test_nobody_asks_without_an_end_and_misuse_can_be_reported_all_the_same(api: Api) -> None:
    buy(api)
    for _ in range(20):
        case = filed(api, "duplicate_payment")
        api.post(f"/v1/me/cases/{case['case_id']}/withdraw", {}, ANN)
    before = api.items()

    answer = file(api, "duplicate_payment")

    assert (answer.status, answer.problem) == (409, "case-settled")
    assert api.items() == before
    assert filed(api, "unauthorised")["held"] == 105
    assert faults(api) == []


def test_withdrawing_frees_the_credits_at_once_and_twice_changes_nothing(api: Api) -> None:
    buy(api)
    case = filed(api)
    path = f"/v1/me/cases/{case['case_id']}/withdraw"

    once = api.send(event("POST", path, ANN))
    before = api.items()
    twice = api.post(path, {}, ANN)

    assert (once.status, once.body["status"], once.body["held"]) == (200, "withdrawn", 0)
    assert twice.body == once.body
    assert api.items() == before
    assert balance(api) == (105, 0)
    assert spend(api, 105) == 201
    assert faults(api) == []


def test_an_appeal_brings_a_declined_case_to_a_person_once(api: Api) -> None:
    buy(api)
    case = filed(api, "other")
    path = f"/v1/me/cases/{case['case_id']}/appeal"
    later = NOW + timedelta(days=7)

    appealed = api.send(event("POST", path, ANN, body={"reason": "Please look."}, at=later))
    before = api.items()
    again = api.send(event("POST", path, ANN, at=later + timedelta(days=1)))

    body = appealed.body
    assert (appealed.status, body["status"], body["can_appeal"]) == (200, "open", False)
    assert body["decision"]["outcome"] == "needs_review"
    assert (case["due_at"], body["due_at"]) == (
        "2026-11-04T23:59:59.000000Z",
        "2026-11-11T23:59:59.000000Z",
    )
    assert (body["held"], balance(api)) == (105, (0, 105))
    assert body["events"][-1]["note"] == "Please look."
    assert (again.status, again.body) == (200, body)
    assert api.items() == before
    assert faults(api) == []

    final = decide(api, body, "decline")
    third = api.post(path, {}, ANN)
    assert (final.body["status"], balance(api)) == ("declined", (105, 0))
    assert (third.status, third.problem) == (409, "case-settled")
    assert faults(api) == []


def test_what_was_appealed_can_be_withdrawn(api: Api) -> None:
    buy(api)
    case = filed(api, "other")

    api.post(f"/v1/me/cases/{case['case_id']}/appeal", {}, ANN)
    withdrawn = api.post(f"/v1/me/cases/{case['case_id']}/withdraw", {}, ANN)

    assert (withdrawn.body["status"], balance(api)) == ("withdrawn", (105, 0))
    assert faults(api) == []


def test_an_appeal_waits_while_another_case_about_the_purchase_is_open(api: Api) -> None:
    buy(api)
    declined = filed(api, "other")
    filed(api, "unauthorised")
    before = api.items()

    answer = api.post(f"/v1/me/cases/{declined['case_id']}/appeal", {}, ANN)

    assert (answer.status, answer.problem) == (409, "case-settled")
    assert api.items() == before


ARROWS = {
    ("open", "withdraw"): 200,
    ("open", "appeal"): 409,
    ("approved", "withdraw"): 409,
    ("approved", "appeal"): 409,
    ("paying", "withdraw"): 409,
    ("paying", "appeal"): 409,
    ("paid", "withdraw"): 409,
    ("paid", "appeal"): 409,
    ("declined", "withdraw"): 409,
    ("declined", "appeal"): 200,
    ("withdrawn", "withdraw"): 200,
    ("withdrawn", "appeal"): 409,
    ("credited", "withdraw"): 409,
    ("credited", "appeal"): 409,
    ("closed", "withdraw"): 409,
    ("closed", "appeal"): 409,
}


@pytest.mark.parametrize(("status", "step"), ARROWS)
def test_a_case_moves_along_its_arrows_only(api: Api, status: str, step: str) -> None:
    buy(api)
    case = in_status(api, status)
    assert case["status"] == status
    before = api.items()

    answer = api.post(f"/v1/me/cases/{case['case_id']}/{step}", {}, ANN)

    assert answer.status == ARROWS[status, step]
    if answer.status == 409:
        assert answer.problem == "case-settled"
    if answer.status == 409 or status == "withdrawn":
        assert api.items() == before


def test_the_arrows_are_all_that_there_are() -> None:
    steps = {"withdraw", "appeal"}
    assert set(ARROWS) == {(status.value, step) for status in CaseStatus for step in steps}


def in_status(api: Api, status: str) -> Any:
    if status == "closed":
        told(api)
        [seen] = api.get("/v1/cases", REVIEWER, category="adjustment").body["items"]
        return decide(api, seen, "close").body
    case = filed(api, "technical_failure" if status == "credited" else "unauthorised")
    if status in ("approved", "paying", "paid"):
        approved = decide(api, case, "approve").body
        at_paddle = {"paying": "pending_approval", "paid": "approved"}.get(status)
        if at_paddle is not None:
            carried_out(api, approved["payout"]["payout_id"], at_paddle)
        return api.get(f"/v1/cases/{case['case_id']}", REVIEWER).body
    if status == "credited":
        spend(api, 5)
        return decide(api, case, "approve", amount=5).body
    if status == "declined":
        return decide(api, case, "decline").body
    if status == "withdrawn":
        return api.post(f"/v1/me/cases/{case['case_id']}/withdraw", {}, ANN).body
    return case


def test_a_customer_follows_a_case_and_reads_no_name_of_a_reviewer(api: Api) -> None:
    buy(api)
    case = filed(api)
    decide(api, case, "decline", note="The card's owner bought it.", clause="3(a)")

    mine = api.get(f"/v1/me/cases/{case['case_id']}", ANN).body
    listed = api.get("/v1/me/cases", ANN).body

    assert listed == {"items": [mine], "next_cursor": None}
    assert mine["status"] == "declined"
    assert mine["decision"]["clause"] == "3(a)"
    assert mine["decision"]["outcome"] == "not_eligible"
    assert "have been used" in mine["decision"]["reason"]
    assert mine["events"][-1]["note"] == "The card's owner bought it."
    assert "rita" not in json.dumps(mine)
    assert not {"opener", "decided_by", "ruled", "approval"} & mine.keys()
    assert not any("author" in step for step in mine["events"])
    assert api.get("/v1/me/cases", BOB).body["items"] == []


def test_a_customer_sees_nothing_that_is_between_reviewers(api: Api) -> None:
    set_up(api, second_reviewer_above_minor={"USD": 100})
    buy(api)
    case = filed(api)
    decide(api, case, "approve", note="Looks like a stolen card.")

    mine = api.get(f"/v1/me/cases/{case['case_id']}", ANN).body

    assert [step["kind"] for step in mine["events"]] == ["opened"]
    assert "stolen" not in json.dumps(mine)


def test_cases_are_listed_newest_first_page_by_page(api: Api) -> None:
    for number in range(3):
        buy(api, f"txn_{number}", at=NOW + timedelta(days=3 * number))
    for number in range(3):
        at = NOW + timedelta(minutes=number)
        day = (NOW + timedelta(days=3 * number)).date().isoformat()
        api.send(event("POST", "/v1/me/cases", ANN, body=asking(transaction_date=day), at=at))

    first = api.get("/v1/me/cases", ANN, limit=2).body
    rest = api.get("/v1/me/cases", ANN, limit=2, cursor=first["next_cursor"]).body
    bobs = api.get("/v1/me/cases", BOB, cursor=first["next_cursor"])

    named = [case["transaction_id"] for case in [*first["items"], *rest["items"]]]
    assert named == ["txn_2", "txn_1", "txn_0"]
    assert rest["next_cursor"] is None
    assert bobs.status == 400
    assert len(api.get("/v1/accounts/acc_1/cases", REVIEWER).body["items"]) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"category": "refund"},
        {"category": None},
        {"email": None},
        {"email": "ann"},
        {"email": "ann@exa mple.com"},
        {"email": "ann@\u202eexample.com"},
        {"email": f"{'a' * 250}@b.cd"},
        {"transaction_date": None},
        {"amount": None},
        {"currency": None},
        {"description": None},
        {"transaction_id": "txn/1"},
    ],
    ids=repr,
)
def test_a_request_of_the_wrong_form_is_refused_and_changes_nothing(
    api: Api, changes: dict[str, Any]
) -> None:
    buy(api)
    before = api.items()

    answer = file(api, **{"category": "unauthorised", **changes})

    assert (answer.status, answer.problem) == (422, "invalid-fields")
    assert api.items() == before


@pytest.mark.parametrize(
    "claims",
    [JOBS, OPERATOR, REVIEWER, {"sub": "x", "scope": "account"}, None],
    ids=["jobs", "operate", "review", "no account", "no token"],
)
def test_only_a_customer_asks_for_oneself(api: Api, claims: Any) -> None:
    assert api.post("/v1/me/cases", asking(), claims).status in (401, 403)
    assert api.get("/v1/me/cases", claims).status in (401, 403)


def test_what_was_asked_is_in_no_log_line(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    buy(api)
    capsys.readouterr()

    filed(api, description="my secret words", email="ann@example.com")

    out = capsys.readouterr().out
    assert "case_id" in out
    assert "secret words" not in out
    assert "ann@" not in out


@pytest.mark.parametrize(
    ("zone", "due_at"),
    [("UTC", "2026-11-04T23:59:59"), ("America/New_York", "2026-11-05T04:59:59")],
)
def test_a_case_is_due_on_the_studios_fifth_business_day(api: Api, zone: str, due_at: str) -> None:
    """Clocks change in New York on 1 November 2026."""
    set_up(api, time_zone=zone)
    buy(api)

    assert filed(api)["due_at"] == f"{due_at}.000000Z"
