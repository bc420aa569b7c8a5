"""The real handler of reconciliation beside Paddle's stand-in. Time is moved, nothing sleeps."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

import reconciliation
from makegood import wiring
from makegood.domain.case import CaseEventKind, CaseStatus
from makegood.domain.entry import timestamp
from makegood.domain.facts import Key
from makegood.domain.payout import PayoutState
from makegood.domain.purchase import Customer, PurchaseState
from makegood.domain.record import ParkedEvent
from makegood.effects.paddle_events_queue import PaddleEventsQueue
from makegood.effects.payouts_queue import PayoutsQueue
from makegood.ledger import sale_reads
from makegood.paddle import api
from makegood.reconciling import accounts
from tests.case_doors import audited
from tests.metrics import metrics
from tests.paddle_at_hand import AtHand
from tests.reconciled import CACHED, HOUR, World
from tests.workers import Clock, Stack


@pytest.fixture
def world(workers: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Whatever a test does, the audit finds nothing afterwards but what the test has damaged."""
    for cached in CACHED:
        cached.cache_clear()
    world = World(workers, AtHand(monkeypatch), monkeypatch)
    yield world
    if world.is_sound:
        assert audited(world.items()) == []
    for cached in CACHED:
        cached.cache_clear()


# What no webhook brought


def test_a_webhook_that_never_arrives_is_repaired_within_a_day(world: World) -> None:
    began = world.shop.now
    world.buy()
    lost = world.shop.told_since()

    world.shop.later(minutes=5)
    report = world.run()
    assert (report["events"], report["put_back"], world.taken()) == (0, 0, [])

    world.shop.later(minutes=55)
    report = world.run()
    assert (report["events"], report["explained"], report["explained_percent"]) == (2, 0, 0)
    assert report["put_back"] == 2
    assert {one["type"] for one in report["unexplained"]} == {
        "customer.created",
        "transaction.completed",
    }
    bodies = world.taken()
    # Exactly what the webhook would have made of them, without card data.
    assert sorted(bodies) == sorted(lost)
    world.apply(*bodies)
    assert world.available() == 2000
    assert world.shop.now - began == HOUR

    world.shop.later(hours=1)
    report = world.run()
    assert (report["explained_percent"], report["unexplained"], world.taken()) == (100, [], [])
    assert world.cursor().put_back == ()


def story(world: World) -> Iterator[None]:
    """All that can happen to purchases, one thing after the other."""
    shop = world.shop
    first, second = world.buy(), world.buy(account_id="acc_2")
    yield
    shop.do("customer", id=first["customer_id"], email="new@x.org")
    yield
    shop.do("refund", transaction_id=first["id"], amount=500)
    yield
    disputed = shop.do("chargeback", transaction_id=second["id"])["adjustment"]
    yield
    shop.do("reversal", adjustment_id=disputed["id"])
    yield
    pending = shop.do("refund", transaction_id=first["id"], amount=200, status="pending_approval")
    yield
    world.decided_on(pending["adjustment"]["id"], "rejected")
    yield
    shop.do("tax_refund", transaction_id=second["id"], amount=50)
    yield
    world.buy(account_id="acc_2", with_paid=True, with_updated=True, with_failed=True)
    yield


def failed(report: Any) -> dict[str, str]:
    """Why, by the part of the run that came to no end."""
    return {one["part"]: one["why"] for one in report["failed"]}


def balances(world: World) -> dict[str, Any]:
    return {
        name: (account.available, account.held, account.debt, account.status)
        for name in ("acc_1", "acc_2")
        for account in [world.workers.account(name)]
    }


@pytest.mark.parametrize("lost", range(9))
def test_whatever_is_lost_the_end_is_the_same(world: World, lost: int) -> None:
    for number, _ in enumerate(story(world)):
        if number == lost:
            world.get_lost()
        else:
            world.arrive()
        world.shop.later(minutes=20)
    world.hours(1)

    report = world.run()
    assert (report["explained_percent"], report["put_back"]) == (100, 0)
    assert report["differences"] == []
    assert balances(world) == {
        "acc_1": (2000 - 460, 0, 0, "open"),
        "acc_2": (4000, 0, 0, "frozen"),
    }


def test_without_any_webhook_the_end_is_the_same_too(world: World) -> None:
    for _ in story(world):
        world.get_lost()
        world.shop.later(minutes=25)
    world.hours(3)

    assert world.run()["explained_percent"] == 100
    assert balances(world)["acc_1"] == (2000 - 460, 0, 0, "open")
    assert balances(world)["acc_2"][0] == 4000


def test_a_replay_of_everything_after_89_days_changes_nothing(world: World) -> None:
    everything: list[str] = []
    for _ in story(world):
        told = world.shop.told_since()
        everything += told
        world.apply(*told)
        world.shop.later(hours=1)
    world.shop.later(days=89)
    before = world.ledger()

    report = world.run(nightly=True)
    assert report["events"] == len(everything)
    assert (report["explained_percent"], report["put_back"], report["differences"]) == (100, 0, [])
    assert world.taken() == []
    world.apply(*everything)
    world.apply(*reversed(everything))

    assert world.ledger() == before


