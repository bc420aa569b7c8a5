"""What a customer reads of a case's steps, and how far its money is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from makegood.api.case_answers import show_case
from makegood.domain.case import Case, CaseEvent, CaseEventKind, CaseStatus
from makegood.domain.entry import timestamp
from tests.cases_made import opened
from tests.ledgers import NOON

HIDDEN = {"approved_first", "seen_again", "reminded", "overdue", "promise_at_risk"}
TOLD = {"declined", "withdrawn", "appealed", "asked_again"}

APPROVED, PAYING, PAID, REJECTED, NOT_PAYABLE = (
    CaseEventKind.APPROVED,
    CaseEventKind.PAYING,
    CaseEventKind.PAID,
    CaseEventKind.REJECTED_BY_PADDLE,
    CaseEventKind.NOT_PAYABLE,
)


def after(*kinds: CaseEventKind, **fields: Any) -> Case:
    """A case with one of these steps a day."""
    events = tuple(
        CaseEvent(NOON + timedelta(days=day), kind, "rita", CaseStatus.OPEN, "A note.")
        for day, kind in enumerate(kinds)
    )
    return replace(opened("case_1"), events=events, **fields)


def day(number: int) -> str:
    return timestamp(NOON + timedelta(days=number))


@pytest.mark.parametrize("kind", CaseEventKind)
def test_what_is_between_reviewers_is_hidden_and_all_else_is_shown(kind: CaseEventKind) -> None:
    events = show_case(after(kind))["events"]

    assert [step["kind"] for step in events] == ([] if kind.value in HIDDEN else [kind])
    assert [step.get("note") for step in events if "note" in step] == (
        ["A note."] if kind.value in TOLD else []
    )


@pytest.mark.parametrize(
    ("kinds", "state", "sent", "settled"),
    [
        ((APPROVED,), "requested", None, None),
        ((APPROVED, PAYING), "at_paddle", 1, None),
        ((APPROVED, PAYING, PAID), "approved", 1, 2),
        ((APPROVED, PAID), "approved", None, 1),
        ((APPROVED, PAYING, REJECTED), "rejected", 1, 2),
        ((APPROVED, NOT_PAYABLE), "not_payable", None, 1),
        ((APPROVED, NOT_PAYABLE, PAID), "approved", None, 2),
        ((APPROVED, PAYING, REJECTED, CaseEventKind.DECLINED), "rejected", 1, 2),
    ],
)
def test_the_steps_say_how_far_the_money_is(
    kinds: tuple[CaseEventKind, ...], state: str, sent: int | None, settled: int | None
) -> None:
    payment = show_case(after(*kinds))["payment"]

    assert (payment["state"], payment["requested_at"]) == (state, day(0))
    assert payment.get("sent_at") == (None if sent is None else day(sent))
    assert payment.get("settled_at") == (None if settled is None else day(settled))
    assert ("credits_taken" in payment) == (state == "approved")


def test_after_another_approval_the_earlier_payment_is_told_no_more() -> None:
    payment = show_case(after(APPROVED, PAYING, REJECTED, APPROVED))["payment"]

    assert payment == {"state": "requested", "requested_at": day(3)}


@pytest.mark.parametrize("credits", [None, 40])
def test_credits_that_went_along_are_counted_also_if_there_were_none(credits: int | None) -> None:
    case = after(APPROVED, PAID, credits=credits, expected_by=NOON)

    payment = show_case(case)["payment"]

    assert (payment["credits_taken"], payment["expected_by"]) == (credits or 0, day(0))


@pytest.mark.parametrize(
    "kinds", [(), (CaseEventKind.CREDITED,), (CaseEventKind.APPROVED_FIRST,)], ids=repr
)
def test_money_that_was_never_approved_is_nowhere(kinds: tuple[CaseEventKind, ...]) -> None:
    assert "payment" not in show_case(after(CaseEventKind.OPENED, *kinds))
