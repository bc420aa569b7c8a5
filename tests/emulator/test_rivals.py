"""What many do at once happens as often as it should: on a DynamoDB that is right under threads."""

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from makegood.domain.account import Take
from makegood.domain.entry import EntryKind
from makegood.domain.facts import Decide, Key
from makegood.domain.job import ChargeRequest, Job, JobState
from makegood.errors import InsufficientCreditsError, MakegoodError
from makegood.ledger.store import Ledger
from makegood.plans.job_ends import Ended
from makegood.plans.jobs import Charged, charge_job, end_job
from makegood.plans.operations import Done, give_bonus, set_price
from makegood.plans.purchases import Credited
from makegood.policy.versions import PUBLISHED
from tests.emulator.conftest import THREADS
from tests.emulator.rivals import at_once, audited, chance, do, patience, told
from tests.ends import failed, succeeded
from tests.ledgers import (
    NOON,
    all_items,
    all_lots,
    cause,
    entries_of,
    moving,
    stored,
    stored_account,
)
from tests.purchases_made import bought, crediting

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.emulator


def test_eight_copies_of_one_purchase_are_one_grant(
    ledger: Ledger, client: "DynamoDBClient", table: str
) -> None:
    do(ledger, set_price("pri_1", 1000, 100, author="ada", now=NOON))
    purchase = bought("txn_1", customer_id="ctm_1", lines=2)

    results = at_once([told(ledger, crediting(purchase, now=NOON)) for _ in range(8)])

    credited = [result for result in results if isinstance(result, Credited)]
    assert len(credited) == 8
    assert sum(not one.again for one in credited) <= 1
    assert len({one.purchase for one in credited}) == 1
    assert stored_account(ledger, "acc_1").available == 2200
    assert len(entries_of(all_items(client, table), "acc_1")) == 4
    assert audited(client, table) == []


ENDS = {
    "failed": failed("timeout"),
    "failed, second copy": failed("timeout"),
    "failed, third copy": failed("timeout"),
    "succeeded": succeeded(1, 1),
}


@pytest.mark.parametrize("place", range(4))
def test_three_copies_of_a_failure_around_a_success_are_one_end(
    ledger: Ledger, client: "DynamoDBClient", table: str, place: int
) -> None:
    """The success before, between and after the copies, one after the other, then all at once."""
    do(ledger, give_bonus("b", "acc_1", 100, "w", now=NOON))
    do(ledger, charge_job("job_1", ChargeRequest("acc_1", 60), policies=PUBLISHED, now=NOON))
    order = ["failed", "failed, second copy", "failed, third copy"]
    order.insert(place, "succeeded")

    outcomes = [do(ledger, end_job(ENDS[name], policies=PUBLISHED, now=NOON)) for name in order]
    again = at_once(
        [told(ledger, end_job(ENDS[name], policies=PUBLISHED, now=NOON)) for name in order * 2]
    )

    assert [one.again for one in outcomes] == [False, True, True, True]
    assert all(isinstance(one, Ended) and one.again for one in again)
    first = JobState.SUCCEEDED if place == 0 else JobState.REFUNDED
    assert stored(ledger, Key(Job, "job_1")).state is first
    assert stored_account(ledger, "acc_1").available == (40 if place == 0 else 100)
    assert audited(client, table) == []


@pytest.mark.parametrize("seed", range(5))
def test_they_are_one_end_all_at_once_too(
    ledger: Ledger, client: "DynamoDBClient", table: str, seed: int
) -> None:
    do(ledger, give_bonus("b", "acc_1", 100, "w", now=NOON))
    do(ledger, charge_job("job_1", ChargeRequest("acc_1", 60), policies=PUBLISHED, now=NOON))
    events = list(ENDS.values())
    chance(seed).shuffle(events)

    results = at_once(
        [told(ledger, end_job(event, policies=PUBLISHED, now=NOON)) for event in events]
    )

    ended = [result for result in results if isinstance(result, Ended)]
    assert len(ended) == 4
    assert len({one.job.state for one in ended}) == 1
    job = stored(ledger, Key(Job, "job_1"))
    assert stored_account(ledger, "acc_1").available == 40 + job.refunded
    kinds = [entry.kind for entry in entries_of(all_items(client, table), "acc_1")]
    refunds = [EntryKind.REFUND] if job.state is JobState.REFUNDED else []
    assert kinds == [EntryKind.BONUS, EntryKind.CHARGE, *refunds]


def test_eight_racing_charges_never_overdraw(
    ledger: Ledger, client: "DynamoDBClient", table: str
) -> None:
    """Five fit. That exactly three are refused shows too that nobody is refused by mistake."""
    do(ledger, give_bonus("b", "acc_1", 109, "w", now=NOON))
    results = at_once(
        [
            told(
                ledger,
                charge_job(f"job_{n}", ChargeRequest("acc_1", 20), policies=PUBLISHED, now=NOON),
            )
            for n in range(8)
        ]
    )
    assert sum(isinstance(result, Charged) for result in results) == 5
    assert sum(isinstance(result, InsufficientCreditsError) for result in results) == 3
    assert stored_account(ledger, "acc_1").available == 9
    assert audited(client, table) == []


