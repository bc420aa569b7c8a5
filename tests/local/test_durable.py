import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from local.emulator import durable

WRITE = "AmazonSQS.PurgeQueue"


def scope(target: str) -> dict[str, Any]:
    return {"type": "http", "path": "/", "headers": [(b"x-amz-target", target.encode())]}


class Emulated:
    """An application and a disk that write down what they did, in order."""

    def __init__(self, status: int = 200) -> None:
        self.log: list[str] = []
        self.status = status

    async def application(self, _scope: Any, _receive: Any, send: Any) -> None:
        self.log.append("carried out")
        await send({"type": "http.response.start", "status": self.status})

    def save(self, services: Iterable[str]) -> None:
        self.log.append(f"saved {'+'.join(sorted(services))}")

    def save_everything(self) -> None:
        self.log.append("saved everything")

    def recover(self) -> None:
        self.log.append("recovered")

    async def send(self, _message: Any) -> None:
        self.log.append("answered")


def log_of(targets: list[str], emulated: Emulated) -> list[str]:
    async def all_at_once() -> None:
        wrapped = durable.Durable(emulated.application, emulated)
        requests = [wrapped(scope(target), None, emulated.send) for target in targets]  # type: ignore[arg-type]
        await asyncio.gather(*requests)

    asyncio.run(all_at_once())
    return emulated.log


def test_a_write_is_on_the_disk_before_it_is_answered() -> None:
    assert log_of([WRITE], Emulated()) == ["carried out", "saved sqs", "answered"]


def test_writes_that_come_together_share_one_save() -> None:
    log = log_of([WRITE, WRITE, "AmazonSSM.PutParameter"], Emulated())

    assert log == ["carried out"] * 3 + ["saved sqs+ssm"] + ["answered"] * 3


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("AmazonSQS.ReceiveMessage", id="a read"),
        pytest.param("AmazonSQS.SendMessageBatch", id="a message"),
        pytest.param("DynamoDB_20120810.TransactWriteItems", id="items"),
        pytest.param("DynamoDB_20120810.Query", id="a read of a table"),
    ],
)
def test_what_changes_no_store_that_is_saved_whole_saves_nothing(target: str) -> None:
    assert log_of([target], Emulated()) == ["carried out", "answered"]


def test_a_refused_write_saves_nothing() -> None:
    assert log_of([WRITE], Emulated(status=400)) == ["carried out", "answered"]


def test_where_saving_is_slow_answers_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "SLOW_SAVE_SECONDS", -1.0)
    emulated = Emulated()

    async def write() -> None:
        wrapped = durable.Durable(emulated.application, emulated)
        await wrapped(scope(WRITE), None, emulated.send)  # type: ignore[arg-type]
        assert emulated.log == ["carried out", "answered"]
        while len(emulated.log) < 3:
            await asyncio.sleep(0)

    asyncio.run(write())
    assert emulated.log[-1] == "saved sqs"


def test_what_was_not_saved_is_recovered_before_anything_is_served() -> None:
    emulated = Emulated()

    async def lifespan(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})

    async def live() -> None:
        wrapped = durable.Durable(lifespan, emulated)
        await wrapped({"type": "lifespan"}, None, emulated.send)  # type: ignore[arg-type]

    asyncio.run(live())
    assert emulated.log == ["recovered", "answered", "saved everything", "answered"]


def test_everything_is_saved_when_asked_for() -> None:
    emulated = Emulated()

    async def ask() -> None:
        wrapped = durable.Durable(emulated.application, emulated)
        asked = {"type": "http", "path": durable.SAVE_PATH, "headers": []}
        await wrapped(asked, None, emulated.send)  # type: ignore[arg-type]

    asyncio.run(ask())
    assert emulated.log[0] == "saved everything"
