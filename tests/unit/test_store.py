"""Decisions come true once each, or each gets its own error, whatever DynamoDB answers."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from makegood.domain.account import Take
from makegood.domain.entry import Entry
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.job import ChargeRequest, JobState
from makegood.domain.purchase import Price
from makegood.domain.record import Bonus, ParkedEvent
from makegood.errors import (
    IdempotencyConflictError,
    InsufficientCreditsError,
    LedgerBusyError,
    LedgerUnavailableError,
    MakegoodError,
    WriteRefusedError,
)
from makegood.ledger.store import ATTEMPTS, Ledger
from makegood.plans.customers import park_event
from makegood.plans.jobs import Charged, charge_job
from makegood.plans.operations import Done, give_bonus, set_price
from makegood.policy.versions import PUBLISHED
from tests.ledgers import (
    NOON,
    cause,
    entries_of,
    ledger_on,
    memory_ledger,
    plenty,
    stored_account,
)
from tests.memory_dynamodb import (
    Fault,
    FaultyDynamoDB,
    Lost,
    MemoryDynamoDB,
    Script,
    client_error,
    in_turn,
)

NO_ANSWER = ReadTimeoutError(endpoint_url="https://dynamodb.invalid")

PASSING: dict[str, Fault] = {
    "no answer": NO_ANSWER,
    "no connection": EndpointConnectionError(endpoint_url="https://dynamodb.invalid"),
    "answer lost": Lost(NO_ANSWER),
    "error after the effect": Lost(client_error("InternalServerError")),
    "error before the effect": client_error("InternalServerError"),
    "throttled": client_error("ThrottlingException"),
    "no throughput": client_error("ProvisionedThroughputExceededException"),
    "request limit": client_error("RequestLimitExceeded"),
    "in progress": client_error("TransactionInProgressException"),
    "conflict": client_error("TransactionCanceledException", reasons=["TransactionConflict"]),
    "throttled inside": client_error("TransactionCanceledException", reasons=["ThrottlingError"]),
    "condition": client_error("TransactionCanceledException", reasons=["ConditionalCheckFailed"]),
    "mixed": client_error(
        "TransactionCanceledException",
        reasons=["None", "ConditionalCheckFailed", "TransactionConflict"],
    ),
    "no throughput inside": client_error(
        "TransactionCanceledException", reasons=["None", "ProvisionedThroughputExceeded"]
    ),
    "no reason": client_error("TransactionCanceledException"),
}


def bonus(key: str, account_id: str = "acc_1", credits: int = 10) -> Decide[Done[Bonus]]:
    return give_bonus(key, account_id, credits, "welcome", now=NOON)


def charge(job_id: str, credits: int = 10, account_id: str = "acc_1") -> Decide[Charged]:
    return charge_job(job_id, ChargeRequest(account_id, credits), policies=PUBLISHED, now=NOON)


def faulty(script: Script) -> tuple[Ledger, MemoryDynamoDB, FaultyDynamoDB]:
    memory = MemoryDynamoDB()
    client = FaultyDynamoDB(memory, script)
    return ledger_on(client), memory, client


def writes(client: FaultyDynamoDB) -> int:
    return client.calls.count("transact_write_items")


def told(results: Sequence[object]) -> list[object]:
    """Errors by their class, since no two errors are equal."""
    return [type(result) if isinstance(result, MakegoodError) else result for result in results]


def seconds(*left: float) -> Callable[[], float]:
    """A caller's time, as it answers question by question; the last answer stays."""
    answers = list(left)
    return lambda: answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
@pytest.mark.parametrize("times", [1, 2, 5])
def test_a_fault_that_passes_leaves_exactly_one_effect(fault: Fault, times: int) -> None:
    ledger, memory, _ = faulty(in_turn("transact_write_items", [fault] * times))

    done = ledger.decide(bonus("welcome"), time_left=plenty)

    assert done.record.credits == 10
    assert stored_account(ledger, "acc_1").available == 10
    assert [entry.cause.key for entry in entries_of(memory.items.values(), "acc_1")] == [
        "bonus:welcome"
    ]


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_in_a_batch_too(fault: Fault) -> None:
    ledger, memory, _ = faulty(in_turn("transact_write_items", [fault] * 3))
    decisions = [bonus(f"b{n}", f"acc_{n % 3}") for n in range(9)]

    results = ledger.decide_all(decisions, time_left=plenty)

    assert [r.record.key for r in results if isinstance(r, Done)] == [f"b{n}" for n in range(9)]
    for account in ("acc_0", "acc_1", "acc_2"):
        assert stored_account(ledger, account).available == 30
        assert len(entries_of(memory.items.values(), account)) == 3


