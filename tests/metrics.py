"""Metrics that a function published, read from what it wrote."""

import json

import pytest


def metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, list[int]]:
    """All values of each metric since the last look, in order."""
    found: dict[str, list[int]] = {}
    for line in capsys.readouterr().out.splitlines():
        told = json.loads(line)
        for kind in told.get("_aws", {}).get("CloudWatchMetrics", []):
            for metric in kind["Metrics"]:
                value = told[metric["Name"]]
                found.setdefault(metric["Name"], []).extend(
                    value if isinstance(value, list) else [value]
                )
    return found
