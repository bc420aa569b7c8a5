"""What follows from a committed record: a table of changes and their effects."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.account import AccountStatus
from makegood.domain.case import (
    Approval,
    Case,
    CaseDecision,
    CaseEvent,
    CaseEventKind,
    CaseOutcome,
    CaseStatus,
    Category,
    Opener,
    Request,
    Verdict,
)
from makegood.domain.entry import Cause, EntryKind
from makegood.domain.money import Money
from makegood.domain.payout import PayoutState
from makegood.domain.purchase import Customer
from makegood.domain.record import StatusChange
from makegood.outbox import case_steps, movements
from makegood.outbox.effect import DomainEvent, Effect, MailDue, PayoutDue
from makegood.outbox.effects import effects_of
from tests.ledgers import NOON
from tests.relays import CASE, FROZEN, PAYOUT, VERDICT, change, entry, gone

K = CaseEventKind
P = PayoutState
LATER = datetime(2026, 12, 8, 22, 59, 59, tzinfo=UTC)


def told(effects: list[Effect]) -> list[str]:
    """In short: the type of an event, the subject of a mail, the id of a payout."""
    names = []
    for effect in effects:
        match effect:
            case DomainEvent():
                names.append(effect.type)
            case MailDue():
                names.append(f"mail: {effect.subject}")
            case PayoutDue():
                names.append(f"due: {effect.payout_id}")
    return names


def event_of(effects: list[Effect]) -> dict[str, Any]:
    (event,) = [effect for effect in effects if isinstance(effect, DomainEvent)]
    return event.detail


# Entries


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        (EntryKind.GRANT, ["credits.granted"]),
        (EntryKind.BONUS, ["credits.granted"]),
        (EntryKind.CHARGE, []),
        (EntryKind.REFUND, ["credits.refunded"]),
        (EntryKind.SETTLE, ["credits.refunded"]),
        (EntryKind.HOLD, []),
        (EntryKind.RELEASE, []),
        (EntryKind.CLAWBACK, ["credits.clawed_back"]),
        (EntryKind.RESTORE, ["credits.restored"]),
        (EntryKind.CORRECTION, ["credits.corrected"]),
        (EntryKind.FORFEIT, ["credits.forfeited"]),
    ],
)
def test_an_entry_is_told_by_its_kind(kind: EntryKind, types: list[str]) -> None:
    assert told(effects_of(change(entry(kind)))) == types


def test_every_kind_of_entry_and_of_step_is_told_or_is_said_not_to_be() -> None:
    assert movements.ENTRY_EVENTS.keys() | movements.NOT_TOLD == set(EntryKind)
    assert not movements.ENTRY_EVENTS.keys() & movements.NOT_TOLD
    assert case_steps.STEP_EVENTS.keys() | case_steps.NOT_TOLD == set(CaseEventKind)
    assert not case_steps.STEP_EVENTS.keys() & case_steps.NOT_TOLD
    assert movements.STATUS_EVENTS.keys() == set(AccountStatus)


def test_an_entry_is_told_with_what_the_history_shows() -> None:
    caused = replace(entry().cause, job_id="job_1", author="rita@example.com")
    (event,) = effects_of(change(entry(cause=caused, available=60, debt=0)))
    assert isinstance(event, DomainEvent)
    assert event.detail == {
        "version": 1,
        "event_id": "entry:acc_1:7",
        "occurred_at": "2026-11-22T12:00:00.000000Z",
        "recorded_at": "2026-11-22T12:00:00.000000Z",
        "account_id": "acc_1",
        "seq": 7,
        "kind": "refund",
        "credits": 40,
        "balance": 60,
        "available": 60,
        "reason": "Your 40 credits are back.",
        "clause": "2(a)",
        "policy_version": "2025-02-24",
        "job_id": "job_1",
    }


@pytest.mark.parametrize("record", [entry(), FROZEN], ids=["entry", "change of status"])
def test_what_is_written_once_is_told_once(record: object) -> None:
    assert len(effects_of(change(record))) == 1
    assert effects_of(change(record, record)) == []


@pytest.mark.parametrize("status", AccountStatus)
def test_a_change_of_status_is_told_without_the_note_of_who_made_it(status: AccountStatus) -> None:
    types = {"frozen": "account.frozen", "open": "account.opened", "closed": "account.closed"}
    (event,) = effects_of(change(replace(FROZEN, status=status)))
    assert isinstance(event, DomainEvent)
    assert event.type == types[status.value]
    assert event.facts == {"account_id": "acc_1", "status": status.value}
    assert event.event_id == f"status:acc_1:2026-11-22T12:00:00.000000Z:{status.value}"


# Payouts


@pytest.mark.parametrize(
    ("was", "now", "effects"),
    [
        (None, P.REQUESTED, ["due: payout_1"]),
        (None, P.SENDING, []),
        (None, P.PERSON, ["payout.needs_person"]),
        (P.PERSON, P.REQUESTED, ["due: payout_1"]),
        (P.PERSON, P.PERSON, []),
        (P.PERSON, P.REFUSED, []),
        (P.REQUESTED, P.REQUESTED, []),
        (P.SENDING, P.REQUESTED, []),
        (P.REQUESTED, P.SENDING, []),
        (P.SENDING, P.SENT, []),
        (P.SENDING, P.PERSON, ["payout.needs_person"]),
        (P.REQUESTED, P.PERSON, ["payout.needs_person"]),
        (P.SENT, P.PAID, []),
        (P.SENT, P.REJECTED, []),
    ],
)
def test_a_payout_begins_when_it_is_requested_or_sent_again(
    was: PayoutState | None, now: PayoutState, effects: list[str]
) -> None:
    old = None if was is None else replace(PAYOUT, state=was)
    assert told(effects_of(change(replace(PAYOUT, state=now), old))) == effects


def test_each_time_that_a_payout_needs_a_person_is_another_event() -> None:
    stuck = replace(PAYOUT, state=P.PERSON, attempt=3, why="unknown")
    first, second = (
        event_of(effects_of(change(stuck, PAYOUT, version=version))) for version in (4, 6)
    )
    assert (first["event_id"], second["event_id"]) == ("payout:payout_1:4", "payout:payout_1:6")
    assert first["money"] == {"amount": 1089, "currency": "USD"}
    assert (first["attempts"], first["why"], first["case_id"]) == (3, "unknown", "case_1")


# Cases

DECIDED = "mail: We have decided about your request"
PAID = "mail: Your money is on its way back"
NOT_PAID = "mail: Your money could not be paid back"
ADJUSTMENT = replace(CASE, category=Category.ADJUSTMENT)
DIFFERENCE = replace(CASE, category=Category.DIFFERENCE)


@pytest.mark.parametrize(
    ("old", "new", "effects"),
    [
        (None, CASE, ["case.opened"]),
        (None, ADJUSTMENT, ["case.opened", "mail: Something has changed about your payment"]),
        (None, gone(CASE, K.DECLINED), ["case.opened", "case.decided", DECIDED]),
        (CASE, gone(CASE, K.APPROVED), ["case.decided", DECIDED]),
        (CASE, gone(CASE, K.DECLINED), ["case.decided", DECIDED]),
        (CASE, gone(CASE, K.CREDITED), ["case.decided", DECIDED]),
        (CASE, gone(CASE, K.PAYING), ["case.paying"]),
        (CASE, gone(CASE, K.PAID), ["case.paid", PAID]),
        (CASE, gone(CASE, K.REJECTED_BY_PADDLE), ["case.reopened", NOT_PAID]),
        (CASE, gone(CASE, K.NOT_PAYABLE), ["case.reopened", NOT_PAID]),
        (CASE, gone(CASE, K.APPEALED), ["case.appealed"]),
        (CASE, gone(CASE, K.WITHDRAWN), ["case.withdrawn"]),
        (ADJUSTMENT, gone(ADJUSTMENT, K.ADJUSTED), ["case.adjusted"]),
        (ADJUSTMENT, gone(ADJUSTMENT, K.REVERSED), ["case.adjusted"]),
        (ADJUSTMENT, gone(ADJUSTMENT, K.CLOSED), ["case.closed"]),
        (DIFFERENCE, gone(DIFFERENCE, K.CLOSED), ["case.closed"]),
        (DIFFERENCE, gone(DIFFERENCE, K.DECLINED), ["case.decided"]),
        (CASE, gone(CASE, K.PROMISE_AT_RISK), ["promise.at_risk"]),
        (CASE, gone(CASE, K.OVERDUE), ["case.overdue"]),
        (CASE, gone(CASE, K.ASKED_AGAIN, K.SEEN_AGAIN, K.APPROVED_FIRST, K.REMINDED), []),
        (CASE, replace(CASE, request=None), []),
        (
            gone(CASE, K.PAYING),
            gone(CASE, K.PAYING, K.PAID, K.OVERDUE),
            ["case.paid", PAID, "case.overdue"],
        ),
    ],
)
def test_each_new_step_of_a_case_is_told(old: Case | None, new: Case, effects: list[str]) -> None:
    assert told(effects_of(change(new, old))) == effects


def test_a_step_is_named_by_its_place_and_has_the_status_that_it_led_to() -> None:
    old = gone(CASE, K.REMINDED)
    new = gone(
        gone(old, K.APPROVED, status=CaseStatus.APPROVED), K.PAYING, status=CaseStatus.PAYING
    )
    effects = effects_of(change(new, old))
    events = [effect for effect in effects if isinstance(effect, DomainEvent)]
    assert [event.event_id for event in events] == ["case:case_1:3", "case:case_1:4"]
    assert [event.facts["status"] for event in events] == ["approved", "paying"]
    assert [event.facts["case_version"] for event in events] == [3, 4] == [3, new.version]


def test_a_case_is_told_with_what_holds_and_without_what_people_wrote() -> None:
    paid = gone(CASE, K.PAID, status=CaseStatus.PAID, verdict=VERDICT, expected_by=LATER, credits=7)
    assert event_of(effects_of(change(paid, CASE))) == {
        "version": 1,
        "event_id": "case:case_1:2",
        "occurred_at": "2026-11-22T12:00:00.000000Z",
        "recorded_at": "2026-11-22T12:00:00.000000Z",
        "case_id": "case_1",
        "case_version": 2,
        "account_id": "acc_1",
        "category": "unauthorised",
        "step": "paid",
        "status": "paid",
        "urgent": True,
        "outcome": "eligible",
        "clause": "6",
        "policy_version": "2025-02-24",
        "reason": "10.89 USD were paid back to you.",
        "money": {"amount": 1089, "currency": "USD"},
        "credits": 7,
        "transaction_id": "txn_1",
        "payout_id": "payout_1",
        "adjustment_id": "adj_1",
        "opened_at": "2026-11-22T12:00:00.000000Z",
        "due_at": "2026-11-22T12:00:00.000000Z",
        "expected_by": "2026-12-08T22:59:59.000000Z",
    }


def test_a_mail_is_the_sentence_the_clause_and_the_case() -> None:
    paid = gone(CASE, K.PAID, verdict=VERDICT, expected_by=LATER)
    assert effects_of(change(paid, CASE))[1] == MailDue(
        "case_1",
        2,
        "txn_1",
        "Your money is on its way back",
        "10.89 USD were paid back to you.\n\n"
        "The money should have arrived by 2026-12-08.\n\n"
        "Clause of the refund policy: 6\nCase: case_1\n",
    )


def test_without_a_persons_word_the_rules_own_sentence_is_written() -> None:
    (_, mail) = effects_of(change(gone(CASE, K.DECLINED), CASE))
    assert isinstance(mail, MailDue)
    assert mail.text == (
        "A person looks at it.\n\nClause of the refund policy: 2(c)\nCase: case_1\n"
    )


def test_records_that_nobody_hears_of_have_no_effects() -> None:
    assert effects_of(change(Customer("ctm_1", email="ada@example.com"))) == []


# What holds for all of them

ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,12}", fullmatch=True)
words = st.text(st.sampled_from("ab @.\n\té✓")) | st.emails() | st.text(max_size=30)
kinds_of_step = st.sampled_from(CaseEventKind)
steps = st.builds(
    CaseEvent, st.just(NOON), kinds_of_step, words, st.sampled_from(CaseStatus), st.none() | words
)
outcomes = st.sampled_from(CaseOutcome)
requests = st.builds(
    Request, st.emails(), st.just(date(2026, 1, 1)), st.just(1), st.just("USD"), words
)
cases = st.builds(
    Case,
    case_id=ids,
    account_id=ids,
    category=st.sampled_from(Category),
    status=st.sampled_from(CaseStatus),
    decision=st.builds(CaseDecision, outcomes, st.just("2(a)"), st.just("v"), words),
    opened_by=st.sampled_from(Opener),
    opener=words,
    opened_at=st.just(NOON),
    due_at=st.just(NOON),
    request=st.none() | requests,
    transaction_id=st.none() | ids,
    money=st.none() | st.just(Money(5, "USD")),
    approval=st.none() | st.builds(Approval, words, st.just(1), st.just(NOON)),
    verdict=st.none() | st.builds(Verdict, outcomes, st.just("2(a)"), st.just("v"), words),
    decided_by=st.none() | words,
    expected_by=st.none() | st.just(LATER),
    events=st.lists(steps, min_size=1, max_size=6).map(tuple),
)
causes = st.builds(
    Cause, key=ids, reason=words, occurred_at=st.just(NOON), recorded_at=st.just(NOON), author=words
)
entries = st.builds(
    lambda kind, cause: entry(kind, cause=cause), st.sampled_from(EntryKind), causes
)
statuses = st.builds(StatusChange, ids, st.sampled_from(AccountStatus), words, words, st.just(NOON))
payouts = st.builds(
    lambda state, why: replace(PAYOUT, state=state, why=why),
    st.sampled_from(PayoutState),
    st.none() | ids,
)
records = cases | entries | statuses | payouts


@given(records, st.integers(0, 6), st.integers(1, 9))
def test_no_effect_ever_has_an_address_in_it(record: Any, seen: int, version: int) -> None:
    old = None
    if isinstance(record, Case) and seen:
        old = replace(record, events=record.events[:seen])
    for effect in effects_of(change(record, old, version=version)):
        assert "@" not in repr(effect)


@given(records, st.integers(1, 9))
def test_the_same_change_has_the_same_effects_each_of_them_once(record: Any, version: int) -> None:
    seen = change(record, version=version)
    effects = effects_of(seen)
    assert effects == effects_of(seen)
    names = [effect.event_id for effect in effects if isinstance(effect, DomainEvent)]
    assert len(set(names)) == len(names)


@given(cases, st.integers(1, 5))
def test_steps_that_come_one_by_one_are_told_as_those_that_come_together(
    case: Case, seen: int
) -> None:
    """Whatever writes they came by: what is between two images is told, and nothing else."""
    before = replace(case, events=case.events[:seen])
    whole = effects_of(change(case))
    assert effects_of(change(before)) + effects_of(change(case, before)) == whole
