"""A stack beside the stand-in for Paddle, whose webhooks arrive or are lost as a test wants it."""

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest

import paddle_events
import payouts
import reconciliation
from makegood import settings, wiring
from makegood.domain.case import Case, Category
from makegood.domain.entry import timestamp
from makegood.domain.facts import Key
from makegood.domain.payout import Attempt, CameTo, Payout
from makegood.domain.purchase import Purchase
from makegood.domain.reconciliation import Reconciliation
from makegood.effects.payouts_queue import message_of
from makegood.paddle.pace import Pace
from makegood.plans.cases.deciding import decide_case
from makegood.plans.cases.verdicts import Choice, Word
from makegood.plans.money.sending import conclude, lease_payout
from makegood.plans.operations import set_price
from makegood.policy.versions import PUBLISHED
from tests.adjustments_made import rules
from tests.case_doors import approving, filing
from tests.local.paddles import NOON, USD
from tests.paddle_at_hand import AtHand
from tests.template import REGION
from tests.workers import Clock, Stack, delivered

SINCE = "2026-11-01"
URL = "https://api.example.com/webhooks/paddle"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NIGHT = 300.0
"""Seconds that a run has."""

CACHED = (
    settings.payouts_settings,
    settings.payouts_dead_letters_settings,
    settings.paddle_api_settings,
    settings.reconciliation_settings,
    wiring.payouts_queue,
    wiring.payouts_dead_letters,
    wiring.paddle_events_queue,
    wiring.paddle_events_since,
    wiring._paddle_api_key,
)


def unhurried() -> Pace:
    """Waits by a clock that only its own waiting moves."""
    passed = [0.0]
    return Pace(
        clock=lambda: passed[0], sleep=lambda seconds: passed.append(passed.pop() + seconds)
    )


