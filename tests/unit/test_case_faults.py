"""Each call of a decision about a case fails once, in every way: the repetition ends the same."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from makegood.domain.case import Case, Category
from makegood.domain.facts import Decide
from makegood.plans.operations import close_account, set_price
from makegood.policy.versions import PUBLISHED
from tests.case_doors import (
    appealing,
    approving,
    audited,
    cases_in,
    charging,
    declining,
    ending,
    filing,
    looking,
    undecided,
    withdrawing,
)
from tests.ends import failed, succeeded
from tests.faults import FAULTS, calls_of, deciding, ends_after
from tests.ledgers import memory_ledger, plenty
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW

UNAUTHORISED = Category.UNAUTHORISED
EARLY, LATE = NOW - timedelta(minutes=5), NOW + timedelta(minutes=5)


class Desk:
    """What was before, and the one case that there is by then."""

    def __init__(self) -> None:
        self.ledger, self.memory = memory_ledger()
        self.do(set_price("pri_1", 1000, 100, author="ada", now=NOW))
        self.do(crediting(bought("txn_1", order_ref="order_1"), now=NOW))
        self.do(charging("job_1", 300))

    def do(self, decision: Decide[Any]) -> None:
        self.ledger.decide(decision, time_left=plenty)

    @property
    def case(self) -> Case:
        (case,) = cases_in(self.memory.items.values())
        return case


Step = Callable[[Desk], Decide[Any]]


def always(decision: Decide[Any]) -> Step:
    return lambda _: decision


def about_the_case(make: Callable[..., Decide[Any]], **more: Any) -> Step:
    return lambda desk: make(desk.case, **more)


FILE = always(filing("txn_1", UNAUTHORISED))
FAIL = always(ending(failed("martians", at=NOW)))
APPROVE, DECLINE = about_the_case(approving), about_the_case(declining)
APPEAL, WITHDRAW = about_the_case(appealing), about_the_case(withdrawing)

# What happens one after the other; it is the last decision to which the faults happen.
STORIES: dict[str, list[Step]] = {
    "a request is filed": [FILE],
    "one is refused at once": [always(filing("txn_1", Category.OTHER))],
    "it is asked again, in other words": [
        always(filing("txn_1", Category.DUPLICATE_PAYMENT)),
        FILE,
    ],
    "it is asked again after it was withdrawn": [FILE, WITHDRAW, FILE],
    "a request is withdrawn": [FILE, WITHDRAW],
    "a refusal is appealed": [FILE, DECLINE, APPEAL],
    "money is approved": [FILE, APPROVE],
    "money is approved after credits came back": [
        FILE,
        always(ending(failed("timeout", at=NOW))),
        APPROVE,
    ],
    "a request is declined": [FILE, DECLINE],
    "an appeal is declined": [FILE, DECLINE, APPEAL, DECLINE],
    "a failure is unknown": [FAIL],
    "a person refunds it": [FAIL, APPROVE],
    "a person denies it": [FAIL, DECLINE],
    "nobody decides about it": [FAIL, always(undecided("job_1"))],
    "its job delivers after all": [FAIL, always(ending(succeeded(1, 1, at=NOW)))],
    "a report is credited": [
        always(filing("txn_1", Category.TECHNICAL_FAILURE)),
        about_the_case(approving, amount=50),
    ],
    "a job is lost": [always(looking("job_1"))],
    "the same is paid twice": [always(crediting(bought("txn_2", at=LATE), now=NOW))],
    "one order is paid twice": [
        always(crediting(bought("txn_2", at=LATE, order_ref="order_1"), now=NOW)),
    ],
    "the first payment is told of last": [
        always(crediting(bought("txn_0", at=EARLY, order_ref="order_1"), now=NOW)),
    ],
    "an account is closed": [
        always(close_account("acc_1", reason="r", author="ada", policies=PUBLISHED, now=NOW)),
    ],
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_it_ends_as_without_the_fault(story: list[Step]) -> None:
    desk = Desk()
    for step in story[:-1]:
        desk.do(step(desk))
    attempt = deciding(story[-1](desk))
    calls, expected = calls_of(attempt, desk.memory)
    assert calls.count("transact_write_items") == 1
    assert expected != desk.memory.items
    assert audited(expected) == []

    ends = dict(ends_after(attempt, desk.memory))

    assert len(ends) == len(calls) * len(FAULTS)
    assert [fault for fault, items in ends.items() if items != expected] == []
