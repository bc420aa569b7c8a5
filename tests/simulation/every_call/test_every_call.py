"""Each call of each function: its run ends before it, or after it, or a write's answer is lost.

Whatever was disturbed, what comes after it must lead to the same end as if nothing had been.
"""

import pytest

from tests.simulation.every_call import experiments
from tests.simulation.every_call.scenarios import SCENARIOS
from tests.simulation.every_call.stage import Scenario
from tests.simulation.faults import FUNCTIONS
from tests.simulation.wired import environment


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_every_disturbance_comes_to_the_same_end(scenario: Scenario) -> None:
    with environment():
        assert list(experiments.wrongs(scenario)) == []


def test_each_function_is_disturbed_at_every_call_that_it_makes() -> None:
    with environment():
        counted = experiments.counted(SCENARIOS)

    assert set(counted) == set(FUNCTIONS)
    assert counted.total() > 1_200