def test_a_lost_answer_is_told_as_what_it_was_the_second_time() -> None:
    ledger, _, _ = faulty(in_turn("transact_write_items", [Lost(NO_ANSWER)]))

    assert ledger.decide(bonus("welcome"), time_left=plenty).again


def test_each_decision_of_a_batch_gets_its_own_error() -> None:
    ledger, memory = memory_ledger()
    ledger.decide(bonus("first", credits=25), time_left=plenty)

    results = ledger.decide_all(
        [charge("a"), bonus("first", credits=26), charge("b"), charge("c"), bonus("second")],
        time_left=plenty,
    )

    assert [r.job.job_id for r in results if isinstance(r, Charged)] == ["a", "b"]
    assert told(results)[1] is IdempotencyConflictError
    assert told(results)[3] is InsufficientCreditsError
    assert isinstance(results[4], Done)
    assert stored_account(ledger, "acc_1").available == 15
    assert len(entries_of(memory.items.values(), "acc_1")) == 4


def test_a_refusal_says_what_was_missing_at_its_turn() -> None:
    ledger, _ = memory_ledger()
    results = ledger.decide_all([bonus("b"), charge("a", 8), charge("b", 5)], time_left=plenty)

    refusal = results[2]
    assert isinstance(refusal, InsufficientCreditsError)
    assert (refusal.available, refusal.wanted, refusal.missing) == (2, 5, 3)


def too_large(event_id: str) -> Decide[Any]:
    content = json.dumps("x" * 500_000)
    return park_event(ParkedEvent(event_id, "some.event", NOON, NOON, content))


def test_one_poisoned_plan_spoils_no_other() -> None:
    ledger, memory = memory_ledger()
    decisions: list[Decide[Any]] = [bonus(f"b{n}", f"acc_{n % 4}") for n in range(12)]
    decisions[5] = too_large("evt_1")

    results = ledger.decide_all(decisions, time_left=plenty)

    assert told(results)[5] is WriteRefusedError
    assert sum(isinstance(result, Done) for result in results) == 11
    assert sum(len(entries_of(memory.items.values(), f"acc_{n}")) for n in range(4)) == 11
    assert ("EVENT#evt_1", "EVENT") not in memory.items


def test_a_poisoned_plan_takes_nothing_along_that_was_built_on_it() -> None:
    """The second charge is decided anew once the first is known to be refused for good."""
    ledger, memory = memory_ledger()
    ledger.decide(bonus("b", credits=10), time_left=plenty)

    def poisoned(facts: Facts) -> Plan[Charged]:
        plan = charge("big", 8)(facts)
        event = ParkedEvent("evt_1", "some.event", NOON, NOON, "x" * 500_000)
        return Plan(plan.outcome, (*plan.writes, event))

    results = ledger.decide_all([poisoned, charge("small", 6)], time_left=plenty)

    assert told(results)[0] is WriteRefusedError
    assert isinstance(results[1], Charged)
    assert stored_account(ledger, "acc_1").available == 4
    assert [entry.seq for entry in entries_of(memory.items.values(), "acc_1")] == [1, 2]


