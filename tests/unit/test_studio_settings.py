"""The operator's settings: what may stand in them, and when they come into force."""

import json
from collections.abc import Callable
from datetime import UTC, date, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.facts import Key
from makegood.domain.outage import SERVICE
from makegood.domain.studio import OutageNotice, Probe, StudioSettings
from makegood.errors import OutwardError, RejectedEventError
from makegood.events.studio_settings import (
    AMOUNT_MAX,
    HOLIDAYS_MAX,
    PROBES_MAX,
    SETTINGS_BYTES_MAX,
    URL_LENGTH_MAX,
    SettingsDocument,
    parse_settings,
)
from makegood.outward.url import parse_url
from makegood.plans.case_opening import calendar_of
from makegood.plans.studio_settings import (
    InForce,
    put_in_force,
    settings_of,
    stay_in_force,
)
from tests.ledgers import NOON, memory_ledger, plenty, stored

FULL: dict[str, Any] = {
    "time_zone": "Europe/Berlin",
    "holidays": ["2026-12-25", "2026-01-01"],
    "probes": [
        {"capability": "video", "url": "https://studio.example/health/video"},
        {"capability": "image", "url": "http://127.0.0.1:8080/health?kind=image"},
    ],
    "reference_url": "https://example.com",
    "job_status_url": "https://studio.example/jobs/{job_id}/status?v=1",
    "automatic_duplicates": True,
    "second_reviewer_above_minor": {"USD": 20000, "JPY": 0},
    "outage_notice": "case",
}


def read(document: object, *, private: bool = True) -> StudioSettings:
    text = document if isinstance(document, str) else json.dumps(document)
    return settings_of(text, private=private, zones=ZoneInfo)


def test_a_full_document_says_everything_in_one_order() -> None:
    assert read(FULL) == StudioSettings(
        time_zone="Europe/Berlin",
        holidays=(date(2026, 1, 1), date(2026, 12, 25)),
        probes=(
            Probe("image", "http://127.0.0.1:8080/health?kind=image"),
            Probe("video", "https://studio.example/health/video"),
        ),
        reference_url="https://example.com",
        job_status_url="https://studio.example/jobs/{job_id}/status?v=1",
        automatic_duplicates=True,
        second_reviewer_above_minor={"USD": 20000, "JPY": 0},
        outage_notice=OutageNotice.CASE,
    )


def test_an_empty_document_leaves_everything_as_it_is_by_itself() -> None:
    assert read({}) == StudioSettings()


@pytest.mark.parametrize("field", FULL)
def test_each_field_may_be_missing(field: str) -> None:
    settings = read({name: value for name, value in FULL.items() if name != field})
    assert getattr(settings, field) == getattr(StudioSettings(), field)


@pytest.mark.parametrize(
    "good",
    [
        {"time_zone": "UTC"},
        {"time_zone": "America/Argentina/Buenos_Aires"},
        {"time_zone": "Etc/GMT+12"},
        {"holidays": ["2024-02-29", "2024-02-29"]},
        {"holidays": ["2000-01-01", "2199-12-31"]},
        {"probes": []},
        {"reference_url": None},
        {"outage_notice": "nothing"},
        {"outage_notice": "told"},
        {"second_reviewer_above_minor": {}},
        {"second_reviewer_above_minor": {"USD": AMOUNT_MAX}},
        {"automatic_duplicates": False},
        {"reference_url": "https://a"},
        {"reference_url": "https://[2001:db8::1]:8443/x"},
        {"reference_url": "https://h:65535"},
        {"reference_url": "https://h/" + "a" * (URL_LENGTH_MAX - 10)},
        {"job_status_url": "http://h/{job_id}"},
        {"job_status_url": "https://h/jobs/x-{job_id}.json"},
    ],
    ids=str,
)
def test_what_is_good_is_read(good: dict[str, Any]) -> None:
    assert isinstance(read(good), StudioSettings)


def url(text: str) -> dict[str, Any]:
    return {"reference_url": text}


def probe(**fields: Any) -> dict[str, Any]:
    return {"probes": [{"capability": "video", "url": "https://h"} | fields]}


