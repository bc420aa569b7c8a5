"""Takes Paddle's webhooks: proves the signature over the raw bytes, queues the event, answers 200.

Nothing is understood here, and the ledger is out of reach. Answers other than 200 make Paddle
try again for three days, so a wrong secret or a queue that is down loses nothing.
"""

import json
from functools import cache
from typing import Any

from makegood.errors import (
    BodyTooLargeError,
    RejectedInputError,
    SignatureError,
    SignatureMismatchError,
    TransientError,
)
from makegood.events.strict_json import parse_json_object
from makegood.observability import count, log
from makegood.paddle.delivery import BODY_BYTES_MAX, Delivery, read_delivery
from makegood.paddle.envelope import PaddleEnvelope, open_envelope
from makegood.paddle.inbox import WebhookInbox, open_inbox
from makegood.paddle.signature import verify_signature
from makegood.settings import webhook_settings

# Status to the kind and title of the problem, and the metric that counts it.
_REFUSALS = {
    400: ("invalid-request", "Bad Request", "WebhookRejected"),
    401: ("unauthorized", "Unauthorized", "WebhookSignatureRefused"),
    413: ("too-large", "Content Too Large", "WebhookRejected"),
    503: ("unavailable", "Service Unavailable", "WebhookUnavailable"),
}

Response = dict[str, Any]


def lambda_handler(event: dict[str, Any], _context: object) -> Response:
    return receive(event, opened_inbox())


@cache
def opened_inbox() -> WebhookInbox:
    return open_inbox(webhook_settings())


def receive(event: dict[str, Any], inbox: WebhookInbox) -> Response:
    try:
        envelope = _keep(event, inbox)
    except SignatureError as error:
        return _refuse(401, "The signature was not accepted.", error)
    except BodyTooLargeError as error:
        return _refuse(413, f"The body has more than {BODY_BYTES_MAX} bytes.", error)
    except RejectedInputError as error:
        return _refuse(400, f"The event was not accepted: {error}.", error)
    except TransientError as error:
        return _refuse(503, "The event could not be kept. Send it again.", error)
    log("webhook.accepted", event_id=envelope.event_id, event_type=envelope.event_type)
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": "{}"}


def _keep(event: dict[str, Any], inbox: WebhookInbox) -> PaddleEnvelope:
    delivery = read_delivery(event)
    _verify(delivery, inbox)
    envelope = open_envelope(parse_json_object(delivery.raw_body, bytes_max=BODY_BYTES_MAX))
    inbox.send(envelope.message)
    return envelope


def _verify(delivery: Delivery, inbox: WebhookInbox) -> None:
    """A signature that does not match is looked at again with fresh secrets, once a minute."""
    now = delivery.received_at
    signature, body = delivery.signature, delivery.raw_body
    try:
        verify_signature(signature, body, inbox.secrets(now), now=now)
    except SignatureMismatchError:
        newer = inbox.newer_secrets(now)
        if newer is None:
            raise
        verify_signature(signature, body, newer, now=now)


def _refuse(status: int, detail: str, error: Exception) -> Response:
    log("webhook.refused", status=status, error=type(error).__name__, reason=str(error))
    kind, title, metric = _REFUSALS[status]
    count(metric)
    problem = {"type": f"urn:makegood:problem:{kind}", "title": title, "status": status}
    return {
        "statusCode": status,
        "headers": {"content-type": "application/problem+json"},
        "body": json.dumps(problem | {"detail": detail}),
    }
