import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from makegood.errors import RejectedEventError
from makegood.events.jobs import (
    MESSAGE_BYTES_MAX,
    Delivery,
    Failure,
    JobCancelled,
    JobEvent,
    JobFailed,
    JobSucceeded,
    parse_job_event,
)

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)

FAILED: dict[str, Any] = {
    "version": 1,
    "type": "job.failed",
    "job_id": "job_9f2c",
    "occurred_at": "2026-11-22T10:00:00Z",
    "failure": {
        "code": "provider_503",
        "message": "upstream unavailable",
        "source": "renderer",
    },
}
SUCCEEDED: dict[str, Any] = {
    "version": 1,
    "type": "job.succeeded",
    "job_id": "job_9f2d",
    "occurred_at": "2026-11-22T10:00:00Z",
    "outputs": {"ordered": 4, "delivered": 3},
}
CANCELLED: dict[str, Any] = {
    "version": 1,
    "type": "job.cancelled",
    "job_id": "job_9f2e",
    "occurred_at": "2026-11-22T10:00:00Z",
    "work_started": True,
}


def parse(message: Any) -> JobEvent:
    return parse_job_event(json.dumps(message))


def rejected(message: Any) -> str:
    with pytest.raises(RejectedEventError) as rejection:
        parse(message)
    assert rejection.value.__cause__ is None
    return str(rejection.value)


def fate(message: Any) -> str | None:
    """Why it is rejected, or None where it is read."""
    try:
        parse(message)
    except RejectedEventError as rejection:
        return str(rejection)
    return None


def changed(message: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    head, _, rest = path.partition(".")
    return message | {head: changed(message[head], rest, value) if rest else value}


def without(message: dict[str, Any], path: str) -> dict[str, Any]:
    head, _, rest = path.partition(".")
    if rest:
        return message | {head: without(message[head], rest)}
    return {name: value for name, value in message.items() if name != head}


def test_each_kind_is_read_as_what_it_is() -> None:
    assert parse(FAILED) == JobFailed(
        version=1,
        type="job.failed",
        job_id="job_9f2c",
        occurred_at="2026-11-22T10:00:00Z",  # type: ignore[arg-type]
        failure=Failure(code="provider_503", message="upstream unavailable", source="renderer"),
    )
    succeeded, cancelled = parse(SUCCEEDED), parse(CANCELLED)
    assert isinstance(succeeded, JobSucceeded)
    assert succeeded.outputs == Delivery(ordered=4, delivered=3)
    assert isinstance(cancelled, JobCancelled)
    assert cancelled.work_started is True
    assert {event.occurred_at for event in (parse(FAILED), succeeded, cancelled)} == {AT}


def test_text_and_bytes_are_read_alike() -> None:
    body = json.dumps(FAILED, ensure_ascii=False)

    assert parse_job_event(body) == parse_job_event(body.encode("utf-8"))


def test_unknown_fields_are_ignored() -> None:
    message = changed(FAILED, "failure.retries", 3) | {"trace": {"id": [1, 2]}, "credits": 10**18}

    assert parse(message) == parse(FAILED)


def test_events_do_not_change() -> None:
    event: Any = parse(FAILED)

    with pytest.raises(ValidationError, match="frozen"):
        event.job_id = "job_other"


def test_message_and_source_may_be_missing() -> None:
    event = parse(without(without(FAILED, "failure.message"), "failure.source"))

    assert isinstance(event, JobFailed)
    assert event.failure == Failure(code="provider_503", message="", source=None)


def test_the_free_text_does_not_show_in_logs_and_tracebacks() -> None:
    assert "upstream" not in repr(parse(FAILED))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-22T10:00:00+00:00", AT),
        ("2026-11-22T19:00:00+09:00", AT),
        ("2026-11-22T04:30:00-05:30", AT),
        ("2026-11-22T10:00:00.5Z", AT.replace(microsecond=500_000)),
        ("2026-11-22T10:00:00.123456Z", AT.replace(microsecond=123_456)),
        ("2026-11-22T10:00:00.123456999Z", AT.replace(microsecond=123_456)),
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
        ("2199-12-31T23:59:59Z", datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_utc(written: str, meant: datetime) -> None:
    moment = parse(FAILED | {"occurred_at": written}).occurred_at

    assert moment == meant
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "1999-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "2000-01-01T00:00:00+01:00",
        "2199-12-31T23:59:59-01:00",
        "2026-11-22T10:00:00",
        "2026-11-22",
        "2026-02-30T10:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T10:60:00Z",
        "2026-11-22T10:00:60Z",
        "2026-11-22T10:00:00+24:00",
        "2026-11-22T10:00:00+10:60",
        "2026-11-22 10:00:00Z",
        "2026-11-22T10:00:00z",
        "2026-11-22T10:00:00,5Z",
        "2026-11-22T10:00:00.1234567890Z",
        "2026-W47-7T10:00:00Z",
        "20261122T100000Z",
        "٢٠٢٦-11-22T10:00:00Z",
        "2026-11-22T10:00:00Z\n",
        "",
        None,
        1_795_341_600,
        True,
        [],
    ],
)
def test_a_time_is_rfc_3339_with_an_offset_and_in_our_days(written: Any) -> None:
    assert rejected(FAILED | {"occurred_at": written}) == (
        "occurred_at: expected an RFC 3339 time with an offset, in the years 2000 to 2199"
    )