URL = "expected a plain address"
JOB_URL = "once in its path"
DAY = "expected a date"
BAD: list[tuple[Any, str, str]] = [
    ("", "body", "empty"),
    ("{", "body", "not valid JSON"),
    ("[]", "body", "not a JSON object"),
    ('{"time_zone": "UTC", "time_zone": "UTC"}', "body", "twice"),
    ("\ufeff{}", "body", "byte order mark"),
    ('{"x": NaN}', "body", "NaN"),
    ('{"x": "' + "a" * SETTINGS_BYTES_MAX + '"}', "body", "bytes"),
    ({"timezone": "UTC"}, "timezone", "not permitted"),
    ({"loaded_at": "2026-11-22T12:00:00Z"}, "loaded_at", "not permitted"),
    ({"time_zone": None}, "time_zone", "string"),
    ({"time_zone": ""}, "time_zone", "name of a time zone"),
    ({"time_zone": "Europe/Atlantis"}, "time_zone", "IANA"),
    ({"time_zone": "Europe"}, "time_zone", "IANA"),
    ({"time_zone": "../../etc/passwd"}, "time_zone", "name of a time zone"),
    ({"time_zone": "/etc/localtime"}, "time_zone", "name of a time zone"),
    ({"time_zone": "zone.tab"}, "time_zone", "name of a time zone"),
    ({"time_zone": "UTC\u0000"}, "time_zone", "name of a time zone"),
    ({"time_zone": "+02:00"}, "time_zone", "name of a time zone"),
    ({"time_zone": "A" * 101}, "time_zone", "at most 100"),
    ({"holidays": "2026-12-25"}, "holidays", "tuple"),
    ({"holidays": None}, "holidays", "tuple"),
    ({"holidays": ["2026-02-30"]}, "holidays.0", DAY),
    ({"holidays": ["2026-12-25", "25.12.2026"]}, "holidays.1", DAY),
    ({"holidays": ["2026-12-25T00:00:00Z"]}, "holidays.0", DAY),
    ({"holidays": ["20261225"]}, "holidays.0", DAY),
    ({"holidays": ["2026-W52-5"]}, "holidays.0", DAY),
    ({"holidays": ["1999-12-31"]}, "holidays.0", DAY),
    ({"holidays": [20261225]}, "holidays.0", DAY),
    ({"holidays": [None]}, "holidays.0", DAY),
    ({"probes": {}}, "probes", "tuple"),
    ({"probes": [[]]}, "probes.0", "dictionary"),
    ({"probes": [{}]}, "probes.0.capability", "required"),
    (probe(capability="a b"), "probes.0.capability", "pattern"),
    (probe(capability=""), "probes.0.capability", "pattern"),
    (probe(capability=7), "probes.0.capability", "string"),
    (probe(url="ftp://h"), "probes.0.url", URL),
    (probe(method="GET"), "probes.0.method", "not permitted"),
    (probe(capability=SERVICE), "probes.0.capability", "stands for all capabilities"),
    ({"probes": [*probe()["probes"], *probe()["probes"]]}, "probes", "once"),
    (url("file:///etc/passwd"), "reference_url", URL),
    (url("gopher://h"), "reference_url", URL),
    (url("HTTPS://h"), "reference_url", URL),
    (url("//h"), "reference_url", URL),
    (url("https://"), "reference_url", URL),
    (url("https:///x"), "reference_url", URL),
    (url("https://good.example@evil.example"), "reference_url", URL),
    (url("https://u:p@h"), "reference_url", URL),
    (url("https://evil.example#@good.example"), "reference_url", URL),
    (url("https://h\\@evil.example"), "reference_url", URL),
    (url("https://h/a b"), "reference_url", URL),
    (url("https://h/\n"), "reference_url", URL),
    (url("https://h\n"), "reference_url", URL),
    (url("https://h\u00e9.example"), "reference_url", URL),
    (url("https://-h"), "reference_url", URL),
    (url("https://h:0"), "reference_url", URL),
    (url("https://h:65536"), "reference_url", URL),
    (url("https://h:"), "reference_url", URL),
    (url("https://h/{job_id}"), "reference_url", URL),
    (url("https://h/" + "a" * (URL_LENGTH_MAX - 9)), "reference_url", "at most"),
    ({"reference_url": 7}, "reference_url", "string"),
    ({"job_status_url": "https://h/jobs"}, "job_status_url", JOB_URL),
    ({"job_status_url": "https://h/{job_id}/{job_id}"}, "job_status_url", JOB_URL),
    ({"job_status_url": "https://h/jobs?id={job_id}"}, "job_status_url", JOB_URL),
    ({"job_status_url": "https://{job_id}.example/jobs"}, "job_status_url", JOB_URL),
    ({"job_status_url": "https://{job_id}/jobs"}, "job_status_url", JOB_URL),
    ({"job_status_url": "https://h:{job_id}/jobs"}, "job_status_url", JOB_URL),
    ({"job_status_url": "https://h/{job_id"}, "job_status_url", JOB_URL),
    ({"job_status_url": "ftp://h/{job_id}"}, "job_status_url", JOB_URL),
    ({"job_status_url": "https://h:70000/{job_id}"}, "job_status_url", JOB_URL),
    ({"automatic_duplicates": "yes"}, "automatic_duplicates", "boolean"),
    ({"automatic_duplicates": 1}, "automatic_duplicates", "boolean"),
    ({"second_reviewer_above_minor": 5}, "second_reviewer_above_minor", "amounts"),
    ({"second_reviewer_above_minor": []}, "second_reviewer_above_minor", "amounts"),
    ({"second_reviewer_above_minor": {"usd": 5}}, "second_reviewer_above_minor", "amounts"),
    ({"second_reviewer_above_minor": {"USDT": 5}}, "second_reviewer_above_minor", "amounts"),
    ({"second_reviewer_above_minor": {"USD": -1}}, "second_reviewer_above_minor", "amounts"),
    ({"second_reviewer_above_minor": {"USD": True}}, "second_reviewer_above_minor", "amounts"),
    ({"second_reviewer_above_minor": {"USD": 5.0}}, "second_reviewer_above_minor", "amounts"),
    ({"second_reviewer_above_minor": {"USD": "5"}}, "second_reviewer_above_minor", "amounts"),
    (
        {"second_reviewer_above_minor": {"USD": AMOUNT_MAX + 1}},
        "second_reviewer_above_minor",
        "amounts",
    ),
    ({"outage_notice": "tell"}, "outage_notice", "'nothing', 'told' or 'case'"),
    ({"outage_notice": True}, "outage_notice", "'nothing', 'told' or 'case'"),
]


