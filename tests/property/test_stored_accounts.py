"""An account that lies in the table, in pieces, behaves as one that is held in memory whole."""

from collections.abc import Callable
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.account import Account
from makegood.domain.entry import Cause, Entry, EntryKind
from makegood.errors import MakegoodError
from makegood.ledger import table
from makegood.ledger.audit.checking import audit
from makegood.ledger.audit.spool import Spool
from makegood.ledger.store import Ledger
from tests.histories import History, Step, next_step
from tests.ledgers import (
    Moment,
    all_lots,
    entries_of,
    memory_ledger,
    moving,
    plenty,
    stored_account,
)
from tests.memory_dynamodb import MemoryDynamoDB

OF_RECORDS = ("record does not say so", "forfeit", "contradict", "was closed", "its cases hold")


@given(data=st.data())
def test_an_account_on_cards_behaves_as_one_that_is_whole(data: st.DataObject) -> None:
    """With pages of any size: real ones are larger than most of these accounts."""
    size = data.draw(st.sampled_from([3, 25, table.CARDS_PER_PAGE]), label="page")
    with patch.object(table, "CARDS_PER_PAGE", size):
        _live(data)


def _live(data: st.DataObject) -> None:
    ledger, client = memory_ledger()
    history = History()
    _open_with_lots(ledger, history, data.draw(st.integers(0, 120), label="lots"))

    for _ in range(data.draw(st.integers(1, 30), label="steps")):
        step = next_step(data, history, closing=len(history.entries) > 10)
        assert _taken_from_table(ledger, step) == _taken_in_memory(history, step)
        _assert_same(ledger, client, history.account)

    assert entries_of(client.items.values(), "acc_1") == history.entries
    assert _audited(client) == []


def _audited(client: MemoryDynamoDB) -> list[str]:
    """These moves have no records of their own, and no rules; all else must satisfy the audit."""
    with Spool() as spool:
        audit(Moment(client.items), spool)
        findings = [str(finding) for finding in spool.findings()]
    return [it for it in findings if not any(words in it for words in OF_RECORDS)]


def _open_with_lots(ledger: Ledger, history: History, count: int) -> None:
    steps = [
        Step(EntryKind.GRANT, f"grant:{number}", _granting(1 + number % 7 * 9))
        for number in range(count)
    ]
    ledger.decide_all([moving("acc_1", step.move()) for step in steps], time_left=plenty)
    for step in steps:
        history.take(step)


def _granting(credits: int) -> Callable[[Account, Cause], tuple[Account, Entry]]:
    return lambda account, why: account.grant(credits, why)


def _taken_in_memory(history: History, step: Step) -> object:
    try:
        return history.take(step)
    except MakegoodError as error:
        return type(error)


def _taken_from_table(ledger: Ledger, step: Step) -> object:
    decision = moving("acc_1", step.move(), lots=step.lots, credits=step.credits)
    (result,) = ledger.decide_all([decision], time_left=plenty)
    return type(result) if isinstance(result, MakegoodError) else result


def _assert_same(ledger: Ledger, client: MemoryDynamoDB, whole: Account) -> None:
    if not whole.seq:
        return
    account = stored_account(ledger, "acc_1")
    assert (account.available, account.held, account.debt) == (
        whole.available,
        whole.held,
        whole.debt,
    )
    assert (account.seq, account.hash, account.status) == (whole.seq, whole.hash, whole.status)
    assert all_lots(client.items.values(), account) == whole.lots