@pytest.mark.parametrize("value", [0, 2, -1, True, 1.0, "1", None, [1]], ids=json.dumps)
def test_the_version_is_exactly_one(value: Any) -> None:
    assert rejected(FAILED | {"version": value}) == "version: expected 1"


@pytest.mark.parametrize(
    "value", ["job.lost", "JOB.FAILED", "job.failed ", "", None, 1, ["job.failed"]]
)
def test_the_type_is_one_of_three(value: Any) -> None:
    assert rejected(FAILED | {"type": value}) == (
        "type: expected one of job.failed, job.succeeded, job.cancelled"
    )


@pytest.mark.parametrize("value", ["j", "job_1", "Job-1.2:3_4", "0", "a" * 128])
def test_an_id_is_plain_ascii(value: str) -> None:
    assert parse(FAILED | {"job_id": value}).job_id == value


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="empty"),
        pytest.param("a" * 129, id="too long"),
        pytest.param("_job", id="begins with a sign"),
        pytest.param("job 1", id="space"),
        pytest.param("job_1\n", id="newline at the end"),
        pytest.param("job\x00", id="NUL"),
        pytest.param("job\u200b", id="zero width"),
        pytest.param("j\u043eb_1", id="Cyrillic o"),
        pytest.param("jób", id="accent"),
        pytest.param("job_\u0661", id="another script's digit"),
        pytest.param("job#1", id="number sign"),
        pytest.param("../job", id="path"),
        pytest.param("job/1", id="slash"),
        pytest.param(None, id="null"),
        pytest.param(7, id="number"),
        pytest.param(True, id="true"),
        pytest.param(["job_1"], id="list"),
    ],
)
def test_no_other_id_is_taken(value: Any) -> None:
    assert rejected(FAILED | {"job_id": value}).startswith("job_id: ")


@pytest.mark.parametrize(
    ("message", "path", "value"),
    [
        (SUCCEEDED, "outputs.ordered", 0),
        (SUCCEEDED, "outputs.ordered", -1),
        (SUCCEEDED, "outputs.ordered", True),
        (SUCCEEDED, "outputs.ordered", "7"),
        (SUCCEEDED, "outputs.ordered", 1.5),
        (SUCCEEDED, "outputs.ordered", 4.0),
        (SUCCEEDED, "outputs.ordered", None),
        (SUCCEEDED, "outputs.ordered", 10**18),
        (SUCCEEDED, "outputs.delivered", -1),
        (SUCCEEDED, "outputs.delivered", False),
        (SUCCEEDED, "outputs.delivered", "0"),
        (SUCCEEDED, "outputs.delivered", 10**18),
        (SUCCEEDED, "outputs", [4, 3]),
        (SUCCEEDED, "outputs", None),
        (CANCELLED, "work_started", 1),
        (CANCELLED, "work_started", "true"),
        (CANCELLED, "work_started", None),
        (FAILED, "failure.code", ""),
        (FAILED, "failure.code", "c" * 129),
        (FAILED, "failure.code", "provider\n503"),
        (FAILED, "failure.code", "provider_503\n"),
        (FAILED, "failure.code", "prov\u00efder"),
        (FAILED, "failure.code", " padded "),
        (FAILED, "failure.code", 503),
        (FAILED, "failure.code", None),
        (FAILED, "failure.message", "m" * 2_001),
        (FAILED, "failure.message", 7),
        (FAILED, "failure.source", "s" * 129),
        (FAILED, "failure.source", "\x1b[2J"),
        (FAILED, "failure", "provider_503"),
        (FAILED, "failure", None),
    ],
)
def test_a_wrong_field_is_named(message: dict[str, Any], path: str, value: Any) -> None:
    assert rejected(changed(message, path, value)).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("message", "path", "value"),
    [
        (SUCCEEDED, "outputs.ordered", 1),
        (SUCCEEDED, "outputs.delivered", 0),
        (SUCCEEDED, "outputs.delivered", 5),
        (FAILED, "failure.code", "c" * 128),
        (FAILED, "failure.code", "?"),
        (FAILED, "failure.code", "HTTP 503 (upstream)"),
        (FAILED, "failure.message", "m" * 2_000),
        (FAILED, "failure.message", "größer\n日本語"),
    ],
)
def test_values_at_the_edge_are_taken(message: dict[str, Any], path: str, value: Any) -> None:
    parse(changed(message, path, value))


