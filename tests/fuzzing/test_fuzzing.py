"""Each parser of what comes from outside, under mutation for a minute in a process of its own."""

import pytest

from tests.fuzzing.fuzz import guided
from tests.fuzzing.running import fuzzed

SECONDS = 60

READ = {"PaddleTransaction", "PaddleAdjustment", "PaddleCustomer", "event that is not read"}
ENDS = {"JobFailed", "JobSucceeded", "JobCancelled", "PayoutDue"}


# `accepted` is what it must have got to, and `outcomes` how many reasons and things: about a half
# of what a minute comes to.
@pytest.mark.parametrize(
    ("target", "accepted", "outcomes"),
    [
        ("webhook", {"kept, all", "kept, less"}, 15),
        ("queue", READ | ENDS, 120),
        ("header", {"h1, 1", "h1, 2"}, 20),
    ],
)
def test_nothing_breaks_a_promise(target: str, accepted: set[str], outcomes: int) -> None:
    [report] = fuzzed(target, seconds=SECONDS)
    assert not report.found, str(report)
    assert report.executions > 1_000, report.said
    assert {f"accepted {name}" for name in accepted} <= report.accepted
    assert len(report.outcomes) >= outcomes
    assert report.coverage > len(report.outcomes) or not guided()
