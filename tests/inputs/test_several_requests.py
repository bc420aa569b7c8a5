"""Bad inputs that only several requests together show."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.asked import ANN
from tests.http_events import JOBS, OPERATOR, event
from tests.inputs.in_memory import Aws, InMemoryApi
from tests.inputs.requests import CORRECTIONS
from tests.inputs.studio_world import BONUS, CHARGE, CORRECTION, put_into


@pytest.fixture
def names(memory: Aws) -> Mapping[str, str]:
    return put_into(memory)


@pytest.mark.parametrize("step", ["", "/withdraw", "/appeal"])
def test_a_strangers_case_takes_no_other_path_than_none(
    api: InMemoryApi, memory: Aws, names: Mapping[str, str], step: str
) -> None:
    """A10: the same answer after the same calls, so that no time tells one from the other."""

    def ask(case_id: str) -> tuple[int, Any, list[str]]:
        path = f"/v1/me/cases/{case_id}{step}"
        request = event("POST", path, ANN, body={}) if step else event("GET", path, ANN)
        memory.calls.clear()
        answer = api.send(request)
        return answer.status, answer.body, list(memory.calls)

    theirs, unknown = ask(names["theirs"]), ask("case_unknown")

    assert theirs == unknown
    assert theirs[0] == 404


ONCE = {
    "a bonus": event("PUT", "/v1/bonuses/key_2", JOBS, body=BONUS),
    "a charge": event("PUT", "/v1/jobs/job_2", JOBS, body=CHARGE),
    "a correction": event(
        "POST", CORRECTIONS, OPERATOR, body=CORRECTION, headers={"idempotency-key": "key_2"}
    ),
}


@pytest.mark.parametrize("request_", ONCE.values(), ids=ONCE)
def test_one_key_at_once_is_one_thing(
    api: InMemoryApi, memory: Aws, names: Mapping[str, str], request_: dict[str, Any]
) -> None:
    """A18: each of twenty has read, and before it writes, the next one comes and does the same."""
    answers, waiting = [], [request_] * 20

    def overtaken() -> None:
        if waiting:
            answers.append(api.send(waiting.pop()))

    memory.before_write = overtaken
    overtaken()

    assert sorted(answer.status for answer in answers) == [200] * 19 + [201]
    assert len({json.dumps(answer.body, sort_keys=True) for answer in answers}) == 1


def test_no_header_is_sent_back(api: InMemoryApi) -> None:
    """A40: whatever a request's headers hold, those of the answer are the same."""
    plain = api.send(event("GET", "/v1/me", ANN))
    sent = dict.fromkeys(
        ("x-request-id", "origin", "host", "x-forwarded-for", "accept", "cookie"),
        "a\r\nset-cookie: session=stolen",
    )

    answer = api.send(event("GET", "/v1/me", ANN, headers=sent))

    assert answer == plain
