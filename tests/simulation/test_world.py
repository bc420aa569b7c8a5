"""The simulated world itself: its time, its runs, its queues and its table."""

from collections import Counter
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.memory_dynamodb import MemoryDynamoDB
from tests.simulation.aws import RECEIVES_MAX, Memory, Queue
from tests.simulation.chance import Chance
from tests.simulation.runs import Run
from tests.simulation.timeline import Gone, Timeline

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


@pytest.mark.parametrize("ends", ["well", "badly", "too late"])
def test_a_message_comes_back_until_it_is_worked_on_or_dead(ends: str) -> None:
    timeline = Timeline(0)
    chance = Chance(timeline.random, Counter())
    chance.is_calm = True
    receives: list[int] = []

    def lambda_handler(event: Mapping[str, Any], run: Run) -> Any:
        [record] = event["Records"]
        receives.append(int(record["attributes"]["ApproximateReceiveCount"]))
        if ends == "too late":
            run.wait(61)
        failed = [{"itemIdentifier": record["messageId"]}] if ends == "badly" else []
        return {"batchItemFailures": failed}

    function = ModuleType("function")
    function.lambda_handler = lambda_handler  # type: ignore[attr-defined]
    queue = Queue(
        "queue", timeline, chance, function=function, limit=60, visibility=360, concurrency=2
    )
    queue.put("body")
    assert timeline.play(most=MOST)

    assert queue.waiting == []
    if ends == "well":
        assert receives == [1]
        assert queue.dead == []
    else:
        assert receives == list(range(1, RECEIVES_MAX + 1))
        assert [letter.body for letter in queue.dead] == ["body"]


def test_the_lean_table_answers_as_the_other_one() -> None:
    def put(name: str, seen: int) -> dict[str, Any]:
        item = {"pk": {"S": name}, "sk": {"S": "X"}, "v": {"N": str(seen + 1)}}
        if not seen:
            return {"Put": {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}
        values = {":seen": {"N": str(seen)}}
        condition = {"ConditionExpression": "v = :seen", "ExpressionAttributeValues": values}
        return {"Put": {"Item": item, **condition}}

    transactions = [
        [put("a", 0)],
        [put("a", 0), put("b", 0)],
        [put("a", 1), put("b", 0)],
        [put("b", 2)],
        [put("a", 2), put("a", 2)],
        [],
        [put(f"c{number}", 0) for number in range(101)],
    ]
    lean, other = Memory(), MemoryDynamoDB()
    for actions in transactions:
        assert _written(lean, actions) == _written(other, actions)
        assert lean.items == other.items
    keys = [{"pk": {"S": name}, "sk": {"S": "X"}} for name in ("a", "b", "c")]
    request = {"table": {"Keys": keys, "ConsistentRead": True}}
    assert lean.batch_get_item(RequestItems=request) == other.batch_get_item(RequestItems=request)


def _written(memory: MemoryDynamoDB, actions: list[Any]) -> object:
    try:
        return memory.transact_write_items(TransactItems=actions)
    except ClientError as error:
        return error.response
