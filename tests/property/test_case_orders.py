"""Events that do not depend on each other come to the same in any order, each told twice (I19)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.account import Account
from makegood.domain.case import Case
from makegood.domain.facts import Decide, Key
from makegood.domain.job import Job
from makegood.domain.studio import StudioSettings
from makegood.ledger.attributes import from_item
from makegood.ledger.shapes import shape_of
from makegood.plans.operations import give_bonus, set_price
from tests.case_doors import audited, cases_in, charging, ending
from tests.cases_made import put_in
from tests.ends import failed, succeeded
from tests.ledgers import memory_ledger, plenty, stored
from tests.memory_dynamodb import MemoryDynamoDB
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW

JOBS = {
    "job_1": [failed("timeout", "job_1", at=NOW)],
    "job_2": [failed("martians", "job_2", at=NOW)],
    "job_3": [failed("invalid_input", "job_3", at=NOW)],
    "job_4": [succeeded(1, 3, "job_4", at=NOW)],
    "job_5": [failed("martians", "job_5", at=NOW), failed("timeout", "job_5", at=NOW)],
}
"""Whatever order the two of the last one come in, it ends refunded; with a case, or without."""

minutes = st.sampled_from([0, 1, 14, 15, 16, 31])
orders = st.sampled_from([None, "order_1", "order_2"])
payments = st.lists(st.tuples(minutes, orders), min_size=2, max_size=4)


@given(
    payments=payments,
    automatic=st.sampled_from([None, True, False]),
    data=st.data(),
)
def test_any_order_of_payments_and_ends_comes_to_the_same(
    payments: Sequence[tuple[int, str | None]], automatic: bool | None, data: st.DataObject
) -> None:
    events: list[Decide[Any]] = [
        crediting(
            bought(f"txn_{n}", at=NOW + timedelta(minutes=after), order_ref=order_ref), now=NOW
        )
        for n, (after, order_ref) in enumerate(payments)
    ]
    events += [ending(end) for ends in JOBS.values() for end in ends]
    shuffled = data.draw(st.permutations(events * 2), label="order")

    outcome = _outcome(events, automatic)
    assert _outcome(shuffled, automatic) == outcome
    assert {case[2] for case in outcome[2]} == _duplicates(payments)


def _duplicates(payments: Sequence[tuple[int, str | None]]) -> set[str]:
    """Those with an earlier one at most fifteen minutes before."""
    times = sorted((after, n) for n, (after, _) in enumerate(payments))
    return {
        f"txn_{n}"
        for position, (after, n) in enumerate(times)
        if any(after - before <= 15 for before, _ in times[:position])
    }


def _outcome(
    events: Sequence[Decide[Any]], automatic: bool | None
) -> tuple[object, object, list[tuple[object, ...]]]:
    ledger, memory = memory_ledger()

    def do(decision: Decide[Any]) -> None:
        ledger.decide(decision, time_left=plenty)

    do(put_in(StudioSettings(automatic_duplicates=automatic)))
    do(set_price("pri_1", 1000, 100, author="ada", now=NOW))
    do(give_bonus("b", "acc_1", 500, "w", now=NOW))
    for job_id in JOBS:
        do(charging(job_id, 60))
    for event in events:
        do(event)
    assert audited(memory.items) == []
    account = stored(ledger, Key(Account, "acc_1"))
    states = [(job.state, job.refunded) for job in _jobs(memory)]
    return (account.available, account.held, account.debt), states, _cases(memory)


def _jobs(memory: MemoryDynamoDB) -> list[Job]:
    read = shape_of(Job).read
    found = [read(from_item(i)) for i in memory.items.values() if i["sk"]["S"] == "JOB"]
    return sorted(found, key=lambda job: job.job_id)


def _cases(memory: MemoryDynamoDB) -> list[tuple[object, ...]]:
    """All of payments but the numbers of lots and what happened in between."""
    cases = cases_in(memory.items.values())
    return [_told_of(case) for case in cases if case.transaction_id is not None]


def _told_of(case: Case) -> tuple[object, ...]:
    about = (case.case_id, case.category, case.transaction_id, case.job_id)
    money = case.money, case.credits, sum(take.credits for take in case.held)
    return *about, case.status, case.decision, *money
