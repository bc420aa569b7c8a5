"""A difference becomes a case, so that a person sees it: once, and again only when it changes.

Nothing is put right here. Which of two things is wrong, no rule can know.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from makegood.domain.adjustment import Adjustments
from makegood.domain.business_days import due_after
from makegood.domain.case import (
    Case,
    CaseDecision,
    CaseEvent,
    CaseEventKind,
    CaseOutcome,
    CaseStatus,
    Category,
    Opener,
    Verdict,
)
from makegood.domain.entry import timestamp
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.purchase import Purchase
from makegood.domain.reconciliation import About, Claim
from makegood.domain.record import ParkedEvent
from makegood.plans.case_opening import calendar_of, case_id_of, settings_in_force
from makegood.plans.duplicate_evidence import Rules

OPENER = "reconciliation"

BY_PADDLE, BY_ITSELF = "7", "4"
"""Clauses: what Paddle does is followed; what is recorded of credits can be relied on."""

CONTENT_LENGTH_MAX = 200_000
"""Of an event that is kept. An item of the table has 400 KB."""


class What(StrEnum):
    EVENT = "event"
    """An event of Paddle was not applied, and putting it back did not help."""
    UNREADABLE = "unreadable"
    """One that is not understood."""
    REFUND = "refund"
    """A refund with a payout's mark, and the payout, do not agree."""
    PAYOUT = "payout"
    """A payout that was sent, and Paddle has no such adjustment."""
    SALE = "sale"
    """A purchase, and the adjustments of it that were told."""
    ACCOUNT = "account"
    """An account, and its entries."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`id` names what differs, among all of its kind. The reason is plain, and says what differs:
    it is news if it has changed. `inputs` are the facts."""

    what: What
    id: str
    account_id: str
    clause: str
    reason: str
    inputs: Mapping[str, object] = field(default_factory=dict)
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A difference that a person can see now: as a case, or as an event that is kept.

    `again` says that it could be seen before.
    """

    what: What
    id: str
    again: bool
    case_id: str | None = None


def open_difference(difference: Difference, rules: Rules) -> Decide[Found]:
    return lambda facts: found_out(facts, difference, rules)


def found_out(facts: Facts, difference: Difference, rules: Rules) -> Plan[Found]:
    """Open the case, or tell it what has changed since. One that was closed is open again then."""
    case_id = case_id_of("difference", difference.what.value, difference.id)
    case = facts.get(Key(Case, case_id))
    if case is None:
        opened = _opened(facts, case_id, difference, rules)
        return Plan(_found(difference, case_id, again=False), (opened,))
    if (case.verdict or case.decision).reason == difference.reason:
        return Plan(_found(difference, case_id, again=True))
    policy = rules.policies.in_force(rules.now)
    told = case.moved(
        CaseEventKind.ADJUSTED,
        author=OPENER,
        at=max(rules.now, case.opened_at),
        status=CaseStatus.OPEN,
        verdict=Verdict(
            CaseOutcome.NEEDS_REVIEW, difference.clause, policy.version, difference.reason
        ),
        decided_by=None,
        decided_at=None,
    )
    return Plan(_found(difference, case_id, again=False), (told,))


def _found(difference: Difference, case_id: str, *, again: bool) -> Found:
    return Found(difference.what, difference.id, again, case_id)


def _opened(facts: Facts, case_id: str, difference: Difference, rules: Rules) -> Case:
    policy = rules.policies.in_force(rules.now)
    calendar = calendar_of(settings_in_force(facts), rules.zones)
    return Case(
        case_id=case_id,
        account_id=difference.account_id,
        category=Category.DIFFERENCE,
        status=CaseStatus.OPEN,
        decision=CaseDecision(
            CaseOutcome.NEEDS_REVIEW,
            difference.clause,
            policy.version,
            difference.reason,
            dict(difference.inputs),
        ),
        opened_by=Opener.DETECTOR,
        opener=OPENER,
        opened_at=rules.now,
        due_at=due_after(rules.now, policy.review_business_days, calendar),
        transaction_id=difference.transaction_id,
        events=(CaseEvent(rules.now, CaseEventKind.OPENED, OPENER, CaseStatus.OPEN),),
    )


def event_not_applied(claim: Claim, message: str | None, rules: Rules) -> Decide[Found]:
    """Paddle tells something that this ledger does not take.

    A case, where it is known whose purchase it is about; else the event is kept, and listed.
    """

    def decide(facts: Facts) -> Plan[Found]:
        account_id = _account_of(facts, claim)
        if account_id is None:
            content = _outline(claim)
            if message is not None and len(message) <= CONTENT_LENGTH_MAX:
                content = message
            return _kept(facts, What.EVENT, _event_of(claim, content, rules.now))
        difference = Difference(
            What.EVENT,
            # Several events may tell of one thing, and differ in the same way.
            claim.adjustment_id or claim.id,
            account_id,
            BY_PADDLE,
            reason=f"Paddle tells of {_said(claim)}, which could not be carried out here.",
            inputs={
                "event_id": claim.event_id,
                "event_type": claim.event_type,
                "occurred_at": timestamp(claim.occurred_at),
                **({"status": claim.status} if claim.status is not None else {}),
            },
            transaction_id=claim.id,
        )
        return found_out(facts, difference, rules)

    return decide


def event_unreadable(event: ParkedEvent) -> Decide[Found]:
    return lambda facts: _kept(facts, What.UNREADABLE, event)


def _account_of(facts: Facts, claim: Claim) -> str | None:
    if claim.about not in (About.SALE, About.ADJUSTMENT):
        return None
    purchase = facts.get(Key(Purchase, claim.id))
    if purchase is not None and purchase.account_id is not None:
        return purchase.account_id
    known = facts.get(Key(Adjustments, claim.id))
    return None if known is None else known.account_id


def _said(claim: Claim) -> str:
    if claim.about is About.ADJUSTMENT:
        return f"the adjustment {claim.adjustment_id}"
    return f"the purchase {claim.id}"


def _event_of(claim: Claim, content: str, now: datetime) -> ParkedEvent:
    return ParkedEvent(claim.event_id, claim.event_type, claim.occurred_at, now, content)


def _outline(claim: Claim) -> str:
    """What is left of an event that is not at hand any more. Paddle has the rest under its id."""
    about = {"id": claim.id, "adjustment_id": claim.adjustment_id, "status": claim.status}
    return json.dumps(
        {
            "event_id": claim.event_id,
            "event_type": claim.event_type,
            "occurred_at": timestamp(claim.occurred_at),
            "data": {name: value for name, value in about.items() if value is not None},
        }
    )


def _kept(facts: Facts, what: What, event: ParkedEvent) -> Plan[Found]:
    """However it is spelled: what is kept under its id is that event."""
    if facts.get(Key(ParkedEvent, event.event_id)) is not None:
        return Plan(Found(what, event.event_id, again=True))
    return Plan(Found(what, event.event_id, again=False), (event,))
