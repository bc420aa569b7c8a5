"""What people do by hand happens once under its key, or is refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from makegood.domain.account import AccountStatus
from makegood.domain.case import CaseOutcome, Category
from makegood.domain.entry import EntryKind
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.outage import CompleteOutages, OutageSpan
from makegood.domain.purchase import Price
from makegood.domain.record import Bonus, Correction
from makegood.errors import (
    AccountClosedError,
    IdempotencyConflictError,
    InsufficientCreditsError,
)
from makegood.ledger.store import Ledger
from makegood.plans.operations import (
    Done,
    close_account,
    correct_account,
    give_bonus,
    set_price,
    set_status,
)
from makegood.policy.versions import PUBLISHED
from tests.case_doors import audited, charging, ending, filing
from tests.ends import failed
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
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW


def done(ledger: Ledger, decision: Decide[Done[Any]]) -> Done[Any]:
    return ledger.decide(decision, time_left=plenty)


def bonus(key: str = "b", account: str = "acc_1", credits: int = 10, reason: str = "w") -> Any:
    return give_bonus(key, account, credits, reason, now=NOON)


def correction(
    key: str = "c", credits: int = -4, reason: str = "mistake", author: str = "ada"
) -> Any:
    return correct_account(key, "acc_1", credits, reason=reason, author=author, now=NOON)


def status(wanted: AccountStatus, minutes: int = 0) -> Any:
    at = NOON + timedelta(minutes=minutes)
    return set_status("acc_1", wanted, reason="r", author="ada", now=at)


def closed(ledger: Ledger) -> None:
    done(ledger, bonus("before"))
    close = moving("acc_1", lambda a: a.forfeit(cause("forfeit:acc_1")), credits=10)
    ledger.decide(close, time_left=plenty)


def test_a_bonus_is_a_lot_with_its_record() -> None:
    ledger, memory = memory_ledger()
    outcome = done(ledger, bonus())
    assert outcome == Done(Bonus("b", "acc_1", 10, "w", lot=1, given_at=NOON), again=False)
    assert stored(ledger, Key(Bonus, "b")) == outcome.record
    (entry,) = entries_of(memory.items.values(), "acc_1")
    assert (entry.kind, entry.cause.key, entry.cause.reason) == (EntryKind.BONUS, "bonus:b", "w")


def test_a_correction_is_a_movement_with_author_and_reason() -> None:
    ledger, memory = memory_ledger()
    done(ledger, bonus())
    outcome = done(ledger, correction())
    assert outcome.record == Correction("c", "acc_1", -4, "mistake", "ada", seq=2, made_at=NOON)
    entry = entries_of(memory.items.values(), "acc_1")[-1]
    assert (entry.credits, entry.cause.author, entry.cause.reason) == (-4, "ada", "mistake")
    assert stored_account(ledger, "acc_1").available == 6


@pytest.mark.parametrize("decision", [bonus, correction])
def test_the_same_again_is_answered_and_moves_nothing(decision: Callable[[], Any]) -> None:
    ledger, memory = memory_ledger()
    done(ledger, bonus("first"))
    once = done(ledger, decision())
    items = dict(memory.items)
    again = done(ledger, decision())
    assert (again.again, again.record) == (True, once.record)
    assert memory.items == items


@pytest.mark.parametrize(
    "other", [bonus(account="acc_2"), bonus(credits=11), bonus(reason="other")]
)
def test_another_bonus_under_the_same_key_is_refused(other: Any) -> None:
    ledger, _ = memory_ledger()
    done(ledger, bonus())
    with pytest.raises(IdempotencyConflictError):
        done(ledger, other)


@pytest.mark.parametrize("other", [correction(credits=-5), correction(reason="other")])
def test_another_correction_under_the_same_key_is_refused(other: Any) -> None:
    ledger, _ = memory_ledger()
    done(ledger, bonus())
    done(ledger, correction())
    with pytest.raises(IdempotencyConflictError):
        done(ledger, other)


@pytest.mark.parametrize(("credits", "fits"), [(-10, True), (-11, False)])
def test_a_correction_takes_what_there_is_and_no_more(credits: int, *, fits: bool) -> None:
    ledger, _ = memory_ledger()
    done(ledger, bonus())
    if fits:
        done(ledger, correction(credits=credits))
        assert stored_account(ledger, "acc_1").available == 0
        return
    with pytest.raises(InsufficientCreditsError):
        done(ledger, correction(credits=credits))


def test_a_correction_finds_lots_that_lie_on_cards() -> None:
    ledger, _ = memory_ledger()
    ledger.decide_all([bonus(f"b{n}") for n in range(40)], time_left=plenty)
    done(ledger, correction(credits=-399))
    assert stored_account(ledger, "acc_1").available == 1


@pytest.mark.parametrize("decision", [bonus, correction])
def test_a_closed_account_gets_no_bonus_and_no_correction(decision: Callable[[], Any]) -> None:
    ledger, _ = memory_ledger()
    closed(ledger)
    with pytest.raises(AccountClosedError):
        done(ledger, decision())


def test_freezing_keeps_who_did_it_and_why() -> None:
    ledger, memory = memory_ledger()
    outcome = done(ledger, status(AccountStatus.FROZEN))
    assert outcome.record.status is AccountStatus.FROZEN
    assert stored_account(ledger, "acc_1").status is AccountStatus.FROZEN
    (change,) = [place for place in memory.items if place[1].startswith("STATUS#")]
    assert memory.items[change]["author"] == {"S": "ada"}


def test_freezing_twice_is_once_and_opening_undoes_it() -> None:
    ledger, memory = memory_ledger()
    done(ledger, status(AccountStatus.FROZEN))
    assert done(ledger, status(AccountStatus.FROZEN, minutes=1)).again
    done(ledger, status(AccountStatus.OPEN, minutes=2))
    assert stored_account(ledger, "acc_1").status is AccountStatus.OPEN
    assert len([place for place in memory.items if place[1].startswith("STATUS#")]) == 2


def test_freezing_leaves_no_entry_and_the_chain_whole() -> None:
    ledger, memory = memory_ledger()
    done(ledger, bonus("a"))
    done(ledger, status(AccountStatus.FROZEN))
    done(ledger, bonus("b"))
    first, second = entries_of(memory.items.values(), "acc_1")
    assert (second.seq, second.previous_hash) == (2, first.hash)


@pytest.mark.parametrize("wanted", [AccountStatus.FROZEN, AccountStatus.OPEN])
def test_a_closed_account_is_neither_frozen_nor_opened(wanted: AccountStatus) -> None:
    ledger, _ = memory_ledger()
    closed(ledger)
    with pytest.raises(AccountClosedError):
        done(ledger, status(wanted))


def test_a_price_says_what_a_unit_is_worth_from_now_on() -> None:
    ledger, _ = memory_ledger()
    assert not done(ledger, set_price("pri_1", 100, 5, author="ada", now=NOON)).again
    assert done(ledger, set_price("pri_1", 100, 5, author="bob", now=NOON)).again
    assert not done(ledger, set_price("pri_1", 100, 6, author="bob", now=NOON)).again
    assert stored(ledger, Key(Price, "pri_1")) == Price("pri_1", 100, 6, NOON, "bob")


def test_credits_that_come_back_after_the_closing_stay_and_cannot_be_spent_or_paid_back() -> None:
    ledger, memory = memory_ledger()

    def do(decision: Decide[Any]) -> Any:
        return ledger.decide(decision, time_left=plenty)

    do(set_price("pri_1", 100, 0, author="ada", now=NOW))
    do(crediting(bought("txn_1"), now=NOW))
    do(charging("job_1", 30))
    do(close_account("acc_1", reason="r", author="ada", policies=PUBLISHED, now=NOW))
    do(ending(failed("provider_503"), now=NOW))

    account = stored_account(ledger, "acc_1")
    assert (account.status, account.available) == (AccountStatus.CLOSED, 30)
    assert audited(memory.items) == []
    with pytest.raises(AccountClosedError):
        do(charging("job_2", 1))
    for category in (Category.OTHER, Category.SERVICE_UNAVAILABLE):
        outages = CompleteOutages((OutageSpan("outage_1", NOW, NOW + timedelta(days=4)),))
        do(putting(outages))
        case = do(filing("txn_1", category)).case
        assert (case.decision.outcome, case.decision.clause) == (CaseOutcome.NOT_ELIGIBLE, "3(b)")
        assert case.decision.inputs["purchase"]["refundable_minor"] == 0


def putting(outages: CompleteOutages) -> Decide[None]:
    def decide(facts: Facts) -> Plan[None]:
        known = facts.get(Key(CompleteOutages, ""))
        return Plan(None, () if known else (outages,))

    return decide
