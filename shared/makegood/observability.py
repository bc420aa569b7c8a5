"""Log lines and metrics: one JSON object a line on standard output, where Lambda collects them.

None of these functions ever raises: telling about the work must not stop it. Fields are ids, names,
counts and reasons; bodies, secrets, e-mail addresses and free text do not belong in them.
"""

import json
import sys
import time
from collections.abc import Sequence
from datetime import date
from enum import Enum

from makegood.settings import stage

NAMESPACE = "Makegood"

# A field is a name or a reason. What is longer is no such thing, and a line stays far below
# the size at which CloudWatch would cut it in two.
FIELD_LENGTH_MAX = 1_000

VALUES_MAX = 100
"""Of one metric in one line: CloudWatch's limit."""


def log(event: str, /, **fields: object) -> None:
    """Write one line. The event is named `noun.verb_past`, as in `refund.decided`."""
    _write({"event": event} | fields | {"event": event})


def count(name: str, value: int = 1) -> None:
    """Add to a metric of the namespace, as a line in CloudWatch's embedded metric format."""
    _publish(name, value, "Count")


def measure(name: str, values: Sequence[int], unit: str) -> None:
    """Publish single values of a metric, of which CloudWatch then knows maximum and percentiles.

    `unit` is CloudWatch's own word for it, such as `Seconds`. No values are no line; a metric that
    must be there on every run is given a 0.
    """
    for start in range(0, len(values), VALUES_MAX):
        _publish(name, list(values[start : start + VALUES_MAX]), unit)


def _publish(name: str, value: int | list[int], unit: str) -> None:
    """The format demands a time stamp. It dates the metric only, no decision looks at it."""
    metric = {
        "Namespace": NAMESPACE,
        "Dimensions": [["Stage"]],
        "Metrics": [{"Name": name, "Unit": unit}],
    }
    stamp = time.time_ns() // 1_000_000
    told = {"Timestamp": stamp, "CloudWatchMetrics": [metric]}
    _write({"_aws": told, "Stage": stage(), name: value})


def _write(fields: dict[str, object]) -> None:
    try:
        line = _line(fields)
    except (TypeError, ValueError, RecursionError) as error:
        line = _line({"event": "log.failed", "error": type(error).__name__})
    try:
        # One write for each line, so that lines of several threads do not mix.
        sys.stdout.write(line)
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        return  # Standard output is gone: there is nobody left to tell.


def _line(fields: dict[str, object]) -> str:
    short = {key: _shortened(value) for key, value in fields.items()}
    return json.dumps(short, default=_plain, allow_nan=False, separators=(",", ":")) + "\n"


def _shortened(value: object) -> object:
    return value[:FIELD_LENGTH_MAX] if isinstance(value, str) else value


def _plain(value: object) -> object:
    """Text for what JSON has no word for. Unknown objects give their type: repr may tell all."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    return type(value).__name__
