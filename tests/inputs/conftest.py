"""A new AWS for each test, in memory, and what stands on it."""

from collections.abc import Iterator

import pytest

from tests.inputs.in_memory import Aws, InMemoryApi, Workers, running


@pytest.fixture
def memory() -> Iterator[Aws]:
    with running() as aws:
        yield aws


@pytest.fixture
def workers(memory: Aws) -> Workers:
    return Workers(memory)


@pytest.fixture
def api(memory: Aws) -> InMemoryApi:
    return InMemoryApi(memory)
