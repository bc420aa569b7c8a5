"""Lists of payouts and of adjustments that wait: an index says where to look, and may be wrong."""

from typing import Any

import pytest

from makegood.domain.adjustment import Adjustments
from makegood.domain.case import CaseStatus
from makegood.domain.money import Money
from makegood.domain.payout import PayoutState
from makegood.ledger import payout_reads
from makegood.ledger.reads import Slice
from tests.cases_made import opened
from tests.ledgers import NOON, memory_ledger, plenty
from tests.money_put_in import adjustment, payout_for, written

PERSON = PayoutState.PERSON


class Lists:
    """Two payouts that need a person, and adjustments of two transactions that wait."""

    def __init__(self) -> None:
        self.ledger, self.memory = memory_ledger()
        for number in (1, 2):
            case = opened(f"case_{number}", money=Money(100, "USD"), transaction_id=f"txn_{number}")
            assert case.status is CaseStatus.OPEN
            told = Adjustments(f"txn_{number}", (adjustment(f"adj_{number}", 5),), None, NOON)
            self.ledger.decide(written(payout_for(case, PERSON), told), time_left=plenty)

    def payouts(self, state: PayoutState = PERSON) -> Slice[Any]:
        return payout_reads.payouts(self.ledger.table, state, position=None, limit=10)

    def waiting(self) -> Slice[Any]:
        return payout_reads.adjustments_waiting(self.ledger.table, position=None, limit=10)

    def change(self, kind: str, transaction_id: str, **attributes: Any) -> None:
        """The record as it is, while the index still has it where it was."""
        [item] = [
            item
            for (_, sk), item in self.memory.items.items()
            if sk == kind and item["transaction_id"]["S"] == transaction_id
        ]
        for name, value in attributes.items():
            if value is None:
                del item[name]
            else:
                item[name] = value


@pytest.fixture
def lists() -> Lists:
    return Lists()


def of(found: Slice[Any]) -> list[str]:
    return sorted(one.transaction_id for one in found.records)


def test_what_is_listed_is_read_again(lists: Lists) -> None:
    assert of(lists.payouts()) == of(lists.waiting()) == ["txn_1", "txn_2"]

    lists.change("PAYOUT", "txn_1", state={"S": "requested"})
    lists.change("ADJUSTMENTS", "txn_2", waits_since=None)

    assert of(lists.payouts()) == ["txn_2"]
    assert of(lists.waiting()) == ["txn_1"]


def test_what_cannot_be_read_is_named_and_hides_nothing(lists: Lists) -> None:
    lists.change("PAYOUT", "txn_1", items={"S": "?"})
    lists.change("ADJUSTMENTS", "txn_2", known={"S": "?"})

    payouts, waiting = lists.payouts(), lists.waiting()

    assert (of(payouts), len(payouts.damaged)) == (["txn_2"], 1)
    assert (of(waiting), waiting.damaged) == (["txn_1"], ("txn_2",))


def test_payouts_that_there_are_not_are_left_out(lists: Lists) -> None:
    [known, _] = lists.payouts().records

    found, damaged = payout_reads.payouts_named(lists.ledger.table, [known.payout_id, "payout_no"])

    assert (list(found), damaged) == ([known.payout_id], ())
    assert payout_reads.payouts_named(lists.ledger.table, []) == ({}, ())
