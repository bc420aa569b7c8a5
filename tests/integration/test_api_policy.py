"""The policy as operators see it, and what it would say: through the real function."""

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import pytest

from makegood.domain.case import ASKED_FOR
from makegood.domain.entry import timestamp
from makegood.domain.facts import Facts, Key, Plan
from makegood.domain.studio import OutageNotice, Probe, StudioSettings
from makegood.policy.published import AnswerKind, FailureClass, MoneyMove, Setting
from makegood.policy.versions import PUBLISHED
from makegood.policy.versions.clauses import CLAUSES
from makegood.tools.explain import main as explain_at_terminal
from tests.api_calls import Answered, Api, running_api, wired_api
from tests.http_events import JOBS, OPERATOR, customer
from tests.webhooks import NOW

FAILED = {"kind": "job", "ending": "failed", "failure_code": "provider_503", "credits": 10}
ASKED = {
    "kind": "request",
    "category": "service_unavailable",
    "paid_minor": 1000,
    "granted": 100,
    "unused": 40,
    "outage_seconds": 72 * 60 * 60 + 1,
}
REVIEWER = {"sub": "rita", "scope": "review"}
SETTINGS = StudioSettings(
    time_zone="Europe/Berlin",
    holidays=(date(2026, 12, 25),),
    probes=(
        Probe("video", "https://probe-secret.example/v?key=abc"),
        Probe("image", "https://probe-secret.example/i"),
    ),
    reference_url="https://reference-secret.example",
    job_status_url="https://status-secret.example/{job_id}",
    automatic_duplicates=False,
    second_reviewer_above_minor={"USD": 5},
    outage_notice=OutageNotice.CASE,
    payouts_per_hour=7,
    payouts_per_hour_minor={"USD": 5000},
    loaded_at=NOW,
)


@pytest.fixture(scope="module", autouse=True)
def _wired() -> Iterator[None]:
    with wired_api():
        yield


@pytest.fixture
def api() -> Iterator[Api]:
    with running_api() as running:
        yield running


def explained(api: Api, body: Any, claims: Any = OPERATOR) -> Answered:
    """The answer, having seen that nothing was kept."""
    before, answers = api.items(), []
    calls = api.calls_during(lambda: answers.append(api.post("/v1/policy/explain", body, claims)))
    assert not [call for call in calls if "Write" in call or "Put" in call or "Update" in call]
    assert api.items() == before
    return answers[0]


def settings_in_force(api: Api) -> None:
    def decide(facts: Facts) -> Plan[None]:
        assert facts.get(Key(StudioSettings, "")) is None
        return Plan(None, (SETTINGS,))

    api.decide(decide)


def test_an_operator_sees_the_whole_policy_with_its_reasons(api: Api) -> None:
    answer = api.get("/v1/policy", OPERATOR)
    assert answer.status == 200
    assert (answer.body["preset"], answer.body["presets"]) == (
        "published",
        ["published", "generous"],
    )
    [version] = answer.body["versions"]
    assert version["policy_version"] == "2025-02-24"
    assert version["effective_from"] == "2025-02-24T00:00:00.000000Z"
    assert version["clauses"] == CLAUSES
    assert {each["failure_class"] for each in version["classes"]} == set(FailureClass)
    assert {each["rule"] for each in version["rules"]} == set(AnswerKind)
    windows = {each["name"]: each["seconds"] for each in version["windows"]}
    assert windows["refund_within"] == 86_400
    assert windows["outage_longer_than"] == 259_200
    assert windows["duplicate_within"] == 900
    switches = {each["name"]: each["value"] for each in version["switches"]}
    assert switches["automatic_duplicates"] is False
    assert switches["second_reviewer_above_minor"]["JPY"] == 30_000
    [policy] = PUBLISHED.versions
    assert switches.keys() == {
        each.name for each in fields(policy) if isinstance(getattr(policy, each.name), Setting)
    }
    assert switches["freezes"] == ["chargeback", "chargeback_warning"]
    assert (switches["payouts_per_hour"], switches["payouts_per_hour_minor"]["JPY"]) == (
        50,
        300_000,
    )
    moves = {each["move"]: each for each in version["money_moves"]}
    assert set(moves) == set(MoneyMove)
    assert moves["charged_back"] == {
        "move": "charged_back",
        "clause": "7",
        "words": "Your bank took {money} back, and {credits} credits went back with them.",
    }
    assert (version["review_business_days"], version["paid_within_business_days"]) == (5, 10)
    assert version["reasons"]["paid_within_business_days"].startswith("Clause 6")
    assert windows.keys() < version["reasons"].keys()
    for named in (version["classes"], version["windows"], version["switches"]):
        assert all(each["reason"] for each in named)


