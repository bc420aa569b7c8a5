"""A thousand stories in which everything goes wrong: all end as they should.

`make simulate SEEDS=10000` plays more of them.
"""

import os
import subprocess
import sys

import pytest

from tests.simulation.many import Played, play
from tests.simulation.shrinking import shrunk
from tests.simulation.wired import environment
from tests.template import ROOT

SEEDS = 1000


@pytest.fixture(scope="module")
def played() -> Played:
    return play(range(SEEDS))


def test_nothing_goes_wrong(played: Played) -> None:
    assert played.failed == {}


def test_each_fault_has_met_each_function_that_can_meet_it(played: Played) -> None:
    """A fault that never struck would prove nothing."""
    assert played.never == []


def test_things_end_in_every_way(played: Played) -> None:
    assert set(played.ends) >= {
        *(f"payout {state}" for state in ("paid", "rejected", "refused", "sent", "person")),
        *(f"job {state}" for state in ("succeeded", "refunded", "denied")),
        *(f"case {status}" for status in ("open", "paid", "credited", "declined", "withdrawn")),
        "case closed",
    }
    # What has no end in a story is what needs a person, and what Paddle has not decided on.
    assert not set(played.ends) & {"payout sending", "job charged", "job review"}


def test_the_same_seed_is_the_same_story(played: Played) -> None:
    """In another process too, whose sets are in another order."""
    seeds = range(20, 26)
    program = [sys.executable, "-m", "tests.simulation", "--first", "20", "--seeds", "6"]
    other = subprocess.run(  # noqa: S603 - our own program
        [*program, "--traces"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )

    traces = {seed: played.traces[seed] for seed in seeds}
    assert play(seeds).traces == traces
    assert other.stdout.splitlines() == [f"{seed} {trace}" for seed, trace in traces.items()]
    assert len(set(traces.values())) == len(seeds)


def test_a_story_that_goes_wrong_is_told_without_what_has_nothing_to_do_with_it() -> None:
    mistake = "too_many_requests_count_as_failed"
    [seed] = play(range(400), mistake=mistake, first_only=True).failed

    with environment():
        smaller, found = shrunk(seed, mistake=mistake)

    assert found
    assert 0 < len(smaller.timeline.lines) < 1500
    assert any("F46 Paddle answers 429" in line for line in smaller.timeline.lines)
    with environment(), pytest.raises(ValueError, match="nothing goes wrong"):
        shrunk(seed)
