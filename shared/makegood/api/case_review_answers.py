"""Cases for the people who decide them: evidence, authors, and what an approval would do."""

from typing import Any, NotRequired

from typing_extensions import TypedDict

from makegood.api.answers import JobAnswer, Time, show_job, without_nothing
from makegood.api.case_answers import (
    CaseEventAnswer,
    CaseFacts,
    DecisionAnswer,
    MoneyAnswer,
    facts_of,
    show_decision,
    show_event,
    show_money,
)
from makegood.api.payout_answers import (
    AdjustmentAnswer,
    CasePayout,
    show_adjustments,
    show_case_payout,
)
from makegood.domain.case import ASKED_FOR, Approval, Case, CaseEvent, Opener
from makegood.domain.entry import timestamp
from makegood.domain.payout import Payout
from makegood.plans.cases.looking import Preview
from makegood.plans.money.looking import MoneyFile


class ApprovalAnswer(TypedDict):
    """The first of two approvals."""

    author: str
    amount: int
    at: Time
    job_id: NotRequired[str]


class ReviewedCaseEvent(CaseEventAnswer):
    """As the customer sees it, and who took it: a token's subject, or a part of the system."""

    author: str


class ReviewedCase(CaseFacts):
    """As the customer sees it, and who did what. `ruled` is what the rules said by themselves.

    `payout` is the newest one of its money.
    """

    opened_by: Opener
    opener: str
    approval: NotRequired[ApprovalAnswer]
    decided_by: NotRequired[str]
    ruled: DecisionAnswer
    payout: NotRequired[CasePayout]
    events: list[ReviewedCaseEvent]


class PreviewAnswer(TypedDict):
    """What an approval would do now; of a case that can only be closed, nothing.

    `money` is paid back if the decision names no amount, `most` is the limit. `credits` are those
    of the job; without a job the decision says how many.
    """

    money: NotRequired[MoneyAnswer]
    most: NotRequired[MoneyAnswer]
    credits: NotRequired[int]
    needs_two_people: bool


class CaseFileAnswer(ReviewedCase):
    """A case with its evidence as it is now, and a preview of an approval.

    `evidence` is about the purchase, in the form of the decision's inputs, and `adjustments` is
    all that Paddle has told of it.
    """

    evidence: NotRequired[dict[str, Any]]
    job: NotRequired[JobAnswer]
    adjustments: list[AdjustmentAnswer]
    preview: PreviewAnswer


def show_case_in_review(case: Case, payout: Payout | None) -> ReviewedCase:
    return without_nothing(
        ReviewedCase,
        {
            **facts_of(case),
            "opened_by": case.opened_by,
            "opener": case.opener,
            "approval": None if case.approval is None else _approval(case.approval),
            "decided_by": case.decided_by,
            "ruled": show_decision(case.decision, None),
            "payout": None if payout is None else show_case_payout(payout, case.expected_by),
            "events": [_event(event) for event in case.events],
        },
    )


def show_case_file(money: MoneyFile) -> CaseFileAnswer:
    file = money.case_file
    can_be_approved = file.case.category in ASKED_FOR
    return without_nothing(
        CaseFileAnswer,
        {
            **show_case_in_review(file.case, money.payout),
            "evidence": file.evidence,
            "job": None if file.job is None else show_job(file.job),
            "adjustments": show_adjustments(money.adjustments),
            "preview": _preview(file.preview if can_be_approved else Preview()),
        },
    )


def _approval(approval: Approval) -> ApprovalAnswer:
    return without_nothing(
        ApprovalAnswer,
        {
            "author": approval.author,
            "amount": approval.amount,
            "at": timestamp(approval.at),
            "job_id": approval.job_id,
        },
    )


def _event(event: CaseEvent) -> ReviewedCaseEvent:
    shown = show_event(event)
    return without_nothing(ReviewedCaseEvent, {**shown, "note": event.note, "author": event.author})


def _preview(preview: Preview) -> PreviewAnswer:
    return without_nothing(
        PreviewAnswer,
        {
            "money": None if preview.money is None else show_money(preview.money),
            "most": None if preview.most is None else show_money(preview.most),
            "credits": preview.credits,
            "needs_two_people": preview.needs_two_people,
        },
    )