class World:
    """The real handlers of events, payouts and reconciliation; a price of 1,000 credits."""

    def __init__(self, workers: Stack, shop: AtHand, monkeypatch: pytest.MonkeyPatch) -> None:
        self.workers, self.shop = workers, shop
        self.events_url = workers.sqs.create_queue(QueueName="paddle-events")["QueueUrl"]
        self.payouts_url = workers.sqs.create_queue(QueueName="payouts")["QueueUrl"]
        self.secrets = boto3.client("secretsmanager", region_name=REGION)
        told = json.dumps({"key": shop.paddle.api_key})
        self.secret = self.secrets.create_secret(Name="paddle", SecretString=told)["ARN"]
        for name, value in {
            "PADDLE_API": "sandbox",
            "PADDLE_API_KEY_ARN": self.secret,
            "PADDLE_EVENTS_QUEUE_URL": self.events_url,
            "PADDLE_EVENTS_SINCE": SINCE,
            "PAYOUTS_QUEUE_URL": self.payouts_url,
            "PAYOUTS_DEAD_LETTERS_URL": workers.dead_letters_url,
        }.items():
            monkeypatch.setenv(f"MAKEGOOD_{name}", value)
        monkeypatch.setattr(wiring, "clock", lambda: shop.now)
        monkeypatch.setattr(wiring, "_pace", unhurried)
        self.destination(destination=URL)
        self.is_sound = True
        workers.decide(set_price(USD, 1000, 0, author="oda", now=NOON))

    # What happens at Paddle, and what comes of it here

    def destination(self, **changes: Any) -> None:
        after = {**self.shop.paddle.destination, **changes}
        self.shop.paddle.state.put("notification_settings", after)

    def buy(self, **wishes: Any) -> dict[str, Any]:
        """A transaction of two packs, 21.78 USD."""
        return self.shop.buy(**wishes)

    def arrive(self) -> None:
        """All webhooks since the last call."""
        self.apply(*self.shop.told_since())

    def get_lost(self) -> None:
        self.shop._seen = len(self.shop.paddle.events)

    def apply(self, *bodies: str) -> None:
        """The real worker on these messages, in batches as they come."""
        for start in range(0, len(bodies), 10):
            event = delivered(*bodies[start : start + 10], at=self.shop.now)
            answer = paddle_events.lambda_handler(event, Clock())
            assert answer == {"batchItemFailures": []}

    def run(self, *, seconds: float = NIGHT, requests: int | None = None, **more: Any) -> Any:
        """The real handler for now. After so many requests to Paddle its time is over."""
        end = None if requests is None else len(self.shop.asked) + requests
        event = {"time": timestamp(self.shop.now), **more}
        return reconciliation.lambda_handler(event, _Until(self.shop, end, seconds))

    def taken(self) -> list[str]:
        """What was put on the queue of Paddle's events since the last call."""
        found: list[str] = []
        while True:
            answer = self.workers.sqs.receive_message(
                QueueUrl=self.events_url, MaxNumberOfMessages=10
            )
            if not answer.get("Messages"):
                return found
            for message in answer["Messages"]:
                found.append(message["Body"])
                self.workers.sqs.delete_message(
                    QueueUrl=self.events_url, ReceiptHandle=message["ReceiptHandle"]
                )

    def work(self) -> list[str]:
        """The real worker on what is on its queue. Returns the events' ids."""
        bodies = self.taken()
        self.apply(*bodies)
        return [json.loads(body)["event_id"] for body in bodies]

    def hours(self, number: int, *, nightly_at: int | None = None) -> None:
        """So many hourly runs with their worker, and one nightly run among them."""
        for hour in range(number):
            self.shop.later(hours=1)
            self.run(nightly=hour == nightly_at)
            self.work()

    # Refunds that people approve

    def approve(self, transaction: Any, *, account_id: str = "acc_1") -> Case:
        wish = filing(
            transaction["id"],
            Category.UNAUTHORISED,
            account_id=account_id,
            cents=2178,
            at=self.shop.now,
        )
        filed: Case = self.workers.decide(wish).case
        approved: Case = self.workers.decide(approving(filed, at=self.shop.now)).case
        return approved

    def approve_of_a_new_purchase(self) -> Case:
        bought = self.buy()
        self.arrive()
        return self.approve(bought)

    def forget_payout(self, case: Case) -> None:
        """As a case was that an earlier version has approved."""
        table = self.workers.dynamodb
        payout = {"pk": {"S": f"PAYOUT#{case.payout_id}"}, "sk": {"S": "PAYOUT"}}
        table.delete_item(TableName="ledger", Key=payout)
        table.update_item(
            TableName="ledger",
            Key={"pk": {"S": f"CASE#{case.case_id}"}, "sk": {"S": "CASE"}},
            UpdateExpression="REMOVE payout_id",
        )

    def needs_person(self, case: Case) -> None:
        """Nobody knows what has become of the payout."""
        assert case.payout_id is not None
        now = rules(self.shop.now)
        leased = self.workers.decide(lease_payout(case.payout_id, now))
        attempt = Attempt(leased.payout.attempt, CameTo.PERSON, "unknown_too_often")
        self.workers.decide(conclude(case.payout_id, attempt, now))

    def close(self, case: Case) -> None:
        word = Word(Choice.CLOSE, "rita", case.version, note="Seen.")
        now = self.shop.now
        self.workers.decide(decide_case(case.case_id, word, policies=PUBLISHED, now=now))

    def give_key(self, key: str) -> None:
        self.secrets.put_secret_value(SecretId=self.secret, SecretString=json.dumps({"key": key}))

    def pay(self, case: Case) -> str:
        """The real handler on the payout's message. Returns the adjustment's id."""
        assert case.payout_id is not None
        event = delivered(message_of(case.payout_id), at=self.shop.now)
        payouts.lambda_handler(event, Clock())
        return str(self.payout(case).adjustment_id)

    def decided_on(self, adjustment_id: str, verdict: str = "approved") -> None:
        """Paddle's people decide on a refund."""
        self.shop.do("review", adjustment_id=adjustment_id, verdict=verdict)

    # What is stored

    def payout(self, case: Case) -> Payout:
        payout: Payout = self.workers.record(Key(Payout, case.payout_id))
        return payout

    def purchase(self, transaction: Any) -> Purchase | None:
        purchase: Purchase | None = self.workers.record(Key(Purchase, transaction["id"]))
        return purchase

    def cursor(self) -> Reconciliation:
        record: Reconciliation | None = self.workers.record(Key(Reconciliation, ""))
        return record or Reconciliation()

    def available(self, account_id: str = "acc_1") -> int:
        return self.workers.account(account_id).available

    def differences(self) -> list[Case]:
        """The cases that reconciliation has opened."""
        return [
            case
            for item in self.items().values()
            if item["pk"]["S"].startswith("CASE#")
            and (case := self.workers.case(item["case_id"]["S"])).category is Category.DIFFERENCE
        ]

    def kept(self) -> list[str]:
        """Ids of events that are kept for a person."""
        return [
            item["event_id"]["S"] for (pk, _), item in self.items().items() if pk[:6] == "EVENT#"
        ]

    def items(self) -> dict[tuple[str, str], Any]:
        pages = self.workers.dynamodb.get_paginator("scan").paginate(TableName="ledger")
        return {(i["pk"]["S"], i["sk"]["S"]): i for page in pages for i in page["Items"]}

    def ledger(self) -> dict[tuple[str, str], Any]:
        """All but how far reconciliation has come."""
        return {place: item for place, item in self.items().items() if place[0] != "RECONCILIATION"}

    def tamper(self, pk: str, sk: str, name: str, value: Any) -> None:
        """Damage an item behind the ledger's back: the audit would find it too."""
        self.is_sound = False
        self.workers.dynamodb.update_item(
            TableName="ledger",
            Key={"pk": {"S": pk}, "sk": {"S": sk}},
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": value},
        )


class _Until(Clock):
    """A context with time enough for so many requests to Paddle."""

    def __init__(self, shop: AtHand, end: int | None, seconds: float) -> None:
        super().__init__(seconds)
        self._shop, self._end = shop, end

    def get_remaining_time_in_millis(self) -> int:
        over = self._end is not None and len(self._shop.asked) >= self._end
        return 8_000 if over else super().get_remaining_time_in_millis()
