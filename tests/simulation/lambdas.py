"""The functions, with the limits that the template gives them, and their runs."""

import importlib
from collections.abc import Callable, Mapping
from functools import cache, partial
from types import ModuleType
from typing import Any, NamedTuple

from makegood import wiring
from tests.simulation.chance import Chance
from tests.simulation.faults import API, FUNCTIONS, PADDLE_CALLERS, WEBHOOK
from tests.simulation.runs import Probe, Run
from tests.simulation.timeline import Abandoned, Gone, Timeline
from tests.template import resources

Event = Mapping[str, Any]
Then = Callable[[Any], None]

COLD_START = (2.0, 6.0)

NOT_ENDED = object()
"""In the place of what a run returns that did not come to its end."""


class Source(NamedTuple):
    """A queue and its function, as the template joins them. Times are in seconds."""

    function: str
    batch: int
    window: float
    visibility: float
    receives_max: int
    concurrency: int


@cache
def modules() -> Mapping[str, ModuleType]:
    return {name: importlib.import_module(name) for name in FUNCTIONS}


@cache
def limits() -> Mapping[str, float]:
    """The most seconds that a run of each function takes."""
    functions = resources("AWS::Lambda::Function").values()
    return {one["Handler"].partition(".")[0]: float(one["Timeout"]) for one in functions}


@cache
def sources() -> Mapping[str, Source]:
    """By the queue's name. Two workers at each are enough to get into each other's way."""
    queues = resources("AWS::SQS::Queue")
    handlers = {
        name: one["Handler"].partition(".")[0]
        for name, one in resources("AWS::Lambda::Function").items()
    }
    found = {}
    for mapping in resources("AWS::Lambda::EventSourceMapping").values():
        queue = queues.get(mapping["EventSourceArn"].get("Fn::GetAtt", [""])[0])
        if queue is None:
            continue
        function = handlers[mapping["FunctionName"]["Ref"]]
        found[function] = Source(
            function,
            mapping["BatchSize"],
            max(mapping.get("MaximumBatchingWindowInSeconds", 0), 0.3),
            queue["VisibilityTimeout"],
            queue["RedrivePolicy"]["maxReceiveCount"],
            concurrency=2,
        )
    return found


class Lambdas:
    """Runs functions, each in a process that it shares with all its other runs."""

    def __init__(self, timeline: Timeline, chance: Chance) -> None:
        self._timeline, self._chance = timeline, chance
        self._used: set[str] = set()
        self.probe: Probe | None = None
        """Given to every run."""
        self.began = 0

    def start(self, function: str, event: Event, *, name: str, skew: float, then: Then) -> None:
        """Begin a run. `then` hears what it returned, or NOT_ENDED."""
        run = self._run(function, name, skew)
        self._timeline.start(run, partial(self._work, run, event, then))

    def invoke(self, function: str, event: Event, *, name: str, skew: float = 0) -> Any:
        """The same for somebody who waits for it."""
        run = self._run(function, name, skew)
        answers: list[Any] = []
        with self._timeline.inside(run):
            self._work(run, event, answers.append)
        return answers[0]

    def _run(self, function: str, name: str, skew: float) -> Run:
        self.began += 1
        limit = limits()[function]
        return Run(function, self._timeline, self._chance, skew, limit, self.probe, name=name)

    def _work(self, run: Run, event: Event, then: Then) -> None:
        answer = NOT_ENDED
        try:
            run.note("begins")
            self._wake(run)
            answer = modules()[run.function].lambda_handler(event, run)
            run.note("ends")
        except Abandoned:
            raise
        except Gone:
            run.note("is gone")
        except Exception as error:  # noqa: BLE001 - Lambda calls it again, or does not.
            run.note("fails", type(error).__name__)
        then(answer)

    def _wake(self, run: Run) -> None:
        """A sandbox that is used again keeps what its process has; a new one begins anew."""
        if run.strikes("F22 a cold start takes seconds"):
            forget(run.function)
            seconds = self._chance.between(*COLD_START)
            run.ends_at += seconds  # The time for it is not the run's own.
            run.wait(seconds)
            return
        if run.function in self._used:
            self._chance.saw("F21 a sandbox is used again", run.function)
        self._used.add(run.function)


def forget(function: str) -> None:
    """What a process of this function keeps beside its settings."""
    if function == WEBHOOK:
        opened: Any = modules()[WEBHOOK]
        opened.opened_inbox.cache_clear()
    elif function == API:
        wiring.cursor_key.cache_clear()
    elif function in PADDLE_CALLERS:
        wiring._paddle_api_key.cache_clear()
