"""One seed, one story: people do things, everything goes wrong, then it calms down, and settles."""

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from makegood.domain.entry import timestamp
from tests.simulation.chance import Chance, Fired
from tests.simulation.faults import (
    CASE_CLOCK,
    JOB_EVENTS,
    LOST_JOBS,
    PADDLE_EVENTS,
    PAYOUTS,
    RECONCILIATION,
    WEBHOOK,
)
from tests.simulation.planning import Plan
from tests.simulation.plots import reviewers
from tests.simulation.runs import CLOCKS_APART
from tests.simulation.starts import NOTHING, STARTS, start
from tests.simulation.timeline import Timeline
from tests.simulation.wired import bugs, wired
from tests.simulation.world import World

if TYPE_CHECKING:
    from tests.simulation.witness import Place

SHORT, LONG = (600.0, 10_000.0), (20 * 3600.0, 100 * 3600.0)
"""Seconds for which things go wrong. Copies that come days later need the long ones."""

HOUR, DAY = 3600.0, 86_400.0
EVENTS_MAX = 6_000

SWEPT_EVERY = 1800.0
SURELY_CALM = 3 * HOUR
"""After it has calmed down. Earlier, something may still be on its way that nobody waits for."""

SETTLED_WITHIN = 40 * HOUR
"""After it has calmed down, everything has ended long before this."""

ACTS_MAX = 3
"""So often the reviewers open their lists. What is left then needs a person, and stays."""

EVENTS_ARE_KEPT = 89 * DAY


