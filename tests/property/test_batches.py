"""A batch of decisions comes to the same as its decisions one by one, whatever goes wrong."""

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.account import Account
from makegood.domain.entry import Entry, EntryKind
from makegood.domain.facts import Decide, Facts, Key
from makegood.domain.purchase import Price
from makegood.errors import MakegoodError
from makegood.ledger import packing
from makegood.ledger.store import Ledger
from tests.histories import History, Step, next_step
from tests.ledgers import (
    NOON,
    all_lots,
    entries_of,
    ledger_on,
    memory_ledger,
    moving,
    plenty,
    stored_account,
)
from tests.memory_dynamodb import Fault, FaultyDynamoDB, Lost, MemoryDynamoDB, client_error

ACCOUNTS = [f"acc_{number}" for number in range(3)]

NO_ANSWER = ReadTimeoutError(endpoint_url="https://dynamodb.invalid")
FAULTS: list[Fault] = [
    None,
    NO_ANSWER,
    Lost(NO_ANSWER),
    Lost(client_error("InternalServerError")),
    client_error("InternalServerError"),
    client_error("ThrottlingException"),
    client_error("TransactionInProgressException"),
    client_error("TransactionCanceledException", reasons=["TransactionConflict", "None"]),
    client_error("TransactionCanceledException", reasons=["None", "ThrottlingError"]),
    client_error(
        "TransactionCanceledException", reasons=["ConditionalCheckFailed", "TransactionConflict"]
    ),
]


@given(data=st.data())
def test_a_batch_comes_to_the_same_as_one_by_one(data: st.DataObject) -> None:
    one_by_one, batched = memory_ledger(), memory_ledger()
    histories = _opened(data, [one_by_one[0], batched[0]])

    for _ in range(data.draw(st.integers(1, 3), label="batches")):
        batch = _batch(data, histories)
        with _swept_in_portions(data):
            told = _told(batched[0], batch)
        assert told == [_told(one_by_one[0], [it])[0] for it in batch]
        _assert_same(one_by_one, batched)


@given(data=st.data())
def test_a_batch_survives_what_dynamodb_answers(data: st.DataObject) -> None:
    one_by_one, batched = memory_ledger(), memory_ledger()
    histories = _opened(data, [one_by_one[0], batched[0]])
    faults = data.draw(st.lists(st.sampled_from(FAULTS), min_size=1, max_size=12), label="faults")

    def script(operation: str, arguments: dict[str, Any]) -> Fault:
        return faults.pop() if faults and operation == "transact_write_items" else None

    faulty = ledger_on(FaultyDynamoDB(batched[1], script))
    # One that is refused may be granted when it is decided again, and rightly so: see below.
    batch = _batch(data, histories, refused=False)
    with _swept_in_portions(data):
        told = _told(faulty, batch)
    assert told == [_told(one_by_one[0], [it])[0] for it in batch]
    _assert_same(one_by_one, batched)


def _swept_in_portions(data: st.DataObject) -> AbstractContextManager[object]:
    """Real portions are larger than these batches."""
    size = data.draw(st.sampled_from([1, 5, packing.PORTION]), label="portion")
    return patch.object(packing, "PORTION", size)


def _opened(data: st.DataObject, ledgers: list[Ledger]) -> dict[str, History]:
    """Accounts with the same packs under the same numbers, as customers of one studio have."""
    histories = {account_id: History(Account(account_id)) for account_id in ACCOUNTS}
    for account_id, history in histories.items():
        steps = [
            Step(EntryKind.GRANT, f"{account_id}:{n}", lambda account, why: account.grant(10, why))
            for n in range(data.draw(st.sampled_from([0, 1, 3, 16, 17, 30, 45]), label="lots"))
        ]
        for ledger in ledgers:
            _told(ledger, [moving(account_id, step.move()) for step in steps])
        for step in steps:
            history.take(step)
    return histories


def _batch(
    data: st.DataObject, histories: dict[str, History], *, refused: bool = True
) -> list[Decide[Entry]]:
    decisions: list[Decide[Entry]] = []
    for _ in range(data.draw(st.integers(1, 12), label="decisions")):
        account_id = data.draw(st.sampled_from(ACCOUNTS), label="account")
        history = histories[account_id]
        step = next_step(data, history)
        decision = moving(
            account_id,
            step.move(),
            lots=step.lots,
            credits=step.credits,
            once=f"{account_id}:{step.key}:{len(decisions)}",
            beside=_shared if data.draw(st.booleans(), label="shared") else None,
        )
        if _is_taken(history, step) or refused:
            decisions.append(decision)
    return decisions


def _shared(facts: Facts) -> Price:
    """A record that decisions on several accounts change: it makes them hang together."""
    known = facts.get(Key(Price, "pri_1"))
    return Price("pri_1", known.credits + 1 if known else 1, 0, set_at=NOON, set_by="test")


def _is_taken(history: History, step: Step) -> bool:
    try:
        history.take(step)
    except MakegoodError:
        return False
    return True


def _told(ledger: Ledger, batch: list[Decide[Entry]]) -> list[object]:
    results = ledger.decide_all(batch, time_left=plenty)
    return [type(r) if isinstance(r, MakegoodError) else r for r in results]


def _assert_same(one: tuple[Ledger, MemoryDynamoDB], other: tuple[Ledger, MemoryDynamoDB]) -> None:
    assert one[1].items.keys() - _cards(one[1]) == other[1].items.keys() - _cards(other[1])
    for account_id in ACCOUNTS:
        assert _whole(*one, account_id) == _whole(*other, account_id)


def _cards(client: MemoryDynamoDB) -> set[tuple[str, str]]:
    return {place for place in client.items if place[0].startswith("LOTS#")}


def _whole(ledger: Ledger, client: MemoryDynamoDB, account_id: str) -> list[object]:
    """All of an account but how its lots are spread: that depends on the number of writes."""
    items = client.items
    if (f"ACCOUNT#{account_id}", "SNAPSHOT") not in items:
        return []
    account = stored_account(ledger, account_id)
    return [
        account.balance,
        account.held,
        account.seq,
        account.hash,
        all_lots(items.values(), account),
        entries_of(items.values(), account_id),
    ]
