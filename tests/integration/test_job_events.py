"""The real handler of job events, on moto: what each end does, and what each delivery leaves."""

import itertools
from typing import TYPE_CHECKING, Any

import pytest

import job_events
from makegood import wiring
from makegood.domain.job import JobState
from makegood.errors import AwsRefusedError
from tests.workers import Stack, cancelled, failed, succeeded

if TYPE_CHECKING:
    from makegood.effects.dead_letters import DeadLetters


@pytest.fixture
def charged(workers: Stack) -> Stack:
    """An account of 100 credits, 40 of them taken by job_1 for 4 outputs."""
    workers.give("ada", 100)
    workers.charge("job_1", "ada", 40, outputs=4)
    return workers


@pytest.mark.parametrize(
    ("message", "state", "refunded", "clause"),
    [
        pytest.param(failed("job_1", "internal_error"), "refunded", 40, "2(a)", id="technical"),
        pytest.param(failed("job_1", "provider_503"), "refunded", 40, "2(a)", id="upstream"),
        pytest.param(failed("job_1", "timeout"), "refunded", 40, "2(a)", id="timeout"),
        pytest.param(failed("job_1", "moderation_output"), "denied", 0, "1", id="moderation"),
        pytest.param(failed("job_1", "invalid_input"), "denied", 0, "1", id="user input"),
        pytest.param(failed("job_1", "no_such_code"), "review", 0, "2(a)", id="unknown code"),
        pytest.param(cancelled("job_1", work_started=False), "refunded", 40, "2(a)", id="in time"),
        pytest.param(cancelled("job_1", work_started=True), "denied", 0, "1", id="too late"),
        pytest.param(succeeded("job_1", ordered=4, delivered=4), "succeeded", 0, None, id="all"),
        pytest.param(succeeded("job_1", ordered=4, delivered=9), "succeeded", 0, None, id="more"),
        pytest.param(succeeded("job_1", ordered=4, delivered=3), "succeeded", 10, "2(a)", id="3/4"),
        pytest.param(succeeded("job_1", ordered=4, delivered=0), "refunded", 40, "2(a)", id="none"),
        # What was ordered stands in the charge; the message cannot make it more or less.
        pytest.param(succeeded("job_1", ordered=1, delivered=1), "succeeded", 30, "2(a)", id="lie"),
    ],
)
def test_an_end_gives_back_what_the_policy_says(
    charged: Stack, message: str, state: str, refunded: int, clause: str | None
) -> None:
    assert charged.deliver(job_events, message) == []

    job = charged.job("job_1")
    assert (job.state, job.refunded, job.clause) == (state, refunded, clause)
    account = charged.account("ada")
    assert account.available == 60 + refunded
    assert len(charged.entries("ada")) == 2 + bool(refunded)


def test_a_refund_says_why_and_by_which_version_of_the_policy(charged: Stack) -> None:
    charged.deliver(job_events, failed("job_1"))

    entry = charged.entries("ada")[-1]
    assert entry["cause"] == "end:job_1"
    assert entry["reason"] == "The AI provider behind the generation failed."
    assert (entry["clause"], entry["policy_version"]) == ("2(a)", "2025-02-24")


@pytest.mark.parametrize("order", sorted(set(itertools.permutations("ffsc"))), ids="".join)
@pytest.mark.parametrize("together", [True, False])
def test_a_job_ends_once_in_whatever_order_its_ends_arrive(
    charged: Stack, order: tuple[str, ...], together: bool
) -> None:
    ends = {
        "f": failed("job_1"),
        "s": succeeded("job_1", ordered=4, delivered=3),
        "c": cancelled("job_1", work_started=False),
    }
    messages = [ends[name] for name in order]
    for batch in [messages] if together else [[message] for message in messages]:
        assert charged.deliver(job_events, *batch) == []

    returned = {"f": 40, "s": 10, "c": 40}[order[0]]
    assert charged.account("ada").available == 60 + returned
    assert len(charged.entries("ada")) == 3


def test_a_review_ends_by_a_later_word_and_not_by_the_same_one(charged: Stack) -> None:
    charged.deliver(job_events, failed("job_1", "no_such_code"))
    in_review = charged.job("job_1")
    charged.deliver(job_events, failed("job_1", "no_such_code"))
    assert charged.job("job_1") == in_review

    charged.deliver(job_events, failed("job_1", "provider_500"))
    assert charged.job("job_1").state is JobState.REFUNDED
    assert charged.account("ada").available == 100


def test_an_end_before_its_charge_waits_and_is_applied_later(workers: Stack) -> None:
    workers.give("ada", 100)
    early = failed("job_1")
    assert workers.deliver(job_events, early) == [early]

    workers.charge("job_1", "ada", 40)
    assert workers.deliver(job_events, early, receives=2) == []
    assert workers.account("ada").available == 100
    assert workers.buried() == []


def test_a_message_stays_in_its_queue_while_the_dead_letters_take_nothing(
    charged: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(operation: str, request: Any) -> Any:
        raise AwsRefusedError(operation, "ServiceUnavailable", 503, [])

    dead_letters: DeadLetters = wiring.job_events_dead_letters()
    monkeypatch.setattr(dead_letters._sqs, "call", refuse)
    assert charged.deliver(job_events, "poison", failed("job_1")) == ["poison"]
    assert charged.account("ada").available == 100


def test_a_storm_over_many_accounts_is_exact_and_harmless_twice(workers: Stack) -> None:
    jobs = [(f"job_{n}", f"account_{n % 3}") for n in range(24)]
    for n in range(3):
        workers.give(f"account_{n}", 100)
    for job_id, account_id in jobs:
        workers.charge(job_id, account_id, 10)
    storm = [failed(job_id) for job_id, _ in jobs]

    for _ in range(2):
        assert workers.deliver(job_events, *storm) == []
        assert [workers.account(f"account_{n}").available for n in range(3)] == [100] * 3
        assert all(workers.account(f"account_{n}").seq == 17 for n in range(3))


def test_a_bug_that_one_message_meets_spoils_no_other(
    charged: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    charged.give("bob", 10)
    charged.charge("job_2", "bob", 10)
    real = job_events.end_of_job

    def buggy(message: Any) -> Any:
        decide = real(message)

        def broken(facts: Any) -> Any:
            if "job_1" in message.body:
                raise ZeroDivisionError("dana@example.com")
            return decide(facts)

        return broken

    monkeypatch.setattr(job_events, "end_of_job", buggy)
    bad, good = failed("job_1"), failed("job_2")
    assert charged.deliver(job_events, bad, good) == [bad]
    assert charged.account("bob").available == 10
    told = capsys.readouterr().out
    assert "test_job_events.py" in told
    assert "dana@example.com" not in told

    assert charged.deliver(job_events, bad, receives=5) == []
    assert [error for _, error, _ in charged.buried()] == ["BrokenDecisionError"]


def test_a_record_that_cannot_be_read_spoils_only_what_needs_it(charged: Stack) -> None:
    charged.give("bob", 10)
    charged.charge("job_2", "bob", 10)
    charged.dynamodb.update_item(
        TableName="ledger",
        Key={"pk": {"S": "ACCOUNT#ada"}, "sk": {"S": "SNAPSHOT"}},
        UpdateExpression="SET #s = :s",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": {"S": "exploded"}},
    )
    assert charged.deliver(job_events, failed("job_1"), failed("job_2")) == []
    assert [error for _, error, _ in charged.buried()] == ["LedgerDamagedError"]
    assert charged.account("bob").available == 10
