"""Cases put into a ledger step by step, without the rules that open and decide real ones."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from makegood.domain.account import Account, Take
from makegood.domain.case import (
    Case,
    CaseDecision,
    CaseEvent,
    CaseEventKind,
    CaseOutcome,
    CaseStatus,
    Category,
    Opener,
)
from makegood.domain.entry import Entry
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.purchase import Purchase
from makegood.ledger.shapes import key_of
from tests.ledgers import NOON, Move, cause

DECISION = CaseDecision(CaseOutcome.NEEDS_REVIEW, "2(c)", "2025-02-24", "A person looks at it.")
UNSETTLED = (CaseStatus.OPEN, CaseStatus.APPROVED)


def opened(case_id: str, account_id: str = "acc_1", **more: Any) -> Case:
    """A case that a customer has just opened."""
    event = CaseEvent(NOON, CaseEventKind.OPENED, "studio", CaseStatus.OPEN)
    return Case(
        case_id,
        account_id,
        **{"category": Category.UNAUTHORISED, "opened_by": Opener.CUSTOMER} | more,
        status=CaseStatus.OPEN,
        decision=DECISION,
        opener="studio",
        opened_at=NOON,
        due_at=NOON,
        events=(event,),
    )


Change = Callable[[Case], Case]


def moved(
    kind: CaseEventKind, status: CaseStatus | None = None, *, author: str = "rita", **changes: Any
) -> Change:
    return lambda case: case.moved(kind, author=author, at=NOON, status=status, **changes)


def case_step(
    case: Case | str,
    change: Change | None = None,
    *,
    move: Move | None = None,
    lots: Iterable[int] = (),
) -> Decide[Case]:
    """A new case, or a change of one, with a move of its account: its purchase names it."""
    wanted = list(lots)

    def decide(facts: Facts) -> Plan[Case]:
        now = case if isinstance(case, Case) else facts.get(Key(Case, case))
        assert now is not None
        if isinstance(case, Case):
            assert facts.get(Key(Case, case.case_id)) is None
        was, now = now, change(now) if change is not None else now
        moves: list[object] = []
        if move is not None:
            account, entry = move(facts.account(now.account_id, lots=wanted))
            now = replace(now, held=held_after(now, entry))
            moves = [account, entry]
        return Plan(now, (now, *moves, *_purchases_of(facts, was, now)))

    return decide


def put_in(*records: object) -> Decide[None]:
    """Records that were not there before."""

    def decide(facts: Facts) -> Plan[None]:
        assert not any(facts.get(key_of(record)) for record in records)
        return Plan(None, records)

    return decide


def held_after(case: Case, entry: Entry) -> tuple[Take, ...]:
    if case.status not in UNSETTLED:
        return ()
    held = {take.number: take.credits for take in case.held}
    for lot in entry.lots:
        held[lot.number] = held.get(lot.number, 0) + lot.held
    return tuple(Take(number, credits) for number, credits in held.items() if credits)


def _purchases_of(facts: Facts, was: Case, now: Case) -> list[Purchase]:
    if now.transaction_id is None:
        return []
    purchase = facts.get(Key(Purchase, now.transaction_id))
    assert purchase is not None
    promised = sum(
        sign * case.money.amount_minor
        for sign, case in ((1, now), (-1, was))
        if case.status is CaseStatus.APPROVED and case.money is not None
    )
    named = now.case_id if now.status in UNSETTLED else None
    return [replace(purchase, case_id=named, promised_minor=purchase.promised_minor + promised)]


def holding(lots: Iterable[int], key: str) -> Move:
    return lambda account: account.hold(lots, cause(key))


def releasing(takes: Iterable[Take], key: str) -> Move:
    def release(account: Account) -> tuple[Account, Entry]:
        return account.release(takes, cause(key))

    return release
