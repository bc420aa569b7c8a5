"""One seed, one story: money was approved, and everything goes wrong until it calms down."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

import paddle_events
import payouts
import reconciliation
from makegood import wiring
from makegood.domain.entry import timestamp
from makegood.domain.payout import Payout, PayoutState
from makegood.effects.dead_letters import DeadLetters
from makegood.effects.paddle_events_queue import PaddleEventsQueue
from makegood.effects.payouts_queue import PayoutsQueue
from makegood.ledger.store import Ledger
from makegood.ledger.table import Table
from makegood.paddle import wire
from makegood.paddle.api import PaddleApi
from makegood.policy.versions import PUBLISHED
from tests.simulation.aws import Memory, Queue, SimulatedQueues, SimulatedTable, payout_due
from tests.simulation.chance import Chance
from tests.simulation.paddle import PaddleSide
from tests.simulation.people import People
from tests.simulation.runs import CLOCKS_APART, Run, pausing
from tests.simulation.starts import STARTS, Start, start
from tests.simulation.timeline import START, Timeline

TROUBLE_SECONDS = (600.0, 10_000.0)
SWEPT_EVERY = 1800.0
EVENTS_MAX = 2_000

HOUR = 3600.0
RECONCILIATION_LIMIT = 300.0

SURELY_CALM = 3 * HOUR
"""After it has calmed down. Earlier, something may still be on its way that nobody waits for."""

SETTLED_WITHIN = 12 * 3600.0
"""After it has calmed down, everything has ended long before this."""

OUTSIDE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("outside: a refund", "refund", {}),
    ("outside: a refund that waits", "refund", {"status": "pending_approval"}),
    ("outside: a chargeback", "chargeback", {}),
    ("outside: a warning", "chargeback", {"warning": True}),
    ("outside: tax goes back", "tax_refund", {}),
)
TOLD = (("created", "updated"), ("updated", "created"), ("created",), ("updated",))

BUGS = ('"decision.broken"', '"batch.taken_apart"', '"log.failed"')
"""Log lines that tell of a mistake in the software itself."""


class Story:
    """Everything that one seed is about. `play` it, then look at `wrong`."""

    def __init__(
        self, seed: int, fired: Counter[str] | None = None, *, tells: bool = False
    ) -> None:
        self.seed = seed
        self.timeline = Timeline(seed, tells=tells)
        random = self.timeline.random
        self.chance = Chance(random, Counter() if fired is None else fired)
        self.start: Start = start(random.choice(tuple(STARTS)))
        self.memory = Memory()
        self.memory.items = dict(self.start.items)
        self.payouts = self._queue("payouts", payouts, limit=60, visibility=360, concurrency=2)
        self.webhooks = self._queue(
            "paddle_events", paddle_events, limit=30, visibility=180, concurrency=2
        )
        self.paddle = PaddleSide(
            self.timeline, self.chance, self.start.paddle.copy(), self.webhooks
        )
        queues = {"payouts": self.payouts, "paddle_events": self.webhooks}
        self.sqs: Any = SimulatedQueues(self.timeline, self.chance, queues)
        table: Any = SimulatedTable(self.timeline, self.chance, self.memory, self._wake)
        pause = pausing(lambda: self.timeline.run)
        self.ledger = Ledger(Table(table, "ledger", pause=pause), pause=pause)
        self.people = People(self.timeline, self.chance, self.paddle, self.memory, self.ledger)
        self._is_reconciled = self.chance.choice((True, False, False))
        """By the real function, hourly. Else all is told again, and woken, at once and by hand."""
        self.bugs: list[str] = []
        self.is_unsettled = self.is_over = False
        self._calm_at = 0.0

    def _queue(self, name: str, function: Any, **sizes: Any) -> Queue:
        return Queue(name, self.timeline, self.chance, function=function, **sizes)

    def play(self) -> "Story":
        self.timeline.note(self.seed, self.start.name)
        self._set_clocks()
        for payout in self.memory.records(Payout, "PAYOUT"):
            self._wake(payout.payout_id)
        length = self.chance.between(*TROUBLE_SECONDS)
        self._plan_what_others_do(length)
        self.timeline.later(length, self._calm_down)
        self._sweep_again()
        if self._is_reconciled:
            self.timeline.later(self.chance.between(0, HOUR), self._reconcile)
        with self._wired():
            self.is_unsettled = not self.timeline.play(most=EVENTS_MAX) or self.is_unsettled
        return self

    def _set_clocks(self) -> None:
        if self.chance.choice((True, False)):
            self.chance.saw("clock: workers differ")
            for queue in (self.payouts, self.webhooks):
                queue.skews = [
                    self.chance.between(-CLOCKS_APART, CLOCKS_APART) for _ in queue.skews
                ]

    def _wake(self, payout_id: str) -> None:
        """As the outbox's relay does it a moment after the commit, sometimes twice."""
        send = partial(self.sqs.send, "payouts", payout_due(payout_id))
        copies = 1 if self.chance.is_calm else self.chance.choice((1, 2))
        for _ in range(copies):
            self.timeline.later(self.chance.between(0.1, 3), send)

    def _plan_what_others_do(self, length: float) -> None:
        is_crowded = self.chance.choice((True, False))
        for transaction in self.start.transactions if is_crowded else ():
            for name, command, more in OUTSIDE:
                if self.chance.happens(name):
                    # Often while the payout is on its way, which is soon.
                    at = self.chance.between(0, self.chance.choice((30.0, 1000.0, length)))
                    body = {"transaction_id": transaction, **more, **self._amount(command)}
                    self.timeline.later(at, partial(self._outside, command, body))
        if self.chance.happens("outside: jobs"):
            at = self.chance.between(0, length / 2)
            self.timeline.later(at, self.people.charge_and_fail)

    def _amount(self, command: str) -> dict[str, int]:
        most = {"tax_refund": 80}.get(command, 1500)
        whole = command != "tax_refund" and self.chance.choice((True, False))
        return {} if whole else {"amount": int(self.chance.between(1, most))}

    def _outside(self, command: str, body: dict[str, Any]) -> None:
        done = self.paddle.do(command, **body)
        if done is None or command != "chargeback":
            return
        if self.chance.happens("outside: a dispute is won"):
            body = {
                "adjustment_id": done["adjustment"]["id"],
                "told": self.chance.choice(TOLD),
                "apart_seconds": self.chance.choice((0, 60)),
            }
            won = partial(self._outside, "reversal", body)
            self.timeline.later(self.chance.between(10, 5000), won)

    def _calm_down(self) -> None:
        """Nothing goes wrong any more. Somebody has seen to the dead letters."""
        self.timeline.note("it calms down")
        self.chance.is_calm = True
        self._calm_at = self.timeline.seconds
        if self._is_reconciled:
            self.webhooks.redrive()
        else:
            self.paddle.tell_everything(within=1800)

    def _reconcile(self) -> None:
        if self.is_over:
            return
        self.chance.saw("sweep: reconciliation ran")
        run = Run("reconciliation", self.timeline, self.chance, limit=RECONCILIATION_LIMIT)
        event = {"time": timestamp(self.timeline.now)}
        self.timeline.start(run, lambda: self._reconciled(run, event))
        self.timeline.later(HOUR, self._reconcile)

    def _reconciled(self, run: Run, event: dict[str, Any]) -> None:
        run.note("begins", event)
        run.note("ends", json.dumps(reconciliation.lambda_handler(event, run), default=str))

    def _sweep_again(self) -> None:
        self.timeline.later(SWEPT_EVERY, self._sweep)

    def _sweep(self) -> None:
        """Wake what is due, and let people look, until there is nothing left to do."""
        waiting = False
        for payout in self.memory.records(Payout, "PAYOUT"):
            if payout.state in (PayoutState.REQUESTED, PayoutState.SENDING):
                waiting = True
                if payout.due_at <= self.timeline.now and not self._is_reconciled:
                    self.chance.saw("sweep: woke a payout")
                    self.sqs.send("payouts", payout_due(payout.payout_id))
        waiting = self.people.look() or waiting
        waiting = waiting or bool(self.payouts.waiting or self.webhooks.waiting)
        calm_for = self.timeline.seconds - self._calm_at if self.chance.is_calm else 0.0
        self.is_unsettled = calm_for > SETTLED_WITHIN
        self.is_over = self.is_unsettled or (calm_for > SURELY_CALM and not waiting)
        if not self.is_over:
            self._sweep_again()

    @contextlib.contextmanager
    def _wired(self) -> Iterator[None]:
        """The product's one seam, and the connections below its client of Paddle."""
        pause = pausing(lambda: self.timeline.run)

        def paddle_api(_now: object) -> PaddleApi:
            run: Run = self.timeline.run
            key = self.start.paddle.api_key
            return PaddleApi("sandbox", key, pace=run.pace, pause=pause)

        parts: dict[str, Any] = {
            "ledger": lambda: self.ledger,
            "policies": lambda: PUBLISHED,
            "clock": lambda: self.timeline.run.clock,
            "payouts_queue": lambda: PayoutsQueue(self.sqs, "payouts"),
            "paddle_events_queue": lambda: PaddleEventsQueue(self.sqs, "paddle_events"),
            "paddle_events_since": lambda: START - timedelta(days=200),
            "payouts_dead_letters": lambda: DeadLetters(self.sqs, "payouts:dead"),
            "paddle_events_dead_letters": lambda: DeadLetters(self.sqs, "paddle_events:dead"),
            "paddle_api": paddle_api,
        }
        log: Any = _Log(self.bugs)
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(log):
            for name, part in parts.items():
                patch.setattr(wiring, name, part)
            patch.setattr(wire, "connections", lambda: self.paddle)
            yield


class _Log:
    """Standard output while a story is played: only what must never be said is kept."""

    def __init__(self, bugs: list[str]) -> None:
        self._bugs = bugs

    def write(self, line: str) -> None:
        if any(bug in line for bug in BUGS):
            self._bugs.append(json.dumps(json.loads(line)))

    def flush(self) -> None:
        return
