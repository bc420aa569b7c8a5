"""Charges, bonuses and balances, as the studio's servers ask for them."""

from typing import Any

import pytest

from makegood.events.jobs import parse_job_event
from makegood.plans.jobs import end_job
from makegood.policy.versions import PUBLISHED
from tests.api_calls import Answered, Api
from tests.http_events import event
from tests.webhooks import NOW
from tests.workers import failed, succeeded

CHARGE = {"account_id": "acc_1", "credits": 60}


def give(api: Api, account_id: str = "acc_1", credits: int = 100) -> None:
    body = {"account_id": account_id, "credits": credits, "reason": "Welcome."}
    assert api.put(f"/v1/bonuses/for-{account_id}", body).status == 201


def available(api: Api, account_id: str = "acc_1") -> int:
    credits: int = api.get(f"/v1/accounts/{account_id}").body["available"]
    return credits


def end(api: Api, message: str) -> None:
    api.decide(end_job(parse_job_event(message), policies=PUBLISHED, now=NOW))


def test_a_charge_takes_the_credits_and_says_when_the_end_is_due(api: Api) -> None:
    give(api)

    answer = api.put("/v1/jobs/job_1", CHARGE | {"expected_seconds": 90, "outputs": 4})

    assert answer.status == 201
    assert answer.body == {
        "job_id": "job_1",
        "account_id": "acc_1",
        "state": "charged",
        "credits": 60,
        "refunded": 0,
        "reason": None,
        "outputs": 4,
        "charged_at": "2026-10-28T14:04:11.250000Z",
        "expected_by": "2026-10-28T14:05:41.250000Z",
    }
    assert available(api) == 40


def test_the_same_charge_again_gets_the_same_answer_and_takes_nothing(api: Api) -> None:
    give(api)
    first = api.put("/v1/jobs/job_1", CHARGE)

    again = api.put("/v1/jobs/job_1", CHARGE)

    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body
    assert available(api) == 40


@pytest.mark.parametrize(
    "other",
    [
        CHARGE | {"credits": 61},
        CHARGE | {"account_id": "acc_2"},
        CHARGE | {"capability": "video"},
        CHARGE | {"outputs": 1},
        CHARGE | {"expected_seconds": 60},
    ],
    ids=["credits", "account", "capability", "outputs", "expected_seconds"],
)
def test_another_request_under_a_used_job_id_is_refused(api: Api, other: dict[str, Any]) -> None:
    give(api)
    give(api, "acc_2")
    api.put("/v1/jobs/job_1", CHARGE)
    before = api.items()

    answer = api.put("/v1/jobs/job_1", other)

    assert (answer.status, answer.problem) == (409, "conflict")
    assert api.items() == before


def test_a_charge_above_what_is_there_says_what_is_missing(api: Api) -> None:
    give(api)
    before = api.items()

    answer = api.put("/v1/jobs/job_1", CHARGE | {"credits": 101})

    assert (answer.status, answer.problem) == (402, "insufficient-credits")
    assert (answer.body["available"], answer.body["missing"]) == (100, 1)
    assert api.items() == before
    assert api.get("/v1/jobs/job_1").status == 404


def test_a_charge_that_was_refused_goes_through_once_there_are_credits(api: Api) -> None:
    assert api.put("/v1/jobs/job_1", CHARGE).status == 402
    give(api)

    assert api.put("/v1/jobs/job_1", CHARGE).status == 201


def test_a_frozen_account_is_locked_for_charges_and_not_for_reading(api: Api) -> None:
    give(api)
    api.put("/v1/jobs/job_1", CHARGE)
    api.post("/v1/accounts/acc_1/freeze", {"reason": "A chargeback came in."})

    refused = api.put("/v1/jobs/job_2", CHARGE | {"credits": 1})

    assert (refused.status, refused.problem) == (423, "account-frozen")
    assert api.put("/v1/jobs/job_1", CHARGE).status == 200, "it was answered before"
    assert api.get("/v1/accounts/acc_1").body["status"] == "frozen"


def test_a_failed_job_shows_what_went_back_and_why(api: Api) -> None:
    give(api)
    api.put("/v1/jobs/job_1", CHARGE)

    end(api, failed("job_1"))

    job = api.get("/v1/jobs/job_1").body
    assert (job["state"], job["refunded"], job["clause"]) == ("refunded", 60, "2(a)")
    assert job["policy_version"] == "2025-02-24"
    assert job["reason"]
    assert available(api) == 100
    assert api.put("/v1/jobs/job_1", CHARGE).body == job


def test_a_delivered_job_has_nothing_to_explain(api: Api) -> None:
    give(api)
    api.put("/v1/jobs/job_1", CHARGE)

    end(api, succeeded("job_1"))

    job = api.get("/v1/jobs/job_1").body
    assert (job["state"], job["refunded"], job["reason"]) == ("succeeded", 0, None)


