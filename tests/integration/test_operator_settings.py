"""The settings parameter as scheduled functions meet it, on moto."""

import json
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

import case_clock
import lost_jobs
import outage_check
from makegood import wiring
from makegood.domain.facts import Key
from makegood.domain.studio import StudioSettings
from makegood.errors import AwsUnreachableError
from tests.callers import Through
from tests.webhooks import NOW
from tests.workers import SETTINGS, Stack, plenty

LATER = NOW + timedelta(minutes=1)


def refreshed(at: Any = NOW) -> StudioSettings:
    return wiring.refreshed_settings(at, plenty)


def put(stack: Stack, text: str) -> None:
    stack.ssm.put_parameter(Name=SETTINGS, Value=text, Type="String", Overwrite=True)


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_good_settings_come_into_force_and_are_read_by_everybody(
    workers: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    workers.set_up(time_zone="Europe/Berlin", automatic_duplicates=True)
    settings = refreshed()
    assert (settings.time_zone, settings.automatic_duplicates) == ("Europe/Berlin", True)
    assert workers.record(Key(StudioSettings, "")) == settings
    assert refreshed(LATER) == settings
    assert [line["event"] for line in told(capsys)] == ["settings.changed"]


def test_without_any_the_defaults_are_in_force(workers: Stack) -> None:
    workers.ssm.delete_parameter(Name=SETTINGS)
    assert refreshed() == StudioSettings()
    assert workers.record(Key(StudioSettings, "")) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("not json", "body: not valid JSON at character 0"),
        ('{"time_zone": "Mars/Olympus"}', "time_zone: expected a name of the IANA"),
        ('{"holiday": []}', "holiday: Extra inputs are not permitted"),
        ('{"probes": [{"capability": "v", "url": "hunter2"}]}', "probes.0.url: expected a plain"),
    ],
)
def test_bad_settings_are_refused_loudly_and_the_last_good_ones_stay(
    workers: Stack, capsys: pytest.CaptureFixture[str], text: str, why: str
) -> None:
    workers.set_up(time_zone="Europe/Berlin")
    good = refreshed()
    capsys.readouterr()
    put(workers, text)

    assert refreshed(LATER) == good
    assert workers.record(Key(StudioSettings, "")) == good
    metric, line = told(capsys)
    assert metric["SettingsRefused"] == 1
    assert line["event"] == "settings.refused"
    assert line["why"].startswith(why)
    assert "hunter2" not in str(line)

    workers.set_up(time_zone="Asia/Tokyo")
    assert refreshed(LATER).time_zone == "Asia/Tokyo"


@pytest.mark.parametrize("function", [case_clock, lost_jobs, outage_check])
def test_no_function_takes_an_address_that_this_deployment_does_not_call(
    workers: Stack,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    function: ModuleType,
) -> None:
    monkeypatch.setenv("MAKEGOOD_PRIVATE_ADDRESSES", "none")
    workers.set_up(probes=[{"capability": "video", "url": "http://video.example/health"}])
    workers.run(function, NOW)

    assert workers.record(Key(StudioSettings, "")) is None
    [why] = [line["why"] for line in told(capsys) if line.get("event") == "settings.refused"]
    assert why.startswith("probes.0.url: expected https at port 443")


def test_a_parameter_that_cannot_be_read_changes_nothing(
    workers: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    workers.set_up(time_zone="Europe/Berlin")
    good = refreshed()
    capsys.readouterr()

    def down(*_: object) -> Any:
        raise AwsUnreachableError("GetParameter: no answer")

    workers.ssm.delete_parameter(Name=SETTINGS)
    assert refreshed(LATER) == good
    monkeypatch.setattr(Through, "call", down)
    monkeypatch.setattr(wiring, "parameters", lambda: Through(None))
    assert refreshed(LATER) == good
    lines = told(capsys)
    assert [line["SettingsUnread"] for line in lines if "SettingsUnread" in line] == [1, 1]
    whys = [line["why"] for line in lines if line.get("event") == "settings.unread"]
    assert whys == ["GetParameter: ParameterNotFound", "GetParameter: no answer"]


def test_only_a_function_that_refreshes_them_needs_the_name_of_the_parameter(
    workers: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAKEGOOD_SETTINGS_PARAMETER")
    workers.give("acc_1", 5)
    assert workers.account("acc_1").available == 5
