"""What operators do by hand: prices, unmatched purchases, corrections, freezing."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from makegood.domain.account import AccountStatus
from makegood.domain.entry import Cause
from makegood.domain.facts import Facts, Key, Plan
from makegood.domain.record import StatusChange
from makegood.plans.operations import set_status
from tests.api_calls import Api
from tests.asked import buy, decide, faults, filed
from tests.http_events import JOBS, OPERATOR, customer, event
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW

REASON = "Agreed on the phone."


def close(api: Api, account_id: str) -> None:
    def decide(facts: Facts) -> Plan[None]:
        closing = Cause("forfeit:test", "Closed.", occurred_at=NOW, recorded_at=NOW)
        return Plan(None, facts.account(account_id).forfeit(closing))

    api.decide(decide)


def available(api: Api, account_id: str) -> int:
    credits: int = api.get(f"/v1/accounts/{account_id}").body["available"]
    return credits


def correct(api: Api, credits: int, key: str, **changes: Any) -> int:
    body = {"credits": credits, "reason": REASON, **changes}
    return api.post("/v1/accounts/acc_1/corrections", body, key=key).status


def test_a_price_is_set_by_its_author_and_can_be_changed(api: Api) -> None:
    first = api.put("/v1/prices/pri_1", {"credits": 100, "bonus_credits": 5}, OPERATOR)
    again = api.put("/v1/prices/pri_1", {"credits": 100, "bonus_credits": 5}, OPERATOR)
    changed = api.put("/v1/prices/pri_1", {"credits": 120}, OPERATOR)

    assert first.status == again.status == changed.status == 200
    assert first.body == again.body
    assert (first.body["credits"], first.body["bonus_credits"]) == (100, 5)
    assert (changed.body["credits"], changed.body["bonus_credits"]) == (120, 0)
    assert first.body["set_by"] == "oda"
    assert api.get("/v1/prices", OPERATOR).body["items"] == [changed.body]


def test_the_log_tells_what_a_price_was_what_it_is_and_who_changed_it(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    api.put("/v1/prices/pri_1", {"credits": 100, "bonus_credits": 5}, OPERATOR)
    api.put("/v1/prices/pri_1", {"credits": 120}, OPERATOR)

    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    told = ("author", "credits_before", "bonus_credits_before", "credits", "bonus_credits")
    assert [first[name] for name in told] == ["oda", None, None, 100, 5]
    assert [second[name] for name in told] == ["oda", 100, 5, 120, 0]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"credits": 1, "bonus_credits": -1},
        {"credits": 1, "bonus_credits": True},
        {"credits": 10**12, "bonus_credits": 1},
        {"credits": 1, "set_by": "somebody else"},
    ],
    ids=repr,
)
def test_a_price_of_the_wrong_form_is_refused(api: Api, body: dict[str, Any]) -> None:
    assert api.put("/v1/prices/pri_1", body, OPERATOR).status == 422
    assert api.get("/v1/prices", OPERATOR).body["items"] == []


def test_an_unmatched_purchase_is_listed_until_somebody_says_whose_it_is(api: Api) -> None:
    api.put("/v1/prices/pri_1", {"credits": 100, "bonus_credits": 5}, OPERATOR)
    api.decide(crediting(bought("txn_1", account_id=None), now=NOW))
    [waiting] = api.get("/v1/unmatched", OPERATOR).body["items"]

    answer = api.post("/v1/unmatched/txn_1/assign", {"account_id": "acc_1"})
    again = api.post("/v1/unmatched/txn_1/assign", {"account_id": "acc_1"})
    other = api.post("/v1/unmatched/txn_1/assign", {"account_id": "acc_2"})

    assert (waiting["state"], waiting["why"]) == ("unmatched", "unknown_account")
    assert answer.status == again.status == 200
    assert answer.body["state"] == "granted"
    assert "assigned_by" not in waiting
    assert answer.body["assigned_by"] == "oda"
    assert answer.body["lines"][0]["credits"] == 100
    assert again.body == answer.body
    assert (other.status, other.problem) == (409, "conflict")
    assert api.get("/v1/unmatched", OPERATOR).body["items"] == []
    assert (available(api, "acc_1"), available(api, "acc_2")) == (105, 0)


def test_a_purchase_with_an_unknown_price_is_assigned_once_the_price_is_known(api: Api) -> None:
    api.decide(crediting(bought("txn_1", account_id="acc_1"), now=NOW))
    [waiting] = api.get("/v1/unmatched", OPERATOR).body["items"]
    assert waiting["why"] == "unknown_price"
    assert waiting["claimed_account_id"] == "acc_1"

    early = api.post("/v1/unmatched/txn_1/assign", {"account_id": "acc_1"})
    api.put("/v1/prices/pri_1", {"credits": 100}, OPERATOR)
    then = api.post("/v1/unmatched/txn_1/assign", {"account_id": "acc_1"})

    assert (early.status, early.problem) == (409, "price-unknown")
    assert then.status == 200
    assert available(api, "acc_1") == 100


def test_a_purchase_is_not_assigned_to_a_closed_account(api: Api) -> None:
    api.put("/v1/prices/pri_1", {"credits": 100}, OPERATOR)
    api.decide(crediting(bought("txn_1", account_id=None), now=NOW))
    close(api, "acc_1")

    answer = api.post("/v1/unmatched/txn_1/assign", {"account_id": "acc_1"})

    assert (answer.status, answer.problem) == (423, "account-closed")


def test_a_purchase_that_nobody_saw_is_not_found(api: Api) -> None:
    answer = api.post("/v1/unmatched/txn_none/assign", {"account_id": "acc_1"})

    assert (answer.status, answer.problem) == (404, "not-found")


def test_a_correction_is_made_once_under_its_key_and_keeps_its_author(api: Api) -> None:
    path = "/v1/accounts/acc_1/corrections"
    body = {"credits": 50, "reason": f"  {REASON} "}

    first = api.post(path, body, key="k-1")
    again = [api.post(path, body, key="k-1") for _ in range(20)]

    assert first.status == 201
    assert first.body["author"] == "oda"
    assert first.body["reason"] == REASON
    assert {answer.status for answer in again} == {200}
    assert all(answer.body == first.body for answer in again)
    assert available(api, "acc_1") == 50


def test_a_correction_takes_no_more_than_is_there(api: Api) -> None:
    assert correct(api, 50, "k-1") == 201

    assert correct(api, -51, "k-2") == 402
    assert correct(api, -50, "k-3") == 201

    assert available(api, "acc_1") == 0


@pytest.mark.parametrize(
    "reason",
    [
        "Zoë paid twice 🙏🏽, sorry",
        "x" * 2000,
    ],
    ids=lambda reason: reason[:20],
)
def test_a_reason_is_kept_as_it_was_written(api: Api, reason: str) -> None:
    assert correct(api, 5, "k-1", reason=reason) == 201

    [item] = api.get("/v1/me/transactions", customer("acc_1")).body["items"]
    assert item["reason"] == reason


def test_freezing_keeps_who_did_it_and_why_and_doing_it_again_changes_nothing(api: Api) -> None:
    correct(api, 50, "k-1")

    frozen = api.post("/v1/accounts/acc_1/freeze", {"reason": "A chargeback came in."})
    before = api.items()
    again = api.post("/v1/accounts/acc_1/freeze", {"reason": "Once more."})

    assert frozen.status == again.status == 200
    assert frozen.body == again.body
    assert frozen.body["status"] == "frozen"
    assert api.items() == before
    change = api.decide(kept_change("acc_1", AccountStatus.FROZEN))
    assert (change.author, change.reason) == ("oda", "A chargeback came in.")

    opened = api.post("/v1/accounts/acc_1/unfreeze", {"reason": "It was a mistake."})

    assert opened.body["status"] == "open"
    assert api.put("/v1/jobs/job_1", {"account_id": "acc_1", "credits": 50}, JOBS).status == 201


def test_freezing_shows_who_changed_the_status_before_newest_first(api: Api) -> None:
    api.send(changing("freeze", "A chargeback came in.", minute=0))
    api.send(changing("unfreeze", "It was a mistake.", minute=1, author="ida"))
    api.decide(set_status("acc_10", AccountStatus.FROZEN, reason="x", author="x", now=NOW))
    correct(api, 5, "k-1")

    answer = api.send(changing("freeze", "It was none.", minute=2))

    assert answer.body["status_changes"] == [
        {
            "status": "frozen",
            "reason": "It was none.",
            "author": "oda",
            "changed_at": "2026-10-28T14:06:11.250000Z",
        },
        {
            "status": "open",
            "reason": "It was a mistake.",
            "author": "ida",
            "changed_at": "2026-10-28T14:05:11.250000Z",
        },
        {
            "status": "frozen",
            "reason": "A chargeback came in.",
            "author": "oda",
            "changed_at": "2026-10-28T14:04:11.250000Z",
        },
    ]
    assert "status_changes" not in api.get("/v1/accounts/acc_1").body
    assert "status_changes" not in api.get("/v1/me", customer("acc_1")).body


def test_no_more_than_the_newest_twenty_changes_are_shown(api: Api) -> None:
    for minute in range(22):
        action = "unfreeze" if minute % 2 else "freeze"
        answer = api.send(changing(action, f"Number {minute}.", minute=minute))

    reasons = [change["reason"] for change in answer.body["status_changes"]]
    assert reasons == [f"Number {minute}." for minute in range(21, 1, -1)]


def changing(action: str, reason: str, *, minute: int, author: str = "oda") -> dict[str, Any]:
    path, claims = f"/v1/accounts/acc_1/{action}", OPERATOR | {"sub": author}
    at = NOW + timedelta(minutes=minute)
    return event("POST", path, claims, body={"reason": reason}, at=at)


def kept_change(account_id: str, status: AccountStatus) -> Any:
    return lambda facts: Plan(facts.get(Key(StatusChange, (account_id, NOW, status))))


def test_a_closed_account_stays_closed(api: Api) -> None:
    close(api, "acc_1")

    assert api.post("/v1/accounts/acc_1/unfreeze", {"reason": "Please."}).status == 423
    assert api.post("/v1/accounts/acc_1/freeze", {"reason": "Please."}).status == 423
    assert correct(api, 5, "k-1") == 423
    assert api.put("/v1/jobs/job_1", {"account_id": "acc_1", "credits": 1}).status == 423
    bonus = {"account_id": "acc_1", "credits": 5, "reason": "x"}
    assert api.put("/v1/bonuses/b", bonus).problem == "account-closed"


@pytest.mark.parametrize("subject", [None, "", "a b", "x" * 256, "oda\n"], ids=repr)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v1/prices/pri_1", {"credits": 1}),
        ("POST", "/v1/unmatched/txn_1/assign", {"account_id": "acc_1"}),
        ("POST", "/v1/accounts/acc_1/corrections", {"credits": 1, "reason": REASON}),
        ("POST", "/v1/accounts/acc_1/freeze", {"reason": REASON}),
        ("POST", "/v1/accounts/acc_1/unfreeze", {"reason": REASON}),
    ],
    ids=["price", "assign", "correct", "freeze", "unfreeze"],
)
def test_nothing_is_done_by_hand_without_somebody_to_name(
    api: Api, method: str, path: str, body: Any, subject: str | None
) -> None:
    claims = {"scope": "operate"} | ({} if subject is None else {"sub": subject})

    answer = (
        api.put(path, body, claims) if method == "PUT" else api.post(path, body, claims, key="k-1")
    )

    assert (answer.status, answer.problem) == (403, "forbidden")
    assert api.items() == []


def test_closing_an_account_forfeits_what_is_left_once(api: Api) -> None:
    buy(api)
    first = api.send(close_request("acc_1"))
    items = api.items()

    again = api.send(close_request("acc_1", reason="Again.", at=NOW + timedelta(hours=1)))

    assert (first.status, first.body["status"], first.body["available"]) == (200, "closed", 0)
    [change] = first.body["status_changes"]
    assert (change["status"], change["reason"], change["author"]) == ("closed", REASON, "oda")
    newest = api.get("/v1/me/transactions", customer("acc_1")).body["items"][0]
    assert (newest["kind"], newest["credits"], newest["clause"]) == ("forfeit", -105, "3(b)")
    assert "not refundable" in newest["reason"]
    assert (again.status, again.body) == (200, first.body)
    assert api.items() == items
    assert faults(api) == []


def test_an_account_without_credits_is_closed_without_an_entry(api: Api) -> None:
    answer = api.send(close_request("acc_new"))

    assert (answer.status, answer.body["status"]) == (200, "closed")
    assert api.get("/v1/accounts/acc_new/transactions", OPERATOR).body["items"] == []
    assert faults(api) == []


def test_an_account_is_not_closed_while_a_case_holds_credits(api: Api) -> None:
    buy(api)
    case = filed(api)
    items = api.items()

    refused = api.send(close_request("acc_1"))
    assert (refused.status, refused.problem) == (409, "account-in-use")
    assert api.items() == items

    decide(api, case, "decline")
    assert api.send(close_request("acc_1")).status == 200
    assert faults(api) == []


def test_a_frozen_account_can_be_closed_and_a_closed_one_stays_so(api: Api) -> None:
    buy(api)
    api.post("/v1/accounts/acc_1/freeze", {"reason": REASON})

    assert api.send(close_request("acc_1")).body["status"] == "closed"
    opened = api.post("/v1/accounts/acc_1/unfreeze", {"reason": REASON})
    assert (opened.status, opened.problem) == (423, "account-closed")
    assert faults(api) == []


def test_an_account_with_many_lots_forfeits_all_of_them(api: Api) -> None:
    for number in range(20):
        buy(api, f"txn_{number}", at=NOW + timedelta(days=number))

    assert api.send(close_request("acc_1")).body["available"] == 0
    assert faults(api) == []


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x", "author": "y"}], ids=repr)
def test_closing_needs_a_reason(api: Api, body: dict[str, Any]) -> None:
    assert api.post("/v1/accounts/acc_1/close", body).status == 422


def close_request(account_id: str, *, reason: str = REASON, at: datetime = NOW) -> dict[str, Any]:
    path = f"/v1/accounts/{account_id}/close"
    return event("POST", path, OPERATOR, body={"reason": reason}, at=at)
