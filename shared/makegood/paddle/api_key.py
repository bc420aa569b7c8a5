"""The key of Paddle's API as Secrets Manager holds it."""

from datetime import datetime

from makegood.aws import Caller
from makegood.errors import MalformedJsonError, SecretUnavailableError
from makegood.events.strict_json import parse_json_object
from makegood.paddle.kept import Kept, secret_text

SECRET_BYTES_MAX = 64 * 1024


class ApiKey:
    """`{"key": "pdl_live_apikey_…"}` in a secret. Whether the key fits is for PaddleApi to say."""

    def __init__(self, secrets_manager: Caller, secret_arn: str) -> None:
        self._kept = Kept(lambda: _key_in(secret_text(secrets_manager, secret_arn)))

    def key(self, now: datetime) -> str:
        """No older than five minutes. Raises SecretUnavailableError."""
        return self._kept.value(now)

    def newer_key(self, now: datetime) -> str | None:
        """Fetched again, because Paddle refused it: it may have been rotated meanwhile.

        None when it was fetched less than a minute ago. Raises SecretUnavailableError.
        """
        return self._kept.newer(now)


def _key_in(text: str) -> str:
    try:
        content = parse_json_object(text.encode("utf-8", "replace"), bytes_max=SECRET_BYTES_MAX)
    except MalformedJsonError:
        raise SecretUnavailableError("the API key's secret is not a JSON object") from None
    key = content.get("key")
    if not isinstance(key, str) or not key:
        raise SecretUnavailableError("the API key's secret has no text under `key`")
    return key
