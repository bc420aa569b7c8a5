"""What must not be told: secrets, cards, addresses, words of people (I27)."""

from collections.abc import Iterator, Mapping

from tests.simulation.witness import Witness

CARD = ("cardholder_name", "expiry_month", "expiry_year", "last4")
_WORDS = ("description", "note", "reason", "email")


def wrong_logs(witness: Witness) -> Iterator[str]:
    secrets = set(witness.secrets)
    private = secrets | _words(witness) | _addresses(witness)
    letters = "\n".join(f"{one.error} {one.reason}" for one in witness.buried)
    events = "\n".join(str(event) for event in witness.events)
    mails = "\n".join(str(mail.get("Content")) for mail in witness.mails)
    bodies = "\n".join(one.body for one in witness.sent if one.queue == "paddle_events")
    for where, text, hidden in (
        ("a log", "\n".join(witness.logs), private | set(CARD)),
        ("an attribute of a dead letter", letters, private | set(CARD)),
        ("an event", events, secrets | _addresses(witness)),
        ("a mail", mails, secrets | _addresses(witness)),
        ("a message of Paddle's", bodies, secrets | set(CARD)),
    ):
        for one in hidden:
            if one in text:
                yield f"I27: {where} has {one}"


def _words(witness: Witness) -> set[str]:
    """What somebody wrote."""
    return {
        str(call.body[name])
        for call in witness.calls
        if isinstance(call.body, Mapping)
        for name in _WORDS
        if call.body.get(name)
    }


def _addresses(witness: Witness) -> set[str]:
    return {
        event["data"]["email"]
        for event in witness.paddle_events
        if event["event_type"].startswith("customer.") and event["data"].get("email")
    }
