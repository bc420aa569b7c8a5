"""The simulated world itself: its time, its runs, its queues and its stream."""

from collections import Counter
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pytest

from tests.simulation import lambdas
from tests.simulation.aws.queues import Queue
from tests.simulation.aws.stream import Stream
from tests.simulation.chance import Chance
from tests.simulation.faults import FAULTS, MATRIX, PAYOUTS, RELAY, SEEN
from tests.simulation.lambdas import Lambdas, sources
from tests.simulation.runs import Run
from tests.simulation.timeline import Gone, Timeline
from tests.simulation.witness import Witness

MOST = 1000


def test_runs_take_turns_by_virtual_time() -> None:
    timeline = Timeline(0)
    said: list[str] = []

    def work(name: str, *, seconds: float) -> None:
        for _ in range(2):
            timeline.wait(seconds)
            said.append(f"{name} at {timeline.seconds:g}")

    timeline.start("a", lambda: work("a", seconds=2))
    timeline.start("b", lambda: work("b", seconds=3))
    timeline.later(5, lambda: said.append("five"))

    assert timeline.play(most=MOST)
    assert said == ["a at 2", "b at 3", "a at 4", "five", "b at 6"]


def test_what_a_run_raises_is_raised_and_the_others_end_with_it() -> None:
    timeline = Timeline(0)
    ended: list[str] = []

    def patient() -> None:
        try:
            timeline.wait(100)
        finally:
            ended.append("patient")

    def broken() -> None:
        timeline.wait(1)
        raise ValueError("broken")

    timeline.start("patient", patient)
    timeline.start("broken", broken)

    with pytest.raises(ValueError, match="broken"):
        timeline.play(most=MOST)
    assert ended == ["patient"]


def test_a_run_that_is_gone_fails_nobody() -> None:
    timeline = Timeline(0)

    def going() -> None:
        raise Gone

    timeline.start("going", going)
    assert timeline.play(most=MOST)


def test_without_an_end_it_ends_all_the_same() -> None:
    timeline = Timeline(0)

    def again() -> None:
        timeline.later(1, again)

    again()
    assert not timeline.play(most=MOST)


def calm(timeline: Timeline) -> Chance:
    chance = Chance(timeline.random, Counter())
    chance.is_calm = True
    return chance


def doing(monkeypatch: pytest.MonkeyPatch, function: str, handler: Any) -> None:
    """In the place of a function of the product."""
    module = ModuleType(function)
    module.lambda_handler = handler  # type: ignore[attr-defined]
    monkeypatch.setattr(lambdas, "modules", lambda: {function: module})


@pytest.mark.parametrize("ends", ["well", "badly", "too late"])
def test_a_message_comes_back_until_it_is_worked_on_or_dead(
    monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    timeline, source = Timeline(0), sources()[PAYOUTS]
    chance, witness = calm(timeline), Witness(0)
    receives: list[int] = []

    def lambda_handler(event: Mapping[str, Any], run: Run) -> Any:
        [record] = event["Records"]
        receives.append(int(record["attributes"]["ApproximateReceiveCount"]))
        if ends == "too late":
            run.wait(61)
        failed = [{"itemIdentifier": record["messageId"]}] if ends == "badly" else []
        return {"batchItemFailures": failed}

    doing(monkeypatch, PAYOUTS, lambda_handler)
    queue = Queue(PAYOUTS, timeline, chance, Lambdas(timeline, chance), source, witness)
    queue.put("body", by="studio")
    assert timeline.play(most=MOST)

    assert queue.waiting == []
    if ends == "well":
        assert receives == [1]
        assert queue.dead == []
        assert witness.done == {(PAYOUTS, 0)}
    else:
        assert receives == list(range(1, source.receives_max + 1))
        assert [letter.body for letter in queue.dead] == ["body"]
        assert [one.body for one in witness.buried] == ["body"]
        assert timeline.seconds >= source.receives_max * source.visibility


def test_a_stream_stands_still_until_its_function_gets_on(monkeypatch: pytest.MonkeyPatch) -> None:
    timeline = Timeline(0)
    chance = calm(timeline)
    handed_over: list[list[str]] = []

    def lambda_handler(event: Mapping[str, Any], _run: Run) -> Any:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        handed_over.append(numbers)
        if len(handed_over) == 1:
            raise Gone
        failed = [{"itemIdentifier": "2"}] if "2" in numbers and len(handed_over) < 4 else []
        return {"batchItemFailures": failed}

    doing(monkeypatch, RELAY, lambda_handler)
    stream = Stream(timeline, chance, Lambdas(timeline, chance))
    stream.append([{"dynamodb": {"SequenceNumber": str(number)}} for number in range(4)])
    assert timeline.play(most=MOST)

    assert stream.waiting == []
    # All of it failed, so half of it came; then from where it stood, the one record alone.
    assert handed_over == [["0", "1", "2", "3"], ["0", "1"], ["2", "3"], ["2"], ["3"]]


def test_what_is_left_out_does_not_shift_the_rest() -> None:
    fault = next(iter(FAULTS))
    whole = Chance(Timeline(1).random, Counter())
    without = Chance(Timeline(1).random, Counter(), without=frozenset({fault}))
    whole._rates[fault] = without._rates[fault] = 1.0

    assert whole.strikes(fault, PAYOUTS)
    assert not without.strikes(fault, PAYOUTS)
    assert whole.between(0, 1) == without.between(0, 1)


def test_each_fault_has_its_number_and_somebody_who_can_meet_it() -> None:
    for name in (*FAULTS, *SEEN):
        number = int(name[1:3])
        assert name[0] == "F"
        assert name[3] == " "
        assert 1 <= number <= 60
        assert any(fault == name for fault, _ in MATRIX)