@pytest.mark.parametrize(
    "error",
    [
        client_error("ValidationException"),
        client_error("TransactionCanceledException", reasons=["None", "ValidationError"]),
        client_error("ItemCollectionSizeLimitExceededException"),
        client_error("TransactionCanceledException", reasons=["ItemCollectionSizeLimitExceeded"]),
    ],
)
def test_what_dynamodb_never_takes_ends_as_an_error_not_as_a_loop(error: Exception) -> None:
    ledger, memory, client = faulty(lambda call, _: error if call.startswith("transact") else None)

    with pytest.raises(WriteRefusedError):
        ledger.decide(bonus("welcome"), time_left=plenty)

    assert memory.items == {}
    assert writes(client) == len(ATTEMPTS)


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ResourceNotFoundException", "KMSAccessDeniedException"]
)
def test_a_write_that_is_not_allowed_is_nobodys_fault_and_tried_once(code: str) -> None:
    ledger, _, client = faulty(in_turn("transact_write_items", [client_error(code)] * 9))

    results = ledger.decide_all([bonus("a"), bonus("b", "acc_2")], time_left=plenty)

    assert told(results) == [LedgerUnavailableError] * 2
    assert writes(client) == 1


def test_what_was_settled_before_the_access_was_lost_stays_settled() -> None:
    denied = client_error("AccessDeniedException")
    faults = [NO_ANSWER, NO_ANSWER, None, denied]
    ledger, memory, _ = faulty(in_turn("transact_write_items", faults))

    results = ledger.decide_all([bonus("a"), bonus("b", "acc_2")], time_left=plenty)

    assert isinstance(results[0], Done)
    assert told(results)[1] is LedgerUnavailableError
    assert [place[0] for place in memory.items if place[1] == "SNAPSHOT"] == ["ACCOUNT#acc_1"]


@pytest.mark.parametrize("error", [NO_ANSWER, client_error("ThrottlingException")])
def test_a_reading_that_fails_decides_nothing(error: Exception) -> None:
    ledger, memory, client = faulty(in_turn("batch_get_item", [None, error]))

    with pytest.raises(LedgerUnavailableError):
        ledger.decide(charge("a"), time_left=plenty)

    assert memory.items == {}
    assert writes(client) == 0


def half_unread(answer: dict[str, Any]) -> dict[str, Any]:
    """DynamoDB had no capacity for half of the keys."""
    ((table, items),) = answer["Responses"].items()
    kept, left = items[::2], items[1::2]
    keys = [{"pk": item["pk"], "sk": item["sk"]} for item in left]
    unread = {table: {"Keys": keys, "ConsistentRead": True}} if keys else {}
    return {"Responses": {table: kept}, "UnprocessedKeys": unread}


def test_keys_that_were_not_read_are_asked_for_again() -> None:
    ledger, _, _ = faulty(lambda call, _: half_unread if call == "batch_get_item" else None)
    first = ledger.decide_all([bonus(f"b{n}", f"acc_{n}") for n in range(7)], time_left=plenty)
    again = ledger.decide_all([bonus(f"b{n}", f"acc_{n}") for n in range(7)], time_left=plenty)

    assert [r.again for r in first if isinstance(r, Done)] == [False] * 7
    assert [r.again for r in again if isinstance(r, Done)] == [True] * 7


def test_keys_that_are_never_read_are_an_outage_not_a_loop() -> None:
    def nothing_read(answer: dict[str, Any]) -> dict[str, Any]:
        keys = [{"pk": {"S": "BONUS#b"}, "sk": {"S": "BONUS"}}]
        return {
            "Responses": {},
            "UnprocessedKeys": {"ledger": {"Keys": keys, "ConsistentRead": True}},
        }

    ledger, memory, _ = faulty(lambda call, _: nothing_read if call == "batch_get_item" else None)

    with pytest.raises(LedgerUnavailableError):
        ledger.decide(bonus("b"), time_left=plenty)
    assert memory.items == {}


def test_nothing_is_begun_without_time() -> None:
    ledger, _, client = faulty(lambda *_: None)

    with pytest.raises(LedgerBusyError):
        ledger.decide(bonus("welcome"), time_left=seconds(1.0))

    assert client.calls == []


def test_what_there_was_no_time_for_is_told_so_and_the_rest_is_done() -> None:
    ledger, memory, _ = faulty(in_turn("transact_write_items", [NO_ANSWER, NO_ANSWER]))

    results = ledger.decide_all(
        [bonus("a", "acc_1"), bonus("b", "acc_2")],
        # Before each attempt, each decision of a portion, and each transaction.
        time_left=seconds(*[9] * 9, 0.5),
    )

    assert isinstance(results[0], Done)
    assert told(results)[1] is LedgerBusyError
    assert ("ACCOUNT#acc_1", "SNAPSHOT") in memory.items
    assert ("ACCOUNT#acc_2", "SNAPSHOT") not in memory.items