def test_a_failure_nobody_knows_shows_when_the_refund_is_due(api: Api) -> None:
    give(api)
    api.put("/v1/jobs/job_1", CHARGE)

    end(api, failed("job_1", "something_new"))

    job = api.get("/v1/jobs/job_1").body
    assert (job["state"], job["refunded"]) == ("review", 0)
    assert job["refund_due_at"] == "2026-10-29T14:04:11.250000Z"


def test_a_success_after_the_refund_shows_and_takes_nothing(api: Api) -> None:
    give(api)
    api.put("/v1/jobs/job_1", CHARGE)
    end(api, failed("job_1"))
    before = api.get("/v1/jobs/job_1").body
    assert "late_success_at" not in before

    end(api, succeeded("job_1"))

    after = api.get("/v1/jobs/job_1").body
    late = after.pop("late_success_at")
    assert before["charged_at"] <= late
    assert after == before
    assert available(api) == 100


def test_a_job_that_nobody_charged_is_not_found(api: Api) -> None:
    answer = api.get("/v1/jobs/job_unknown")

    assert (answer.status, answer.problem) == (404, "not-found")


def test_an_account_that_nothing_happened_to_has_no_credits(api: Api) -> None:
    answer = api.get("/v1/accounts/acc_new")

    assert answer.status == 200
    assert answer.body == {
        "account_id": "acc_new",
        "available": 0,
        "held": 0,
        "debt": 0,
        "balance": 0,
        "status": "open",
    }
    assert api.items() == []


def test_a_bonus_is_given_once_under_its_key(api: Api) -> None:
    body = {"account_id": "acc_1", "credits": 100, "reason": "  Sorry for the wait. "}

    first = api.put("/v1/bonuses/sorry-1", body)
    again = api.put("/v1/bonuses/sorry-1", body)
    other = api.put("/v1/bonuses/sorry-1", body | {"credits": 101})

    assert (first.status, again.status, other.status) == (201, 200, 409)
    assert first.body == again.body
    assert first.body["reason"] == "Sorry for the wait."
    assert available(api) == 100


BAD_CREDITS = [0, -1, 1.5, 1.0, "7", True, None, 10**12 + 1, 10**18, 10**39, [], {}, ""]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"credits": 60},
        {"account_id": "acc_1"},
        CHARGE | {"account_id": 7},
        CHARGE | {"account_id": "аcc_1"},  # noqa: RUF001 - a Cyrillic letter, that is the point.
        CHARGE | {"capability": "<script>alert(1)</script>"},
        CHARGE | {"outputs": 0},
        CHARGE | {"outputs": 1001},
        CHARGE | {"outputs": True},
        CHARGE | {"expected_seconds": 0},
        CHARGE | {"expected_seconds": 72_001},
        CHARGE | {"expected_seconds": 60.0},
    ],
    ids=repr,
)
def test_a_charge_of_the_wrong_form_is_refused(api: Api, body: dict[str, Any]) -> None:
    give(api)
    before = api.items()

    answer = api.put("/v1/jobs/job_1", body)

    assert (answer.status, answer.problem) == (422, "invalid-fields")
    assert api.items() == before
    assert "script" not in answer.body["detail"]


@pytest.mark.parametrize("outputs", [1, 1000])
@pytest.mark.parametrize("expected_seconds", [1, 72_000])
def test_the_ends_of_the_ranges_are_taken(api: Api, outputs: int, expected_seconds: int) -> None:
    give(api, credits=10**12)

    wish = {"outputs": outputs, "expected_seconds": expected_seconds, "capability": "video.hd"}
    answer = api.put("/v1/jobs/job_1", {"account_id": "acc_1", "credits": 10**12, **wish})

    assert answer.status == 201
    assert available(api) == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "{",
        "[]",
        '"text"',
        "null",
        '{"account_id": "acc_1", "credits": 1, "credits": 60}',
        '{"account_id": "acc_1", "credits": NaN}',
        '{"account_id": "acc_1", "credits": Infinity}',
        '{"account_id": "acc_1", "credits": 1e999}',
        '{"account_id": "acc_1", "credits": 1} {}',
        '{"account_id": "\\ud800", "credits": 1}',
        "\ufeff{}",
        "[" * 100_000,
        '{"a":' * 40_000,
        '{"account_id": "acc_1", "credits": ' + "9" * 5000 + "}",
    ],
    ids=lambda text: text[:24],
)
def test_a_body_that_is_no_strict_json_object_is_refused(api: Api, text: str) -> None:
    answer = send_text(api, text)

    assert (answer.status, answer.problem) == (400, "invalid-request")
    assert api.items() == []


def send_text(api: Api, text: str, **fields: Any) -> Answered:
    return api.send(event("PUT", "/v1/jobs/job_1", body=text, **fields))