def test_copies_of_one_charge_for_the_last_credits_are_all_told_of_it(
    ledger: Ledger, client: "DynamoDBClient", table: str
) -> None:
    """None is told that credits are missing because its own twin has taken them."""
    for number in range(10):
        do(ledger, give_bonus(f"b{number}", f"acc_{number}", 50, "w", now=NOON))
    charges = [
        told(
            ledger,
            charge_job(
                f"job_{number}", ChargeRequest(f"acc_{number}", 50), policies=PUBLISHED, now=NOON
            ),
        )
        for number in range(10)
        for _ in range(6)
    ]
    results = at_once(charges)
    assert [result for result in results if not isinstance(result, Charged)] == []
    assert audited(client, table) == []


def test_one_bonus_key_under_many_hands_is_one_bonus(
    ledger: Ledger, client: "DynamoDBClient", table: str
) -> None:
    bonuses = [give_bonus("b", f"acc_{n % 2}", 10, "w", now=NOON) for n in range(12)]
    results = at_once([told(ledger, bonus) for bonus in bonuses])
    given = {result.record.account_id for result in results if isinstance(result, Done)}
    assert len(given) == 1
    assert len(entries_of(all_items(client, table), given.pop())) == 1
    assert audited(client, table) == []


def test_two_thousand_charges_and_refunds_leave_every_balance_the_sum_of_its_entries(
    ledger: Ledger, client: "DynamoDBClient", table: str
) -> None:
    accounts = [f"acc_{number}" for number in range(40)]
    ledger.decide_all(
        [give_bonus(f"b:{name}", name, 1000, "w", now=NOON) for name in accounts],
        time_left=patience(),
    )

    def life_of(thread: int) -> list[object]:
        """Charge ten jobs one by one, tell of their ends in one batch, and again."""
        drawn = chance(thread)
        results: list[object] = []
        for round_ in range(7):
            jobs = [f"job_{thread}_{round_}_{n}" for n in range(9)]
            for job in jobs:
                request = ChargeRequest(drawn.choice(accounts), drawn.randint(1, 60), outputs=3)
                results += ledger.decide_all(
                    [charge_job(job, request, policies=PUBLISHED, now=NOON)], time_left=patience()
                )
            ends: list[Decide[Any]] = [
                end_job(
                    drawn.choice([failed("timeout", job), succeeded(1, 3, job)]),
                    policies=PUBLISHED,
                    now=NOON,
                )
                for job in jobs
            ]
            results += ledger.decide_all(ends, time_left=patience())
        return results

    lives = at_once([lambda thread=thread: life_of(thread) for thread in range(THREADS)])  # type: ignore[misc]

    results = list(itertools.chain.from_iterable(lives))
    assert len(results) == THREADS * 7 * 18 > 2000
    assert not [r for r in results if not isinstance(r, (Charged, Ended))]
    items = all_items(client, table)
    for name in accounts:
        entries = entries_of(items, name)
        account = stored_account(ledger, name)
        assert account.balance == sum(entry.credits for entry in entries)
        assert account.seq == len(entries) == entries[-1].seq
        assert sum(lot.left for lot in account.lots) == account.balance
    assert audited(client, table) == []


def test_an_account_with_more_lots_than_are_at_hand_stays_whole_under_threads(
    ledger: Ledger, client: "DynamoDBClient", table: str
) -> None:
    """Lots come and go between snapshot and cards while others charge, refund, hold, claw back."""
    ledger.decide_all(
        [give_bonus(f"b{n}", "acc_1", 10, "w", now=NOON) for n in range(60)], time_left=patience()
    )

    def life_of(thread: int) -> list[object]:
        drawn = chance(thread)
        results: list[object] = []
        for n in range(5):
            job, lot = f"job_{thread}_{n}", drawn.randint(1, 60)
            request = ChargeRequest("acc_1", drawn.randint(1, 90))
            of_case, of_adjustment = f"hold:{job}", f"clawback:{job}"
            steps: list[Decide[Any]] = [
                give_bonus(job, "acc_1", drawn.randint(1, 30), "w", now=NOON),
                charge_job(job, request, policies=PUBLISHED, now=NOON),
                moving(
                    "acc_1",
                    lambda a, lot=lot, key=of_case: a.hold([lot], cause(key)),  # type: ignore[misc]
                    lots=[lot],
                    once=of_case,
                ),
                end_job(failed("timeout", job), policies=PUBLISHED, now=NOON),
                moving(
                    "acc_1",
                    lambda a, lot=lot, key=of_adjustment: a.clawback([Take(lot, 3)], cause(key)),  # type: ignore[misc]
                    lots=[lot],
                    once=of_adjustment,
                ),
            ]
            for step in steps:
                results += ledger.decide_all([step], time_left=patience())
        return results

    lives = at_once(
        [lambda thread=thread: life_of(thread) for thread in range(6)]  # type: ignore[misc]
    )

    errors = [r for r in itertools.chain.from_iterable(lives) if isinstance(r, MakegoodError)]
    # A charge that was not covered at its time is refused, and its job never ends.
    assert {type(error).__name__ for error in errors} <= {"InsufficientCreditsError", "NotYetError"}
    items = all_items(client, table)
    account = stored_account(ledger, "acc_1")
    lots = all_lots(items, account)
    assert sum(lot.left for lot in lots) == account.balance
    assert sum(lot.held for lot in lots) == account.held
    # These moves have no records of their own.
    of_records = ("CORRECTION#", "whose record does not say so", "its cases hold")
    findings = audited(client, table)
    assert [it for it in findings if not any(words in it for words in of_records)] == []