@pytest.mark.parametrize(("document", "field", "rule"), BAD, ids=lambda value: str(value)[:40])
def test_what_is_bad_is_refused_by_the_name_of_its_field(
    document: object, field: str, rule: str
) -> None:
    with pytest.raises(RejectedEventError) as refusal:
        read(document)
    said = str(refusal.value)
    assert said.startswith(f"{field}: ")
    assert rule in said


NOT_CALLED = ["http://h/{}", "http://h:443/{}", "https://h:8443/{}", "https://h:80/{}"]


@pytest.mark.parametrize("address", NOT_CALLED)
@pytest.mark.parametrize(
    ("document", "field"),
    [
        (lambda text: probe(url=text), "probes.0.url"),
        (url, "reference_url"),
        (lambda text: {"job_status_url": text}, "job_status_url"),
    ],
)
def test_where_nothing_private_is_called_only_https_at_its_own_port_is_good(
    document: Callable[[str], dict[str, Any]], field: str, address: str
) -> None:
    job = "{job_id}" if field == "job_status_url" else "x"
    read(document(address.replace("{}", job)), private=True)
    read(document(f"https://h/{job}"), private=False)
    read(document(f"https://h:443/{job}"), private=False)

    with pytest.raises(RejectedEventError) as refusal:
        read(document(address.replace("{}", job)), private=False)
    assert str(refusal.value).startswith(f"{field}: expected https at port 443")


@pytest.mark.parametrize(("extra", "good"), [(0, True), (1, False)])
def test_the_lists_have_an_end(extra: int, good: bool) -> None:
    day = date(2026, 1, 1)
    days = [(day + timedelta(days=n)).isoformat() for n in range(HOLIDAYS_MAX + extra)]
    probes = [{"capability": f"c{n}", "url": "https://h"} for n in range(PROBES_MAX + extra)]
    for fields in ({"holidays": days}, {"probes": probes}):
        if good:
            SettingsDocument.model_validate(fields)
        else:
            with pytest.raises(ValueError, match="at most"):
                SettingsDocument.model_validate(fields)


