"""Which worker of `make test` runs which test."""

from xdist.scheduler import LoadScopeScheduling

SHARED_PROCESSES = {
    "tests/bench/test_textbook": "_stub_process",
    "tests/emulator/": "emulator",
    "tests/local/test_stack": "running",
}
"""Fixtures with a process behind them, by how the ids of the tests begin that share it."""


def shared_process(test: str) -> str | None:
    """The fixture that this test shares with others."""
    found = (name for start, name in SHARED_PROCESSES.items() if test.startswith(start))
    return next(found, None)


class Together(LoadScopeScheduling):
    """Tests that share a process go to one worker, first of all; the rest one by one to any.

    xdist's own groups are made by a mark, which has no effect with this version of pytest.
    """

    def _split_scope(self, nodeid: str) -> str:
        return shared_process(nodeid) or nodeid
