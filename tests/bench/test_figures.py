"""What the bench makes of its figures."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench import cost, plots, worlds
from bench.__main__ import template_batch_size
from bench.deployed import ROOT
from bench.goals import GOALS, Goal
from bench.processes import NOTHING, Counts
from bench.samples import Samples
from bench.subjects import supply
from makegood.ledger.attributes import from_item


def test_medians_and_ratios_are_of_the_right_figures() -> None:
    samples = Samples()
    for ours, theirs in ((1.0, 10.0), (2.0, 40.0), (9.0, 20.0)):
        samples.add("a", "product", {"ms": ours})
        samples.add("a", "textbook", {"ms": theirs})
        samples.add("b", "product", {"ms": ours * 2})

    assert samples.median("a", "product", "ms") == 2
    assert samples.ratio("a", ("product", "textbook"), "ms") == pytest.approx(0.1)
    assert samples.paired_ratio(("b", "a"), "product", "ms") == 2
    assert samples.summary()["a"]["textbook"] == {
        "ms": 20,
        "runs": 3,
        "raw": {"ms": [10, 40, 20]},
    }


def test_only_calls_of_dynamodb_count_as_such() -> None:
    one = Counts({"PutItem": 2, "SendMessage": 1, "GetSecretValue": 1}, write_units=3)

    both = NOTHING + one + Counts({"PutItem": 1, "Query": 1}, cancelled=1)

    assert one.dynamodb_calls == 2
    assert both.dynamodb_calls == 4
    assert (both.write_units, both.cancelled) == (3, 1)


@pytest.mark.parametrize(
    ("at_least", "value", "reached"),
    [(True, 20, True), (True, 19.9, False), (False, 20, True), (False, 20.1, False)],
)
def test_a_goal_is_reached_at_its_bound(at_least: bool, value: float, reached: bool) -> None:
    assert Goal("name", "what", 20, at_least).is_reached(value) is reached


def test_the_figures_that_others_read_are_among_the_goals() -> None:
    assert {goal.name for goal in GOALS} >= {
        "storm_refunds_per_core",
        "storm_calls_per_refund",
        "storm_wru_per_refund",
        "single_wru_per_refund",
        "webhook_cold_wall",
        "refund_worker_cold_wall",
        "webhook_warm_cpu",
        "growth_100k_entries",
    }


def test_a_million_is_paid_by_the_list() -> None:
    work = cost.Work(cpu_us=0, calls=0, write_units=4, read_units=2, sqs_messages=1)

    dollars = cost.per_million(work)

    assert dollars["dynamodb"] == pytest.approx(4 * 0.625 + 2 * 0.125)
    assert dollars["sqs"] == pytest.approx(0.48)
    assert dollars["all"] == pytest.approx(2.75 + 0.48 + 0.2)


def test_the_batch_is_the_templates() -> None:
    assert 10 < template_batch_size(ROOT) <= 10_000


def test_both_solutions_begin_with_the_same_balances_and_jobs() -> None:
    charged = [worlds.charged_account(f"acc_{n}", jobs=2, entries=10, lots=30) for n in range(2)]

    ours = [from_item(item) for world in charged for item in worlds.product_items(world)]
    snapshots = {item["account_id"]: item for item in ours if item["sk"] == "SNAPSHOT"}
    theirs = {item["account_id"]["S"]: item for item in worlds.textbook_accounts(charged)}

    assert {name: int(item["balance"]["N"]) for name, item in theirs.items()} == {
        name: item["available"] for name, item in snapshots.items()
    }
    assert [item["job_id"] for item in ours if item["sk"] == "JOB"] == [
        item["job_id"]["S"] for item in worlds.textbook_jobs(charged)
    ]
    assert len(charged[0].entries) == 30 + 10 + 2
    assert len(charged[0].cards) + len(charged[0].account.lots) >= 30


def test_no_event_is_handed_out_twice() -> None:
    charged = [worlds.charged_account(f"acc_{n}", jobs=2) for n in range(3)]
    events = supply(charged)

    jobs = [record["body"] for record in events.event("refund", size=6)["Records"]]
    purchases = {events.event("webhook")["body"] for _ in range(5)}

    assert len(set(jobs)) == 6
    assert len(purchases | {supply(charged).event("webhook")["body"]}) == 6


def test_the_plots_are_well_formed(tmp_path: Path) -> None:
    points = [("0", 10.0), ("1,000", 12.5)]
    plots.lines(tmp_path / "l.svg", title="a < b", x="x", y="y", series={"refund": points})
    plots.bars(tmp_path / "b.svg", title="t", x="ms", rows=[("webhook, textbook", 1900.0)])

    for file in tmp_path.iterdir():
        assert ET.parse(file).getroot().tag.endswith("svg")  # noqa: S314 - made right here
