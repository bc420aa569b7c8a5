"""An account's history and purchases: its owner's view, and a reviewer's."""

from collections.abc import Callable
from typing import Any

from makegood.api.answers import show_entry, show_entry_in_review
from makegood.api.purchase_answers import show_owned, show_owned_in_review
from makegood.api.requests import NoBody
from makegood.api.routing import Answer, Call, Listed
from makegood.api.studio import show_balance
from makegood.domain.account import Account
from makegood.domain.entry import Entry
from makegood.domain.purchase import Purchase
from makegood.ledger import reads
from makegood.policy.published import Policies


def my_balance(call: Call, _body: NoBody) -> Answer:
    return show_balance(call, call.caller.account_id)


def my_history(call: Call, _body: NoBody) -> Answer:
    return _history(call, call.caller.account_id, show_entry)


def my_purchases(call: Call, _body: NoBody) -> Answer:
    return _purchases(call, call.caller.account_id, show_owned)


def history(call: Call, _body: NoBody) -> Answer:
    return _history(call, call.ids["account_id"], show_entry_in_review)


def purchases(call: Call, _body: NoBody) -> Answer:
    return _purchases(call, call.ids["account_id"], show_owned_in_review)


def _history(call: Call, account_id: str, show: Callable[[Entry], Any]) -> Answer:
    table = call.desk.ledger.table
    entries = call.slice(
        account_id,
        lambda position, limit: reads.history(table, account_id, position=position, limit=limit),
    )
    return listed(entries, [show(entry) for entry in entries.records], account_id=account_id)


def _purchases(
    call: Call, account_id: str, show: Callable[[Purchase, Account, Policies], Any]
) -> Answer:
    table = call.desk.ledger.table
    bought = call.slice(
        account_id,
        lambda position, limit: reads.purchases(table, account_id, position=position, limit=limit),
    )
    numbers = {
        number
        for purchase in bought.records
        for line in purchase.lines
        for number in (line.lot, line.bonus_lot)
        if number
    }
    account = reads.account_with_lots(table, account_id, numbers)
    shown = [show(purchase, account, call.desk.policies) for purchase in bought.records]
    return listed(bought, shown, account_id=account_id)


def listed(part: Listed[Any], items: list[Any], **noted: object) -> Answer:
    body = {"items": items, "next_cursor": part.next_cursor}
    return Answer(200, body, {**noted, "items": len(items)})