def test_patterns_are_listed_with_their_class(api: Api) -> None:
    [version] = api.get("/v1/policy", OPERATOR).body["versions"]
    codes = {each["failure_class"]: each["codes"] for each in version["classes"]}
    assert "provider_5*" in codes["upstream"]
    assert codes["unknown"] == []


def test_where_nothing_was_set_the_settings_are_those_that_hold_then(api: Api) -> None:
    assert api.get("/v1/policy", OPERATOR).body["settings"] == {
        "time_zone": "UTC",
        "holidays": [],
        "capabilities": [],
        "has_reference": False,
        "asks_for_job_status": False,
    }


def test_settings_in_force_are_shown_without_any_address(api: Api) -> None:
    settings_in_force(api)
    answer = api.get("/v1/policy", OPERATOR)
    assert answer.body["settings"] == {
        "time_zone": "Europe/Berlin",
        "holidays": ["2026-12-25"],
        "capabilities": ["image", "video"],
        "has_reference": True,
        "asks_for_job_status": True,
        "automatic_duplicates": False,
        "outage_notice": "case",
        "second_reviewer_above_minor": {"USD": 5},
        "payouts_per_hour": 7,
        "payouts_per_hour_minor": {"USD": 5000},
        "loaded_at": timestamp(NOW),
    }
    assert "secret" not in str(answer.body)


@pytest.mark.parametrize("claims", [JOBS, REVIEWER, customer("acc_1"), None])
def test_only_operators_see_it_and_ask_it(api: Api, claims: Any) -> None:
    status = 401 if claims is None else 403
    assert api.get("/v1/policy", claims).status == status
    assert explained(api, FAILED, claims).status == status


@pytest.mark.parametrize(
    ("fields", "outcome", "clause", "credits"),
    [
        ({"ending": "failed", "failure_code": "provider_503"}, "refund", "2(a)", 10),
        ({"ending": "failed", "failure_code": "moderation"}, "deny", "1", 0),
        ({"ending": "failed", "failure_code": "new"}, "review", "2(a)", 10),
        ({"ending": "lost"}, "refund", "2(a)", 10),
        ({"ending": "succeeded", "ordered": 4, "delivered": 3}, "give_back", "2(a)", 3),
        ({"ending": "succeeded", "ordered": 4, "delivered": 4}, "delivered", None, 0),
        ({"ending": "succeeded", "ordered": 4, "delivered": 0}, "refund", "2(a)", 10),
        ({"ending": "cancelled", "work_started": True}, "deny", "1", 0),
        ({"ending": "cancelled", "work_started": False}, "refund", "2(a)", 10),
    ],
)
def test_what_would_become_of_a_job(
    api: Api, fields: dict[str, Any], outcome: str, clause: str | None, credits: int
) -> None:
    answer = explained(api, {"kind": "job", "credits": 10, **fields})
    assert answer.status == 200
    assert (answer.body["outcome"], answer.body.get("clause")) == (outcome, clause)
    assert answer.body["credits"] == credits
    assert answer.body["policy_version"] == "2025-02-24"
    assert answer.body["inputs"]["ending"] == fields["ending"]
    assert ("due_at" in answer.body) == bool(credits)


def test_a_promise_ends_a_day_after_the_failure(api: Api) -> None:
    ended = NOW - timedelta(hours=3)
    answer = explained(api, {**FAILED, "ended_at": timestamp(ended)})
    assert answer.body["due_at"] == timestamp(ended + timedelta(hours=24))
    assert answer.body["failure_class"] == "upstream"
    assert answer.body["reason"]


@pytest.mark.parametrize(
    "chosen", [{"preset": "generous"}, {"policy_version": "2025-02-24+generous"}]
)
def test_another_preset_or_version_can_be_asked(api: Api, chosen: dict[str, str]) -> None:
    blocked = {**FAILED, "failure_code": "moderation"}
    assert explained(api, blocked).body["outcome"] == "deny"
    answer = explained(api, {**blocked, **chosen})
    assert (answer.body["outcome"], answer.body["policy_version"]) == (
        "refund",
        "2025-02-24+generous",
    )


def test_a_request_is_answered_with_clause_money_and_the_day_it_is_due(api: Api) -> None:
    settings_in_force(api)
    asked_at = "2026-12-23T09:00:00Z"
    answer = explained(api, {**ASKED, "asked_at": asked_at})
    assert (answer.body["outcome"], answer.body["clause"]) == ("eligible", "2(d)")
    assert answer.body["money"] == {"amount": 400, "currency": "USD"}
    assert answer.body["due_at"] == "2026-12-31T22:59:59.000000Z", "in Berlin, after Christmas"
    assert answer.body["inputs"]["purchase"]["outage"]["seconds"] == 259_201


