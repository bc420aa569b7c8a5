"""What Secrets Manager holds, kept for a while: the webhook's secrets, the key of Paddle's API."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from makegood.aws import Caller
from makegood.errors import AwsRefusedError, AwsUnreachableError, SecretUnavailableError

KEPT_FOR = timedelta(minutes=5)
# How often somebody else's refusal may cause a look at Secrets Manager. Without this bound,
# anybody with a forged webhook could run up its bill.
REFETCH_EVERY = timedelta(minutes=1)

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Time is the caller's own. It may also run backwards: sandboxes and tests do that."""

    def __init__(self, fetch: Callable[[], Value]) -> None:
        self._fetch = fetch
        self._held: tuple[Value, datetime] | None = None
        self._tried_at: datetime | None = None

    def value(self, now: datetime) -> Value:
        """No older than five minutes. Raises what `fetch` raises: what is older is not used."""
        if self._held is None or abs(now - self._held[1]) >= KEPT_FOR:
            return self._fetched(now)
        return self._held[0]

    def newer(self, now: datetime) -> Value | None:
        """Fetched again, because what is held did not fit; None when that was just done."""
        if self._tried_at is not None and abs(now - self._tried_at) < REFETCH_EVERY:
            return None
        return self._fetched(now)

    def _fetched(self, now: datetime) -> Value:
        self._tried_at = now
        value = self._fetch()
        self._held = value, now
        return value


def secret_text(secrets_manager: Caller, secret_arn: str) -> str:
    """Empty for a secret of bytes. Raises SecretUnavailableError, which never shows any of it."""
    try:
        answer = secrets_manager.call("GetSecretValue", {"SecretId": secret_arn})
    except (AwsRefusedError, AwsUnreachableError) as error:
        raise SecretUnavailableError(str(error)) from error
    return str(answer.get("SecretString") or "")
