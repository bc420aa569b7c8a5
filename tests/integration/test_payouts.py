"""The payouts' handler against Paddle's stand-in: one adjustment, whatever happens on the way."""

import itertools
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

import paddle_events
import payouts
from makegood import settings, wiring
from makegood.domain.case import Case, CaseStatus, Category
from makegood.domain.facts import Key
from makegood.domain.payout import LEASE, Payout, PayoutState
from makegood.effects.payouts_queue import message_of
from makegood.paddle.pace import Pace
from makegood.plans.money.by_hand import resume_payouts
from makegood.plans.operations import set_price
from tests.adjustments_made import rules
from tests.case_doors import approving, audited, filing
from tests.local.paddles import NOON, USD
from tests.metrics import metrics
from tests.paddle_at_hand import AtHand
from tests.template import REGION
from tests.workers import Stack

MINUTE = timedelta(minutes=1)
CACHED = (
    settings.payouts_settings,
    settings.payouts_dead_letters_settings,
    settings.paddle_api_settings,
    wiring.payouts_queue,
    wiring.payouts_dead_letters,
    wiring._paddle_api_key,
    wiring._pace,
)


class Refund:
    """A purchase of two packs for 21.78 USD, 2,000 credits, whose refund has been approved."""

    def __init__(self, workers: Stack, shop: AtHand, monkeypatch: pytest.MonkeyPatch) -> None:
        self.workers, self.shop = workers, shop
        self.queue_url = workers.sqs.create_queue(QueueName="payouts")["QueueUrl"]
        manager = boto3.client("secretsmanager", region_name=REGION)
        self.secrets = manager
        self.arn = manager.create_secret(
            Name="paddle", SecretString=json.dumps({"key": shop.paddle.api_key})
        )["ARN"]
        for name, value in {
            "PAYOUTS_QUEUE_URL": self.queue_url,
            "PAYOUTS_DEAD_LETTERS_URL": workers.dead_letters_url,
            "PADDLE_API": "http://127.0.0.1:9",
            "PADDLE_API_KEY_ARN": self.arn,
        }.items():
            monkeypatch.setenv(f"MAKEGOOD_{name}", value)
        monkeypatch.setattr(wiring, "clock", lambda: shop.now)
        # As if a second had gone by before each request.
        seconds = itertools.count()
        pace = Pace(clock=lambda: next(seconds), sleep=lambda _: None)
        monkeypatch.setattr(wiring, "_pace", lambda: pace)
        workers.decide(set_price(USD, 1000, 0, author="oda", now=NOON))
        self.transaction = shop.buy()
        self.apply()

    def approve(self, **wishes: Any) -> Case:
        now, name = self.shop.now, self.transaction["id"]
        wish = filing(name, Category.UNAUTHORISED, cents=2178, at=now)
        filed: Case = self.workers.decide(wish).case
        return self.approve_again(filed, **wishes)

    def approve_again(self, case: Case, **wishes: Any) -> Case:
        approved: Case = self.workers.decide(approving(case, at=self.shop.now, **wishes)).case
        return approved

    def apply(self, *, times: int = 1) -> None:
        """The real worker on all that Paddle has told since."""
        told = self.shop.told_since()
        for _ in range(times):
            assert self.workers.deliver(paddle_events, *told) == []

    def pay(self, case: Case, *, copies: int = 1) -> list[str]:
        """The real handler on the message of a case's payout. Returns what is to come again."""
        assert case.payout_id is not None
        return self.workers.deliver(payouts, *[message_of(case.payout_id)] * copies)

    def payout(self, case: Case) -> Payout:
        payout: Payout = self.workers.record(Key(Payout, case.payout_id))
        return payout

    def case(self, case: Case) -> Case:
        return self.workers.case(case.case_id)

    def balances(self) -> tuple[int, int]:
        account = self.workers.account("acc_1")
        return account.available, account.held

    def at_paddle(self) -> list[tuple[str, str]]:
        """Amount and status of the purchase's adjustments."""
        found = self.shop.adjustments(self.transaction)
        return [(one["totals"]["total"], one["status"]) for one in found]

    def held_back(self) -> int:
        """Messages on the queue that nobody sees before their time."""
        answer = self.workers.sqs.get_queue_attributes(
            QueueUrl=self.queue_url, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessagesDelayed"])


@pytest.fixture
def refund(workers: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Refund]:
    for cached in CACHED:
        cached.cache_clear()
    shop = AtHand(monkeypatch)
    refund = Refund(workers, shop, monkeypatch)
    yield refund
    pages = workers.dynamodb.get_paginator("scan").paginate(TableName="ledger")
    items = {(i["pk"]["S"], i["sk"]["S"]): i for page in pages for i in page["Items"]}
    assert audited(items) == []  # type: ignore[arg-type]


def test_an_approved_refund_is_asked_for_once_and_paid(refund: Refund) -> None:
    case = refund.approve()
    assert refund.pay(case, copies=3) == []
    assert refund.pay(case) == []

    assert refund.at_paddle() == [("2178", "pending_approval")]
    assert refund.shop.posts == 1
    assert refund.case(case).status is CaseStatus.PAYING
    assert refund.balances() == (0, 2000)
    [adjustment] = refund.shop.adjustments(refund.transaction)
    assert adjustment["type"] == "full"
    assert adjustment["reason"] == f"Refund approved by the seller. [makegood:{case.payout_id}]"

    refund.shop.do("review", adjustment_id=adjustment["id"])
    refund.apply(times=2)

    paid = refund.case(case)
    assert (paid.status, paid.adjustment_id) == (CaseStatus.PAID, adjustment["id"])
    assert refund.balances() == (0, 0)


def test_a_part_is_asked_for_line_by_line(refund: Refund) -> None:
    case = refund.approve(amount=1000)

    refund.pay(case)

    assert refund.at_paddle() == [("1000", "pending_approval")]
    refund.shop.do("review", adjustment_id=refund.shop.adjustments(refund.transaction)[0]["id"])
    refund.apply()
    assert refund.case(case).status is CaseStatus.PAID
    assert refund.balances() == (2000 - 919, 0)


def test_approved_at_once_the_answer_itself_ends_the_case(refund: Refund) -> None:
    refund.shop.do("options", review="at_once")
    case = refund.approve()

    refund.pay(case)

    assert refund.case(case).status is CaseStatus.PAID
    refund.apply(times=2)
    assert refund.balances() == (0, 0)


LOST = [
    {"kind": "drop"},
    {"kind": "timeout"},
    {"kind": "error", "code": "internal_error"},
    {"kind": "error", "code": "bad_gateway"},
    {"kind": "malformed", "form": "cut"},
    {"kind": "malformed", "form": "empty"},
    {"kind": "malformed", "form": "no_id"},
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: "-".join(fault.values()))
@pytest.mark.parametrize("after", [False, True], ids=["nothing done", "all done"])
def test_an_answer_that_is_lost_is_looked_for_and_never_asked_for_twice(
    refund: Refund, fault: dict[str, str], after: bool
) -> None:
    if fault["kind"] == "malformed" and not after:
        return  # Such an answer comes from a request that was carried out.
    case = refund.approve()
    refund.shop.fault(**fault, after=after, method="POST")

    refund.pay(case)
    assert refund.payout(case).state is PayoutState.SENDING
    assert refund.held_back() == 1
    refund.pay(case)
    assert (refund.shop.posts, refund.held_back()) == (1, 1)
    refund.shop.now += LEASE
    refund.pay(case)

    assert refund.at_paddle() == [("2178", "pending_approval")]
    assert refund.shop.posts == (1 if after else 2)
    assert refund.payout(case).state is PayoutState.SENT


def test_the_webhook_may_come_before_the_answer_is_missed(refund: Refund) -> None:
    case = refund.approve()
    refund.shop.fault(kind="drop", after=True, method="POST")
    refund.pay(case)

    refund.apply()

    assert refund.payout(case).state is PayoutState.SENT
    refund.shop.now += LEASE
    refund.pay(case)
    assert refund.shop.posts == 1


def test_after_three_unknown_rounds_a_person_looks(
    refund: Refund, capsys: pytest.CaptureFixture[str]
) -> None:
    case = refund.approve()
    refund.shop.fault(kind="drop", method="POST", times=3)
    for _ in range(4):
        refund.pay(case)
        refund.shop.now += LEASE

    payout = refund.payout(case)
    assert (payout.state, payout.why) == (PayoutState.PERSON, "unknown_too_often")
    assert metrics(capsys)["PayoutsForPerson"] == [1]
    assert refund.case(case).status is CaseStatus.APPROVED
    assert refund.balances() == (0, 2000)
    assert refund.shop.posts == 3


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_turned_away_for_the_rate_it_waits_and_is_not_failed(refund: Refund, method: str) -> None:
    case = refund.approve()
    refund.shop.fault(kind="error", code="too_many_requests", retry_after=60, method=method)

    refund.pay(case)
    payout = refund.payout(case)
    assert (payout.state, payout.unknown) == (PayoutState.REQUESTED, 0)
    wait = MINUTE if method == "GET" else LEASE
    assert payout.due_at == refund.shop.now + wait
    refund.shop.now += wait
    refund.pay(case)

    assert refund.payout(case).state is PayoutState.SENT


def test_a_conflict_is_tried_again(refund: Refund) -> None:
    case = refund.approve()
    refund.shop.fault(kind="error", code="concurrent_modification", method="POST")

    refund.pay(case)
    refund.shop.now += LEASE
    refund.pay(case)

    assert refund.payout(case).state is PayoutState.SENT


def test_a_colleagues_pending_refund_is_for_a_person(refund: Refund) -> None:
    case = refund.approve()
    refund.shop.refund(refund.transaction, 100)

    refund.pay(case)

    payout = refund.payout(case)
    assert (payout.state, payout.why) == (PayoutState.PERSON, "another_refund_pending")
    assert refund.shop.posts == 0


def test_what_paddle_will_not_do_opens_the_case_again(refund: Refund) -> None:
    case = refund.approve()
    refund.shop.fault(
        kind="error", code="adjustment_transaction_invalid_status_for_refund", method="POST"
    )

    refund.pay(case)

    assert refund.payout(case).state is PayoutState.REFUSED
    assert refund.case(case).status is CaseStatus.OPEN
    assert refund.balances() == (2000, 0)


def test_more_than_remains_at_paddle_is_for_a_person(refund: Refund) -> None:
    """Somebody has refunded a part, and nobody has told us yet."""
    case = refund.approve(amount=2178 - 50)
    refund.shop.do("refund", transaction_id=refund.transaction["id"], amount=100)

    refund.pay(case)

    assert refund.at_paddle() == [("100", "approved")]
    assert refund.payout(case).state is PayoutState.PERSON


def test_after_an_unknown_attempt_nothing_is_asked_for_that_went_back_meanwhile(
    refund: Refund,
) -> None:
    case = refund.approve(amount=1000)
    refund.shop.fault(kind="drop", method="POST")
    refund.pay(case)
    refund.shop.do("refund", transaction_id=refund.transaction["id"], amount=300)
    refund.apply()
    refund.shop.now += LEASE

    refund.pay(case)

    assert refund.at_paddle() == [("300", "approved")]
    payout = refund.payout(case)
    assert (payout.state, payout.why) == (PayoutState.PERSON, "adjusted_since")


def test_a_rejected_refund_frees_the_credits_and_can_be_approved_anew(refund: Refund) -> None:
    case = refund.approve()
    refund.pay(case)
    [adjustment] = refund.shop.adjustments(refund.transaction)
    refund.shop.do("review", adjustment_id=adjustment["id"], verdict="rejected")
    refund.apply(times=2)

    opened = refund.case(case)
    assert (opened.status, refund.balances()) == (CaseStatus.OPEN, (2000, 0))
    refund.pay(refund.approve_again(opened, author="sam"))

    assert [status for _, status in refund.at_paddle()] == ["rejected", "pending_approval"]


def test_a_key_that_was_rotated_is_fetched_again(refund: Refund) -> None:
    case = refund.approve()
    wiring.paddle_api(refund.shop.now - MINUTE)  # It keeps the old key from now on.
    new = refund.shop.do("key")["id"]
    refund.shop.do("revoke_key", id=refund.shop.headers["Authorization"].split()[1])
    refund.secrets.put_secret_value(SecretId=refund.arn, SecretString=json.dumps({"key": new}))

    refund.pay(case)

    assert refund.payout(case).state is PayoutState.SENT


def test_a_refused_key_blocks_and_fails_nothing(
    refund: Refund, capsys: pytest.CaptureFixture[str]
) -> None:
    case = refund.approve()
    refund.shop.do("revoke_key", id=refund.shop.paddle.api_key)

    assert refund.pay(case) == []

    payout = refund.payout(case)
    assert (payout.state, payout.why) == (PayoutState.REQUESTED, "blocked")
    assert sum(metrics(capsys)["PayoutsBlocked"]) == 1


@pytest.mark.parametrize("content", ["{}", '{"key": "pdl_live_apikey_x"}', '{"key": ""}'])
def test_without_a_key_that_fits_nothing_is_leased(
    refund: Refund, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    case = refund.approve()
    refund.secrets.put_secret_value(SecretId=refund.arn, SecretString=content)

    assert len(refund.pay(case)) == 1

    assert refund.payout(case).attempt == 0
    assert refund.shop.asked == []


def test_the_breaker_stops_what_is_one_too_many(
    refund: Refund, capsys: pytest.CaptureFixture[str]
) -> None:
    refund.workers.set_up(payouts_per_hour=0)
    wiring.refreshed_settings(refund.shop.now, lambda: 30.0)
    case = refund.approve()

    assert refund.pay(case) == []
    assert refund.pay(case) == []
    assert metrics(capsys)["PayoutBreakerOpen"] == [1, 1]
    assert refund.payout(case).state is PayoutState.REQUESTED

    refund.workers.set_up(payouts_per_hour=5)
    wiring.refreshed_settings(refund.shop.now, lambda: 30.0)
    refund.workers.decide(resume_payouts(rules(refund.shop.now), author="rita", reason="Seen."))
    refund.pay(case)
    assert refund.payout(case).state is PayoutState.SENT


def test_money_of_a_used_card_is_never_in_the_log(
    refund: Refund, capsys: pytest.CaptureFixture[str]
) -> None:
    refund.pay(refund.approve())
    refund.apply()

    text = capsys.readouterr().out
    assert refund.shop.paddle.api_key not in text
    assert "@" not in text
    assert "Refund approved" not in text
