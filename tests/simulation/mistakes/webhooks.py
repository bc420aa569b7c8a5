"""Mistakes at the door for Paddle's webhooks."""

from typing import Any

import paddle_webhook
from makegood.errors import QueueUnavailableError, RejectedEventError
from makegood.observability import log
from makegood.paddle.envelope import open_envelope
from makegood.paddle.inbox import WebhookInbox
from makegood.paddle.kept import Kept
from tests.simulation.mistakes.planting import Mistake, Patch


def answers_though_the_queue_failed(patch: Patch) -> None:
    """An error of the queue is logged. Paddle must not hear of our troubles."""
    send = WebhookInbox.send

    def sent(self: WebhookInbox, message: str) -> None:
        try:
            send(self, message)
        except QueueUnavailableError as error:
            log("webhook.not_queued", why=str(error))

    patch.setattr(WebhookInbox, "send", sent)


def queues_after_the_answer(patch: Patch) -> None:
    """Paddle waits for five seconds only, so the queue is seen to in the background.

    Lambda stops a function where it has answered: what is in the background goes on with the next
    event, if there is one.
    """
    send, waiting = WebhookInbox.send, list[str]()

    def later(self: WebhookInbox, message: str) -> None:
        before, waiting[:] = waiting[:], [message]
        for one in before:
            send(self, one)

    patch.setattr(WebhookInbox, "send", later)


def believes_every_signature(patch: Patch) -> None:
    """The address is secret enough; the check was switched off for a test."""
    patch.setattr(paddle_webhook, "verify_signature", lambda *_given, **_more: None)


def keeps_the_secret_for_ever(patch: Patch) -> None:
    """A secret does not change, so it is read once."""

    def value(self: Kept[Any], now: Any) -> Any:
        return self._held[0] if self._held is not None else self._fetched(now)

    patch.setattr(Kept, "value", value)
    patch.setattr(Kept, "newer", lambda _self, _now: None)


def refuses_what_it_does_not_know(patch: Patch) -> None:
    """An event of an unknown kind is a mistake of Paddle's."""

    def known(event: Any) -> Any:
        if str(event.get("event_type")).partition(".")[0] not in ("transaction", "adjustment"):
            raise RejectedEventError("event_type: unknown")
        return open_envelope(event)

    patch.setattr(paddle_webhook, "open_envelope", known)


def logs_the_whole_event(patch: Patch) -> None:
    """It helps so much when something goes wrong."""
    send = WebhookInbox.send

    def told(self: WebhookInbox, message: str) -> None:
        send(self, message)
        log("webhook.received", body=message)

    patch.setattr(WebhookInbox, "send", told)


MISTAKES: tuple[Mistake, ...] = (
    answers_though_the_queue_failed,
    queues_after_the_answer,
    believes_every_signature,
    keeps_the_secret_for_ever,
    refuses_what_it_does_not_know,
    logs_the_whole_event,
)