@pytest.mark.parametrize(
    ("message", "path"),
    [
        (FAILED, "version"),
        (FAILED, "job_id"),
        (FAILED, "occurred_at"),
        (FAILED, "failure"),
        (FAILED, "failure.code"),
        (SUCCEEDED, "outputs"),
        (SUCCEEDED, "outputs.ordered"),
        (SUCCEEDED, "outputs.delivered"),
        (CANCELLED, "work_started"),
    ],
)
def test_a_missing_field_is_named(message: dict[str, Any], path: str) -> None:
    assert rejected(without(message, path)) == f"{path}: Field required"


def test_several_faults_are_told_together_and_not_without_end() -> None:
    assert rejected({"type": "job.failed"}) == (
        "version: Field required; job_id: Field required; occurred_at: Field required; and 1 more"
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("not json", "body: not valid JSON", id="not JSON"),
        pytest.param("", "body: empty", id="empty"),
        pytest.param("[]", "body: not a JSON object", id="array"),
        pytest.param("null", "body: not a JSON object", id="null"),
        pytest.param(b"\xff\xfe", "body: not UTF-8", id="not UTF-8"),
        pytest.param("\ud800", "body: expected text that UTF-8 can hold", id="half a pair"),
        pytest.param('{"version":1,"version":1}', "body: the same key twice", id="key twice"),
        pytest.param('{"version":NaN}', "body: NaN", id="NaN"),
        pytest.param("[" * 60_000, "body: nested", id="deep"),
        pytest.param(" " * (MESSAGE_BYTES_MAX + 1), "body: more than 65536 bytes", id="large"),
    ],
)
def test_a_body_that_is_no_strict_json_object_is_rejected(body: str | bytes, reason: str) -> None:
    with pytest.raises(RejectedEventError, match=f"^{reason}"):
        parse_job_event(body)


def test_the_size_limit_is_64_kib_to_the_byte() -> None:
    body = json.dumps(FAILED).encode()
    padded = body + b" " * (64 * 1024 - len(body))

    assert parse_job_event(padded) == parse(FAILED)
    with pytest.raises(RejectedEventError, match="bytes"):
        parse_job_event(padded + b" ")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
SECRET_WORD = "Zq7-dana@example.com-4242"


@given(
    message=st.sampled_from([FAILED, SUCCEEDED, CANCELLED]),
    path=st.sampled_from(["version", "type", "job_id", "occurred_at", "failure", "outputs"]),
    value=ANYTHING,
)
def test_any_value_anywhere_is_read_or_rejected(
    message: dict[str, Any], path: str, value: Any
) -> None:
    reason = fate(message | {path: value})

    assert reason is None or reason.startswith(("body: ", path))


@given(body=st.binary() | st.text(st.characters()))
def test_no_body_raises_anything_but_a_rejection(body: str | bytes) -> None:
    with pytest.raises(RejectedEventError):
        parse_job_event(body)


@pytest.mark.parametrize("path", ["version", "type", "job_id", "occurred_at", "failure"])
def test_a_rejection_never_repeats_the_value(path: str) -> None:
    assert SECRET_WORD not in rejected(FAILED | {path: SECRET_WORD})
    assert SECRET_WORD not in rejected(FAILED | {path: {SECRET_WORD: SECRET_WORD}})
