"""A stack on moto for each test of a queue worker or of the API."""

from collections.abc import Iterator

import pytest

from tests.api_calls import Api, running_api, wired_api
from tests.workers import Stack, running_stack


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    with running_stack(monkeypatch) as stack:
        yield stack


@pytest.fixture(scope="module")
def _wired() -> Iterator[None]:
    with wired_api():
        yield


@pytest.fixture
def api(_wired: None) -> Iterator[Api]:
    with running_api() as stack:
        yield stack