def test_after_89_days_of_silence_several_runs_bring_it_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "EVENTS_PER_PAGE", 4)
    monkeypatch.setenv("MAKEGOOD_PADDLE_EVENTS_SINCE", "2026-01-01")
    for _ in range(22):
        world.buy()
        world.shop.later(days=4)
    world.get_lost()

    unfinished = 0
    while (report := world.run(requests=2))["unfinished"]:
        unfinished += 1
        assert report["put_back"] == 8
        world.work()
        world.shop.later(hours=1)
    world.work()
    # 23 events, the customer's own among them.
    assert (unfinished, report["put_back"]) == (2, 7)
    assert world.available() == 22 * 2000

    world.hours(1)
    report = world.run()
    assert (report["explained_percent"], report["put_back"]) == (100, 0)
    # The last purchase was on the 84th day.
    assert report["from"] == "2027-02-14T06:03:00.000000Z"


def test_what_paddle_lists_late_is_met_by_the_next_run(world: World) -> None:
    world.shop.do("options", event_lag_seconds=5 * 3600)
    world.buy()
    world.get_lost()
    world.shop.do("options", event_lag_seconds=0)
    world.buy(account_id="acc_2")
    world.hours(8)

    assert (world.available(), world.available("acc_2")) == (2000, 2000)


def test_more_is_put_back_than_can_be_remembered_and_all_is_looked_at_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("makegood.domain.reconciliation.PUT_BACK_MAX", 3)
    for number in range(5):
        world.buy(account_id=f"acc_{number}")
    world.get_lost()
    world.shop.later(hours=1)
    assert world.run()["put_back"] == 10
    world.taken()  # And nobody works on it.
    oldest = world.cursor().seen_until

    world.shop.later(hours=10)
    report = world.run()
    assert oldest is not None
    assert world.cursor().seen_until == oldest
    assert len(report["unexplained"]) == 10
    world.work()
    assert [world.available(f"acc_{number}") for number in range(5)] == [2000] * 5


# Runs that die, meet, or are stopped


def test_a_run_that_dies_half_way_is_repeated_and_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Died

    world.buy()
    world.get_lost()
    world.shop.later(hours=1)
    with monkeypatch.context() as dying:
        dying.setattr(wiring.ledger().table, "write", die)
        with pytest.raises(Died):
            world.run()
    # The queue has the events, and nobody knows of it.
    assert world.cursor().walk is None
    world.run()

    assert len(world.work()) == 4
    assert world.available() == 2000
    assert world.run()["explained_percent"] == 100


@pytest.mark.parametrize("when", [1, 2, 3])
def test_two_runs_at_once_end_as_one(
    world: World, when: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "EVENTS_PER_PAGE", 2)
    for number in range(3):
        world.buy(account_id=f"acc_{number}")
    world.get_lost()
    world.shop.later(hours=1)
    ask, turns = world.shop.request, itertools.count(1)

    def meanwhile(*given: Any, **more: Any) -> Any:
        if next(turns) == when:
            world.run()
        return ask(*given, **more)

    monkeypatch.setattr(world.shop, "request", meanwhile)
    world.run()

    world.work()
    assert [world.available(f"acc_{number}") for number in range(3)] == [2000] * 3
    world.shop.later(hours=1)
    assert world.run()["explained_percent"] == 100
    assert world.cursor().put_back == ()


