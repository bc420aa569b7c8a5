"""What the webhook has beside itself: the secrets that sign, and the queue that keeps."""

from datetime import datetime

from makegood.aws import SECRETS_MANAGER, SQS, Caller
from makegood.errors import (
    AwsRefusedError,
    AwsUnreachableError,
    MalformedJsonError,
    QueueUnavailableError,
    SecretUnavailableError,
)
from makegood.events.strict_json import parse_json_object
from makegood.paddle.kept import Kept, secret_text
from makegood.settings import WebhookSettings

# Paddle waits five seconds for its answer: two quick attempts, then Paddle itself tries again.
ATTEMPTS = 2

SECRETS_MAX = 5
SECRET_BYTES_MAX = 64 * 1024


class WebhookInbox:
    """Time is the event's own. It may also run backwards: sandboxes and tests do that."""

    def __init__(
        self,
        *,
        secrets_manager: Caller,
        queues: Caller,
        secret_arn: str,
        queue_url: str,
    ) -> None:
        self._secrets_manager = secrets_manager
        self._queues = queues
        self._secret_arn = secret_arn
        self._queue_url = queue_url
        self._secrets = Kept(self._fetched)

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """At least one secret, no older than five minutes, or SecretUnavailableError."""
        return self._secrets.value(now)

    def newer_secrets(self, now: datetime) -> tuple[str, ...] | None:
        """Fetch again, for a signature that did not match; None when that was just done."""
        return self._secrets.newer(now)

    def send(self, message: str) -> None:
        """Return only when the queue holds the message, else raise QueueUnavailableError."""
        try:
            answer = self._queues.call(
                "SendMessage", {"QueueUrl": self._queue_url, "MessageBody": message}
            )
        except (AwsRefusedError, AwsUnreachableError) as error:
            raise QueueUnavailableError(str(error)) from error
        if not answer.get("MessageId"):
            raise QueueUnavailableError("SendMessage: an answer without a message id")

    def _fetched(self) -> tuple[str, ...]:
        return _secrets_in(secret_text(self._secrets_manager, self._secret_arn))


def open_inbox(settings: WebhookSettings) -> WebhookInbox:
    return WebhookInbox(
        secrets_manager=Caller(SECRETS_MANAGER, attempts=ATTEMPTS),
        queues=Caller(SQS, attempts=ATTEMPTS),
        secret_arn=settings.webhook_secret_arn,
        queue_url=settings.paddle_events_queue_url,
    )


def _secrets_in(text: str) -> tuple[str, ...]:
    """Read `{"secrets": ["pdl_ntfset_…", …]}`. One bad entry spoils all: silence would hide it."""
    try:
        secrets = parse_json_object(
            text.encode("utf-8", "replace"), bytes_max=SECRET_BYTES_MAX
        ).get("secrets")
    except MalformedJsonError:
        raise SecretUnavailableError("the webhook's secret is not a JSON object") from None
    if not isinstance(secrets, list) or not 1 <= len(secrets) <= SECRETS_MAX:
        raise SecretUnavailableError(f"the webhook's secret lists not 1 to {SECRETS_MAX} secrets")
    usable = tuple(secret for secret in secrets if isinstance(secret, str) and _is_usable(secret))
    if len(usable) != len(secrets):
        raise SecretUnavailableError("the webhook's secret holds something that is no secret")
    return usable


def _is_usable(secret: str) -> bool:
    return secret.isascii() and secret.isprintable() and secret.strip() == secret != ""
