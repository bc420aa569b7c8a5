"""Dollars for a million, from what was measured and a dated list of prices."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.samples import Samples
from bench.subjects import PRODUCT, TEXTBOOK

PRICES: dict[str, Any] = json.loads((Path(__file__).parent / "prices.json").read_text())


@dataclass(frozen=True, slots=True)
class Work:
    """What one message takes. `invocations` is its share of one; `calls` are those it waits for."""

    cpu_us: float
    calls: float
    write_units: float
    read_units: float = 0.0
    invocations: float = 1.0
    sqs_messages: float = 0.0
    http_requests: float = 0.0


def core_share() -> float:
    """How much of a core a function of the assumed memory has."""
    assumed = PRICES["assumed"]
    return float(min(1.0, assumed["memory_mb"] / assumed["full_core_at_mb"]))


def per_million(work: Work) -> dict[str, float]:
    """Dollars by service, and in all. Lambda: this machine's CPU time, and the waiting."""
    assumed = PRICES["assumed"]
    waiting = work.calls * assumed["milliseconds_of_waiting_for_each_call"] / 1e3
    gb_seconds = (work.cpu_us / 1e6 / core_share() + waiting) * assumed["memory_mb"] / 1024
    dollars = {
        "dynamodb": work.write_units * PRICES["dynamodb_write_units_per_million"]
        + work.read_units * PRICES["dynamodb_read_units_per_million"],
        "lambda": gb_seconds * PRICES["lambda_arm64_gb_second"] * 1e6
        + work.invocations * PRICES["lambda_requests_per_million"],
        "sqs": work.sqs_messages
        * assumed["sqs_requests_for_each_message"]
        * PRICES["sqs_requests_per_million"],
        "http_api": work.http_requests * PRICES["http_api_requests_per_million"],
    }
    return {name: round(value, 3) for name, value in dollars.items()} | {
        "all": round(sum(dollars.values()), 2)
    }


def work_of(figures: Mapping[str, float], **more: float) -> Work:
    """From the figures of a warm function; calls of other services are given in `more`."""
    return Work(
        cpu_us=figures["cpu_us"],
        calls=figures["dynamodb_calls"] + more.pop("other_calls", 0.0),
        write_units=figures["write_units"],
        read_units=figures.get("read_units", 0.0),
        **more,
    )


def dollars(sections: Mapping[str, Samples]) -> dict[str, dict[str, float]]:
    """For a million of each, from the medians of this run."""

    def work(section: str, name: str, solution: str, **more: float) -> Work:
        told = sections[section].summary()[name][solution]
        return work_of({k: v for k, v in told.items() if k != "raw"}, **more)

    batched = {"invocations": 0.1, "sqs_messages": 1.0}
    return {
        "refund, textbook": per_million(work("warm", "refund_in_10", TEXTBOOK, **batched)),
        "refund, alone": per_million(work("warm", "refund_alone", PRODUCT, sqs_messages=1.0)),
        **{
            f"refund, storm {name}": per_million(
                work("storms", name, PRODUCT, sqs_messages=1.0, invocations=0.001)
            )
            for name in ("together", "random")
        },
        "charge": per_million(work("warm", "charge", PRODUCT, http_requests=1.0)),
        "webhook and grant, textbook": per_million(
            work("warm", "webhook", TEXTBOOK, http_requests=1.0)
        ),
        "webhook": per_million(
            work("warm", "webhook", PRODUCT, http_requests=1.0, other_calls=1.0)
        ),
        "grant, alone": per_million(work("warm", "purchase_alone", PRODUCT, sqs_messages=1.0)),
    }
