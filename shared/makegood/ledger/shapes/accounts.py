"""Accounts, their entries and the cards of lots that are not at hand."""

from makegood.domain.account import Account, AccountStatus
from makegood.domain.at_hand import LotCard
from makegood.domain.entry import Book, Cause, Entry, EntryKind, Posting, timestamp
from makegood.domain.lot import Lot, LotChange
from makegood.ledger.shapes.shape import Shape, Values, to_time


def account_pk(account_id: str) -> str:
    return f"ACCOUNT#{account_id}"


def entry_sk(seq: int) -> str:
    return f"ENTRY#{seq:012d}"


def cards_pk(account_id: str) -> str:
    return f"LOTS#{account_id}"


def card_sk(number: int) -> str:
    return f"LOT#{number:012d}"


def _lot_values(lot: Lot | LotChange) -> list[int]:
    return [lot.number, lot.granted, lot.used, lot.held, lot.withdrawn]


def _write_account(account: Account) -> Values:
    return {
        "account_id": account.account_id,
        "available": account.available,
        "held": account.held,
        "debt": account.debt,
        "seq": account.seq,
        "hash": account.hash,
        "status": account.status.value,
        "lots": [_lot_values(lot) for lot in account.lots],
        "cards_from": account.cards_from,
    }


def _read_account(values: Values) -> Account:
    return Account(
        account_id=values["account_id"],
        available=values["available"],
        held=values["held"],
        debt=values["debt"],
        seq=values["seq"],
        hash=values["hash"],
        status=AccountStatus(values["status"]),
        lots=tuple(Lot(*lot) for lot in values["lots"]),
        cards_from=values["cards_from"],
    )


def _write_entry(entry: Entry) -> Values:
    cause = entry.cause
    return {
        "account_id": entry.account_id,
        "seq": entry.seq,
        "kind": entry.kind.value,
        "postings": {posting.book.value: posting.credits for posting in entry.postings},
        "lots": [_lot_values(change) for change in entry.lots],
        "cause": cause.key,
        "reason": cause.reason,
        "clause": cause.clause,
        "policy_version": cause.policy_version,
        "job_id": cause.job_id,
        "transaction_id": cause.transaction_id,
        "case_id": cause.case_id,
        "author": cause.author,
        "occurred_at": timestamp(cause.occurred_at),
        "recorded_at": timestamp(cause.recorded_at),
        "after": [entry.available, entry.held, entry.debt],
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def _read_entry(values: Values) -> Entry:
    cause = Cause(
        key=values["cause"],
        reason=values["reason"],
        occurred_at=to_time(values["occurred_at"]),
        recorded_at=to_time(values["recorded_at"]),
        clause=values.get("clause"),
        policy_version=values.get("policy_version"),
        job_id=values.get("job_id"),
        transaction_id=values.get("transaction_id"),
        case_id=values.get("case_id"),
        author=values.get("author"),
    )
    available, held, debt = values["after"]
    moved = values["postings"]
    return Entry(
        account_id=values["account_id"],
        seq=values["seq"],
        kind=EntryKind(values["kind"]),
        # Maps come back in any order; the hash is over the books' own.
        postings=tuple(Posting(book, moved[book.value]) for book in Book if book.value in moved),
        lots=tuple(LotChange(*change) for change in values["lots"]),
        cause=cause,
        available=available,
        held=held,
        debt=debt,
        previous_hash=values["previous_hash"],
        hash=values["hash"],
    )


def _write_card(card: LotCard) -> Values:
    return {"account_id": card.account_id, "lot": _lot_values(card.lot)}


def _read_card(values: Values) -> LotCard:
    return LotCard(values["account_id"], Lot(*values["lot"]))


ACCOUNT: Shape[Account] = Shape(
    id=lambda account: account.account_id,
    place=lambda account_id: (account_pk(account_id), "SNAPSHOT"),
    write=_write_account,
    read=_read_account,
)
ENTRY: Shape[Entry] = Shape(
    id=lambda entry: (entry.account_id, entry.seq),
    place=lambda parts: (account_pk(parts[0]), entry_sk(parts[1])),
    write=_write_entry,
    read=_read_entry,
    once=True,
)
CARD: Shape[LotCard] = Shape(
    id=lambda card: (card.account_id, card.lot.number),
    place=lambda parts: (cards_pk(parts[0]), card_sk(parts[1])),
    write=_write_card,
    read=_read_card,
)
