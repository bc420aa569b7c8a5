"""Credits of a generation that a customer reports: by its job, or as many as a person says."""

from datetime import timedelta
from typing import Any

import pytest

from makegood.plans.jobs import end_job
from makegood.plans.lost_jobs import look_at_job
from makegood.policy.versions import PUBLISHED
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
    file,
    filed,
    spend,
)
from tests.ends import failed, succeeded
from tests.http_events import JOBS
from tests.webhooks import NOW

MUCH = 20_001


def told(api: Api, what: Any) -> None:
    api.decide(end_job(what, policies=PUBLISHED, now=NOW))


def give(api: Api, credits: int) -> None:
    api.put("/v1/bonuses/b", {"account_id": "acc_1", "credits": credits, "reason": "Welcome."})


ENDS: dict[str, Any] = {
    "nobody told": None,
    "it was said to be delivered": succeeded(1, 1, "job_1"),
    "it waits for a person": failed("martians", "job_1"),
    "it was denied": failed("moderation", "job_1"),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_reported_job_is_refunded_once_by_its_own_end(api: Api, end: Any) -> None:
    buy(api)
    spend(api, 30)
    if end is not None:
        told(api, end)
    case = filed(api, "technical_failure")

    credited = decide(api, case, "approve", job_id="job_1")
    again = decide(api, case, "approve", job_id="job_1")
    other = decide(api, case, "approve", job_id="job_2")

    assert (credited.status, credited.body["status"]) == (200, "credited")
    assert (credited.body["job_id"], credited.body["credits"]) == ("job_1", 30)
    assert again.body == credited.body
    assert other.problem == "case-settled"
    [newest, *_] = api.get("/v1/me/transactions", ANN).body["items"]
    assert (newest["kind"], newest["job_id"], newest["case_id"]) == (
        "refund",
        "job_1",
        case["case_id"],
    )
    told(api, failed("timeout", "job_1"))
    late = look_at_job("job_1", None, policies=PUBLISHED, now=NOW + timedelta(days=2))
    api.decide(late)
    assert balance(api) == (105, 0)
    assert api.get("/v1/jobs/job_1", JOBS).body["state"] == "refunded"
    assert api.get("/v1/cases", REVIEWER).body["items"] == []
    assert faults(api) == []


def test_a_job_of_which_something_is_back_gives_nothing_by_itself(api: Api) -> None:
    buy(api)
    spend(api, 30)
    told(api, succeeded(2, 3))
    spend(api, 10, "job_2")
    told(api, failed("timeout", "job_2"))
    case = filed(api, "technical_failure")
    before = api.items()

    part = decide(api, case, "approve", job_id="job_1")
    whole = decide(api, case, "approve", job_id="job_2")

    assert (part.problem, whole.problem) == ("case-settled", "case-settled")
    assert "part" in part.body["detail"]
    assert api.items() == before
    assert decide(api, case, "approve", amount=20).status == 200
    assert faults(api) == []


def test_only_a_job_of_the_account_can_be_meant(api: Api) -> None:
    buy(api)
    buy(api, "txn_2", account_id="acc_2")
    spend(api, 30, account_id="acc_2")
    spend(api, 30, "job_2")
    case = filed(api, "technical_failure")
    misuse = filed(api)
    before = api.items()

    assert decide(api, case, "approve", job_id="job_1").status == 404
    assert decide(api, case, "approve", job_id="job_none").status == 404
    assert decide(api, case, "approve", job_id="job_2", amount=29).problem == "amount-refused"
    assert decide(api, case, "decline", job_id="job_2").status == 422
    assert decide(api, misuse, "approve", job_id="job_2").problem == "case-settled"
    assert api.items() == before


def test_who_appealed_a_jobs_own_case_does_not_refund_it_by_a_report(api: Api) -> None:
    buy(api)
    spend(api, 30)
    told(api, failed("martians", "job_1"))
    [own] = api.get("/v1/cases", REVIEWER).body["items"]
    decide(api, own, "decline")
    rita = {**ANN, "sub": "rita"}
    api.post(f"/v1/me/cases/{own['case_id']}/appeal", {}, rita)
    case = filed(api, "technical_failure")

    assert decide(api, case, "approve", job_id="job_1").problem == "not-allowed"
    assert decide(api, case, "approve", SECOND, job_id="job_1").status == 200
    assert api.get("/v1/cases", REVIEWER).body["items"] == []
    assert faults(api) == []


@pytest.mark.parametrize("credits", [MUCH - 1, MUCH])
@pytest.mark.parametrize("by_job", [True, False])
def test_above_the_limit_and_not_at_it_two_people_give_credits_back(
    api: Api, credits: int, by_job: bool
) -> None:
    give(api, credits)
    spend(api, credits)
    case = filed(api, "technical_failure")
    wish: dict[str, Any] = {"job_id": "job_1"} if by_job else {"amount": credits}

    first = decide(api, case, "approve", **wish)
    if credits < MUCH:
        assert first.body["status"] == "credited"
        return
    alone = decide(api, first.body, "approve", **wish)
    repeated = decide(api, case, "approve", **wish)
    second = decide(api, first.body, "approve", SECOND, **wish)

    assert (first.body["status"], first.body["approval"]["amount"]) == ("open", MUCH)
    assert first.body["approval"].get("job_id") == wish.get("job_id")
    assert (alone.status, alone.problem) == (403, "not-allowed")
    assert repeated.body == first.body
    assert second.body["status"] == "credited"
    assert faults(api) == []


def test_of_another_job_or_number_the_first_approval_says_nothing(api: Api) -> None:
    give(api, 2 * MUCH)
    spend(api, MUCH)
    spend(api, MUCH, "job_2")
    case = filed(api, "technical_failure")
    first = decide(api, case, "approve", job_id="job_1").body

    anew = decide(api, first, "approve", SECOND, job_id="job_2").body
    more = decide(api, anew, "approve", amount=MUCH + 1).body

    assert (anew["status"], anew["approval"]["author"]) == ("open", "sam")
    assert (more["status"], more["approval"]["author"]) == ("open", "rita")
    assert "job_id" not in more["approval"]


def test_the_second_person_need_not_say_again_which_job_it_is(api: Api) -> None:
    give(api, MUCH)
    spend(api, MUCH)
    case = filed(api, "technical_failure")
    first = decide(api, case, "approve", job_id="job_1").body

    second = decide(api, first, "approve", SECOND).body

    assert (second["status"], second["job_id"]) == ("credited", "job_1")
    assert api.get("/v1/jobs/job_1", JOBS).body["state"] == "refunded"
    assert faults(api) == []


def test_support_files_nothing_for_an_account_that_there_is_not(api: Api) -> None:
    body = asking("technical_failure") | {"account_id": "acc_9"}
    before = api.items()

    assert api.post("/v1/cases", body, REVIEWER).status == 404
    assert api.items() == before
    buy(api, account_id="acc_9")
    assert api.post("/v1/cases", body, REVIEWER).status == 201


def test_a_second_failure_is_a_case_of_its_own_while_the_first_is_open(api: Api) -> None:
    buy(api)
    ids = {
        filed(api, "technical_failure", description=f"Video {number} is black.")["case_id"]
        for number in range(25)
    }

    assert len(ids) == 25
    assert file(api, "technical_failure", description="Video 3 is black.").status == 200


@pytest.mark.parametrize("category", ["technical_failure", "unauthorised", "other"])
def test_who_asks_for_the_same_again_does_not_decide_it(api: Api, category: str) -> None:
    buy(api)
    case = filed(api, category)
    if category == "other":
        assert case["status"] == "declined"
    body = asking(category) | {"account_id": "acc_1"}
    once = api.post("/v1/cases", body, REVIEWER)
    twice = api.post("/v1/cases", body, REVIEWER)
    if category == "other":
        api.post(f"/v1/me/cases/{case['case_id']}/appeal", {}, ANN)
    now = api.get(f"/v1/cases/{case['case_id']}", REVIEWER).body

    assert (once.status, once.body["case_id"]) == (200, case["case_id"])
    assert [e["kind"] for e in once.body["events"]].count("asked_again") == 1
    assert twice.body == once.body
    wish: dict[str, Any] = {"amount": 1} if category == "technical_failure" else {}
    spend(api, 1)
    assert decide(api, now, "approve", **wish).problem == "not-allowed"
    assert faults(api) == []


def test_a_report_of_misuse_begins_anew_behind_a_first_approval(api: Api) -> None:
    buy(api, cents=90_000)
    case = filed(api, "duplicate_payment", amount=90_000)
    first = decide(api, case, "approve", amount=50_000).body
    assert first["money"]["amount"] == 50_000

    again = file(api, amount=90_000).body

    assert (again["category"], again["money"]["amount"]) == ("unauthorised", 90_000)
    assert faults(api) == []


def test_the_same_word_about_another_purchase_is_another_word(api: Api) -> None:
    buy(api)
    buy(api, "txn_2", at=NOW - timedelta(hours=1))
    case = filed(api, amount=999)

    approved = decide(api, case, "approve", amount=500, transaction_id="txn_1")
    same = decide(api, case, "approve", amount=500, transaction_id="txn_1")
    other = decide(api, case, "approve", amount=500, transaction_id="txn_2")

    assert same.body == approved.body
    assert other.problem == "case-settled"


def test_one_damaged_case_does_not_block_the_lists(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    buy(api)
    ids = sorted(filed(api, amount=cents)["case_id"] for cents in (1, 2, 3))
    api.dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"CASE#{ids[0]}"}, "sk": {"S": "CASE"}},
        UpdateExpression="SET category = :c",
        ExpressionAttributeValues={":c": {"S": "exploded"}},
    )
    capsys.readouterr()

    for path, claims in (
        ("/v1/cases", REVIEWER),
        ("/v1/accounts/acc_1/cases", REVIEWER),
        ("/v1/me/cases", ANN),
    ):
        answer = api.get(path, claims)
        assert answer.status == 200
        assert sorted(case["case_id"] for case in answer.body["items"]) == ids[1:]
        said = capsys.readouterr().out
        assert '"CasesUnreadable":1' in said
        assert ids[0] in said
