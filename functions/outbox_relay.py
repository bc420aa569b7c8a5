"""Tells the world outside what the ledger has committed: payouts, domain events, e-mails.

The table's stream calls it. The ledger's own records are the promises: see
docs/adr/0015-the-ledger-is-the-outbox.md.
"""

from collections.abc import Mapping
from typing import Any

from makegood import wiring
from makegood.batch import BatchResponse
from makegood.observability import count, log
from makegood.relay.sending import Relayed, relay


def lambda_handler(event: Mapping[str, Any], context: wiring.Context) -> BatchResponse:
    relayed = relay(event, wiring.outbox_senders(), time_left=wiring.time_left(context))
    tell(relayed)
    return relayed.response()


def tell(relayed: Relayed) -> None:
    """Counts only: what a record holds has no business in a log."""
    again = len(relayed.promises) - relayed.end
    buried = relayed.buried
    log("outbox.relayed", records=relayed.end, again=again, buried=dict(buried), **relayed.sent)
    if buried:
        count("MessagesBuried", buried.total())
    if again:
        count("MessagesDelayed", again)
    if relayed.sent["mails_without_address"]:
        count("MailsWithoutAddress", relayed.sent["mails_without_address"])
