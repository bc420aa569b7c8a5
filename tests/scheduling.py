"""Which worker of `make test` runs which test."""

from xdist.scheduler import LoadScopeScheduling

SHARED_FIXTURES = {
    "tests/bench/test_textbook": "_stub_process",
    "tests/emulator/": "emulator",
    "tests/local/test_stack": "running",
    "tests/simulation/test_stories": "played",
}
"""Fixtures that are dear, by how the ids of the tests begin that share one: most have a process
behind them, one plays a thousand stories."""


def shared_fixture(test: str) -> str | None:
    """The fixture that this test shares with others."""
    found = (name for start, name in SHARED_FIXTURES.items() if test.startswith(start))
    return next(found, None)


class Together(LoadScopeScheduling):
    """Tests that share a fixture go to one worker, first of all; the rest one by one to any.

    xdist's own groups are made by a mark, which has no effect with this version of pytest.
    """

    def _split_scope(self, nodeid: str) -> str:
        return shared_fixture(nodeid) or nodeid
