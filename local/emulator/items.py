"""Journals every change of an item, and carries the changes out again.

MiniStack has one place that each change passes, whether it came alone or in a transaction: the one
that feeds the streams. Putting an item twice is the same as putting it once, so a journal that is
older than the saved table does no harm.
"""

# ruff: noqa: SLF001 - what MiniStack lacks can only be added to its inside; the pin is exact.

from typing import Any

from ministack.core import responses
from ministack.services import dynamodb

from local.emulator.journal import Journal

Item = dict[str, Any]

PUT, DELETE = "put", "delete"


class Items:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._replaying = False
        self._emit = dynamodb._emit_stream_event

    def install(self) -> None:
        dynamodb._emit_stream_event = self._emit_and_record

    def replay(self) -> None:
        """To be called before anything is served."""
        self._replaying = True
        try:
            for change in self._journal.changes():
                _carry_out(*change)
        finally:
            self._replaying = False

    def _emit_and_record(
        self,
        table: str,
        event: str,
        old: Item | None,
        new: Item | None,
        *rest: Any,
        **named: Any,
    ) -> None:
        self._emit(table, event, old, new, *rest, **named)
        if self._replaying:
            return
        account, region = responses.get_account_id(), responses.get_region()
        if new is not None:
            self._journal.write(account, region, table, PUT, new)
        else:
            self._journal.write(account, region, table, DELETE, _key(table, old or {}))


def _key(table: str, item: Item) -> Item:
    names = [one["AttributeName"] for one in dynamodb._tables.get(table)["KeySchema"]]
    return {name: item[name] for name in names}


def _carry_out(account: str, region: str, table: str, change: str, item: Item) -> None:
    with responses.request_scope(account, region):
        # A table that is gone since refuses it, which is right.
        if change == PUT:
            dynamodb._put_item({"TableName": table, "Item": item})
        else:
            dynamodb._delete_item({"TableName": table, "Key": item})
