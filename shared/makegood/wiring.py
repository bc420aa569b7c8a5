"""Puts the parts together: clients, settings, secrets. Cached, so that one sandbox does it once."""

import json
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Protocol

from makegood.aws import DYNAMODB, EVENT_BRIDGE, SECRETS_MANAGER, SES, SQS, SSM, Caller
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
    outbox_relay_settings,
    outward_settings,
    paddle_api_settings,
    paddle_events_settings,
    parameter_settings,
    payouts_dead_letters_settings,
    payouts_settings,
    policy_settings,
    reconciliation_settings,
)

if TYPE_CHECKING:
    from makegood.effects.paddle_events_queue import PaddleEventsQueue
    from makegood.effects.payouts_queue import PayoutsQueue
    from makegood.paddle.api import PaddleApi
    from makegood.paddle.api_key import ApiKey
    from makegood.paddle.pace import Pace
    from makegood.relay.sending import Senders


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


@cache
def payouts_dead_letters() -> DeadLetters:
    return _dead_letters(payouts_dead_letters_settings().payouts_dead_letters_url)


@cache
def payouts_queue() -> "PayoutsQueue":
    # Only who works with Paddle's API needs these; the cold start of the others stays as it is.
    from makegood.effects.payouts_queue import PayoutsQueue  # noqa: PLC0415

    return PayoutsQueue(Caller(SQS), payouts_settings().payouts_queue_url)


@cache
def paddle_events_queue() -> "PaddleEventsQueue":
    from makegood.effects.paddle_events_queue import PaddleEventsQueue  # noqa: PLC0415

    return PaddleEventsQueue(Caller(SQS), reconciliation_settings().paddle_events_queue_url)


@cache
def paddle_events_since() -> datetime:
    """The beginning of the day (UTC). Raises SettingsError for what is no day."""
    try:
        day = date.fromisoformat(reconciliation_settings().paddle_events_since)
    except ValueError:
        raise SettingsError("MAKEGOOD_PADDLE_EVENTS_SINCE: expected YYYY-MM-DD") from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def paddle_api(now: datetime) -> "PaddleApi":
    """Paddle's API with the key that is current. Raises SecretUnavailableError, PaddleKeyError."""
    from makegood.paddle.api import PaddleApi  # noqa: PLC0415

    key = _paddle_api_key()
    return PaddleApi(
        paddle_api_settings().paddle_api,
        key.key(now),
        newer_key=lambda: key.newer_key(now),
        pace=_pace(),
    )


@cache
def _paddle_api_key() -> "ApiKey":
    from makegood.paddle.api_key import ApiKey  # noqa: PLC0415

    return ApiKey(Caller(SECRETS_MANAGER), paddle_api_settings().paddle_api_key_arn)


@cache
def _pace() -> "Pace":
    """One for all clients of a sandbox."""
    from makegood.paddle.pace import Pace  # noqa: PLC0415

    return Pace()


def clock() -> datetime:
    """The time, for a function whose messages carry none: of a lease only the present one counts.

    Everything else takes its time from what called it.
    """
    return datetime.now(UTC)


def _dead_letters(queue_url: str) -> DeadLetters:
    return DeadLetters(Caller(SQS), queue_url)


@cache
def outbox_senders() -> "Senders":
    """All ways in which what the ledger has committed leaves the system."""
    # Only the relay sends these; the cold start of the others stays as it is.
    from makegood.effects.event_bus import EventBus  # noqa: PLC0415
    from makegood.effects.mails import ATTEMPTS, READ_SECONDS, Mails  # noqa: PLC0415
    from makegood.effects.payouts_queue import PayoutsQueue  # noqa: PLC0415
    from makegood.relay.sending import Senders  # noqa: PLC0415

    settings = outbox_relay_settings()
    ses = Caller(SES, attempts=ATTEMPTS, read_seconds=READ_SECONDS)
    return Senders(
        payouts=PayoutsQueue(Caller(SQS), settings.payouts_queue_url),
        bus=EventBus(Caller(EVENT_BRIDGE), settings.event_bus),
        mails=Mails(ses, settings.mail_from) if settings.sends_mail else None,
        dead_letters=_dead_letters(settings.outbox_dead_letters_url),
        table=ledger().table,
    )


@cache
def cursor_key() -> bytes:
    """Signs the cursors of lists. A new key makes old cursors invalid, and nothing else."""
    wanted = {"SecretId": api_settings().cursor_secret_arn}
    try:
        answer = Caller(SECRETS_MANAGER).call("GetSecretValue", wanted)
        return bytes.fromhex(json.loads(answer["SecretString"])["key"])
    except (AwsRefusedError, AwsUnreachableError, ValueError, KeyError, TypeError) as error:
        raise SecretUnavailableError("the cursor key cannot be read") from error
