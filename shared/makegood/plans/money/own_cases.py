"""The case of an adjustment that nobody here asked for: so that a person sees it."""

from dataclasses import replace

from makegood.domain.adjustment import Adjustment
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
from makegood.domain.facts import Facts, Key
from makegood.plans.case_opening import calendar_of, settings_in_force
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.money.moved import Effect, Moved
from makegood.plans.money.telling import (
    PADDLE,
    case_id_of_adjustment,
    grounds_of,
    money_of,
    move_of,
)
from makegood.policy.jobs import Grounds
from makegood.policy.published import MoneyMove


def told_case(
    facts: Facts, at: Moved, adjustment: Adjustment, effect: Effect, rules: Rules
) -> Moved:
    """Open the case of an adjustment, or tell it the news."""
    ids = {one.adjustment_id for one in at.adjustments.standing}
    move = move_of(adjustment, stands=adjustment.adjustment_id in ids)
    credits = abs(effect.credits)
    grounds = grounds_of(move, money_of(adjustment), credits=credits, rules=rules)
    is_undone = move is MoneyMove.RETURNED
    kind = CaseEventKind.REVERSED if is_undone else CaseEventKind.ADJUSTED
    return _told(facts, at, adjustment, grounds, kind=kind, credits=credits, rules=rules)


def undone_case(
    facts: Facts, at: Moved, adjustment: Adjustment, effect: Effect, rules: Rules
) -> Moved:
    """Tell the case of an adjustment that it stands no longer; open it, if it was a payout's."""
    money, credits = money_of(adjustment), max(effect.credits, 0)
    grounds = grounds_of(MoneyMove.RETURNED, money, credits=credits, rules=rules)
    kind = CaseEventKind.REVERSED
    return _told(facts, at, adjustment, grounds, kind=kind, credits=credits, rules=rules)


def _told(
    facts: Facts,
    at: Moved,
    adjustment: Adjustment,
    grounds: Grounds,
    *,
    kind: CaseEventKind,
    credits: int,
    rules: Rules,
) -> Moved:
    case_id = case_id_of_adjustment(adjustment.adjustment_id)
    case = at.case(case_id) or facts.get(Key(Case, case_id))
    if case is None:
        return at.with_case(_opened(facts, at, adjustment, grounds, credits=credits, rules=rules))
    moved = case.moved(
        kind,
        author=PADDLE,
        at=max(rules.now, case.opened_at),
        status=CaseStatus.OPEN,
        verdict=Verdict(
            CaseOutcome.NEEDS_REVIEW, grounds.clause, grounds.policy_version, grounds.reason
        ),
        decided_by=None,
        decided_at=None,
    )
    return at.with_case(replace(moved, credits=credits or case.credits))


def _opened(
    facts: Facts,
    at: Moved,
    adjustment: Adjustment,
    grounds: Grounds,
    *,
    credits: int,
    rules: Rules,
) -> Case:
    inputs: dict[str, object] = {
        "adjustment_id": adjustment.adjustment_id,
        "action": adjustment.action,
        "status": adjustment.status,
        "amount_minor": adjustment.amount_minor,
        "currency": adjustment.currency,
    }
    policy = rules.policies.in_force(rules.now)
    calendar = calendar_of(settings_in_force(facts), rules.zones)
    return Case(
        case_id=case_id_of_adjustment(adjustment.adjustment_id),
        account_id=at.account.account_id,
        category=Category.ADJUSTMENT,
        status=CaseStatus.OPEN,
        decision=CaseDecision(
            CaseOutcome.NEEDS_REVIEW,
            grounds.clause,
            grounds.policy_version,
            grounds.reason,
            inputs,
        ),
        opened_by=Opener.DETECTOR,
        opener=PADDLE,
        opened_at=rules.now,
        due_at=due_after(rules.now, policy.review_business_days, calendar),
        transaction_id=at.purchase.transaction_id,
        money=money_of(adjustment) if adjustment.amount_minor else None,
        credits=credits or None,
        adjustment_id=adjustment.adjustment_id,
        events=(CaseEvent(rules.now, CaseEventKind.OPENED, PADDLE, CaseStatus.OPEN),),
    )