def test_a_queue_that_takes_nothing_keeps_the_place(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world.buy()
    world.get_lost()
    world.shop.later(hours=1)
    with monkeypatch.context() as broken:
        broken.setattr(PaddleEventsQueue, "_send", lambda self, batch: set(batch))
        report = world.run()
    assert "did not confirm" in failed(report)["events"]
    assert metrics(capsys)["ReconciliationRuns"] == [0]
    assert world.cursor().seen_until is None

    world.shop.later(hours=1)
    world.run()
    world.work()
    assert world.available() == 2000


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "drop", "times": 2}, id="no answer"),
        pytest.param({"kind": "error", "code": "internal_error", "times": 2}, id="5xx"),
        pytest.param({"kind": "error", "code": "too_many_requests", "retry_after": 30}, id="429"),
        pytest.param({"kind": "malformed", "after": True, "times": 2}, id="half an answer"),
    ],
)
def test_a_run_that_paddle_does_not_answer_goes_on_next_time(
    world: World,
    fault: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(api, "EVENTS_PER_PAGE", 2)
    for number in range(3):
        world.buy(account_id=f"acc_{number}")
    world.get_lost()
    world.shop.later(hours=1)
    ask = world.shop.request

    def after_the_first_page(*given: Any, **more: Any) -> Any:
        answer = ask(*given, **more)
        if len(world.shop.asked) == 1:
            world.shop.fault(path="/events", **fault)
        return answer

    monkeypatch.setattr(world.shop, "request", after_the_first_page)
    report = world.run(nightly=True)

    assert list(failed(report)) == ["events"]
    told = metrics(capsys)
    assert (told["ReconciliationRuns"], told["ReconciliationBlocked"]) == ([0], [0])
    walk = world.cursor().walk
    assert walk is not None
    assert len(world.work()) == 2

    world.shop.later(hours=1)
    report = world.run()
    assert (report["failed"], report["put_back"]) == ([], 4)
    world.work()
    assert [world.available(f"acc_{number}") for number in range(3)] == [2000] * 3
    assert metrics(capsys)["ReconciliationRuns"] == [1]


def test_a_key_that_paddle_refuses_is_told_and_stops_nothing_else(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    case = world.approve_of_a_new_purchase()
    world.shop.do("revoke_key", id=world.shop.paddle.api_key)
    world.shop.later(hours=1)
    metrics(capsys)
    report = world.run(nightly=True)

    assert "invalid_token (status 403" in failed(report)["events"]
    told = metrics(capsys)
    assert (told["ReconciliationRuns"], told["ReconciliationBlocked"]) == ([0], [1])
    assert "ReconciliationExplainedPercent" not in told
    assert report["payouts"]["woken"] == 1
    assert report["accounts_checked"] == 1
    assert world.payout(case).state is PayoutState.REQUESTED


def test_a_permission_that_the_key_lacks_does_not_keep_the_rest_from_being_done(
    world: World,
) -> None:
    key = world.shop.do("key", permissions=["notification.read"])["id"]
    world.give_key(key)
    world.buy()
    world.get_lost()
    world.shop.later(hours=1)
    report = world.run(nightly=True)

    assert {name: text.split()[0] for name, text in failed(report).items()} == {
        "destination": "forbidden",
        "adjustments": "forbidden",
    }
    world.work()
    assert world.available() == 2000


@pytest.mark.parametrize("content", ['{"key": ""}', "{}", '{"key": "replace me"}', "no JSON"])
def test_a_deployment_before_the_key_is_there_does_not_fail(
    world: World, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world.secrets.put_secret_value(SecretId=world.secret, SecretString=content)
    report = world.run(deployed=True)
    assert list(failed(report)) == ["paddle"]
    assert world.shop.asked == []
    assert metrics(capsys) == {}

    assert list(failed(world.run())) == ["paddle"]
    told = metrics(capsys)
    assert (told["ReconciliationRuns"], told["ReconciliationBlocked"]) == ([0], [1])


# A night's look at adjustments


def unheard(world: World) -> None:
    """From now on nothing is told of what happens: neither by webhook, nor in the list."""
    world.shop.do("options", event_lag_seconds=100 * 86_400)


def test_a_chargeback_of_which_nothing_was_told_is_found_at_night(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    bought = world.buy()
    world.arrive()
    unheard(world)
    world.shop.do("chargeback", transaction_id=bought["id"])
    world.get_lost()
    world.shop.later(hours=2)
    world.run()
    assert world.available() == 2000
    metrics(capsys)
    for _ in range(2):
        report = world.run(nightly=True)

    told = metrics(capsys)
    assert (told["AdjustmentsFollowed"], told["ChargebacksSeen"]) == ([1], [1])
    assert (report["adjustments_checked"], report["adjustments_followed"]) == (1, 0)
    assert balances(world)["acc_1"] == (0, 0, 0, "frozen")
    assert (report["differences"], world.taken()) == ([], [])


def test_a_night_looks_back_over_pages_of_adjustments_and_not_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "ADJUSTMENTS_PER_PAGE", 2)
    bought = world.buy()
    world.arrive()
    unheard(world)
    for days in (10, 1, 40, 1, 1, 1):
        world.shop.do("refund", transaction_id=bought["id"], amount=100)
        world.shop.later(days=days)
    world.get_lost()
    asked = len(world.shop.asked)
    report = world.run(nightly=True, requests=4)
    assert report["unfinished"] is True

    report = world.run(nightly=True)
    # Two pages have newer ones, a third has none: the last ones are not asked for.
    assert report["adjustments_checked"] == 3
    assert (report["adjustments_followed"], report["unfinished"]) == (0, False)
    purchase = world.purchase(bought)
    assert purchase is not None
    assert purchase.adjusted_minor == 300
    assert len(world.shop.asked) > asked


def test_a_list_with_something_unreadable_proves_nothing_missing(world: World) -> None:
    bought, _, adjustment_id = paid(world)
    state = world.shop.paddle.state
    found = state.known("adjustments", adjustment_id)
    state.put("adjustments", {**found, "currency_code": "dollars"})
    world.shop.later(hours=2)
    report = world.run(nightly=True)
    assert (report["failed"], report["differences"]) == ([], [])

    state.put("adjustments", {**found, "transaction_id": "txn_other"})
    assert world.run(nightly=True)["differences"] == []
    assert world.purchase(bought) is not None


def test_a_refund_that_waits_and_cannot_be_read_keeps_no_other_from_being_looked_for(
    world: World,
) -> None:
    sent = []
    for account_id in ("acc_1", "acc_2"):
        bought = world.buy(account_id=account_id)
        world.arrive()
        case = world.approve(bought, account_id=account_id)
        sent.append((case, world.pay(case)))
    world.arrive()
    unheard(world)
    (unreadable, first), (_, second) = sent
    world.decided_on(second)
    state = world.shop.paddle.state
    state.put("adjustments", {**state.known("adjustments", first), "currency_code": "dollars"})
    world.shop.later(hours=30)
    report = world.run()

    assert (report["failed"], report["payouts"]["asked_about"]) == ([], 1)
    assert world.payout(sent[1][0]).state is PayoutState.PAID
    assert world.payout(unreadable).state is PayoutState.SENT


def test_several_that_are_not_answered_end_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("makegood.reconciling.payouts.UNANSWERED_MAX", 1)
    world.pay(world.approve_of_a_new_purchase())
    world.arrive()
    world.shop.later(hours=30)
    world.shop.fault(kind="drop", path="/adjustments", times=2)
    assert list(failed(world.run())) == ["sent"]


def test_payouts_that_the_queue_does_not_take_are_woken_an_hour_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.approve_of_a_new_purchase()
    world.shop.later(hours=1)
    with monkeypatch.context() as broken:
        broken.setattr(PayoutsQueue, "_send", lambda self, ids, delay: set(ids))
        report = world.run()
    assert (report["failed"], report["payouts"]["woken"]) == ([], 0)
    assert world.run()["payouts"]["woken"] == 1


def test_damaged_payouts_and_cases_are_counted_and_stop_nothing(world: World) -> None:
    case = world.approve_of_a_new_purchase()
    world.pay(case)
    world.arrive()
    world.tamper(f"PAYOUT#{case.payout_id}", "PAYOUT", "state", {"S": "nowhere"})
    other = world.buy(account_id="acc_2")
    world.arrive()
    approved = world.approve(other, account_id="acc_2")
    world.tamper(f"CASE#{approved.case_id}", "CASE", "events", {"S": "none"})
    world.shop.later(hours=30)
    report = world.run(nightly=True)
    assert report["failed"] == []
    assert report["stuck"] >= 2


# Lists and entities that make no sense


@pytest.mark.parametrize("name", ["events", "adjustments"])
def test_a_list_that_does_not_go_on_ends_its_part(
    world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.buy()
    page = {
        "events": api.EventsPage([], None, has_more=True),
        "adjustments": api.AdjustmentsPage([], 0, None, has_more=True),
    }[name]
    monkeypatch.setattr(api.PaddleApi, f"{name}_page", lambda *_: page)
    assert failed(world.run(nightly=True)) == {name: f"GET /{name}: a list that does not go on"}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(None, id="not there"),
        pytest.param({"status": "billed"}, id="not completed"),
        pytest.param({"currency_code": "dollars"}, id="not readable"),
    ],
)
def test_what_paddle_has_not_sold_is_not_brought(
    world: World, changes: dict[str, Any] | None
) -> None:
    unheard(world)
    bought = world.buy()
    world.shop.do("refund", transaction_id=bought["id"], amount=100)
    _, _, refund = world.shop.told_since()
    world.apply(refund)
    state = world.shop.paddle.state
    if changes is None:
        state.remove("transactions", bought["id"])
    else:
        state.put("transactions", {**bought, **changes})
    world.shop.later(hours=2)
    report = world.run()
    assert (report["adjustments_waiting"], report["put_back"], report["failed"]) == (1, 0, [])


def test_a_purchase_that_was_brought_in_vain_is_brought_again(world: World) -> None:
    unheard(world)
    bought = world.buy()
    world.shop.do("refund", transaction_id=bought["id"], amount=1089)
    _, _, refund = world.shop.told_since()
    world.apply(refund)
    put = []
    for hour in range(1, 9):
        world.shop.later(hours=1)
        if world.run()["put_back"]:
            put.append(hour)
        if hour < 7:
            world.taken()  # And nobody works on it.
    assert put == [1, 7]
    world.work()
    assert world.available() == 1000


def test_an_event_that_paddle_lists_no_more_is_a_persons_after_a_day(world: World) -> None:
    world.buy()
    world.get_lost()
    world.shop.later(hours=1)
    world.run()
    world.taken()
    names = [one["event_id"] for one in world.shop.paddle.events]
    for name in names:
        world.shop.paddle.state.remove("events", name)
    world.shop.later(hours=7)
    assert world.run()["put_back"] == 0
    world.shop.later(hours=17)
    report = world.run()
    assert sorted(one["id"] for one in report["differences"]) == sorted(names)
    assert sorted(world.kept()) == sorted(names)


# What is none of this ledger's business


def test_what_was_sold_before_the_beginning_is_not_credited(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEGOOD_PADDLE_EVENTS_SINCE", "2026-11-23")
    world.shop.later(hours=13)
    old = world.buy(occurred_at="2026-11-22T23:59:59Z")
    world.buy(account_id="acc_2", occurred_at="2026-11-23T00:30:00Z")
    # Told of after the beginning, and sold before it.
    world.shop.paddle.world.happened("transaction.updated", old)
    world.get_lost()
    world.shop.later(hours=1)
    world.run()
    world.work()

    assert (world.available(), world.available("acc_2")) == (0, 2000)
    assert world.purchase(old) is None


def test_adjustments_of_what_was_sold_before_wait_for_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAKEGOOD_PADDLE_EVENTS_SINCE", "2026-11-23")
    old = world.buy()
    world.get_lost()
    world.shop.later(days=2)
    world.shop.do("chargeback", transaction_id=old["id"])
    world.arrive()
    world.shop.later(minutes=30)
    assert world.run()["adjustments_waiting"] == 1
    world.shop.later(hours=1)
    assert world.run()["adjustments_waiting"] == 0

    assert world.taken() == []
    assert metrics(capsys)["AdjustmentsWaiting"] == [1, 1, 0]
    assert world.run()["adjustments_waiting"] == 0


# Adjustments whose purchase is not known


def test_a_purchase_that_an_adjustment_waits_for_is_brought(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.shop.do("options", event_lag_seconds=100 * 86_400)
    bought = world.buy()
    world.get_lost()
    world.shop.do("options", event_lag_seconds=0)
    world.shop.do("refund", transaction_id=bought["id"], amount=1089)
    world.arrive()
    world.shop.later(minutes=59)
    report = world.run()
    assert (report["adjustments_waiting"], report["put_back"]) == (1, 0)

    world.shop.later(minutes=1)
    assert world.run()["put_back"] == 1
    # It is on its way: nobody asks for it again.
    assert world.run()["put_back"] == 0
    assert world.work() == [f"evt_reconciled_{bought['id']}"]

    assert world.available() == 1000
    purchase = world.purchase(bought)
    assert purchase is not None
    assert (purchase.state, purchase.adjusted_minor) == (PurchaseState.GRANTED, 1089)
    report = world.run()
    assert (report["adjustments_waiting"], report["unexplained"]) == (0, [])
    assert metrics(capsys)["AdjustmentsWaiting"][-1] == 0


def test_adjustments_of_what_was_not_for_credits_wait_for_nothing(world: World) -> None:
    bought = world.buy(origin="subscription_recurring")
    [customer, sale] = world.shop.told_since()
    world.shop.do("refund", transaction_id=bought["id"], amount=100)
    world.arrive()
    world.apply(customer, sale)
    world.shop.later(hours=2)

    assert world.run()["adjustments_waiting"] == 0
    assert world.taken() == []


def test_a_purchase_that_waits_for_a_person_is_not_asked_for(world: World) -> None:
    bought = world.buy(custom_data=None)
    world.shop.do("refund", transaction_id=bought["id"], amount=100)
    world.arrive()
    world.shop.later(hours=3)
    report = world.run()

    assert (report["adjustments_waiting"], report["put_back"]) == (1, 0)
    assert not any(path.startswith("/transactions") for _, path in world.shop.asked)


# Payouts


def test_a_missed_approval_of_a_refund_closes_its_payout(world: World) -> None:
    case = world.approve_of_a_new_purchase()
    adjustment_id = world.pay(case)
    world.arrive()
    assert world.payout(case).state is PayoutState.SENT
    world.decided_on(adjustment_id)
    world.get_lost()
    world.hours(2)

    assert world.payout(case).state is PayoutState.PAID
    assert world.workers.case(case.case_id).status is CaseStatus.PAID
    assert world.available() == 0


@pytest.mark.parametrize(
    ("verdict", "state", "status"),
    [("approved", PayoutState.PAID, CaseStatus.PAID), ("rejected", PayoutState.REJECTED, "open")],
)
@pytest.mark.parametrize("nightly", [False, True])
def test_so_does_one_that_paddles_events_do_not_tell_of_either(
    world: World, verdict: str, state: PayoutState, status: str, nightly: bool
) -> None:
    case = world.approve_of_a_new_purchase()
    adjustment_id = world.pay(case)
    world.arrive()
    world.shop.do("options", event_lag_seconds=100 * 86_400)
    world.decided_on(adjustment_id, verdict)
    world.get_lost()
    world.shop.later(hours=20)
    world.run(nightly=nightly)
    assert world.payout(case).state is (state if nightly else PayoutState.SENT)

    world.shop.later(hours=5)
    world.run()
    assert world.payout(case).state is state
    assert world.workers.case(case.case_id).status == status
    assert world.differences() == []
    assert world.taken() == []


def test_what_was_approved_before_there_were_payouts_is_asked_for_once(world: World) -> None:
    case = world.approve_of_a_new_purchase()
    world.forget_payout(case)
    assert [world.run()["payouts"]["requested"] for _ in range(2)] == [1, 0]

    world.pay(world.workers.case(case.case_id))
    assert world.payout(case).state is PayoutState.SENT
    assert world.shop.posts == 1


def test_payouts_that_are_due_are_woken_and_those_for_a_person_counted(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    case = world.approve_of_a_new_purchase()
    world.shop.later(minutes=4)
    metrics(capsys)
    assert world.run()["payouts"]["woken"] == 0
    world.shop.later(minutes=3)
    report = world.run()
    assert report["payouts"] == {
        "requested": 0,
        "woken": 1,
        "asked_about": 0,
        "for_person": 0,
        "oldest_seconds": 7 * 60,
    }
    told = metrics(capsys)
    assert told["OldestPayoutSeconds"] == [0, 7 * 60]
    assert told["PayoutsForPerson"] == [0, 0]

    world.needs_person(case)
    report = world.run()
    assert (report["payouts"]["woken"], report["payouts"]["for_person"]) == (0, 1)
    assert metrics(capsys)["PayoutsForPerson"] == [1]


# Differences


def paid(world: World) -> tuple[Any, Any, str]:
    """A purchase whose whole money was paid back by a payout, its case and its adjustment."""
    bought = world.buy()
    world.arrive()
    case = world.approve(bought)
    adjustment_id = world.pay(case)
    world.decided_on(adjustment_id)
    world.arrive()
    assert world.payout(case).state is PayoutState.PAID
    return bought, case, adjustment_id


def test_a_second_refund_with_the_mark_of_a_payout_is_a_difference_once(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    bought, case, adjustment_id = paid(world)
    other = dict(world.shop.paddle.state.known("adjustments", adjustment_id))
    second = other | {"id": "adj_02second", "created_at": "2026-11-22T13:00:00Z"}
    world.shop.paddle.state.put("adjustments", second)
    world.is_sound = False
    world.shop.later(hours=2)
    metrics(capsys)
    for _ in range(3):
        world.run(nightly=True)

    [difference] = world.differences()
    assert difference.decision.reason == (
        "Paddle has the refund adj_02second of 21.78 USD (approved) with the mark of"
        f" {case.payout_id}, which was paid by {adjustment_id}: this money may have been paid back"
        " twice."
    )
    assert (difference.transaction_id, difference.account_id) == (bought["id"], "acc_1")
    assert (difference.status, difference.opener, difference.held) == ("open", "reconciliation", ())
    assert len(difference.events) == 1
    assert metrics(capsys)["ReconciliationDifferences"] == [1, 0, 0]


def test_a_payout_that_paddle_does_not_list_is_a_difference(world: World) -> None:
    _, case, adjustment_id = paid(world)
    world.shop.paddle.state.remove("adjustments", adjustment_id)
    world.shop.later(minutes=59)
    world.run(nightly=True)
    assert world.differences() == []

    world.shop.later(minutes=2)
    for _ in range(2):
        report = world.run(nightly=True)
    [difference] = world.differences()
    assert difference.decision.reason == (
        f"Here {case.payout_id} of 21.78 USD is paid by {adjustment_id}, which Paddle does not"
        " list."
    )
    assert report["differences"] == [
        {
            "what": "payout",
            "id": case.payout_id,
            "case_id": difference.case_id,
            "known_before": True,
        }
    ]


def test_a_difference_that_a_person_has_closed_stays_closed(world: World) -> None:
    _, case, adjustment_id = paid(world)
    found = world.shop.paddle.state.known("adjustments", adjustment_id)
    world.shop.paddle.state.put("adjustments", {**found, "status": "pending_approval"})
    world.shop.later(hours=2)
    world.run(nightly=True)
    [difference] = world.differences()
    assert difference.decision.reason == (
        f"At Paddle the refund {adjustment_id} of 21.78 USD is pending_approval; here"
        f" {case.payout_id} is paid."
    )
    world.close(difference)
    world.run(nightly=True)
    [difference] = world.differences()
    assert difference.status is CaseStatus.CLOSED


def test_a_refund_that_is_another_than_was_told_is_a_difference(world: World) -> None:
    bought, _, adjustment_id = paid(world)
    found = world.shop.paddle.state.known("adjustments", adjustment_id)
    totals = {**found["totals"], "total": "2000"}
    world.shop.paddle.state.put("adjustments", {**found, "totals": totals})
    world.shop.later(hours=2)
    for _ in range(2):
        report = world.run(nightly=True)
    [difference] = world.differences()
    assert (difference.transaction_id, report["stuck"]) == (bought["id"], 0)
    assert adjustment_id in difference.decision.reason


def test_an_account_that_is_not_the_sum_of_its_entries_is_a_difference_once(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.buy()
    world.buy(account_id="acc_2")
    world.arrive()
    world.tamper("ACCOUNT#acc_1", "SNAPSHOT", "available", {"N": "2500"})
    metrics(capsys)
    for _ in range(2):
        report = world.run(nightly=True)
    assert (report["accounts_checked"], report["sales_checked"]) == (2, 2)

    [difference] = world.differences()
    assert difference.account_id == "acc_1"
    assert difference.decision.clause == "4"
    assert "has available 2500; the entries come to 2000" in difference.decision.reason
    world.tamper("ACCOUNT#acc_1", "SNAPSHOT", "available", {"N": "2600"})
    world.run(nightly=True)
    world.run(nightly=True)
    [difference] = world.differences()
    assert [event.kind for event in difference.events] == [
        CaseEventKind.OPENED,
        CaseEventKind.ADJUSTED,
    ]
    assert metrics(capsys)["ReconciliationDifferences"] == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("sk", "name", "value"),
    [
        ("ENTRY#000000000001", "reason", {"S": "Because."}),
        ("ENTRY#000000000001", "postings", {"S": "none"}),
        ("ENTRY#000000000001", "lots", {"L": [{"S": "x"}]}),
        ("SNAPSHOT", "seq", {"S": "one"}),
        ("SNAPSHOT", "lots", {"L": []}),
    ],
)
def test_damage_of_any_form_is_a_difference_and_ends_no_run(
    world: World, sk: str, name: str, value: dict[str, Any]
) -> None:
    world.buy()
    world.arrive()
    world.tamper("ACCOUNT#acc_1", sk, name, value)
    report = world.run(nightly=True)
    assert report["failed"] == []
    assert [one["what"] for one in report["differences"]] == ["account"]


def test_accounts_too_long_to_be_folded_are_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "ENTRIES_MAX", 1)
    for account_id in ("acc_2", "acc_1", "acc_1"):
        world.buy(account_id=account_id)
        world.shop.later(hours=1)
    world.arrive()
    report = world.run(nightly=True)
    assert (report["accounts_checked"], report["accounts_too_long"]) == (1, 1)


def test_each_night_goes_on_where_the_last_one_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "SALES_PER_PAGE", 2)
    for number in range(5):
        world.buy(account_id=f"acc_{number}")
        world.shop.later(minutes=1)
    world.arrive()
    list_sales = sale_reads.sales_between
    pages: list[Any] = []

    def listed(*given: Any, **more: Any) -> Any:
        pages.append(given)
        return list_sales(*given, **more)

    class Tired(Clock):
        """Its time is over after a page."""

        def get_remaining_time_in_millis(self) -> int:
            return 3_000 if pages else 300_000

    monkeypatch.setattr(accounts, "sales_between", listed)
    seen = []
    for _ in range(5):
        pages.clear()
        event = {"time": timestamp(world.shop.now), "nightly": True}
        report = reconciliation.lambda_handler(event, Tired())
        seen.append((report["accounts_checked"], report["unfinished"]))
    # The first page is the month before, in which nothing was sold.
    assert seen == [(0, True), (2, True), (2, True), (1, False), (0, True)]


def test_a_purchase_that_forgot_what_went_back_is_a_difference(world: World) -> None:
    bought = world.buy()
    world.shop.do("refund", transaction_id=bought["id"], amount=1089)
    world.arrive()
    world.tamper(f"PURCHASE#{bought['id']}", "PURCHASE", "adjusted_minor", {"N": "1000"})
    world.shop.later(hours=1)
    for _ in range(2):
        world.run(nightly=True)
    [difference] = world.differences()
    assert difference.decision.reason == (
        f"The purchase {bought['id']} says that 1000 of its 2178 USD (in the lowest unit) have"
        " gone back; what Paddle told of it comes to 1089."
    )


def test_an_event_that_is_not_taken_is_put_back_again_and_then_shown_to_a_person(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    bought = world.buy()
    world.arrive()
    world.shop.do("refund", transaction_id=bought["id"], amount=100)
    world.get_lost()
    put = []
    for hour in range(1, 32):
        world.shop.later(hours=1)
        if world.run()["put_back"]:
            put.append(hour)
        world.taken()  # And it comes to nothing.

    assert put == [1, 7, 13, 19]
    [difference] = world.differences()
    assert difference.opened_at - world.shop.now == HOUR * (25 - 31)
    assert difference.transaction_id == bought["id"]
    assert difference.decision.inputs["event_type"] == "adjustment.created"
    assert "could not be carried out here" in difference.decision.reason
    told = metrics(capsys)["ReconciliationUnexplained"]
    assert told[:25] == [1] * 25
    assert sum(told[25:]) == 0


def test_one_of_which_nobody_knows_whose_it_is_is_kept(world: World) -> None:
    bought = world.buy()
    [customer, sale] = [event["event_id"] for event in world.shop.paddle.events]
    world.get_lost()
    for _ in range(26):
        world.shop.later(hours=1)
        world.run()
        world.taken()

    assert sorted(world.kept()) == sorted([customer, sale])
    parked: ParkedEvent = world.workers.record(Key(ParkedEvent, sale))
    assert bought["id"] in parked.content
    assert "cardholder_name" not in parked.content
    assert world.differences() == []


def test_a_sale_that_paddle_tells_otherwise_is_a_difference_and_not_put_back(
    world: World,
) -> None:
    bought = world.buy()
    world.arrive()
    [event] = [
        one for one in world.shop.paddle.events if one["event_type"] == "transaction.completed"
    ]
    data = {**event["data"], "currency_code": "EUR"}
    world.shop.paddle.state.put("events", {**event, "data": data})
    world.shop.later(hours=1)
    for _ in range(3):
        report = world.run()

    assert (report["put_back"], report["explained_percent"], report["unexplained"]) == (0, 50, [])
    [difference] = world.differences()
    assert difference.transaction_id == bought["id"]


def test_a_damaged_record_leaves_its_event_unexplained_and_stops_no_other(world: World) -> None:
    bought = world.buy()
    world.arrive()
    world.tamper(f"PURCHASE#{bought['id']}", "PURCHASE", "lines", {"S": "none"})
    world.buy(account_id="acc_2")
    world.get_lost()
    world.shop.later(hours=1)
    report = world.run(nightly=True)
    world.work()

    assert report["failed"] == []
    assert report["stuck"] >= 1
    assert world.available("acc_2") == 2000


# Events that cannot be read


def event(world: World, **changes: Any) -> dict[str, Any]:
    made = world.shop.paddle.world.happened("customer.updated", {"id": "ctm_1"})
    after = {**made, **changes}
    world.shop.paddle.state.put("events", after)
    return after


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"event_type": "transaction.completed", "data": {"id": 7}}, id="no sale"),
        pytest.param({"data": {"id": "ctm_1", "email": None}}, id="no address"),
        pytest.param({"data": "text"}, id="no object"),
        pytest.param({"event_type": ""}, id="no type"),
        pytest.param({"data": {"note": float("nan")}}, id="no number"),
    ],
)
def test_an_event_that_cannot_be_read_is_kept_once_and_stops_no_other(
    world: World, changes: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    bad = event(world, **changes)
    world.buy()
    world.get_lost()
    world.shop.later(hours=1)
    metrics(capsys)
    for _ in range(2):
        report = world.run()

    assert [one["what"] for one in report["differences"]] == ["unreadable"]
    assert metrics(capsys)["ReconciliationDifferences"] == [1, 0]
    assert world.kept() == [bad["event_id"]]
    world.work()
    assert world.available() == 2000


def test_a_draft_need_not_be_readable(world: World) -> None:
    event(world, event_type="transaction.updated", data={"id": "txn_1", "status": "draft"})
    world.shop.later(hours=1)
    report = world.run()
    assert (report["differences"], world.kept(), world.taken()) == ([], [], [])


def test_an_adjustment_of_a_new_kind_is_kept_through_the_same_queue(world: World) -> None:
    bought = world.buy()
    world.arrive()
    told = world.shop.do("refund", transaction_id=bought["id"], amount=100)["adjustment"]
    [made] = [one for one in world.shop.paddle.events if one["event_type"] == "adjustment.created"]
    data = {**told, "action": "cashback"}
    world.shop.paddle.state.put("events", {**made, "data": data})
    world.shop.paddle.state.put("adjustments", data)
    world.get_lost()
    world.shop.later(hours=1)
    world.run(nightly=True)
    assert world.work() == [made["event_id"]]
    assert world.run(nightly=True)["explained_percent"] == 100
    assert world.kept() == [made["event_id"]]


# What Paddle sends here


NEEDED = [
    "transaction.completed",
    "adjustment.created",
    "adjustment.updated",
    "customer.created",
    "customer.updated",
]


@pytest.mark.parametrize("missing", [None, *NEEDED])
def test_what_paddle_does_not_send_is_told_at_a_deployment_and_each_night(
    world: World, missing: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [{"name": name} for name in NEEDED if name != missing]
    world.destination(subscribed_events=names)
    for run in ({"deployed": True}, {"nightly": True}, {}):
        report = world.run(**run)
        told = metrics(capsys)
        if run:
            assert report["destination"]["missing"] == ([] if missing is None else [missing])
            assert told["DestinationNotSubscribed"] == [int(missing is not None)]
        else:
            assert "DestinationNotSubscribed" not in told
        assert ("ReconciliationRuns" in told) is ("deployed" not in run)


# Always


def test_a_run_with_nothing_to_do_publishes_all_the_same(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    report = world.run(nightly=True)
    assert metrics(capsys) == {
        "ReconciliationRuns": [1],
        "ReconciliationBlocked": [0],
        "ReconciliationExplainedPercent": [100],
        "ReconciliationUnexplained": [0],
        "ReconciliationPutBack": [0],
        "ReconciliationDifferences": [0],
        "PayoutsForPerson": [0],
        "OldestPayoutSeconds": [0],
        "AdjustmentsWaiting": [0],
        "DestinationNotSubscribed": [0],
    }
    assert report == {
        "from": "2026-11-01T00:00:00.000000Z",
        "until": "2026-11-22T12:03:00.000000Z",
        "events": 0,
        "explained": 0,
        "different": 0,
        "explained_percent": 100,
        "put_back": 0,
        "unfinished": False,
        "payouts": {
            "requested": 0,
            "woken": 0,
            "asked_about": 0,
            "for_person": 0,
            "oldest_seconds": 0,
        },
        "adjustments_waiting": 0,
        "adjustments_checked": 0,
        "adjustments_followed": 0,
        "sales_checked": 0,
        "accounts_checked": 0,
        "accounts_too_long": 0,
        "delayed": 0,
        "stuck": 0,
        "unexplained": [],
        "differences": [],
        "destination": {"id": world.shop.paddle.destination["id"], "missing": []},
        "failed": [],
    }


def test_nothing_personal_is_in_the_log_or_in_the_report(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.buy(email="dana@example.com")
    event(world, data={"id": "ctm_1", "email": ["dana@example.com"]})
    world.get_lost()
    world.shop.later(hours=1)
    report = world.run(nightly=True)
    world.work()

    told = capsys.readouterr().out + str(report)
    assert "dana" not in told
    assert world.shop.paddle.api_key not in told
    customers: list[Customer] = [
        world.workers.record(Key(Customer, pk.partition("#")[2]))
        for pk, _ in world.items()
        if pk.startswith("CUSTOMER#")
    ]
    assert [customer.email for customer in customers] == ["dana@example.com"]
