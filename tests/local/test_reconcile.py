from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local import reconcile


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        pytest.param(
            {"events_seen": 1, "share": 100, "nightly": True, "cursor": None, "again": False},
            [
                "events seen  1",
                "share        100",
                "nightly      yes",
                "cursor       -",
                "again        no",
            ],
            id="numbers and words in columns",
        ),
        pytest.param(
            {"differences": [{"kind": "missing", "transaction_id": "txn_1"}, "txn_2"]},
            ["differences:", "  kind missing, transaction id txn_1", "  txn_2"],
            id="a record a line",
        ),
        pytest.param({"differences": []}, ["differences: none"], id="an empty list"),
        pytest.param(
            {"events": {"seen": 0, "missing": ["evt_1"]}},
            ["events:", "  seen     0", "  missing:", "    evt_1"],
            id="a part of its own",
        ),
        pytest.param({"pair": [["a", 1], ["b", 2]]}, ["pair:", "  a, 1", "  b, 2"], id="pairs"),
        pytest.param({}, [], id="nothing"),
        pytest.param(None, ["-"], id="no report"),
    ],
)
def test_a_report_is_told_in_plain_lines(report: Any, expected: list[str]) -> None:
    assert list(reconcile.lines(report)) == expected


@pytest.mark.parametrize("text", ["2026-12-01T03:37:00Z", "2026-12-01T04:37:00+01:00"])
def test_a_time_may_be_given(text: str) -> None:
    given = reconcile._parser().parse_args(["--at", text])

    assert given.at == datetime(2026, 12, 1, 3, 37, tzinfo=UTC)


def test_nothing_is_compared_where_no_stack_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reconcile.main(["--home", str(tmp_path)]) == 1
    assert "make run" in capsys.readouterr().err
