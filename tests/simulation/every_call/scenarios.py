"""All scenarios."""

from tests.simulation.every_call import of_credits, of_money

SCENARIOS = (*of_credits.SCENARIOS, *of_money.SCENARIOS)