def test_rivals_without_end_use_up_the_time_and_no_more() -> None:
    conflict = client_error("TransactionCanceledException", reasons=["TransactionConflict"])
    ledger, memory, client = faulty(lambda call, _: conflict if call.startswith("tr") else None)

    with pytest.raises(LedgerBusyError):
        ledger.decide(bonus("welcome"), time_left=seconds(*[9.0] * 15, 0.0))

    assert writes(client) == 5
    assert memory.items == {}


def test_pauses_grow_in_number_with_the_attempts() -> None:
    conflict = client_error("TransactionCanceledException", reasons=["TransactionConflict"])
    pauses: list[int] = []
    ledger, _, _ = faulty(in_turn("transact_write_items", [conflict] * 4))
    ledger = Ledger(ledger.table, pause=pauses.append)

    ledger.decide(bonus("welcome"), time_left=plenty)

    assert pauses == [1, 2, 3, 4]


def overtaken(rival: Decide[Any], *, before: tuple[str, int]) -> tuple[Ledger, MemoryDynamoDB]:
    """A ledger that is overtaken once by a rival, before its n-th call of an operation."""
    memory = MemoryDynamoDB()
    operation, number = before
    client: FaultyDynamoDB

    def script(called: str, arguments: dict[str, Any]) -> Fault:
        if called == operation and client.calls.count(operation) == number:
            ledger_on(memory).decide(rival, time_left=plenty)
        return None

    client = FaultyDynamoDB(memory, script)
    return ledger_on(client), memory


def test_who_comes_second_decides_on_what_the_first_left() -> None:
    ledger, memory = overtaken(charge("rival", 7), before=("transact_write_items", 1))
    ledger_on(memory).decide(bonus("b", credits=10), time_left=plenty)

    with pytest.raises(InsufficientCreditsError):
        ledger.decide(charge("mine", 7), time_left=plenty)

    assert stored_account(ledger, "acc_1").available == 3


def test_a_copy_of_the_same_request_finds_it_answered() -> None:
    ledger, memory = overtaken(charge("a", 7), before=("transact_write_items", 1))
    ledger_on(memory).decide(bonus("b", credits=10), time_left=plenty)

    assert ledger.decide(charge("a", 7), time_left=plenty).again
    assert stored_account(ledger, "acc_1").available == 3


def test_a_copy_that_is_overtaken_between_two_readings_is_not_refused() -> None:
    """It has read that there is no such job; then its twin takes the last credits for it."""
    ledger, memory = overtaken(charge("a", 10), before=("batch_get_item", 2))
    ledger_on(memory).decide(bonus("b", credits=10), time_left=plenty)

    charged = ledger.decide(charge("a", 10), time_left=plenty)

    assert charged.again
    assert charged.job.state is JobState.CHARGED


def test_a_refusal_because_of_a_plan_is_told_only_once_that_plan_is_written() -> None:
    """The first charge leaves too little for the second, as long as it does not fail itself."""
    memory = MemoryDynamoDB()
    ledger_on(memory).decide(bonus("b", credits=10), time_left=plenty)
    conflict = client_error("TransactionCanceledException", reasons=["TransactionConflict"])
    client: FaultyDynamoDB

    def script(called: str, arguments: dict[str, Any]) -> Fault:
        # In the last of these attempts each decision has a transaction of its own.
        attempts = client.calls.count("transact_write_items")
        if called != "transact_write_items" or attempts > len(ATTEMPTS):
            return None
        if attempts == len(ATTEMPTS):
            ledger_on(memory).decide(charge("rival", 5), time_left=plenty)
        return conflict

    client = FaultyDynamoDB(memory, script)
    results = ledger_on(client).decide_all(
        [charge("large", 8), charge("small", 5)], time_left=plenty
    )

    assert told(results)[0] is InsufficientCreditsError
    assert isinstance(results[1], Charged)


