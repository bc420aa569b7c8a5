"""Payouts that need a person, the breaker that stops them, adjustments that wait: for operators."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from makegood.domain.breaker import Bounds, Breaker
from makegood.domain.facts import Key, Plan
from makegood.domain.money import Money
from tests.api_calls import TABLE, Answered, Api
from tests.asked import ANN, REVIEWER, asking, balance, buy, decide, faults, filed, set_up
from tests.http_events import JOBS, OPERATOR, customer, event
from tests.paid_back import approved, carried_out, needing_a_person, payout, taken, told
from tests.webhooks import NOW

IDA = {"sub": "ida", "scope": "operate"}
NOTE = "Looked at Paddle: it is not there."
HOUR = timedelta(hours=1)


def listed(api: Api, **query: Any) -> list[str]:
    answer = api.get("/v1/payouts", IDA, **query)
    assert answer.status == 200
    return [payout["payout_id"] for payout in answer.body["items"]]


def say(api: Api, payout_id: str, decision: str, claims: Any = IDA, note: str = NOTE) -> Answered:
    body = {"decision": decision, "note": note}
    return api.post(f"/v1/payouts/{payout_id}/decision", body, claims)


def in_state(api: Api, state: str) -> str:
    """A payout of 10.00 USD in this state."""
    payout_id: str = approved(api)["payout"]["payout_id"]
    if state == "sending":
        taken(api, payout_id)
    elif state == "sent":
        carried_out(api, payout_id, "pending_approval")
    elif state == "paid":
        carried_out(api, payout_id, "approved")
    elif state == "rejected":
        carried_out(api, payout_id, "rejected")
    elif state in ("person", "refused"):
        needing_a_person(api, payout_id)
    if state == "refused":
        assert say(api, payout_id, "give_up").status == 200
    assert payout(api, payout_id).state.value == state
    return payout_id


def several(api: Api, count: int) -> list[str]:
    """So many payouts that were asked for an hour after another, of as many customers."""
    ids = []
    for number in range(count):
        account, at = f"acc_{number}", NOW + number * HOUR
        buy(api, f"txn_{number}", account_id=account)
        case = api.post("/v1/me/cases", asking(), customer(account)).body
        path = f"/v1/cases/{case['case_id']}/decision"
        body = {"decision": "approve", "seen_version": 1}
        done = api.send(event("POST", path, REVIEWER, body=body, at=at)).body
        ids.append(done["payout"]["payout_id"])
    return ids


def tripped(api: Api, at: datetime = NOW) -> None:
    """The breaker as one payout left it that was one too many."""

    def decide_so(facts: Any) -> Plan[None]:
        breaker = facts.get(Key(Breaker, "")) or Breaker()
        bounds = Bounds(2, {})
        for _ in range(3):
            breaker = breaker.with_one("payout_1", Money(1000, "USD"), bounds=bounds, now=at)
        return Plan(None, (breaker,))

    api.decide(decide_so)


def resume(api: Api, claims: Any = IDA, *, at: datetime = NOW, **changes: Any) -> Answered:
    body = {"reason": "An outage: all of them are right.", **changes}
    return api.send(event("POST", "/v1/payouts/resume", claims, body=body, at=at))


@pytest.mark.parametrize("state", ["requested", "sending", "sent", "person"])
def test_what_something_comes_after_is_listed_by_its_state(api: Api, state: str) -> None:
    payout_id = in_state(api, state)

    states = {one: listed(api, state=one) for one in ("requested", "sending", "sent", "person")}

    assert states.pop(state) == [payout_id]
    assert all(found == [] for found in states.values())
    assert listed(api) == ([payout_id] if state == "person" else [])


@pytest.mark.parametrize("state", ["paid", "rejected", "refused"])
def test_what_is_over_is_in_no_list(api: Api, state: str) -> None:
    in_state(api, state)

    assert not any(listed(api, state=one) for one in ("requested", "sending", "sent", "person"))


def test_a_payout_shows_what_it_is_for_and_why_it_needs_a_person(api: Api) -> None:
    case = approved(api, amount=300)
    needing_a_person(api, case["payout"]["payout_id"])

    [shown] = api.get("/v1/payouts", IDA).body["items"]

    assert shown == {
        "payout_id": case["payout"]["payout_id"],
        "case_id": case["case_id"],
        "account_id": "acc_1",
        "transaction_id": "txn_1",
        "state": "person",
        "money": {"amount": 300, "currency": "USD"},
        "items": [{"item_id": "txnitm_0", "amount": 300}],
        "attempt": 1,
        "unknown": 0,
        "requested_at": "2026-10-28T14:04:11.250000Z",
        "due_at": "2026-10-28T14:04:11.250000Z",
        "why": "unknown_too_often",
    }


def test_payouts_come_by_due_time_page_by_page(api: Api) -> None:
    ids = several(api, 3)

    first = api.get("/v1/payouts", IDA, state="requested", limit=2).body
    cursor = first["next_cursor"]
    rest = api.get("/v1/payouts", IDA, state="requested", limit=2, cursor=cursor).body

    assert [one["payout_id"] for one in [*first["items"], *rest["items"]]] == ids
    assert rest["next_cursor"] is None
    for query in ({}, {"state": "person"}, {"state": "sending"}):
        assert api.get("/v1/payouts", IDA, cursor=cursor, **query).status == 400


@pytest.mark.parametrize(
    "query",
    [
        {"state": "paid"},
        {"state": "PERSON"},
        {"state": ""},
        {"state": "person,sent"},
        {"status": "person"},
        {"limit": "0"},
        {"cursor": "forged"},
    ],
    ids=repr,
)
def test_a_query_of_the_wrong_form_is_refused(api: Api, query: dict[str, str]) -> None:
    answer = api.get("/v1/payouts", IDA, **query)

    assert (answer.status, answer.problem) == (400, "invalid-request")


@pytest.mark.parametrize(
    ("path", "query", "pk", "kind"),
    [
        ("/v1/payouts", {"state": "requested"}, "PAYOUT#{payout_id}", "PAYOUT"),
        ("/v1/adjustments/waiting", {}, "ADJUSTMENTS#txn_none", "ADJUSTMENTS"),
    ],
)
def test_a_damaged_record_hides_no_other(
    api: Api,
    capsys: pytest.CaptureFixture[str],
    path: str,
    query: dict[str, str],
    pk: str,
    kind: str,
) -> None:
    ids = several(api, 2)
    told(api, transaction_id="txn_none")
    told(api, "adj_2", transaction_id="txn_other")
    key = {"pk": {"S": pk.format(payout_id=ids[0])}, "sk": {"S": kind}}
    api.dynamodb.update_item(
        TableName=TABLE,
        Key=key,
        UpdateExpression="REMOVE #known, case_id",
        ExpressionAttributeNames={"#known": "known"},
    )
    capsys.readouterr()

    answer = api.get(path, IDA, **query)

    assert [one["transaction_id"] for one in answer.body["items"]] == [
        "txn_1" if kind == "PAYOUT" else "txn_other"
    ]
    assert f'"{kind.removesuffix("S").title()}sUnreadable":1' in capsys.readouterr().out


def test_a_payout_that_is_not_at_paddle_is_sent_again(api: Api) -> None:
    payout_id = in_state(api, "person")

    once = say(api, payout_id, "send_again")
    before = api.items()
    twice = say(api, payout_id, "send_again", note="Once more.")

    assert (once.status, once.body["state"], once.body["why"]) == (200, "requested", "sent_again")
    assert (once.body["unknown"], once.body["attempt"]) == (0, 1)
    assert (twice.status, twice.body) == (200, once.body)
    assert api.items() == before
    assert listed(api) == []
    assert listed(api, state="requested") == [payout_id]
    assert faults(api) == []


def test_a_payout_that_is_given_up_gives_its_case_back_to_a_person(api: Api) -> None:
    payout_id = in_state(api, "person")

    once = say(api, payout_id, "give_up")
    before = api.items()
    twice = say(api, payout_id, "give_up", note="Once more.")

    assert (once.status, once.body["state"], once.body["why"]) == (200, "refused", "given_up")
    assert once.body["settled_at"] == "2026-10-28T14:04:11.250000Z"
    assert (twice.status, twice.body) == (200, once.body)
    assert api.items() == before
    case = api.get(f"/v1/cases/{once.body['case_id']}", REVIEWER).body
    assert (case["status"], case["held"], balance(api)) == ("open", 0, (105, 0))
    assert (case["events"][-1]["note"], case["events"][-1]["author"]) == (NOTE, "ida")
    assert listed(api) == []
    assert faults(api) == []


@pytest.mark.parametrize("sent_again", [False, True])
def test_a_payout_that_waits_to_be_sent_can_be_given_up(api: Api, sent_again: bool) -> None:
    payout_id = in_state(api, "person" if sent_again else "requested")
    if sent_again:
        say(api, payout_id, "send_again")

    answer = say(api, payout_id, "give_up")

    assert (answer.status, answer.body["state"], answer.body["why"]) == (200, "refused", "given_up")
    assert (answer.body["handled_by"], answer.body["note"]) == ("ida", NOTE)
    assert balance(api) == (105, 0)
    assert faults(api) == []


@pytest.mark.parametrize(
    ("state", "decision"),
    [
        *(
            (state, decision)
            for state in ("sending", "sent", "paid", "rejected", "refused")
            for decision in ("send_again", "give_up")
        ),
        ("requested", "send_again"),
        ("sent again", "send_again"),
    ],
)
def test_a_payout_that_needs_nobody_is_left_alone(api: Api, state: str, decision: str) -> None:
    payout_id = in_state(api, "person" if state == "sent again" else state)
    if state == "sent again":
        say(api, payout_id, "send_again")
    before = api.items()

    answer = say(api, payout_id, decision)

    same = {"refused": "give_up", "sent again": "send_again"}.get(state) == decision
    assert answer.status == (200 if same else 409)
    assert same or answer.problem == "case-settled"
    assert api.items() == before


@pytest.mark.parametrize("payout_id", [f"payout_{'0' * 24}", "payout_none", "txn_1"])
def test_a_payout_that_there_is_not_is_not_found(api: Api, payout_id: str) -> None:
    answer = say(api, payout_id, "send_again")

    assert (answer.status, answer.problem) == (404, "not-found")


@pytest.mark.parametrize("payout_id", ["a b", "../payout", "payout_\n", "p" * 129], ids=repr)
def test_what_is_no_id_is_refused(api: Api, payout_id: str) -> None:
    request = event("POST", "/v1/payouts/x/decision", IDA, body={"decision": "give_up"})
    request["pathParameters"] = {"payout_id": payout_id}

    assert api.send(request).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"decision": "give_up"},
        {"note": NOTE},
        {"decision": "pay", "note": NOTE},
        {"decision": "GIVE_UP", "note": NOTE},
        {"decision": None, "note": NOTE},
        {"decision": "give_up", "note": ""},
        {"decision": "give_up", "note": " "},
        {"decision": "give_up", "note": "two\nlines"},
        {"decision": "give_up", "note": "x" * 2001},
        {"decision": "give_up", "note": 7},
        {"decision": "give_up", "note": NOTE, "author": "boss"},
        {"decision": "give_up", "note": NOTE, "amount": 1},
    ],
    ids=repr,
)
def test_a_decision_of_the_wrong_form_is_refused_and_changes_nothing(
    api: Api, body: dict[str, Any]
) -> None:
    payout_id = in_state(api, "person")
    before = api.items()

    answer = api.post(f"/v1/payouts/{payout_id}/decision", body, IDA)

    assert (answer.status, answer.problem) == (422, "invalid-fields")
    assert api.items() == before


@pytest.mark.parametrize(
    "claims", [JOBS, ANN, REVIEWER, {"sub": "x", "scope": "operator"}, None], ids=repr
)
def test_only_operators_see_and_move_payouts(api: Api, claims: Any) -> None:
    payout_id = in_state(api, "person")
    tripped(api)
    before = api.items()

    for answer in (
        api.get("/v1/payouts", claims),
        api.get("/v1/payouts/breaker", claims),
        api.get("/v1/adjustments/waiting", claims),
        say(api, payout_id, "give_up", claims),
        resume(api, claims),
    ):
        assert answer.status == (401 if claims is None else 403)
        assert answer.problem == ("unauthorized" if claims is None else "forbidden")
    assert api.items() == before


def test_nobody_without_a_name_moves_payouts(api: Api) -> None:
    payout_id = in_state(api, "person")
    tripped(api)
    before = api.items()

    assert say(api, payout_id, "send_again", {"scope": "operate"}).status == 403
    assert resume(api, {"scope": "operate"}).status == 403
    assert api.items() == before


def test_what_people_write_about_payouts_is_in_no_log_line(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    payout_id = in_state(api, "person")
    tripped(api)
    capsys.readouterr()

    say(api, payout_id, "give_up", note="her secret words")
    resume(api, reason="his secret words")

    out = capsys.readouterr().out
    assert "secret words" not in out
    assert payout_id in out
    assert '"author":"ida"' in out


def test_a_breaker_that_was_never_needed_is_closed_and_shows_the_policys_bounds(api: Api) -> None:
    answer = api.get("/v1/payouts/breaker", IDA).body

    assert (answer["open"], answer["begun"]) == (False, {"count": 0, "sums": {}})
    assert (answer["most"]["count"], answer["most"]["sums"]["USD"]) == (50, 200_000)
    assert not {"tripped_at", "why", "resumed_at", "resumed_by"} & answer.keys()


def test_the_studios_own_bounds_hold_and_what_has_begun_is_counted(api: Api) -> None:
    set_up(api, payouts_per_hour=7, payouts_per_hour_minor={"EUR": 5})
    taken(api, in_state(api, "requested"))

    answer = api.get("/v1/payouts/breaker", IDA).body
    later = api.send(event("GET", "/v1/payouts/breaker", IDA, at=NOW + HOUR)).body

    assert answer["most"] == {"count": 7, "sums": {"EUR": 5}}
    assert answer["begun"] == {"count": 1, "sums": {"USD": 1000}}
    assert later["begun"] == {"count": 0, "sums": {}}


def test_an_open_breaker_says_since_when_and_why_and_is_closed_once(api: Api) -> None:
    tripped(api)
    seen = api.get("/v1/payouts/breaker", IDA).body
    assert (seen["open"], seen["why"]) == (True, "count")
    assert seen["tripped_at"] == "2026-10-28T14:04:11.250000Z"
    assert seen["begun"] == {"count": 2, "sums": {"USD": 2000}}

    once = resume(api)
    before = api.items()
    twice = resume(api, OPERATOR, at=NOW + HOUR)

    assert (once.status, once.body["open"]) == (200, False)
    assert (once.body["resumed_by"], once.body["resumed_at"]) == (
        "ida",
        "2026-10-28T14:04:11.250000Z",
    )
    assert once.body["begun"] == {"count": 0, "sums": {}}
    assert not {"tripped_at", "why"} & once.body.keys()
    assert (twice.status, twice.body) == (200, once.body)
    assert api.items() == before
    assert api.get("/v1/payouts/breaker", IDA).body == once.body


def test_what_waits_goes_on_once_the_breaker_is_closed(api: Api) -> None:
    set_up(api, payouts_per_hour=0)
    payout_id = in_state(api, "requested")
    taken(api, payout_id)
    assert payout(api, payout_id).state.value == "requested"
    assert api.get("/v1/payouts/breaker", IDA).body["open"] is True

    set_up(api, payouts_per_hour=1)
    taken(api, payout_id)
    assert payout(api, payout_id).state.value == "requested"
    resume(api)
    taken(api, payout_id)

    assert payout(api, payout_id).state.value == "sending"
    assert faults(api) == []


@pytest.mark.parametrize(
    "changes", [{"reason": ""}, {"reason": None}, {"reason": "a\u202eb"}, {"by": "oda"}], ids=repr
)
def test_payouts_go_on_for_a_reason_alone(api: Api, changes: dict[str, Any]) -> None:
    tripped(api)
    before = api.items()

    answer = resume(api, **changes)

    assert (answer.status, answer.problem) == (422, "invalid-fields")
    assert api.items() == before


def test_adjustments_of_purchases_that_nobody_knows_are_listed_until_they_are(api: Api) -> None:
    told(api, "adj_3", transaction_id="txn_later", now=NOW + HOUR)
    told(api, "adj_1", cents=400, action="chargeback")
    told(api, "adj_2", action="chargeback_reverse", cents=400, at=NOW + HOUR)

    answer = api.get("/v1/adjustments/waiting", IDA).body
    assert [one["transaction_id"] for one in answer["items"]] == ["txn_1", "txn_later"]
    waits = answer["items"][0]
    assert waits["waits_since"] == "2026-10-28T14:04:11.250000Z"
    assert waits["adjustments"] == [
        {
            "adjustment_id": "adj_1",
            "action": "chargeback",
            "status": "approved",
            "money": {"amount": 400, "currency": "USD"},
            "stands": False,
            "created_at": "2026-10-28T14:04:11.250000Z",
            "told_at": "2026-10-28T14:04:11.250000Z",
        },
        {
            "adjustment_id": "adj_2",
            "action": "chargeback_reverse",
            "status": "approved",
            "money": {"amount": 400, "currency": "USD"},
            "stands": False,
            "created_at": "2026-10-28T15:04:11.250000Z",
            "told_at": "2026-10-28T15:04:11.250000Z",
        },
    ]

    buy(api)
    assert [
        one["transaction_id"] for one in api.get("/v1/adjustments/waiting", IDA).body["items"]
    ] == ["txn_later"]
    assert faults(api) == []


def test_waiting_adjustments_come_page_by_page(api: Api) -> None:
    for number in range(3):
        told(api, f"adj_{number}", transaction_id=f"txn_{number}", now=NOW + number * HOUR)

    first = api.get("/v1/adjustments/waiting", IDA, limit=2).body
    rest = api.get("/v1/adjustments/waiting", IDA, limit=2, cursor=first["next_cursor"]).body
    elsewhere = api.get("/v1/payouts", IDA, cursor=first["next_cursor"])

    ids = [one["transaction_id"] for one in [*first["items"], *rest["items"]]]
    assert ids == ["txn_0", "txn_1", "txn_2"]
    assert rest["next_cursor"] is None
    assert elsewhere.status == 400


def test_a_duplicate_that_needs_nobody_has_its_payout_at_once(api: Api) -> None:
    set_up(api, automatic_duplicates=True)
    buy(api, "txn_1", order_ref="order-1")
    buy(api, "txn_2", order_ref="order-1", at=NOW + timedelta(minutes=1))

    [case] = api.get("/v1/cases", REVIEWER, status="approved").body["items"]

    assert listed(api, state="requested") == [case["payout"]["payout_id"]]
    assert decide(api, case, "approve").problem == "case-settled"
    assert faults(api) == []


def test_filing_alone_asks_for_no_payout(api: Api) -> None:
    buy(api)
    filed(api)

    assert listed(api, state="requested") == []
