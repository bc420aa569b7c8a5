from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ministack.core import responses
from ministack.services import dynamodb, lambda_svc

from local.emulator import streams

RECORDS = [{"dynamodb": {"SequenceNumber": number}} for number in ("7", "8", "9")]


def failed(*numbers: Any) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}


@pytest.mark.parametrize(
    ("result", "done"),
    [
        pytest.param({"body": failed()}, 3, id="nothing failed"),
        pytest.param({"body": None}, 3, id="no answer"),
        pytest.param({"body": "{}"}, 3, id="an empty answer"),
        pytest.param({"body": failed("8")}, 1, id="one failed"),
        pytest.param({"body": failed("9", "8")}, 1, id="two failed"),
        pytest.param({"body": failed("7")}, 0, id="the first failed"),
        pytest.param({"body": '{"batchItemFailures": [{"itemIdentifier": "9"}]}'}, 2, id="as text"),
        pytest.param({"body": failed("6")}, 0, id="an unknown one failed"),
        pytest.param({"body": failed("")}, 0, id="an unnamed one failed"),
        pytest.param({"error": True, "body": {"errorType": "Boom"}}, 0, id="it crashed"),
    ],
)
def test_what_failed_and_all_behind_it_comes_again(result: dict[str, Any], done: int) -> None:
    assert streams.worked_off(result, RECORDS) == done


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Sequence[Any]:
    """The records of a stream with one function, in an emulator that has nothing else."""
    for module, store in (
        (lambda_svc, "_esms"),
        (lambda_svc, "_dynamodb_stream_positions"),
        (dynamodb, "_stream_records"),
    ):
        monkeypatch.setattr(module, store, responses.AccountRegionScopedDict())
    mapping = {"UUID": "1", "EventSourceArn": "arn:aws:dynamodb:r:a:table/t/stream/now"}
    lambda_svc._esms.set_scoped("a", "r", "1", mapping)
    dynamodb._stream_records.set_scoped("a", "r", "t", list(RECORDS))
    return RECORDS


def records() -> Any:
    return dynamodb._stream_records.get_scoped("a", "r", "t")


@pytest.mark.parametrize("done", [0, 2, 3])
def test_what_was_not_worked_on_is_there_after_a_restart(
    table: Sequence[Any], tmp_path: Path, done: int
) -> None:
    lambda_svc._dynamodb_stream_positions.set_scoped("a", "r", "1", done)
    kept = streams.Streams(tmp_path / "streams.json")

    kept.save()
    dynamodb._stream_records.set_scoped("a", "r", "t", [])
    kept.restore()

    assert records() == table[done:]
    assert not lambda_svc._dynamodb_stream_positions.has_any(), "it is read from its beginning"


def test_a_first_start_has_nothing_to_restore(table: Sequence[Any], tmp_path: Path) -> None:
    streams.Streams(tmp_path / "streams.json").restore()

    assert records() == list(table)