def test_one_whose_lots_go_onto_cards_meanwhile_is_refused_for_the_right_reason() -> None:
    """It has read an old snapshot, and of cards that a rival has just emptied."""
    ledger, memory = overtaken(charge("rival", 560), before=("query", 1))
    ledger_on(memory).decide_all([bonus(f"b{n}", credits=10) for n in range(60)], time_left=plenty)

    with pytest.raises(InsufficientCreditsError):
        ledger.decide(charge("mine", 300), time_left=plenty)


@pytest.mark.parametrize(("lots", "pages"), [(16, 0), (17, 1), (108, 1), (109, 2)])
def test_a_charge_of_everything_reads_each_page_of_cards_once(lots: int, pages: int) -> None:
    """Eight lots are at hand, a hundred cards are a page."""
    ledger, memory = memory_ledger()
    ledger.decide_all([bonus(f"b{n}") for n in range(lots)], time_left=plenty)
    client = FaultyDynamoDB(memory, lambda *_: None)

    ledger_on(client).decide(charge("all", lots * 10), time_left=plenty)

    assert client.calls.count("query") == pages


def test_a_page_that_is_the_last_says_so() -> None:
    """Else new lots would be put behind a card that is not there, for ever."""
    ledger, _ = memory_ledger()
    ledger.decide_all([bonus(f"b{n}") for n in range(17)], time_left=plenty)
    ledger.decide(charge("all", 170), time_left=plenty)
    assert stored_account(ledger, "acc_1").cards_from == 0


def test_a_storm_on_few_accounts_is_few_transactions() -> None:
    ledger, memory = memory_ledger()
    ledger.decide_all([bonus(f"b{n}", f"acc_{n % 4}") for n in range(40)], time_left=plenty)

    # 40 bonuses with an entry each, and 4 snapshots: 84 puts.
    assert memory.transactions == 1
    assert len(memory.items) == 84


def test_more_than_fits_one_transaction_takes_several() -> None:
    ledger, memory = memory_ledger()
    results = ledger.decide_all([bonus(f"b{n}") for n in range(130)], time_left=plenty)

    assert all(isinstance(result, Done) for result in results)
    assert memory.transactions >= 3
    assert stored_account(ledger, "acc_1").available == 1300
    assert [e.seq for e in entries_of(memory.items.values(), "acc_1")] == list(range(1, 131))


@pytest.mark.parametrize(("failures", "transactions"), [(0, 1), (1, 1), (2, 2), (3, 4)])
def test_failures_make_the_next_transactions_smaller(failures: int, transactions: int) -> None:
    # Each failure meets all transactions of its attempt: one together, twice; two by account.
    faults = [NO_ANSWER] * [0, 1, 2, 4][failures]
    ledger, memory, _ = faulty(in_turn("transact_write_items", faults))

    ledger.decide_all([bonus(f"b{n}", f"acc_{n % 2}") for n in range(4)], time_left=plenty)

    assert memory.transactions == transactions


def test_accounts_that_no_rival_touched_are_sent_again_at_once_and_the_others_read_anew() -> None:
    memory = MemoryDynamoDB()
    touched = ["acc_3", "acc_7"]
    reads: list[int] = []

    def script(called: str, arguments: dict[str, Any]) -> Fault:
        if called == "batch_get_item":
            reads.append(len(next(iter(arguments["RequestItems"].values()))["Keys"]))
        if called == "transact_write_items" and memory.transactions == 0:
            for account in touched:
                ledger_on(memory).decide(bonus("rival-" + account, account), time_left=plenty)
        return None

    client = FaultyDynamoDB(memory, script)
    results = ledger_on(client).decide_all(
        [bonus(f"b{n}", f"acc_{n}") for n in range(10)], time_left=plenty
    )

    assert all(isinstance(result, Done) for result in results)
    ledger = ledger_on(memory)
    assert [stored_account(ledger, f"acc_{n}").seq for n in range(10)] == [
        2 if f"acc_{n}" in touched else 1 for n in range(10)
    ]
    # Bonuses and accounts of ten, then of the two; cancelled, the other eight, the two.
    assert reads == [10, 10, 2, 2]
    assert writes(client) == 3


