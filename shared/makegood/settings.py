"""The environment of each function, read once, as frozen values.

A field named `table` is read from MAKEGOOD_TABLE. No setting that is acted upon has a default: a
function that lacks one fails on its first event, before it can reach a wrong place.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import TypeVar

from makegood.errors import SettingsError

PREFIX = "MAKEGOOD_"


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    paddle_events_queue_url: str
    webhook_secret_arn: str


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    table: str


@dataclass(frozen=True, slots=True)
class PaddleEventsSettings:
    paddle_events_dead_letters_url: str


@dataclass(frozen=True, slots=True)
class JobEventsSettings:
    job_events_dead_letters_url: str


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """Which preset of the published policy this stack works by."""

    policy: str


@dataclass(frozen=True, slots=True)
class OutwardSettings:
    """Networks that may be called although they are private: `none`, or CIDRs and commas."""

    private_addresses: str

    @property
    def lets_private(self) -> bool:
        """Whether there are any."""
        return self.private_addresses != "none"


@dataclass(frozen=True, slots=True)
class ParameterSettings:
    """The name of the parameter in which an operator keeps the studio's settings."""

    settings_parameter: str


@dataclass(frozen=True, slots=True)
class OutboxRelaySettings:
    """Where effects go to. Customers get mails from `mail_from`, or none where that is `none`."""

    payouts_queue_url: str
    event_bus: str
    outbox_dead_letters_url: str
    mail_from: str

    @property
    def sends_mail(self) -> bool:
        return self.mail_from != "none"


@dataclass(frozen=True, slots=True)
class PaddleApiSettings:
    """`paddle_api` is `sandbox`, `live`, or the address of a stand-in on this machine."""

    paddle_api: str
    paddle_api_key_arn: str


@dataclass(frozen=True, slots=True)
class PayoutsSettings:
    payouts_queue_url: str


@dataclass(frozen=True, slots=True)
class PayoutsDeadLettersSettings:
    payouts_dead_letters_url: str


@dataclass(frozen=True, slots=True)
class ReconciliationSettings:
    """`paddle_events_since` is a day: what Paddle tells of before is none of this ledger's."""

    paddle_events_queue_url: str
    paddle_events_since: str


@dataclass(frozen=True, slots=True)
class ApiSettings:
    cursor_secret_arn: str


Settings = TypeVar(
    "Settings",
    WebhookSettings,
    LedgerSettings,
    PaddleEventsSettings,
    JobEventsSettings,
    PolicySettings,
    OutwardSettings,
    ParameterSettings,
    OutboxRelaySettings,
    ApiSettings,
    PaddleApiSettings,
    PayoutsSettings,
    PayoutsDeadLettersSettings,
    ReconciliationSettings,
)


def read_settings(kind: type[Settings], environment: Mapping[str, str]) -> Settings:
    """Raise SettingsError naming every variable that is missing or blank, not only the first."""
    names = {field.name: PREFIX + field.name.upper() for field in fields(kind)}
    values = {field: environment.get(name, "").strip() for field, name in names.items()}
    missing = [names[field] for field, value in values.items() if not value]
    if missing:
        raise SettingsError(f"{kind.__name__} needs {', '.join(missing)} in the environment")
    return kind(**values)


def stage(environment: Mapping[str, str] = os.environ) -> str:
    """Which stack this is, for metrics. Telling must never fail, so this one may be unnamed."""
    return environment.get(f"{PREFIX}STAGE", "").strip() or "unnamed"


@cache
def webhook_settings() -> WebhookSettings:
    return read_settings(WebhookSettings, os.environ)


@cache
def ledger_settings() -> LedgerSettings:
    return read_settings(LedgerSettings, os.environ)


@cache
def paddle_events_settings() -> PaddleEventsSettings:
    return read_settings(PaddleEventsSettings, os.environ)


@cache
def job_events_settings() -> JobEventsSettings:
    return read_settings(JobEventsSettings, os.environ)


@cache
def policy_settings() -> PolicySettings:
    return read_settings(PolicySettings, os.environ)


@cache
def outward_settings() -> OutwardSettings:
    return read_settings(OutwardSettings, os.environ)


@cache
def parameter_settings() -> ParameterSettings:
    return read_settings(ParameterSettings, os.environ)


@cache
def outbox_relay_settings() -> OutboxRelaySettings:
    return read_settings(OutboxRelaySettings, os.environ)


@cache
def api_settings() -> ApiSettings:
    return read_settings(ApiSettings, os.environ)


@cache
def paddle_api_settings() -> PaddleApiSettings:
    return read_settings(PaddleApiSettings, os.environ)


@cache
def payouts_settings() -> PayoutsSettings:
    return read_settings(PayoutsSettings, os.environ)


@cache
def payouts_dead_letters_settings() -> PayoutsDeadLettersSettings:
    return read_settings(PayoutsDeadLettersSettings, os.environ)


@cache
def reconciliation_settings() -> ReconciliationSettings:
    return read_settings(ReconciliationSettings, os.environ)
