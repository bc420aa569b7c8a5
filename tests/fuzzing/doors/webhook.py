"""The webhook: from the gateway's request to the message in the queue, and what opens it there."""

import json
from typing import TYPE_CHECKING, Any, cast

import paddle_webhook
from makegood.errors import RejectedEventError
from makegood.events.paddle import parse_paddle_event
from makegood.paddle.delivery import BODY_BYTES_MAX
from makegood.paddle.envelope import open_envelope
from makegood.paddle.inbox import WebhookInbox
from tests.fuzzing import events_made, oracles, promises
from tests.fuzzing.outcomes import outcomes
from tests.webhooks import OTHER_SECRET, SECRET

if TYPE_CHECKING:
    from makegood.aws import Caller


class _Aws:
    """Secrets Manager and SQS, for one webhook after the other."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def call(self, operation: str, request: dict[str, str]) -> dict[str, str]:
        if operation == "SendMessage":
            self.sent.append(request["MessageBody"])
            return {"MessageId": "1"}
        return {"SecretString": json.dumps({"secrets": [SECRET, OTHER_SECRET]})}


_AWS = _Aws()
_INBOX = WebhookInbox(
    secrets_manager=cast("Caller", _AWS),
    queues=cast("Caller", _AWS),
    secret_arn="arn",
    queue_url="url",
)


def judge(data: bytes) -> None:
    """A signed body is kept exactly if it is strict JSON with an envelope of the stated form."""
    event, body, proven = events_made.webhook_of(data)
    _AWS.sent.clear()
    answer = paddle_webhook.receive(event, _INBOX)
    status = answer["statusCode"]
    given = None
    if body is None:
        assert status == 400
    elif len(body) > BODY_BYTES_MAX:
        assert status == 413
    elif not proven:
        assert status == 401
    else:
        given = _event_in(body)
        assert status == (400 if given is None else 200)
    if given is None:
        outcomes.refused(answer["body"].partition('"detail"')[2])
        assert _AWS.sent == []
    else:
        [message] = _AWS.sent
        _check_message(given, message, len(data))


def _event_in(body: bytes) -> dict[str, Any] | None:
    try:
        value = oracles.strict_json(body)
    except oracles.NotStrictError:
        return None
    is_event = (
        isinstance(value, dict)
        and oracles.is_id(value.get("event_id"))
        and oracles.is_id(value.get("event_type"))
        and oracles.moment(value.get("occurred_at")) is not None
        and isinstance(value.get("data"), dict)
    )
    return value if is_event else None


def _check_message(given: dict[str, Any], message: str, length: int) -> None:
    """What is queued holds all but the card, fits into the queue, and opens behind it."""
    assert message.isascii()
    # Four is the most that one byte grows to: 1e15 becomes 1000000000000000.0.
    assert len(message) <= 4 * length
    kept = json.loads(message)
    assert list(kept) == ["event_id", "event_type", "occurred_at", "data"]
    assert all(kept[name] == given[name] for name in list(kept)[:3])
    assert promises.is_less_cards(kept["data"], given["data"])
    outcomes.accepted(f"kept, {'less' if kept['data'] != given['data'] else 'all'}")
    # It is slow, and has a target of its own.
    if length % 8 == 0:
        _check_behind(kept, message)


def _check_behind(kept: dict[str, Any], message: str) -> None:
    assert open_envelope(kept).message == message
    try:
        event = parse_paddle_event(message)
    except RejectedEventError as error:
        _check_reason(str(error))
    else:
        promises.keeps_event(event)


def _check_reason(reason: str) -> None:
    assert reason.startswith("data"), "the webhook let through what is no event"
