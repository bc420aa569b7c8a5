from collections.abc import Iterator

import pytest

from local.client import Stack, stack_at
from tests.local.stacks import LocalStack, local_stack


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """One stack for all tests that leave it running."""
    with local_stack(tmp_path_factory.mktemp("stack")) as stack:
        stack.start()
        yield stack


@pytest.fixture
def stack(running: LocalStack) -> Stack:
    described = stack_at(running.home.stack_json)
    assert described is not None
    return described
