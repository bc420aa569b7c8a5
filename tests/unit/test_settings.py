from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from makegood import settings
from makegood.errors import SettingsError
from makegood.settings import (
    ApiSettings,
    JobEventsSettings,
    LedgerSettings,
    PaddleEventsSettings,
    ParameterSettings,
    PolicySettings,
    ReconciliationSettings,
    WebhookSettings,
    read_settings,
)

KINDS = [
    WebhookSettings,
    LedgerSettings,
    PaddleEventsSettings,
    JobEventsSettings,
    PolicySettings,
    ParameterSettings,
    ReconciliationSettings,
    ApiSettings,
]
READERS = [
    settings.webhook_settings,
    settings.ledger_settings,
    settings.paddle_events_settings,
    settings.job_events_settings,
    settings.policy_settings,
    settings.parameter_settings,
    settings.reconciliation_settings,
    settings.api_settings,
]

ENVIRONMENT = {
    "MAKEGOOD_TABLE": "ledger",
    "MAKEGOOD_PADDLE_EVENTS_QUEUE_URL": "https://sqs/paddle-events",
    "MAKEGOOD_PADDLE_EVENTS_DEAD_LETTERS_URL": "https://sqs/paddle-events-dead",
    "MAKEGOOD_JOB_EVENTS_DEAD_LETTERS_URL": "https://sqs/job-events-dead",
    "MAKEGOOD_WEBHOOK_SECRET_ARN": "arn:webhook",
    "MAKEGOOD_CURSOR_SECRET_ARN": "arn:cursor",
    "MAKEGOOD_STAGE": "dev",
    "MAKEGOOD_POLICY": "published",
    "MAKEGOOD_SETTINGS_PARAMETER": "/makegood/settings",
    "MAKEGOOD_PADDLE_EVENTS_SINCE": "2026-12-01",
}


@pytest.fixture(autouse=True)
def _unread_settings() -> Any:
    yield
    for reader in READERS:
        reader.cache_clear()


def test_each_function_reads_what_it_needs_and_no_more() -> None:
    assert read_settings(WebhookSettings, ENVIRONMENT) == WebhookSettings(
        paddle_events_queue_url="https://sqs/paddle-events", webhook_secret_arn="arn:webhook"
    )
    assert read_settings(LedgerSettings, ENVIRONMENT) == LedgerSettings(table="ledger")
    assert read_settings(PaddleEventsSettings, ENVIRONMENT) == PaddleEventsSettings(
        paddle_events_dead_letters_url="https://sqs/paddle-events-dead"
    )
    assert read_settings(JobEventsSettings, ENVIRONMENT) == JobEventsSettings(
        job_events_dead_letters_url="https://sqs/job-events-dead"
    )
    assert read_settings(PolicySettings, ENVIRONMENT) == PolicySettings(policy="published")
    assert read_settings(ParameterSettings, ENVIRONMENT) == ParameterSettings(
        settings_parameter="/makegood/settings"
    )
    assert read_settings(ReconciliationSettings, ENVIRONMENT) == ReconciliationSettings(
        paddle_events_queue_url="https://sqs/paddle-events", paddle_events_since="2026-12-01"
    )
    assert read_settings(ApiSettings, ENVIRONMENT) == ApiSettings(cursor_secret_arn="arn:cursor")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("blank", [None, "", "  "])
def test_each_setting_is_needed(kind: Any, blank: str | None) -> None:
    for field in fields(kind):
        name = f"MAKEGOOD_{field.name.upper()}"
        without = {key: value for key, value in ENVIRONMENT.items() if key != name}
        environment = without if blank is None else without | {name: blank}

        with pytest.raises(SettingsError, match=rf"\b{name}\b"):
            read_settings(kind, environment)


def test_the_crash_names_everything_that_is_missing() -> None:
    with pytest.raises(SettingsError) as crash:
        read_settings(WebhookSettings, {"MAKEGOOD_WEBHOOK_SECRET_ARN": " "})

    assert str(crash.value) == (
        "WebhookSettings needs MAKEGOOD_PADDLE_EVENTS_QUEUE_URL, MAKEGOOD_WEBHOOK_SECRET_ARN"
        " in the environment"
    )


@pytest.mark.parametrize("reader", READERS)
def test_the_environment_is_read_once(reader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    first = reader()

    for name in ENVIRONMENT:
        monkeypatch.setenv(name, "changed")

    assert reader() is first


@pytest.mark.parametrize("kind", KINDS)
def test_settings_do_not_change(kind: Any) -> None:
    values = read_settings(kind, ENVIRONMENT)

    with pytest.raises(FrozenInstanceError):
        setattr(values, fields(kind)[0].name, "other")
