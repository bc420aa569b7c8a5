import json
import math
import sys
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.observability import FIELD_LENGTH_MAX, NAMESPACE, VALUES_MAX, count, log, measure


class Outcome(StrEnum):
    REFUNDED = "refunded"


class Colour(Enum):
    RED = 1


class Person:
    def __repr__(self) -> str:
        return "dana@example.com"

    __str__ = __repr__


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_log_entry_is_one_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    log("refund.decided", job_id="job_1", credits=7, clause=None)

    assert lines(capsys) == [
        {"event": "refund.decided", "job_id": "job_1", "credits": 7, "clause": None}
    ]


def test_a_value_cannot_forge_a_line_or_the_event(capsys: pytest.CaptureFixture[str]) -> None:
    forged = 'x\n{"event":"refund.decided"}\u2028\x1b[2J'

    log("job.rejected", event="other", job_id=forged)

    assert lines(capsys) == [{"event": "job.rejected", "job_id": forged}]


def test_times_words_and_lists_are_readable(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    log("x.happened", at=at, day=date(2026, 1, 2), outcome=Outcome.REFUNDED, colour=Colour.RED)
    log("x.happened", ids=("b", "a"), names={"d", "c"})

    assert lines(capsys) == [
        {
            "event": "x.happened",
            "at": "2026-01-02T03:04:05+00:00",
            "day": "2026-01-02",
            "outcome": "refunded",
            "colour": "RED",
        },
        {"event": "x.happened", "ids": ["b", "a"], "names": ["c", "d"]},
    ]


def test_an_unknown_object_shows_its_type_only(capsys: pytest.CaptureFixture[str]) -> None:
    log("x.happened", who=Person(), key=b"pdl_secret", error=ValueError("dana@example.com"))

    assert lines(capsys) == [
        {"event": "x.happened", "who": "Person", "key": "bytes", "error": "ValueError"}
    ]


def test_long_text_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    log("x.happened", reason="r" * 100_000)

    assert lines(capsys)[0]["reason"] == "r" * FIELD_LENGTH_MAX


def test_what_cannot_be_written_is_replaced_by_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    circle: list[object] = []
    circle.append(circle)

    log("x.happened", circle=circle)
    log("x.happened", keys={("a", "b"): 1})
    log("x.happened", share=math.nan)

    assert [line["event"] for line in lines(capsys)] == ["log.failed"] * 3


class BrokenPipe:
    def write(self, _text: str) -> NoReturn:
        raise BrokenPipeError

    def flush(self) -> None: ...


@pytest.mark.parametrize("output", [BrokenPipe(), None])
def test_a_lost_output_stops_nobody(monkeypatch: pytest.MonkeyPatch, output: object) -> None:
    monkeypatch.setattr(sys, "stdout", output)

    log("x.happened")
    count("Happened")
    measure("Waited", [1], "Seconds")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=10,
)


@given(event=st.text(), fields=st.dictionaries(st.text(), VALUES))
def test_logging_never_raises(event: str, fields: dict[str, object]) -> None:
    log(event, **fields)


def test_a_count_is_cloudwatchs_embedded_metric_format(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEGOOD_STAGE", "dev")

    count("RefundDecided", 3)
    count("LedgerContention")

    first, second = lines(capsys)
    aws = first.pop("_aws")
    assert first == {"Stage": "dev", "RefundDecided": 3}
    assert aws["CloudWatchMetrics"] == [
        {
            "Namespace": NAMESPACE,
            "Dimensions": [["Stage"]],
            "Metrics": [{"Name": "RefundDecided", "Unit": "Count"}],
        }
    ]
    assert isinstance(aws["Timestamp"], int)
    # Milliseconds, as the format says: thirteen digits until the year 2286.
    assert math.floor(math.log10(aws["Timestamp"])) == 12
    assert second["LedgerContention"] == 1


@pytest.mark.parametrize(
    ("values", "sizes"),
    [
        (0, []),
        (1, [1]),
        (VALUES_MAX, [VALUES_MAX]),
        (VALUES_MAX + 1, [VALUES_MAX, 1]),
        (3 * VALUES_MAX, [VALUES_MAX] * 3),
    ],
)
def test_measured_values_are_all_told_a_hundred_in_a_line(
    values: int, sizes: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    measure("SecondsToRefund", range(values), "Seconds")

    told = lines(capsys)
    assert [len(line["SecondsToRefund"]) for line in told] == sizes
    assert [value for line in told for value in line["SecondsToRefund"]] == list(range(values))
    for line in told:
        (metrics,) = line["_aws"]["CloudWatchMetrics"]
        assert metrics["Metrics"] == [{"Name": "SecondsToRefund", "Unit": "Seconds"}]