class Story:
    """Play it, then look at `judge.wrong`."""

    def __init__(
        self,
        seed: int,
        fired: Fired | None = None,
        *,
        tells: bool = False,
        without: frozenset[str] = frozenset(),
    ) -> None:
        """`without` names faults and acts that are left out; see `shrinking`."""
        self.seed = seed
        self.timeline = Timeline(seed, tells=tells)
        random = self.timeline.random
        self.chance = Chance(random, Counter() if fired is None else fired, without=without)
        names = [name for name in STARTS if name != NOTHING]
        is_new = self.chance.happens(0.6)
        self.world = World(
            seed,
            start(NOTHING if is_new else self.chance.choice(names)),
            self.timeline,
            self.chance,
        )
        self.is_reconciled = self.chance.happens(0.2)
        """By the real function. Else all is told again, and woken, at once and by hand."""
        self.is_over = False
        self.before_replay: dict[Place, Any] | None = None
        self._acts = 0
        self._calm_at = 0.0
        length = self.chance.between(*(LONG if self.chance.happens(0.12) else SHORT))
        self.plan = Plan(self.world, length, self.is_reconciled)

    def play(self) -> "Story":
        self.timeline.note(self.seed, self.world.start.name)
        self._set_clocks()
        self.plan.make()
        for item in self.world.items_of("PAYOUT"):
            self._wake(item["payout_id"]["S"])
        self.timeline.later(self.plan.length, self._calm_down)
        self.timeline.later(SWEPT_EVERY, self._sweep)
        with wired(self.world):
            has_ended = self.timeline.play(most=EVENTS_MAX)
            self.world.witness.settled = has_ended and self.world.witness.settled
            if self._may_tell_all_again() and self.chance.happens(0.15):
                self._tell_all_again()
        self._bear_witness()
        return self

    def _set_clocks(self) -> None:
        for queue in self.world.queues.values():
            if self.chance.strikes("F24 a clock is minutes off", queue.source.function):
                queue.skews = [
                    self.chance.between(-CLOCKS_APART, CLOCKS_APART) for _ in queue.skews
                ]

    def _wake(self, payout_id: str) -> None:
        """As the relay does it: the story's start was committed without a stream."""
        body = f'{{"version": 1, "type": "payout.due", "payout_id": "{payout_id}"}}'
        for _ in range(1 if self.chance.is_calm else self.chance.choice((1, 2))):
            at = self.chance.between(0.1, 3)
            put = partial(self.world.queues[PAYOUTS].put, body, by="outbox_relay")
            self.timeline.later(at, put)

    def _calm_down(self) -> None:
        """Nothing goes wrong any more. Somebody has seen to the dead letters."""
        self.timeline.note("it calms down")
        self.chance.is_calm = True
        self._calm_at = self.timeline.seconds
        for queue in self.world.queues.values():
            queue.reopen()
            queue.redrive()
        if not self.is_reconciled:
            self.world.webhooks.tell_everything(within=1800, share=self.chance.choice((0, 0.4)))
        for hours in (0.6, 2.5) if self.is_reconciled else ():
            due = partial(self.world.schedules.due, RECONCILIATION, nightly=hours == 2.5)
            self.timeline.later(hours * HOUR, due)
        for hours in (21, 25):
            self.timeline.later(hours * HOUR, self._run_schedules)

    def _run_schedules(self) -> None:
        if any(item["state"]["S"] in ("charged", "review") for item in self.world.items_of("JOB")):
            self.world.schedules.due(LOST_JOBS)
            self.world.schedules.due(CASE_CLOCK)

    def _sweep(self) -> None:
        """Wake what is due, and let people look, until there is nothing left to do."""
        is_waiting = self._wake_payouts()
        if reviewers.is_needed(self.world) and self._acts < ACTS_MAX and self.chance.happens(0.6):
            self._acts += 1
            self.world.acts("people", reviewers.look)
            is_waiting = True
        is_waiting = is_waiting or self._is_busy()
        calm_for = self.timeline.seconds - self._calm_at if self.chance.is_calm else 0.0
        self.world.witness.settled = calm_for <= SETTLED_WITHIN
        self.is_over = calm_for > SETTLED_WITHIN or (calm_for > SURELY_CALM and not is_waiting)
        if not self.is_over:
            self.timeline.later(SWEPT_EVERY if calm_for < 6 * HOUR else 2 * HOUR, self._sweep)

    def _wake_payouts(self) -> bool:
        now, is_waiting = timestamp(self.timeline.now), False
        is_stopped = self._acts >= ACTS_MAX and reviewers.is_stopped(self.world)
        for item in self.world.items_of("PAYOUT"):
            if item["state"]["S"] in ("requested", "sending"):
                # Behind an open breaker, what was never sent waits for a person, and none comes.
                is_waiting |= not is_stopped or item["state"]["S"] == "sending"
                if item["due_at"]["S"] <= now and not self.is_reconciled:
                    self._wake(item["payout_id"]["S"])
        return is_waiting

    def _is_busy(self) -> bool:
        world = self.world
        return (
            any(queue.waiting for queue in world.queues.values())
            or bool(world.stream.waiting)
            or any(item["state"]["S"] in ("charged", "review") for item in world.items_of("JOB"))
        )

    def _may_tell_all_again(self) -> bool:
        """What was nobody's can find its account by being told again: that is no second effect."""
        purchases = self.world.items_of("PURCHASE")
        is_open = any(item["state"]["S"] == "unmatched" for item in purchases)
        return self.world.witness.settled and not is_open

    def _tell_all_again(self) -> None:
        """Weeks later: each webhook and each message of the studio once more."""
        self.before_replay = dict(self.world.table.items)
        self.timeline.seconds += EVENTS_ARE_KEPT
        for function in (WEBHOOK, PADDLE_EVENTS, JOB_EVENTS):
            self.chance.saw("F40 all is told again after 89 days", function)
        self.world.webhooks.tell_everything(within=100)
        for sent in list(self.world.witness.sent):
            if sent.source == "studio" and sent.queue == JOB_EVENTS:
                self.world.queues[JOB_EVENTS].put(sent.body, by="replay")
        self.timeline.play(most=EVENTS_MAX)

    def _bear_witness(self) -> None:
        witness, state = self.world.witness, self.world.paddle.paddle.state
        witness.transactions = state.all("transactions")
        witness.adjustments = state.all("adjustments")
        witness.paddle_events = self.world.paddle.paddle.events
        witness.waiting = {
            (name, letter.number)
            for name, queue in self.world.queues.items()
            for letter in queue.waiting
        }

    def bugs(self) -> list[str]:
        return bugs(self.world)
