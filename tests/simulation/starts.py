"""How stories begin: with nothing but prices, or with money approved that has not been sent."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from local.paddle.core.paddle import Paddle
from makegood.domain.case import Case, Category, Opener
from makegood.domain.facts import Decide
from makegood.domain.job import ChargeRequest
from makegood.domain.studio import StudioSettings
from makegood.events.paddle import parse_paddle_event
from makegood.ledger.attributes import Item
from makegood.plans.cases.deciding import decide_case
from makegood.plans.cases.filing import Filing, file_case
from makegood.plans.cases.verdicts import Choice, Word
from makegood.plans.jobs import charge_job
from makegood.plans.operations import set_price
from makegood.plans.paddle_events import apply_event
from makegood.policy.versions import PUBLISHED
from tests.cases_made import put_in
from tests.ledgers import ledger_on, plenty
from tests.memory_dynamodb import MemoryDynamoDB
from tests.simulation.timeline import START

ACCOUNT, OTHER = "acc_1", "acc_2"
SMALL, LARGE = "pri_small", "pri_large"
PRICES = {SMALL: (1000, 0), LARGE: (4700, 130)}
"""Credits and bonus credits of one unit. It costs as many cents as it has credits, and tax."""


@dataclass(frozen=True, slots=True)
class Start:
    """What Paddle and the table hold. `transactions` are the purchases, oldest first."""

    name: str
    paddle: Paddle
    items: Mapping[tuple[str, str], Item]
    transactions: tuple[str, ...]
    accounts: tuple[str, str] = (ACCOUNT, OTHER)


class _Making:
    """Everything until the approval goes well, and takes no time."""

    def __init__(self) -> None:
        self.paddle = Paddle(START)
        self.memory = MemoryDynamoDB()
        self.ledger = ledger_on(self.memory)
        self.transactions: list[str] = []
        self._told = 0
        for price_id, (amount, bonus) in PRICES.items():
            self.paddle.command(
                "price",
                {"price_id": price_id, "name": price_id, "amount": amount},
                START,
            )
            self.do(set_price(price_id, amount, bonus, author="ada", now=START))

    def do(self, decision: Decide[Any]) -> Any:
        return self.ledger.decide(decision, time_left=plenty)

    def buy(self, *quantities: tuple[str, int], at: datetime = START, **more: Any) -> str:
        items = [{"price_id": price, "quantity": quantity} for price, quantity in quantities]
        body = {"account_id": ACCOUNT, "items": items, "occurred_at": at.isoformat(), **more}
        transaction: str = self.paddle.command("purchase", body, START)["transaction"]["id"]
        self.transactions.append(transaction)
        self.hear()
        return transaction

    def hear(self) -> None:
        for event in self.paddle.events[self._told :]:
            self._told += 1
            message = _json({name: value for name, value in event.items() if name != "id"})
            told = parse_paddle_event(message)
            self.do(apply_event(told, message, policies=PUBLISHED, zones=ZoneInfo, now=START))

    def charge(self, job_id: str, credits: int) -> None:
        request = ChargeRequest(ACCOUNT, credits)
        self.do(charge_job(job_id, request, policies=PUBLISHED, now=START))

    def file(self, transaction_id: str) -> Case:
        wish = Filing(
            ACCOUNT, Category.UNAUTHORISED, None, Opener.SUPPORT, "sue", (transaction_id,)
        )
        case: Case = self.do(file_case(wish, policies=PUBLISHED, zones=ZoneInfo, now=START)).case
        return case

    def approve(self, transaction_id: str, amount: int | None = None) -> None:
        case = self.file(transaction_id)
        word = Word(Choice.APPROVE, "rita", case.version, amount=amount)
        self.do(decide_case(case.case_id, word, policies=PUBLISHED, now=START))


def _json(event: Mapping[str, Any]) -> str:
    return json.dumps(event)


def _whole(made: _Making) -> None:
    made.approve(made.buy((SMALL, 1)), 1089)


def _unused_part(made: _Making) -> None:
    transaction = made.buy((LARGE, 1))
    made.charge("job_1", 3400)
    made.approve(transaction)


def _small_part(made: _Making) -> None:
    """Sent again it would be paid again, several times: Paddle's own limit is far."""
    made.approve(made.buy((LARGE, 1)), 700)


def _over_two_lines(made: _Making) -> None:
    made.approve(made.buy((SMALL, 2), (LARGE, 1)), 3000)


def _after_a_refund(made: _Making) -> None:
    transaction = made.buy((LARGE, 1))
    body = {"transaction_id": transaction, "amount": 1500}
    made.paddle.command("refund", body, START)
    made.hear()
    made.approve(transaction, 1100)


def _two_payouts(made: _Making) -> None:
    """Of two purchases, where one payout an hour is normal: the second one trips the breaker."""
    made.do(put_in(StudioSettings(payouts_per_hour=1)))
    first = made.buy((SMALL, 1), at=START - timedelta(days=3))
    second = made.buy((LARGE, 1))
    made.charge("job_1", 400)
    made.approve(first)
    made.approve(second, 900)


def _almost_too_old(made: _Making) -> None:
    transaction = made.buy((SMALL, 3), at=START - timedelta(days=119, hours=23, minutes=30))
    made.approve(transaction)


def _paid_twice(made: _Making) -> None:
    """The second payment for an order is paid back without a person."""
    made.do(put_in(StudioSettings(automatic_duplicates=True)))
    for minutes in (10, 0):
        made.buy((SMALL, 1), at=START - timedelta(minutes=minutes), order_ref="order_1")


def _nothing(_made: _Making) -> None:
    """Nobody has bought anything yet."""


NOTHING = "nothing"

STARTS: dict[str, Callable[[_Making], None]] = {
    NOTHING: _nothing,
    "whole": _whole,
    "unused part": _unused_part,
    "small part": _small_part,
    "over two lines": _over_two_lines,
    "after a refund": _after_a_refund,
    "two payouts": _two_payouts,
    "almost too old": _almost_too_old,
    "paid twice": _paid_twice,
}


@cache
def start(name: str) -> Start:
    made = _Making()
    STARTS[name](made)
    return Start(name, made.paddle, made.memory.items, tuple(made.transactions))
