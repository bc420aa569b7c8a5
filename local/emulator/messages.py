"""Journals the messages that are sent and those that functions are done with.

A message may come back after a restart that nobody needs any more, never the other way round.
"""

# ruff: noqa: SLF001 - what MiniStack lacks can only be added to its inside; the pin is exact.

from typing import Any

from ministack.core import responses
from ministack.services import sqs

from local.emulator.journal import Journal

SENT, DONE = "sent", "done"


class Messages:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._send, self._delete = sqs._act_send_message, sqs._delete_messages_for_esm

    def install(self) -> None:
        sqs._act_send_message = sqs._HANDLERS["SendMessage"] = self._send_and_record
        sqs._delete_messages_for_esm = self._delete_and_record

    def replay(self) -> None:
        """To be called before anything is served, with queues under their addresses of now."""
        for account, region, url, change, content in self._journal.changes():
            with responses.request_scope(account, region):
                queue = sqs._get_q(url)
            if change == SENT:
                queue["messages"].append(content)
            else:
                queue["messages"] = [one for one in queue["messages"] if one["id"] not in content]

    def _send_and_record(self, data: dict[str, Any], url: str) -> Any:
        result = self._send(data, url)
        queue = sqs._get_q(data.get("QueueUrl", url))
        sent = next(one for one in reversed(queue["messages"]) if one["id"] == result["MessageId"])
        self._write(queue, SENT, sent)
        return result

    def _delete_and_record(self, url: str, handles: set[str]) -> None:
        queue = sqs._get_q(url)
        done = [one["id"] for one in list(queue["messages"]) if one["receipt_handle"] in handles]
        self._delete(url, handles)
        self._write(queue, DONE, done)

    def _write(self, queue: dict[str, Any], change: str, content: Any) -> None:
        account, region = responses.get_account_id(), responses.get_region()
        self._journal.write(account, region, queue["url"], change, content)
