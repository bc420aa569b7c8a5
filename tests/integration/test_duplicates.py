"""Duplicate payments through the queue: the real handler, on moto."""

import json
import random
from datetime import timedelta
from typing import Any

import pytest

import paddle_events
from makegood.domain.case import Case, CaseStatus
from makegood.domain.facts import Key
from makegood.domain.purchase import Purchase
from makegood.domain.studio import StudioSettings
from makegood.plans.case_opening import case_id_of
from makegood.plans.operations import set_price
from makegood.plans.studio_settings import put_in_force
from tests.webhooks import NOW, sample
from tests.workers import Stack

USD = json.loads(sample("transaction.completed.usd_credit_pack"))
PRICE = USD["data"]["items"][0]["price"]["id"]
FIRST, SECOND = "txn_first", "txn_second"


def told(
    transaction_id: str,
    seconds: int = 0,
    *,
    order_ref: str | None = "ord_1",
    account_id: str = "acc_1",
) -> str:
    event = json.loads(json.dumps(USD))
    custom = {"account_id": account_id, "order_ref": order_ref}
    event["data"] |= {
        "id": transaction_id,
        "billed_at": (NOW + timedelta(seconds=seconds)).isoformat(),
        "custom_data": custom,
    }
    return json.dumps(event)


@pytest.fixture
def priced(workers: Stack) -> Stack:
    workers.decide(set_price(PRICE, 500, 0, author="operator", now=NOW))
    return workers


def case_of(stack: Stack, transaction_id: str = SECOND) -> Case | None:
    case: Case | None = stack.record(Key(Case, case_id_of("purchase", transaction_id)))
    return case


def automatic(stack: Stack, *, on: bool) -> None:
    stack.decide(put_in_force(StudioSettings(automatic_duplicates=on), now=NOW))


WAYS: dict[str, list[list[str]]] = {
    "first, then second": [[told(FIRST)], [told(SECOND, 30)]],
    "second, then first": [[told(SECOND, 30)], [told(FIRST)]],
    "in one batch": [[told(FIRST), told(SECOND, 30)]],
    "in one batch, the other way round": [[told(SECOND, 30), told(FIRST)]],
    "each twice in a batch": [[told(SECOND, 30), told(FIRST)] * 2],
    "everything again": [[told(FIRST), told(SECOND, 30)]] * 3,
}


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_the_later_payment_is_the_duplicate_however_they_arrive(
    priced: Stack, way: str, on: bool
) -> None:
    automatic(priced, on=on)
    for batch in WAYS[way]:
        assert priced.deliver(paddle_events, *batch) == []

    account = priced.account("acc_1")
    assert (account.available, account.held, account.seq) == (1000, 1000, 3)
    case = case_of(priced)
    assert case is not None
    assert case.status is (CaseStatus.APPROVED if on else CaseStatus.OPEN)
    assert case.opened_at == NOW
    assert case_of(priced, FIRST) is None
    second: Purchase = priced.record(Key(Purchase, SECOND))
    assert (second.case_id, second.promised_minor) == (case.case_id, 2178 if on else 0)
    assert priced.buried() == []


@pytest.mark.parametrize(("seconds", "found"), [(899, True), (900, True), (901, False)])
def test_the_window_ends_after_fifteen_minutes(priced: Stack, seconds: int, found: bool) -> None:
    priced.deliver(paddle_events, told(SECOND, seconds), told(FIRST))
    assert (case_of(priced) is not None) is found


@pytest.mark.parametrize("order_ref", [None, "ord_2"])
def test_two_packs_on_purpose_can_be_spent(priced: Stack, order_ref: str | None) -> None:
    automatic(priced, on=True)
    priced.deliver(paddle_events, told(FIRST), told(SECOND, 30, order_ref=order_ref))
    priced.charge("job_1", "acc_1", 2000)
    case = case_of(priced)
    assert case is not None
    assert (case.status, case.held) == (CaseStatus.OPEN, ())


def test_a_large_batch_in_any_order_ends_the_same(priced: Stack) -> None:
    accounts = [f"acc_{n}" for n in range(6)]
    bodies = [
        told(f"txn_{account}_{n}", 60 * n, order_ref=f"ord_{n % 2}", account_id=account)
        for account in accounts
        for n in range(4)
    ]
    shuffled = bodies * 2
    random.Random(7).shuffle(shuffled)  # noqa: S311 - nothing secret
    for start in range(0, len(shuffled), 10):
        assert priced.deliver(paddle_events, *shuffled[start : start + 10]) == []

    for account in accounts:
        cases = [case_of(priced, f"txn_{account}_{n}") for n in range(4)]
        assert [case is not None for case in cases] == [False, True, True, True]
        assert [bool(case and case.held) for case in cases] == [False, False, True, True]
        balance = priced.account(account)
        assert (balance.available, balance.held) == (2000, 2000)
        twins: Any = cases[3].decision.inputs["twins"] if cases[3] else []
        assert [twin["seconds_before"] for twin in twins] == [180, 120, 60]


def test_the_log_has_ids_and_the_metric_counts_each_duplicate_once(
    priced: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    second, third = told(SECOND, 30), told("txn_third", 60)
    priced.deliver(paddle_events, told(FIRST), third)
    priced.deliver(paddle_events, second, second)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    found = [line for line in lines if line.get("event") == "duplicate.found"]
    assert [line["transaction_id"] for line in found] == ["txn_third", SECOND]
    assert all(set(line) == {"event", "case_id", "transaction_id", "status"} for line in found)
    again = [line for line in lines if line.get("event") == "duplicate.seen_again"]
    assert [line["transaction_id"] for line in again] == ["txn_third"]
    assert sum(line.get("DuplicatesFound", 0) for line in lines) == 2


def test_damage_beside_a_good_payment_is_told_and_the_payment_is_credited(
    priced: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    priced.deliver(paddle_events, told(FIRST))
    priced.dynamodb.update_item(
        TableName="ledger",
        Key={"pk": {"S": f"PURCHASE#{FIRST}"}, "sk": {"S": "PURCHASE"}},
        UpdateExpression="REMOVE currency",
    )
    assert priced.deliver(paddle_events, told(SECOND, 30)) == []

    assert priced.account("acc_1").seq == 3
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sum(line.get("EvidenceUnreadable", 0) for line in lines) == 1
    [noted] = [line for line in lines if line.get("event") == "evidence.unreadable"]
    assert (noted["transaction_id"], noted["about"]) == (SECOND, FIRST)
    assert priced.buried() == []
