"""A stub of AWS as a process of its own, filled with one account."""

from collections.abc import Iterator

import pytest

from bench import worlds
from bench.processes import StubProcess

CHARGED = worlds.charged_account("acc_1", jobs=3)


@pytest.fixture(scope="session")
def _stub_process() -> Iterator[StubProcess]:
    with StubProcess() as stub:
        yield stub


@pytest.fixture
def stub(_stub_process: StubProcess) -> StubProcess:
    """Empty but for an account of both solutions with three open jobs."""
    _stub_process.reset()
    worlds.fill(_stub_process, [CHARGED])
    _stub_process.counts()
    return _stub_process
