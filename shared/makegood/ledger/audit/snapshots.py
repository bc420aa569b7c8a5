"""An account's snapshot and cards against what its entries came to."""

from collections.abc import Iterable, Iterator

from makegood.ledger.audit.entries import Fold
from makegood.ledger.audit.lots import Amounts, left_of
from makegood.ledger.audit.stored import Finding, Values


def snapshot_findings(
    fold: Fold, snapshot: Values | None, cards: Iterable[Values], *, changes: Iterable[Values]
) -> Iterator[Finding]:
    """`changes` are the account's changes of status."""
    where = f"account {fold.account_id}, snapshot"
    if snapshot is None:
        yield Finding(where, "is missing")
        return
    try:
        was = {str(change["status"]) for change in changes}
        faults = [*_balance_faults(fold, snapshot), *_status_faults(fold, snapshot["status"], was)]
        faults += _lot_faults(fold, snapshot, cards)
    except (KeyError, TypeError, ValueError) as error:
        faults = [f"cannot be read: {type(error).__name__} {error}"]
    yield from (Finding(where, fault) for fault in faults)


def _balance_faults(fold: Fold, snapshot: Values) -> Iterator[str]:
    expected = {
        "account_id": fold.account_id,
        "available": fold.available,
        "held": fold.lots.held,
        "debt": fold.debt,
        "seq": fold.seq,
        "hash": fold.hash,
    }
    for name, value in expected.items():
        if snapshot[name] != value:
            yield f"has {name} {snapshot[name]}; the entries come to {value}"


def _status_faults(fold: Fold, status: str, was: set[str]) -> Iterator[str]:
    """`was` are all that its changes of status made it."""
    if status not in {"open", "frozen", "closed"}:
        yield f"has the unknown status {status}"
    if (status == "closed") is not ("closed" in was) or (status == "frozen" and status not in was):
        yield f"is {status}, which its changes of status contradict"
    if (fold.forfeited and status != "closed") or (
        status == "closed" and not (fold.forfeited or fold.emptied)
    ):
        yield f"is {status}, which its entries contradict"


def _lot_faults(fold: Fold, snapshot: Values, cards: Iterable[Values]) -> Iterator[str]:
    at_hand = {number: _amounts(amounts) for number, *amounts in snapshot["lots"]}
    numbers = [lot[0] for lot in snapshot["lots"]]
    if numbers != sorted(set(numbers)):
        yield "has lots that are not in order, oldest first"
    for number, amounts in at_hand.items():
        if amounts != fold.lots.by_number.get(number):
            yield f"has lot {number} otherwise than the entries leave it"
    on_cards = set()
    for card in cards:
        number = card["lot"][0]
        on_cards.add(number)
        yield from _card_faults(fold, card, is_at_hand=number in at_hand)
    for number in fold.lots.by_number.keys() - at_hand.keys() - on_cards:
        yield f"lacks lot {number}, which lies on no card either"
    yield from _bound_faults(fold, snapshot["cards_from"], at_hand.keys())


def _card_faults(fold: Fold, card: Values, *, is_at_hand: bool) -> Iterator[str]:
    number, *amounts = card["lot"]
    if card["account_id"] != fold.account_id or card["sk"] != f"LOT#{number:012d}":
        yield f"has a card of lot {number} that lies in a wrong place"
    if number not in fold.lots.by_number:
        yield f"has a card of lot {number}, which no entry brought in"
    elif not is_at_hand and _amounts(amounts) != fold.lots.by_number[number]:
        yield f"has a card of lot {number} that is out of date, and no such lot at hand"


def _bound_faults(fold: Fold, cards_from: int, at_hand: Iterable[int]) -> Iterator[str]:
    for number in sorted(fold.lots.by_number.keys() - at_hand):
        left = left_of(fold.lots.by_number[number])
        if left < 0:
            yield f"lacks lot {number}, which is short"
        elif left > 0 and not 0 < cards_from <= number:
            yield f"looks for lots from {cards_from} on and would not find lot {number}"


def _amounts(values: list[int]) -> Amounts:
    granted, used, held, withdrawn = values
    return granted, used, held, withdrawn