@pytest.mark.parametrize(
    ("changed", "outcome", "clause", "amount"),
    [
        ({"outage_seconds": 259_200}, "not_eligible", "2(d)", None),
        ({"unused": 0}, "not_eligible", "3(a)", None),
        ({"adjusted_minor": 150}, "eligible", "2(d)", 250),
        ({"match": "none"}, "needs_review", "5", None),
        ({"category": "other", "argument": "disliked"}, "not_eligible", "3(c)", None),
        ({"category": "other", "account_closed": True}, "not_eligible", "3(b)", None),
        ({"category": "unauthorised"}, "needs_review", "2(c)", 1000),
        ({"category": "unauthorised", "adjusted_minor": 1}, "needs_review", "2(c)", 999),
        ({"category": "technical_failure"}, "needs_review", "2(a)", None),
        (
            {"category": "duplicate_payment", "seconds_after_earlier_payment": 900},
            "needs_review",
            "2(b)",
            1000,
        ),
    ],
)
def test_what_would_be_said_to_a_request(
    api: Api, changed: dict[str, Any], outcome: str, clause: str, amount: int | None
) -> None:
    answer = explained(api, {**ASKED, **changed})
    assert (answer.body["outcome"], answer.body["clause"]) == (outcome, clause)
    assert answer.body.get("money", {}).get("amount") == amount
    assert ("due_at" in answer.body) == (outcome != "not_eligible")
    assert answer.body["reason"]


@pytest.mark.parametrize("body", [FAILED, ASKED], ids=lambda body: body["kind"])
def test_the_terminal_is_told_the_same(
    api: Api, body: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in body.items()][1:]
    capsys.readouterr()
    assert explain_at_terminal([body["kind"], *flags], now=NOW) == 0
    told, _, _ = capsys.readouterr().out.rpartition("}")
    assert json.loads(f"{told}}}") == explained(api, body).body


@pytest.mark.parametrize("category", sorted(ASKED_FOR))
def test_the_least_that_can_be_asked_is_answered(api: Api, category: str) -> None:
    assert explained(api, {"kind": "request", "category": category}).status == 200


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"kind": "case"}, id="another kind"),
        pytest.param({"kind": "job"}, id="no ending"),
        pytest.param({"kind": "request"}, id="no category"),
        pytest.param({"kind": "job", "ending": "lost"}, id="no credits"),
        pytest.param({**FAILED, "credits": "10"}, id="a text for a number"),
        pytest.param({**FAILED, "credits": True}, id="a bool for a number"),
        pytest.param({**FAILED, "credits": 0}, id="no credits at all"),
        pytest.param({**FAILED, "credits": 1.5}, id="a fraction"),
        pytest.param({**FAILED, "credits": 10**18}, id="too many"),
        pytest.param({**FAILED, "category": "other"}, id="a field of the other kind"),
        pytest.param({**ASKED, "credits": 1}, id="a field of jobs"),
        pytest.param({**FAILED, "delivered": 1}, id="a delivery that failed"),
        pytest.param({"kind": "job", "ending": "failed", "credits": 1}, id="no code"),
        pytest.param({**FAILED, "failure_code": "a\x1b[31mb"}, id="a control character"),
        pytest.param({**FAILED, "failure_code": ""}, id="an empty code"),
        pytest.param({**FAILED, "ended_at": "yesterday"}, id="no time"),
        pytest.param({**FAILED, "policy_version": "2020"}, id="no such version"),
        pytest.param({**FAILED, "preset": "kind"}, id="no such preset"),
        pytest.param(
            {**FAILED, "preset": "generous", "policy_version": "2025-02-24"}, id="two choices"
        ),
        pytest.param({**ASKED, "unused": 101}, id="more unused than granted"),
        pytest.param({**ASKED, "currency": "usd"}, id="a small currency"),
        pytest.param({**ASKED, "category": "refund"}, id="no such category"),
        pytest.param({**ASKED, "category": "adjustment"}, id="what nobody asks for"),
        pytest.param({**ASKED, "paid_minor": -1}, id="less than nothing paid"),
        pytest.param({**ASKED, "role": "admin"}, id="a field that is not known"),
    ],
)
def test_what_cannot_be_a_question_is_refused_without_repeating_it(api: Api, body: Any) -> None:
    answer = explained(api, body)
    assert (answer.status, answer.problem) == (422, "invalid-fields")
    assert "\x1b" not in str(answer.body)
