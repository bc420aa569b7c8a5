"""What people, banks and schedules are to do in a story, and when."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.simulation.faults import CASE_CLOCK, LOST_JOBS, OUTAGE_CHECK, RECONCILIATION
from tests.simulation.outside import CAPABILITIES
from tests.simulation.plots import banks, customers, reviewers, studio
from tests.simulation.starts import NOTHING
from tests.simulation.world import World

HURRY = 60.0
"""Seconds in which the first purchase is made: without one there is little to do."""

BUSY = (0.2, 0.5, 1.0)

PLOTS: tuple[tuple[Callable[[World, str], None], float], ...] = (
    (studio.makes_something, 1.0),
    (studio.makes_something, 0.7),
    (studio.makes_something, 0.7),
    (customers.buys, 0.5),
    (customers.asks_for_money, 0.4),
    (customers.looks, 0.25),
    (customers.looks_at_others, 0.1),
    (studio.gives_a_bonus, 0.2),
    (reviewers.files, 0.1),
    (reviewers.corrects, 0.1),
    (reviewers.freezes, 0.05),
    (reviewers.closes, 0.03),
)
"""How probable each is for each account, in a story in which everybody is busy."""

PROBES_OFTEN, PROBES_LATER = 6, 2


@dataclass(slots=True)
class Plan:
    """`length` is for how many seconds things go wrong; what is to be done begins within it."""

    world: World
    length: float
    is_reconciled: bool
    planned: list[str] = field(default_factory=list)
    """Names of what people and banks are to do; `shrinking` leaves out what it can."""

    def make(self) -> None:
        self._people()
        self._banks()
        self._schedules()

    def _people(self) -> None:
        world, chance = self.world, self.world.chance
        busy = chance.choice(BUSY)
        for account in world.start.accounts:
            if world.start.name == NOTHING:
                self._act(0, HURRY, customers.buys, account)
            for work, probability in PLOTS:
                if chance.happens(probability * busy):
                    self._act(1, self.length, work, account)
        if chance.happens(0.15):
            self._act(1, self.length, studio.sends_nonsense)
        if chance.happens(0.07):
            self._act(1, self.length / 2, studio.goes_down)
            self._probe_often()

    def _banks(self) -> None:
        chance, transactions = self.world.chance, self.world.start.transactions
        for transaction_id in transactions:
            if chance.happens(0.5) and self._is_planned("move_money"):
                banks.move_money(self.world, transaction_id, self.length)
        if chance.happens(0.2) and self._is_planned("look_at_all"):
            self.world.timeline.later(self.length * 0.7, self._look_at_all)
        if transactions and chance.happens(0.15):
            at = chance.between(0.02, 0.4)
            if self._is_planned("ask_for_a_part"):
                self.world.timeline.later(at, partial(banks.ask_for_a_part, self.world))

    def _look_at_all(self) -> None:
        """Purchases of the story itself too."""
        for transaction in self.world.paddle.paddle.state.all("transactions"):
            banks.move_money(self.world, transaction["id"], HURRY)

    def _schedules(self) -> None:
        chance = self.world.chance
        for function in (LOST_JOBS, CASE_CLOCK):
            for _ in range(chance.choice((0, 0, 0, 0, 1, 2))):
                at = chance.between(1, self.length)
                self.world.timeline.later(at, partial(self.world.schedules.due, function))
        for _ in range(2 if self.is_reconciled else 0):
            nightly = chance.happens(0.5)
            due = partial(self.world.schedules.due, RECONCILIATION, nightly=nightly)
            self.world.timeline.later(chance.between(1, self.length), due)

    def _probe_often(self) -> None:
        first = self.world.chance.between(0, self.length / 2)
        if self.world.chance.happens(0.5):
            at = first + 60 * self.world.chance.choice((1, 2, 3))
            self.world.outside.hiccups.append((self.world.chance.choice(CAPABILITIES), at))
        minutes = [first + 60 * number for number in range(PROBES_OFTEN)]
        hours = [first + 3600 * (1 + number) for number in range(PROBES_LATER)]
        for at in (*minutes, *hours):
            self.world.timeline.later(at, partial(self.world.schedules.due, OUTAGE_CHECK))

    def _act(self, least: float, most: float, work: Callable[..., None], *given: Any) -> None:
        at = self.world.chance.between(least, most)
        if self._is_planned(work.__name__):
            name = work.__name__
            self.world.timeline.later(at, partial(self.world.acts, name, work, *given))

    def _is_planned(self, name: str) -> bool:
        """It has its place in the story even where it is left out, so that the rest stays."""
        numbered = f"act {len(self.planned)}: {name}"
        self.planned.append(numbered)
        return not self.world.chance.is_left_out(numbered)
