"""A job is charged once and ends once, whatever is told of it, how often and in which order."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from makegood.domain.account import Account, AccountStatus, Take
from makegood.domain.entry import Entry, EntryKind
from makegood.domain.facts import Key
from makegood.domain.job import ChargeRequest, Job, JobState
from makegood.errors import (
    AccountClosedError,
    AccountFrozenError,
    IdempotencyConflictError,
    InsufficientCreditsError,
    NotYetError,
)
from makegood.events.jobs import JobEvent
from makegood.ledger.store import Ledger
from makegood.plans.job_ends import Ended, last_of
from makegood.plans.jobs import Charged, charge_job, end_job
from makegood.plans.operations import give_bonus, set_status
from makegood.policy.versions import PUBLISHED
from tests.ends import cancelled, failed, succeeded
from tests.ledgers import (
    NOON,
    cause,
    entries_of,
    memory_ledger,
    moving,
    plenty,
    stored,
    stored_account,
)
from tests.memory_dynamodb import MemoryDynamoDB

REQUEST = ChargeRequest("acc_1", 100, capability="video", outputs=4, expected_seconds=600)


@pytest.fixture
def table() -> tuple[Ledger, MemoryDynamoDB]:
    """An account with 60 old and 90 newer credits."""
    ledger, memory = memory_ledger()
    for key, credits in (("old", 60), ("new", 90)):
        bonus = give_bonus(key, "acc_1", credits, "welcome", now=NOON)
        ledger.decide(bonus, time_left=plenty)
    return ledger, memory


def charged(ledger: Ledger, job_id: str = "job_1", request: ChargeRequest = REQUEST) -> Charged:
    return ledger.decide(
        charge_job(job_id, request, policies=PUBLISHED, now=NOON), time_left=plenty
    )


def ended(ledger: Ledger, event: JobEvent, *, minutes: int = 60) -> Ended:
    now = NOON + timedelta(minutes=minutes)
    return ledger.decide(end_job(event, policies=PUBLISHED, now=now), time_left=plenty)


def available(ledger: Ledger) -> int:
    return stored_account(ledger, "acc_1").available


def last_entry(memory: MemoryDynamoDB) -> Entry:
    return entries_of(memory.items.values(), "acc_1")[-1]


# Charges


def test_a_charge_keeps_where_its_credits_came_from(
    table: tuple[Ledger, MemoryDynamoDB],
) -> None:
    job = charged(table[0]).job

    assert job.state is JobState.CHARGED
    assert job.takes == (Take(1, 60), Take(2, 40))
    assert (job.charged_at, job.expected_by) == (NOON, NOON + timedelta(seconds=600))
    assert stored(table[0], Key(Job, "job_1")) == job
    assert available(table[0]) == 50
    entry = last_entry(table[1])
    assert (entry.kind, entry.cause.key, entry.credits) == (EntryKind.CHARGE, "charge:job_1", -100)
    assert entry.cause.job_id == "job_1"


def test_a_job_that_does_not_say_how_long_it_takes_is_expected_by_the_policy(
    table: tuple[Ledger, MemoryDynamoDB],
) -> None:
    job = charged(table[0], request=ChargeRequest("acc_1", 1)).job
    assert job.expected_by == NOON + timedelta(hours=1)


def test_the_same_request_is_answered_again_and_takes_nothing(
    table: tuple[Ledger, MemoryDynamoDB],
) -> None:
    first, second = charged(table[0]), charged(table[0])
    assert (first.again, second.again) == (False, True)
    assert first.job == second.job
    assert available(table[0]) == 50


@pytest.mark.parametrize(
    "other",
    [
        ChargeRequest("acc_2", 100, "video", 4, 600),
        ChargeRequest("acc_1", 101, "video", 4, 600),
        ChargeRequest("acc_1", 100, "image", 4, 600),
        ChargeRequest("acc_1", 100, None, 4, 600),
        ChargeRequest("acc_1", 100, "video", 5, 600),
        ChargeRequest("acc_1", 100, "video", 4, 601),
    ],
)
def test_another_request_under_the_same_id_is_refused(
    table: tuple[Ledger, MemoryDynamoDB], other: ChargeRequest
) -> None:
    charged(table[0])
    with pytest.raises(IdempotencyConflictError):
        charged(table[0], request=other)
    assert available(table[0]) == 50


def test_a_charge_is_answered_again_after_the_job_has_ended_and_the_account_was_frozen(
    table: tuple[Ledger, MemoryDynamoDB],
) -> None:
    charged(table[0])
    ended(table[0], failed("internal_error"))
    freeze(table[0])
    again = charged(table[0])
    assert again.again
    assert again.job.state is JobState.REFUNDED


@pytest.mark.parametrize(("credits", "fits"), [(150, True), (151, False)])
def test_a_charge_takes_all_there_is_or_nothing(
    table: tuple[Ledger, MemoryDynamoDB], credits: int, *, fits: bool
) -> None:
    if fits:
        assert charged(table[0], request=ChargeRequest("acc_1", credits)).job.credits == credits
        assert available(table[0]) == 0
        return
    with pytest.raises(InsufficientCreditsError) as refusal:
        charged(table[0], request=ChargeRequest("acc_1", credits))
    assert refusal.value.missing == 1
    assert ("JOB#job_1", "JOB") not in table[1].items


def test_an_account_that_nobody_has_heard_of_has_no_credits() -> None:
    ledger, memory = memory_ledger()
    with pytest.raises(InsufficientCreditsError):
        charged(ledger, request=ChargeRequest("acc_9", 1))
    assert memory.items == {}


def freeze(ledger: Ledger) -> None:
    change = set_status("acc_1", AccountStatus.FROZEN, reason="r", author="ada", now=NOON)
    ledger.decide(change, time_left=plenty)


def test_a_frozen_account_is_not_charged(table: tuple[Ledger, MemoryDynamoDB]) -> None:
    freeze(table[0])
    with pytest.raises(AccountFrozenError):
        charged(table[0])


def test_a_closed_account_is_not_charged(table: tuple[Ledger, MemoryDynamoDB]) -> None:
    close = moving("acc_1", lambda account: account.forfeit(cause("forfeit:acc_1")), credits=150)
    table[0].decide(close, time_left=plenty)
    with pytest.raises(AccountClosedError):
        charged(table[0])


# Ends


def test_a_failure_gives_all_back_into_its_lots(table: tuple[Ledger, MemoryDynamoDB]) -> None:
    ledger, memory = table
    charged(ledger)
    outcome = ended(ledger, failed("provider_503", at=NOON + timedelta(minutes=2)))

    job = outcome.job
    assert not outcome.again
    assert (job.state, job.refunded, job.failure_code) == (JobState.REFUNDED, 100, "provider_503")
    assert (job.clause, job.policy_version) == ("2(a)", "2025-02-24")
    assert job.ended_at == NOON + timedelta(minutes=2)
    account = stored_account(ledger, "acc_1")
    assert account.available == 150
    assert all(lot.used == 0 for lot in account.lots)
    entry = last_entry(memory)
    assert (entry.kind, entry.cause.key) == (EntryKind.REFUND, "end:job_1")
    assert (entry.cause.occurred_at, entry.cause.recorded_at) == (
        NOON + timedelta(minutes=2),
        NOON + timedelta(minutes=60),
    )
    assert (entry.cause.reason, entry.cause.clause) == (job.reason, "2(a)")
    assert entry.cause.policy_version == "2025-02-24"


def test_a_part_delivery_gives_back_what_was_taken_last(
    table: tuple[Ledger, MemoryDynamoDB],
) -> None:
    ledger, memory = table
    charged(ledger)
    job = ended(ledger, succeeded(2, 4)).job

    assert (job.state, job.refunded) == (JobState.SUCCEEDED, 50)
    assert job.reason == "2 of 4 outputs were not delivered."
    assert last_entry(memory).kind is EntryKind.SETTLE
    account = stored_account(ledger, "acc_1")
    assert [(lot.number, lot.used) for lot in account.lots] == [(1, 50), (2, 0)]


def test_a_delivery_moves_nothing(table: tuple[Ledger, MemoryDynamoDB]) -> None:
    ledger, memory = table
    charged(ledger)
    before = len(memory.items)
    job = ended(ledger, succeeded(4, 4)).job

    assert (job.state, job.refunded, job.reason, job.clause) == (JobState.SUCCEEDED, 0, None, None)
    assert job.ended_at == NOON
    assert len(memory.items) == before
    assert available(ledger) == 50


@pytest.mark.parametrize(
    "event",
    [failed("moderation_output"), failed("invalid_input"), cancelled(work_started=True)],
    ids=["moderation", "input", "cancelled late"],
)
def test_what_is_denied_moves_nothing_and_says_why(
    table: tuple[Ledger, MemoryDynamoDB], event: JobEvent
) -> None:
    charged(table[0])
    job = ended(table[0], event).job
    assert (job.state, job.refunded, job.clause) == (JobState.DENIED, 0, "1")
    assert job.reason
    assert available(table[0]) == 50


def test_a_job_that_is_cancelled_in_time_gets_all_back(
    table: tuple[Ledger, MemoryDynamoDB],
) -> None:
    charged(table[0])
    assert ended(table[0], cancelled(work_started=False)).job.state is JobState.REFUNDED
    assert available(table[0]) == 150


def test_an_unknown_failure_waits_with_a_due_time(table: tuple[Ledger, MemoryDynamoDB]) -> None:
    charged(table[0])
    job = ended(table[0], failed("martians", at=NOON + timedelta(minutes=1))).job
    assert job.state is JobState.REVIEW
    assert job.refund_due_at == NOON + timedelta(minutes=1, hours=24)
    assert (job.ended_at, job.refunded, job.failure_code) == (None, 0, "martians")
    assert available(table[0]) == 50


def test_a_second_unknown_failure_does_not_prolong_the_first(
    table: tuple[Ledger, MemoryDynamoDB],
) -> None:
    charged(table[0])
    first = ended(table[0], failed("martians")).job
    second = ended(table[0], failed("venusians", at=NOON + timedelta(minutes=30)))
    assert second.again
    assert stored(table[0], Key(Job, "job_1")) == first


@pytest.mark.parametrize(
    ("event", "state", "credits"),
    [
        (failed("internal_error"), JobState.REFUNDED, 150),
        (succeeded(4, 4), JobState.SUCCEEDED, 50),
        (succeeded(3, 4), JobState.SUCCEEDED, 75),
        (failed("invalid_input"), JobState.DENIED, 50),
    ],
)
def test_clearer_news_ends_a_review(
    table: tuple[Ledger, MemoryDynamoDB], event: JobEvent, state: JobState, credits: int
) -> None:
    charged(table[0])
    ended(table[0], failed("martians"))
    job = ended(table[0], event).job
    assert job.state is state
    assert (job.refund_due_at, job.failed_at, job.ended_at) == (None, None, NOON)
    assert available(table[0]) == credits


def test_a_job_that_was_never_charged_has_no_end_yet(
    table: tuple[Ledger, MemoryDynamoDB],
) -> None:
    with pytest.raises(NotYetError):
        ended(table[0], failed("internal_error"))
    assert available(table[0]) == 150


@pytest.mark.parametrize(
    ("told", "ended_at"),
    [(-10, 0), (0, 0), (5, 5), (60, 60), (61, 60), (10**6, 60)],
    ids=["before the charge", "at the charge", "after", "now", "future", "far future"],
)
def test_a_job_ends_between_its_charge_and_now(
    table: tuple[Ledger, MemoryDynamoDB], told: int, ended_at: int
) -> None:
    charged(table[0])
    job = ended(table[0], failed("internal_error", at=NOON + timedelta(minutes=told))).job
    assert job.ended_at == NOON + timedelta(minutes=ended_at)


ENDS = {
    "failed": failed("internal_error"),
    "failed again": failed("timeout"),
    "third copy": failed("internal_error"),
    "succeeded": succeeded(4, 4),
    "partly": succeeded(1, 4),
    "cancelled": cancelled(work_started=True),
}


@pytest.mark.parametrize("order", list(itertools.permutations(ENDS, 3)), ids="-".join)
def test_the_first_end_stands_and_the_others_change_nothing(order: tuple[str, ...]) -> None:
    ledger, memory = memory_ledger()
    ledger.decide(give_bonus("b", "acc_1", 150, "welcome", now=NOON), time_left=plenty)
    charged(ledger)
    first = ended(ledger, ENDS[order[0]]).job
    balance = available(ledger)

    later = [ended(ledger, ENDS[name]) for name in order[1:]]

    assert [outcome.again for outcome in later] == [True, True]
    assert {replace(outcome.job, late_success_at=None) for outcome in later} == {first}
    assert available(ledger) == balance == 50 + first.refunded
    ends = [e for e in entries_of(memory.items.values(), "acc_1") if e.cause.key == "end:job_1"]
    assert len(ends) == (1 if first.refunded else 0)


def test_all_ends_in_one_batch_are_one_end(table: tuple[Ledger, MemoryDynamoDB]) -> None:
    ledger, memory = table
    charged(ledger)
    results = ledger.decide_all(
        [end_job(event, policies=PUBLISHED, now=NOON) for event in ENDS.values()], time_left=plenty
    )
    assert [r.again for r in results if isinstance(r, Ended)] == [False, *[True] * 5]
    assert available(ledger) == 150
    assert len(entries_of(memory.items.values(), "acc_1")) == 4


def test_a_refund_reaches_a_frozen_and_a_closed_account(
    table: tuple[Ledger, MemoryDynamoDB],
) -> None:
    ledger, _ = table
    charged(ledger)
    freeze(ledger)
    ended(ledger, failed("internal_error"))
    assert available(ledger) == 150
    assert stored_account(ledger, "acc_1").status is AccountStatus.FROZEN


def test_each_attempt_of_a_retried_generation_is_a_job_of_its_own(
    table: tuple[Ledger, MemoryDynamoDB],
) -> None:
    ledger, _ = table
    charged(ledger, "attempt_1", ChargeRequest("acc_1", 80))
    ended(ledger, failed("timeout", "attempt_1"))
    charged(ledger, "attempt_2", ChargeRequest("acc_1", 80))
    late = ended(ledger, succeeded(1, 1, "attempt_1"))
    ended(ledger, succeeded(1, 1, "attempt_2"))

    assert late.again
    assert available(ledger) == 70


def test_a_refund_finds_lots_that_lie_on_cards_by_now() -> None:
    ledger, _ = memory_ledger()
    for n in range(4):
        ledger.decide(give_bonus(f"a{n}", "acc_1", 10, "w", now=NOON), time_left=plenty)
    charged(ledger, request=ChargeRequest("acc_1", 40))
    for n in range(30):
        ledger.decide(give_bonus(f"b{n}", "acc_1", 10, "w", now=NOON), time_left=plenty)
        charged(ledger, f"other_{n}", ChargeRequest("acc_1", 10))
    assert 1 not in {lot.number for lot in stored_account(ledger, "acc_1").lots}

    ended(ledger, failed("timeout"))

    assert available(ledger) == 40
    account = stored_account(ledger, "acc_1")
    assert [lot.number for lot in account.lots if lot.left] == [1, 2, 3, 4]


def test_the_account_of_a_refund_is_the_jobs_own(table: tuple[Ledger, MemoryDynamoDB]) -> None:
    ledger, _ = table
    ledger.decide(give_bonus("b", "acc_2", 10, "w", now=NOON), time_left=plenty)
    charged(ledger, "theirs", ChargeRequest("acc_2", 10))
    ended(ledger, failed("timeout", "theirs"))
    assert stored_account(ledger, "acc_2").available == 10
    assert available(ledger) == 150


@pytest.mark.parametrize(
    ("credits", "chosen"),
    [
        (0, []),
        (1, [Take(3, 1)]),
        (5, [Take(3, 5)]),
        (6, [Take(3, 5), Take(2, 1)]),
        (14, [Take(3, 5), Take(2, 5), Take(1, 4)]),
        (15, [Take(3, 5), Take(2, 5), Take(1, 5)]),
    ],
)
def test_what_was_taken_last_is_given_back_first(credits: int, chosen: list[Take]) -> None:
    assert last_of([Take(1, 5), Take(2, 5), Take(3, 5)], credits) == chosen


def test_plans_name_all_that_they_change(table: tuple[Ledger, MemoryDynamoDB]) -> None:
    """Job, snapshot and entry in one transaction: no moment has one without the others."""
    ledger, memory = table
    before = memory.transactions
    charged(ledger)
    assert memory.transactions == before + 1
    ended(ledger, failed("timeout"))
    assert memory.transactions == before + 2
    assert isinstance(stored(ledger, Key(Account, "acc_1")), Account)