def test_the_refusal_tells_nothing_of_a_value() -> None:
    with pytest.raises(RejectedEventError) as refusal:
        read({"reference_url": "https://user:hunter2@h", "outage_notice": "hunter2"})
    assert "hunter2" not in str(refusal.value)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
near = st.fixed_dictionaries({}, optional={name: st.just(FULL[name]) | anything for name in FULL})


@given(st.text() | near.map(json.dumps) | anything.map(json.dumps))
def test_every_text_is_settings_or_a_refusal(text: str) -> None:
    try:
        settings = settings_of(text, private=True, zones=ZoneInfo)
    except RejectedEventError:
        return
    assert isinstance(settings, StudioSettings)


@given(st.text(max_size=40))
def test_every_name_of_a_zone_is_one_or_a_refusal(name: str) -> None:
    try:
        settings = read({"time_zone": name})
    except RejectedEventError:
        return
    assert ZoneInfo(settings.time_zone).key == name


@given(
    st.from_regex(
        r"https?://[A-Za-z0-9.\-@:\[\]]{1,20}(/[!-~]{0,20})?(\?[!-~]{0,20})?", fullmatch=True
    )
)
def test_an_address_that_is_good_here_can_be_called(address: str) -> None:
    try:
        read({"reference_url": address})
    except RejectedEventError:
        return
    try:
        parse_url(address)
    except OutwardError:  # pragma: no cover
        pytest.fail(f"{address} is refused where it would be called")


# In force


def settings(**changes: Any) -> StudioSettings:
    return read({**FULL, **changes})


def test_good_settings_are_kept_with_the_time_and_told_again_change_nothing() -> None:
    ledger, memory = memory_ledger()
    first = ledger.decide(put_in_force(settings(), now=NOON), time_left=plenty)
    assert first.changed
    assert stored(ledger, Key(StudioSettings, "")) == first.settings
    assert first.settings.loaded_at == NOON

    items = dict(memory.items)
    later = NOON + timedelta(minutes=1)
    other_order = settings(probes=FULL["probes"][::-1], holidays=FULL["holidays"][::-1])
    again = ledger.decide(put_in_force(other_order, now=later), time_left=plenty)
    assert again == InForce(first.settings, changed=False)
    assert memory.items == items

    changed = settings(automatic_duplicates=False)
    third = ledger.decide(put_in_force(changed, now=later), time_left=plenty)
    assert (third.changed, third.settings.automatic_duplicates) == (True, False)
    assert stored(ledger, Key(StudioSettings, "")).loaded_at == later


def test_defaults_need_no_record() -> None:
    ledger, memory = memory_ledger()
    assert not ledger.decide(put_in_force(read({}), now=NOON), time_left=plenty).changed
    assert memory.items == {}


def test_the_last_good_ones_stay() -> None:
    ledger, _ = memory_ledger()
    assert ledger.decide(stay_in_force(), time_left=plenty).settings == StudioSettings()
    ledger.decide(put_in_force(settings(), now=NOON), time_left=plenty)
    stays = ledger.decide(stay_in_force(), time_left=plenty)
    assert stays.settings.time_zone == "Europe/Berlin"
    assert not stays.changed


def no_files(name: str) -> tzinfo:
    raise ZoneInfoNotFoundError(name)


def test_a_machine_without_files_of_zones_knows_utc_and_refuses_the_others() -> None:
    assert settings_of("{}", private=False, zones=no_files) == StudioSettings()
    assert calendar_of(StudioSettings(), no_files).zone is UTC
    with pytest.raises(RejectedEventError, match="time_zone"):
        settings_of('{"time_zone": "Europe/Berlin"}', private=False, zones=no_files)


def test_the_document_itself_needs_no_zones() -> None:
    document = parse_settings('{"time_zone": "Mars/Olympus"}', private=False)
    assert document.time_zone == "Mars/Olympus"
