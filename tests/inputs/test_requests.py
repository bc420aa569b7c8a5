"""Each request of the catalogue to the real handler of the API."""

import json
from collections.abc import Mapping

import pytest

from makegood.api import routes
from tests.http_events import JSON
from tests.inputs.in_memory import Aws, InMemoryApi
from tests.inputs.requests import ROWS, Request
from tests.inputs.rows import log_lines, sent_in, without_ids
from tests.inputs.studio_world import put_into

OURS = {JSON} | {route.path for route in routes.ROUTES}
"""What a line or an answer may say of any request."""


@pytest.fixture
def names(memory: Aws) -> Mapping[str, str]:
    return put_into(memory)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_api_answers(
    row: Request,
    names: Mapping[str, str],
    api: InMemoryApi,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`Api.send` holds each answer to the document: its status, its content type, its shape."""
    before, request = api.items(), row.event(names)
    capsys.readouterr()

    answer = api.send(request)

    assert answer.status == row.status, answer.body
    if row.problem:
        assert answer.problem == row.problem
        assert answer.body["detail"].startswith(row.names)
    assert (api.items() != before) == row.changes
    [line] = log_lines(capsys.readouterr().out)
    assert (line["event"], line["status"]) == ("request.answered", row.status)
    shown = json.dumps([answer.headers, answer.body if row.problem else "", line])
    hidden = without_ids(sent_in(request)) - OURS
    assert not [text for text in sorted(hidden) if text in shown]
