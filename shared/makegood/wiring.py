"""Puts the parts together: clients, settings, secrets. Cached, so that one sandbox does it once."""

import json
from functools import cache
from typing import Protocol

from makegood.aws import DYNAMODB, SECRETS_MANAGER, SQS, Caller
from makegood.effects.dead_letters import DeadLetters
from makegood.errors import AwsRefusedError, AwsUnreachableError, SecretUnavailableError
from makegood.ledger.store import Ledger, TimeLeft
from makegood.ledger.table import Table
from makegood.settings import (
    api_settings,
    job_events_settings,
    ledger_settings,
    paddle_events_settings,
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