def test_decisions_see_the_plans_before_them() -> None:
    ledger, memory = memory_ledger()
    seen: list[int] = []

    def look(facts: Facts) -> Plan[None]:
        seen.append(facts.account("acc_1").available)
        return Plan(None)

    ledger.decide_all([bonus("a"), look, bonus("b"), look], time_left=plenty)

    assert seen[-2:] == [10, 20]
    assert memory.transactions == 1


def test_a_decision_may_see_what_another_plans_without_having_looked() -> None:
    ledger, _ = memory_ledger()

    def plans(facts: Facts) -> Plan[None]:
        facts.get(Key(Price, "pri_1"))
        return Plan(None, (Price("pri_2", 7, 0, set_at=NOON, set_by="ada"),))

    def looks(facts: Facts) -> Plan[Price | None]:
        facts.get(Key(Price, "pri_3"))
        return Plan(facts.get(Key(Price, "pri_2")))

    _, seen = ledger.decide_all([plans, looks], time_left=plenty)

    assert seen == Price("pri_2", 7, 0, set_at=NOON, set_by="ada")


def test_a_record_that_two_decisions_write_is_put_once_as_the_last_leaves_it() -> None:
    ledger, memory = memory_ledger()
    ledger.decide_all(
        [set_price("pri_1", credits, 0, author="ada", now=NOON) for credits in (1, 2, 3)],
        time_left=plenty,
    )

    assert ledger.decide(lambda f: Plan(f.get(Key(Price, "pri_1"))), time_left=plenty) == Price(
        "pri_1", 3, 0, set_at=NOON, set_by="ada"
    )
    assert memory.transactions == 1


def test_an_error_that_is_no_refusal_is_not_swallowed() -> None:
    ledger, memory = memory_ledger()

    def broken(facts: Facts) -> Plan[None]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ledger.decide_all([bonus("a"), broken], time_left=plenty)
    assert memory.items == {}


def test_an_empty_batch_is_nothing() -> None:
    ledger, _, client = faulty(lambda *_: None)
    assert ledger.decide_all([], time_left=plenty) == []
    assert client.calls == []


def test_two_accounts_with_equal_lots_keep_their_own_cards() -> None:
    """A card that one account has read says nothing about the other's lot of the same number."""
    ledger, memory = memory_ledger()
    for account_id in ("acc_1", "acc_2"):
        ledger.decide_all(
            [bonus(f"{account_id}{n}", account_id) for n in range(16)], time_left=plenty
        )

    def both(facts: Facts) -> Plan[None]:
        """Something that hangs together, so that both accounts are one group."""
        writes: list[object] = []
        for account_id in ("acc_1", "acc_2"):
            writes += give_bonus(f"x{account_id}", account_id, 10, "more", now=NOON)(facts).writes
        return Plan(None, tuple(writes))

    ledger.decide(both, time_left=plenty)

    for account_id in ("acc_1", "acc_2"):
        ledger.decide(charge(f"all:{account_id}", 170, account_id), time_left=plenty)
        assert stored_account(ledger, account_id).available == 0
    assert isinstance(memory.items["JOB#all:acc_1", "JOB"], dict)


def test_a_card_that_was_rewritten_and_changes_back_is_rewritten_again() -> None:
    """Each transaction of one lane knows what the cards hold since the one before it."""
    ledger, memory = memory_ledger()
    ledger.decide_all([bonus(f"b{n}") for n in range(40)], time_left=plenty)
    conflict = client_error("TransactionCanceledException", reasons=["TransactionConflict"])
    # After two conflicts each decision has a transaction of its own.
    faulty_ledger = ledger_on(
        FaultyDynamoDB(memory, in_turn("transact_write_items", [conflict] * 2))
    )

    def held(sign: int) -> Decide[Entry]:
        def decide(facts: Facts) -> Plan[Entry]:
            account = facts.account("acc_1", lots=[30])
            after, entry = (
                account.hold([30], cause("hold:1"))
                if sign > 0
                else account.release([Take(30, 10)], cause("release:1"))
            )
            return Plan(entry, (after, entry))

        return decide

    faulty_ledger.decide_all([held(1), held(-1)], time_left=plenty)

    assert stored_account(ledger, "acc_1").held == 0
    assert ledger.decide(charge("all", 400), time_left=plenty).job.state is JobState.CHARGED
