"""Scenarios, and how each is played: undisturbed, and disturbed at one point."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from tests.simulation.every_call.calm import Calm
from tests.simulation.every_call.points import ALL, Call, Disturbance, Kind, Overheard, Point
from tests.simulation.starts import NOTHING, Start, start
from tests.simulation.timeline import Timeline
from tests.simulation.wired import wired
from tests.simulation.witness import Witness
from tests.simulation.world import World

EVENTS_MAX = 20_000

Act = Callable[[World], None]
"""Somebody does one thing after the other; where they wait, the rest goes on."""


def nothing(_world: World) -> None:
    """Nothing has happened yet but that prices were set."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens, and the functions whose calls in it are disturbed, one after the other.

    `before` is over when it begins. Of each function the first `runs_max` runs are disturbed; those
    after them only take up what was left. `fails` has gone wrong in the undisturbed story too: the
    first call of this function with this operation. `may_end_otherwise` says why, where it matters
    when something was done, as Paddle does something meanwhile: then the end has to be right.
    """

    name: str
    functions: tuple[str, ...]
    does: Act
    before: Act = nothing
    runs_max: int = ALL
    fails: tuple[str, str, Kind] | None = None
    may_end_otherwise: str = ""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Made:
    """What a scenario begins with."""

    start: Start
    seconds: float
    witness: Witness
    states: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Played:
    world: World
    calls: list[Call]
    struck: list[Point]


@cache
def made(before: Act) -> Made:
    world = World(0, start(NOTHING), Timeline(0), Calm())
    world.acts("before", before)
    with wired(world):
        assert world.timeline.play(most=EVENTS_MAX)
    told = Start("made", world.paddle.paddle, world.table.items, ())
    return Made(told, world.timeline.seconds, world.witness, world.outside.states)


def play(scenario: Scenario, *points: Point, tells: bool = False) -> Played:
    world = _opened(made(scenario.before), tells=tells)
    disturbance = Disturbance(points, scenario.runs_max)
    world.lambdas.probe = disturbance
    outside = Overheard(0, world.timeline, world.chance, world.witness, dict(world.outside.states))
    outside.disturbance = disturbance
    world.outside = outside
    world.acts("somebody", scenario.does)
    with wired(world):
        has_ended = world.timeline.play(most=EVENTS_MAX)
    world.witness.settled = has_ended
    _bear_witness(world)
    return Played(world, disturbance.calls, disturbance.struck)


def _opened(begins: Made, *, tells: bool) -> World:
    timeline = Timeline(0, tells=tells)
    timeline.seconds = begins.seconds
    world = World(0, begins.start, timeline, Calm())
    _remember(world.witness, begins.witness)
    world.outside.states.update(begins.states)
    return world


def _remember(witness: Witness, before: Witness) -> None:
    """It has seen what was before, too."""
    for one in fields(Witness):
        value = getattr(before, one.name)
        if isinstance(value, list | dict | set):
            setattr(witness, one.name, copy(value))


def _bear_witness(world: World) -> None:
    witness, state = world.witness, world.paddle.paddle.state
    witness.transactions = state.all("transactions")
    witness.adjustments = state.all("adjustments")
    witness.paddle_events = world.paddle.paddle.events
    witness.waiting = {
        (name, letter.number) for name, queue in world.queues.items() for letter in queue.waiting
    }
