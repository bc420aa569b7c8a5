"""Faults on demand: before and after the effect, and the webhooks that go wrong."""

import random
from contextlib import suppress
from typing import Any

import pytest

from local.paddle.core.errors import RefusedError
from local.paddle.core.faults import Fault, FaultKind, Form, NoAnswerError, Plan, parsed
from local.paddle.core.paddle import DELAY_HEADER
from tests.local.paddles import Shop, code_of


def made_by(shop: Shop, transaction: dict[str, Any]) -> int:
    return len(shop.paddle.state.adjustments_of(transaction["id"]))


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        (FaultKind.TIMEOUT, "", 0),
        (FaultKind.DROP, "", 0),
        (FaultKind.ERROR, "internal_error", 500),
        (FaultKind.ERROR, "bad_gateway", 502),
        (FaultKind.ERROR, "service_unavailable", 503),
        (FaultKind.ERROR, "concurrent_modification", 409),
    ],
)
def test_a_request_fails_before_or_after_its_effect(
    kind: FaultKind, code: str, status: int, after: bool
) -> None:
    fault = Fault(kind, after=after, method="POST", code=code or "internal_error")
    shop = Shop(faults=Plan(fault))
    transaction = shop.buy()

    if status:
        answer = shop.refund(transaction)
        assert (answer.status, code_of(answer)) == (status, code)
    else:
        with pytest.raises(NoAnswerError) as lost:
            shop.refund(transaction)
        assert lost.value.fault == fault

    assert made_by(shop, transaction) == int(after)
    assert len(shop.told()) == int(after)
    assert shop.get("/adjustments") is not None


def test_too_many_requests_says_how_long_to_wait() -> None:
    fault = Fault(FaultKind.ERROR, code="too_many_requests", retry_after=60)
    shop = Shop(faults=Plan(fault))
    transaction = shop.buy()

    answer = shop.refund(transaction)

    assert (answer.status, answer.headers["Retry-After"]) == (429, "60")
    assert made_by(shop, transaction) == 0
    assert shop.refund(transaction).status == 201


@pytest.mark.parametrize("form", Form)
def test_a_malformed_answer_hides_an_effect(form: Form) -> None:
    shop = Shop(faults=Plan(Fault(FaultKind.MALFORMED, form=form, method="POST")))
    transaction = shop.buy()

    answer = shop.refund(transaction)

    assert answer.status == 201
    assert made_by(shop, transaction) == 1
    with pytest.raises((ValueError, KeyError)):
        assert answer.json()["data"]["id"]


def test_a_slow_answer_is_the_right_one() -> None:
    shop = Shop(faults=Plan(Fault(FaultKind.SLOW, seconds=7)))

    answer = shop.ask("GET", "/ips")

    assert (answer.status, answer.headers[DELAY_HEADER]) == (200, "7")


def test_faults_come_in_order_and_only_where_they_fit() -> None:
    plan = Plan(
        Fault(FaultKind.ERROR, path="/events", times=2),
        Fault(FaultKind.ERROR, code="bad_gateway"),
    )
    shop = Shop(faults=plan)

    statuses = [shop.ask("GET", path).status for path in ("/ips", "/ips", *["/events"] * 3)]

    assert statuses == [502, 200, 500, 500, 200]
    assert plan.pending() == []


def test_the_limit_and_the_key_are_looked_at_after_a_fault_before_them() -> None:
    shop = Shop(faults=Plan(Fault(FaultKind.ERROR)))

    assert shop.ask("GET", "/ips", headers={}).status == 500


@pytest.mark.parametrize(
    "given",
    [{}, {"kind": "quake"}, {"kind": "drop", "why": 1}, {"kind": "error", "code": "no_code"}],
)
def test_a_fault_that_is_none_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises((RefusedError, ValueError)):
        parsed(given)


@pytest.mark.parametrize(
    ("sending", "due_at_once", "due_later"),
    [
        ({}, 1, 1),
        ({"lost": True}, 0, 0),
        ({"copies": 3}, 3, 3),
        ({"delay_seconds": 60}, 0, 1),
    ],
)
def test_the_next_webhooks_are_lost_doubled_or_late(
    sending: dict[str, Any], due_at_once: int, due_later: int
) -> None:
    shop = Shop()
    destination = shop.paddle.destination["id"]
    shop.ask("PATCH", f"/notification-settings/{destination}", {"destination": "https://a.b/c"})
    transaction = shop.buy(lost=True)
    shop.do("event_faults", event_type="adjustment.created", **sending)

    shop.refund(transaction)

    assert len(shop.paddle.due_deliveries(shop.now)) == due_at_once
    shop.later(seconds=60)
    assert len(shop.paddle.due_deliveries(shop.now)) == due_later
    assert shop.get("/events")[0]["event_type"] == "adjustment.created"


def test_a_spoiled_event_is_followed_by_good_ones_and_can_be_called_off() -> None:
    shop = Shop()
    shop.do("event_faults", lost=True, times=2)
    shop.do("event_faults", lost=True)
    shop.do("event_faults", clear=True)
    shop.do("event_faults", lost=True)

    first, second = shop.do("purchase", **BUY), shop.do("purchase", **BUY)

    assert (len(first["notification_ids"]), len(second["notification_ids"])) == (1, 1)


BUY = {"price_id": "pri_01kjpx71rrp1zr6z0b6nfbkm1a"}


class Chance:
    """Faults from a seed, as a simulator brings them."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - chance that can be repeated

    def take(self, method: str, _path: str) -> Fault | None:
        if method != "POST" or self._random.random() < 0.3:
            return None
        kinds = (FaultKind.TIMEOUT, FaultKind.ERROR, FaultKind.MALFORMED)
        kind, after = self._random.choice(kinds), self._random.random() < 0.5
        return Fault(kind, after=after, form=self._random.choice(list(Form)))


def pays_once(seed: int) -> int:
    """Look, then ask, until a look finds it; how many adjustments there are in the end."""
    shop = Shop(faults=Chance(seed), list_lag_seconds=60, review="at_once")
    transaction = shop.buy()
    for _ in range(50):
        if shop.adjustments(transaction):
            break
        with suppress(NoAnswerError):
            shop.refund(transaction, 100)
        shop.later(seconds=61)
    return made_by(shop, transaction)


def test_a_simulator_brings_its_own_chance() -> None:
    assert {pays_once(seed) for seed in range(300)} == {1}
