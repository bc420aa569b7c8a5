"""All experiments with a scenario: one for each call of its functions, and each kind."""

from collections import Counter
from collections.abc import Iterator
from functools import cache

from tests.simulation.every_call.ends import differences, left_over
from tests.simulation.every_call.points import Call, Point, points_of
from tests.simulation.every_call.stage import Played, Scenario, play


@cache
def undisturbed(scenario: Scenario) -> Played:
    """Counted from this one, no call is left out."""
    return play(scenario, *given(scenario))


@cache
def given(scenario: Scenario) -> tuple[Point, ...]:
    if scenario.fails is None:
        return ()
    function, operation, kind = scenario.fails
    found = [call for call in play(scenario).calls if call.operation == operation]
    return (Point(next(call for call in found if call.function == function), kind),)


def calls_of(scenario: Scenario) -> list[Call]:
    """Of the functions that are disturbed, without the call that fails in any case."""
    failed = [point.call for point in given(scenario)]
    calls = undisturbed(scenario).calls
    return [call for call in calls if call.function in scenario.functions and call not in failed]


def points(scenario: Scenario) -> list[Point]:
    return list(points_of(calls_of(scenario)))


def counted(scenarios: tuple[Scenario, ...]) -> Counter[str]:
    """Points, by function."""
    return Counter(point.call.function for one in scenarios for point in points(one))


def wrongs(scenario: Scenario) -> Iterator[str]:
    """What goes wrong in which experiment."""
    quiet = undisturbed(scenario)
    for wrong in left_over(quiet):
        yield f"{scenario}, undisturbed: {wrong}"
    for point in points(scenario):
        for wrong in wrongs_at(scenario, point):
            yield f"{scenario}: {point}: {wrong}"


def wrongs_at(scenario: Scenario, point: Point) -> Iterator[str]:
    played = play(scenario, *given(scenario), point)
    if point not in played.struck:
        yield "it was never reached"
    yield from left_over(played)
    if not scenario.may_end_otherwise:
        yield from differences(undisturbed(scenario).world, played.world)
