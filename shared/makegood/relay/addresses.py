"""Where the mail about a case goes to, as the table has it in this moment."""

from collections.abc import Sequence
from typing import Any

from makegood.domain.case import Case
from makegood.domain.facts import Facts, Key
from makegood.domain.purchase import Customer, Purchase
from makegood.errors import LedgerDamagedError
from makegood.ledger.table import Table
from makegood.outbox.effect import MailDue

Address = str | LedgerDamagedError | None


def addresses_of(table: Table, mails: Sequence[MailDue]) -> list[Address]:
    """Each mail's address; None where there is none, or the damage that hides it.

    It is that of the customer who paid, where the case is about a purchase: who files a case can
    name any address. Raises LedgerUnavailableError.
    """
    named = [_named_by(mail) for mail in mails]
    facts = _read(table, named)
    found = [_found(facts, key) for key in named]
    customers = _read(table, [one for one in found if isinstance(one, Key)])
    return [_found(customers, one) if isinstance(one, Key) else one for one in found]


def _named_by(mail: MailDue) -> Key[Any]:
    if mail.transaction_id is None:
        return Key(Case, mail.case_id)
    return Key(Purchase, mail.transaction_id)


def _read(table: Table, keys: Sequence[Key[Any]]) -> Facts:
    stored = table.read(set(keys)) if keys else {}
    return Facts({key: value.record for key, value in stored.items()})


def _found(facts: Facts, key: Key[Any]) -> Any:
    """An address, or the key of the customer who has it."""
    try:
        record = facts.get(key)
    except LedgerDamagedError as damage:
        return damage
    match record:
        case Purchase(customer_id=str() as customer_id):
            return Key(Customer, customer_id)
        case Case(request=request) if request is not None:
            return request.email
        case Customer():
            return record.email
    return None
