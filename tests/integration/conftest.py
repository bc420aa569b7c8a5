"""A stack on moto for each test of a queue worker."""

from collections.abc import Iterator

import pytest

from tests.workers import Stack, running_stack


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    with running_stack(monkeypatch) as stack:
        yield stack
