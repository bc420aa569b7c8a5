"""The stand-in for the studio, and the settings of the laptop that lead to it."""

import json
from collections.abc import Iterator

import pytest

from local import secrets_and_settings
from local.client import call
from local.studio import server
from makegood.events.job_status import Running, Unknown, parse_job_status
from makegood.events.studio_settings import parse_settings
from tests.webhooks import NOW

URL = "http://127.0.0.1:4573"


@pytest.fixture
def studio() -> Iterator[str]:
    started = server.start()
    yield started.url
    started.stop()


def test_a_capability_is_there_until_somebody_says_otherwise(studio: str) -> None:
    video, image = f"{studio}/health/video", f"{studio}/health/image"
    assert call("GET", video).status == 200

    call("PUT", video, {"healthy": False})
    assert call("GET", video).status == 503
    assert call("GET", image).status == 200

    call("PUT", video, {"healthy": True})
    assert call("GET", video).status == 200


@pytest.mark.parametrize("body", [{}, {"healthy": "no"}, {"healthy": 0}])
def test_health_is_true_or_false(studio: str, body: dict[str, object]) -> None:
    assert call("PUT", f"{studio}/health/video", body).status == 400
    assert call("GET", f"{studio}/health/video").status == 200


def test_a_job_is_as_it_was_said_to_be(studio: str) -> None:
    job = f"{studio}/jobs/job_1"
    assert isinstance(answered(job), Unknown)

    call("PUT", job, {"state": "running"})
    assert isinstance(answered(job), Running)
    assert isinstance(answered(f"{studio}/jobs/job_2"), Unknown)


def answered(address: str) -> object:
    """As the product reads it."""
    answer = call("GET", address)
    assert answer.status == 200
    return parse_job_status(json.dumps(answer.body).encode(), job_id="job_1", asked_at=NOW)


def test_a_new_stack_is_set_to_ask_the_stand_in() -> None:
    filled = secrets_and_settings.with_settings('{"time_zone": "UTC"}', URL)

    document = parse_settings(filled, private=True)
    assert {probe.capability: probe.url for probe in document.probes} == {
        "image": f"{URL}/health/image",
        "video": f"{URL}/health/video",
    }
    assert document.job_status_url == f"{URL}/jobs/{{job_id}}"


def test_what_somebody_set_stays_and_follows_the_stand_in_to_another_port() -> None:
    kept = (
        '{"holidays": ["2026-12-25"], "job_status_url": "http://127.0.0.1:9/jobs/{job_id}",'
        ' "reference_url": "http://127.0.0.1:9/other"}'
    )

    moved = secrets_and_settings.with_settings(kept, URL)

    assert moved == kept.replace("127.0.0.1:9/jobs", "127.0.0.1:4573/jobs")
    assert secrets_and_settings.with_settings(moved, URL) == moved


def test_what_is_no_document_is_left_to_whoever_wrote_it() -> None:
    assert secrets_and_settings.with_settings("not json", URL) == "not json"
