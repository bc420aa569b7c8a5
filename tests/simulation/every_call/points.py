"""Where runs of a function can be disturbed, and what can happen to them there."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from urllib3.exceptions import TimeoutError as NoAnswer

from makegood.errors import OutwardError
from makegood.outward.fetch import Fetched
from makegood.paddle.wire import READ_SECONDS
from tests.simulation.aws.door import Asked, no_answer
from tests.simulation.lambdas import forget
from tests.simulation.outside import HOST, Outside
from tests.simulation.runs import Run
from tests.simulation.timeline import Gone


class Kind(StrEnum):
    BEFORE = "the run ends before it"
    AFTER = "the run ends after it"
    LOST = "it is done, and no answer comes"


@dataclass(frozen=True, slots=True)
class Call:
    """The `number`th call that a function makes in a scenario, in whichever of its runs.

    `operation` names what is asked for, and of whom. Addresses outside are asked side by side, in
    no order: of those, the number counts the calls of that address alone.
    """

    function: str
    number: int
    operation: str
    is_alone: bool
    """No other call of its run is over when it begins, for certain."""


@dataclass(frozen=True, slots=True)
class Point:
    call: Call
    kind: Kind

    def __str__(self) -> str:
        call = self.call
        return f"{call.function}, call {call.number}, {call.operation}: {self.kind}"


def points_of(calls: list[Call]) -> Iterator[Point]:
    """A run that ends before a call has done what one that ends after the call before it has done.

    A read without an answer is asked again by the one client that all share, so what is lost here
    are answers to writes. That a capability does not answer is what an outage looks like.
    """
    for call in calls:
        if call.is_alone:
            yield Point(call, Kind.BEFORE)
        yield Point(call, Kind.AFTER)
        if not call.operation.startswith(READING):
            yield Point(call, Kind.LOST)


READING = ("BatchGetItem", "Query", "GetSecretValue", "GetParameter", f"GET {HOST}")

ALL = 1000
"""More runs than any function has in a scenario."""


@dataclass(slots=True)
class Disturbance:
    """The probe of all runs: it counts their calls, and strikes once at each of its points.

    Of each function, only the first `runs_max` runs are watched.
    """

    points: tuple[Point, ...] = ()
    runs_max: int = ALL
    calls: list[Call] = field(default_factory=list)
    struck: list[Point] = field(default_factory=list)
    _numbers: Counter[str] = field(default_factory=Counter)
    _outside: Counter[tuple[str, str]] = field(default_factory=Counter)
    _current: dict[int, Call] = field(default_factory=dict)
    """The call that each run is in the middle of."""
    _runs: dict[str, list[Run]] = field(default_factory=dict)

    def __call__(self, run: Run, when: str) -> None:
        if not self._is_watched(run):
            return
        if when == "before":
            self._numbers[run.function] += 1
            number, operation = self._numbers[run.function], operation_of(run.asked)
            call = Call(run.function, number, operation, is_alone=run.calls == 1)
            self._current[id(run)] = call
            self.calls.append(call)
        else:
            call = self._current[id(run)]
        point = self._struck(call, when)
        if point is None:
            return
        run.note(point)
        if point.kind is Kind.LOST:
            raise _silence(run)
        # Its process ends with it, and all that this had kept.
        forget(run.function)
        raise Gone

    def _is_watched(self, run: Run) -> bool:
        runs = self._runs.setdefault(run.function, [])
        is_known = any(one is run for one in runs)
        if not is_known and len(runs) < self.runs_max:
            runs.append(run)
            return True
        return is_known

    def outside(self, run: Run, url: str) -> Call | None:
        """The next question to this address. No virtual time passes: a thread of its own asks."""
        if not self._is_watched(run):
            return None
        function = run.function
        self._outside[function, url] += 1
        call = Call(function, self._outside[function, url], f"GET {url}", is_alone=True)
        self.calls.append(call)
        return call

    def ends_outside(self, call: Call | None, when: str) -> None:
        point = None if call is None else self._struck(call, when)
        if point is not None:
            raise OutwardError("timed_out") if point.kind is Kind.LOST else Gone

    def _struck(self, call: Call, when: str) -> Point | None:
        for point in self.points:
            is_now = (point.kind is Kind.BEFORE) == (when == "before")
            if point.call == call and is_now and point not in self.struck:
                self.struck.append(point)
                return point
        return None


class Overheard(Outside):
    """Addresses outside, whose requests are watched too."""

    disturbance: Disturbance

    def fetch(self, url: str, **bounds: Any) -> Fetched:
        call = self.disturbance.outside(self.timeline.run, url)
        self.disturbance.ends_outside(call, "before")
        answer = super().fetch(url, **bounds)
        self.disturbance.ends_outside(call, "after")
        return answer


def _silence(run: Run) -> Exception:
    """After its caller has waited for as long as it does."""
    if isinstance(run.asked, Asked):
        return no_answer(run.asked)
    run.wait(READ_SECONDS)
    return NoAnswer("no answer")


def operation_of(asked: Any) -> str:
    """Such as `BatchGetItem ACCOUNT CASE`, `Query work`, `SendMessage payouts`."""
    if not isinstance(asked, Asked):
        method, path = asked
        return f"{method} /{path.split('/')[1]}"
    return " ".join([asked.operation, *_whom(asked.request)])


def _whom(request: Mapping[str, Any]) -> list[str]:
    if "TransactItems" in request:
        actions = [next(iter(action.values())) for action in request["TransactItems"]]
        return _kinds([action.get("Item") or action["Key"] for action in actions])
    if "RequestItems" in request:
        return _kinds(
            [key for wanted in request["RequestItems"].values() for key in wanted["Keys"]]
        )
    if "QueueUrl" in request:
        return [request["QueueUrl"].rpartition("/")[2]]
    return [request[name] for name in ("IndexName", "SecretId") if name in request]


def _kinds(keys: list[Mapping[str, Any]]) -> list[str]:
    return sorted({key["pk"]["S"].partition("#")[0] for key in keys})
