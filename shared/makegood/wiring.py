"""Puts the parts together: clients, settings, secrets. Cached, so that one sandbox does it once."""

import json
from datetime import datetime
from functools import cache
from typing import Protocol

from makegood.aws import DYNAMODB, SECRETS_MANAGER, SQS, SSM, Caller
from makegood.domain.studio import StudioSettings
from makegood.effects.dead_letters import DeadLetters
from makegood.errors import (
    AwsRefusedError,
    AwsUnreachableError,
    SecretUnavailableError,
    SettingsError,
)
from makegood.ledger.store import Ledger, TimeLeft
from makegood.ledger.table import Table
from makegood.policy.published import Policies
from makegood.policy.versions import PRESETS
from makegood.settings import (
    api_settings,
    job_events_settings,
    ledger_settings,
    outward_settings,
    paddle_events_settings,
    parameter_settings,
    policy_settings,
)


class Context(Protocol):
    """What is used of the Lambda context."""

    def get_remaining_time_in_millis(self) -> int: ...


def time_left(context: Context) -> TimeLeft:
    return lambda: context.get_remaining_time_in_millis() / 1000


@cache
def ledger() -> Ledger:
    return Ledger(Table(Caller(DYNAMODB), ledger_settings().table))


@cache
def policies() -> Policies:
    """The preset that this stack was deployed with."""
    name = policy_settings().policy
    if name not in PRESETS:
        raise SettingsError(f"MAKEGOOD_POLICY: expected one of {', '.join(PRESETS)}")
    return PRESETS[name]


@cache
def parameters() -> Caller:
    # The last good settings do as well: nobody waits long for a parameter.
    return Caller(SSM, attempts=2)


def refreshed_settings(now: datetime, time_left: TimeLeft) -> StudioSettings:
    """The studio's settings in force, after a look at what the operator wants them to be.

    For the start of a scheduled run. Raises what the ledger raises, and nothing for settings
    that cannot be read or used: those in force stay.
    """
    # Only scheduled functions read them; the cold start of the others stays as it is.
    from makegood.operator_settings import refreshed  # noqa: PLC0415

    name = parameter_settings().settings_parameter
    private = outward_settings().lets_private
    return refreshed(ledger(), parameters(), name, private=private, now=now, time_left=time_left)


@cache
def job_events_dead_letters() -> DeadLetters:
    return _dead_letters(job_events_settings().job_events_dead_letters_url)


@cache
def paddle_events_dead_letters() -> DeadLetters:
    return _dead_letters(paddle_events_settings().paddle_events_dead_letters_url)


def _dead_letters(queue_url: str) -> DeadLetters:
    return DeadLetters(Caller(SQS), queue_url)


@cache
def cursor_key() -> bytes:
    """Signs the cursors of lists. A new key makes old cursors invalid, and nothing else."""
    wanted = {"SecretId": api_settings().cursor_secret_arn}
    try:
        answer = Caller(SECRETS_MANAGER).call("GetSecretValue", wanted)
        return bytes.fromhex(json.loads(answer["SecretString"])["key"])
    except (AwsRefusedError, AwsUnreachableError, ValueError, KeyError, TypeError) as error:
        raise SecretUnavailableError("the cursor key cannot be read") from error
