"""An adjustment that carries out a payout of ours, recognised by the marker in its reason."""

from dataclasses import replace
from datetime import datetime

from makegood.domain.adjustment import PENDING, REFUND, REJECTED, Adjustment
from makegood.domain.business_days import due_after
from makegood.domain.case import (
    WAITING,
    Case,
    CaseEventKind,
    CaseOutcome,
    CaseStatus,
    Verdict,
)
from makegood.domain.facts import Facts, Key
from makegood.domain.payout import Payout, PayoutState
from makegood.errors import LedgerDamagedError
from makegood.plans.case_opening import calendar_of, settings_in_force
from makegood.plans.cases.holding import Bought, let_go
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.money.moved import Effect, Moved
from makegood.plans.money.telling import PADDLE, grounds_of, money_of
from makegood.plans.money.unpaid import reopened, waits_for
from makegood.policy.published import MoneyMove


def payout_of(facts: Facts, adjustment: Adjustment, transaction_id: str) -> Payout | None:
    """The payout that an adjustment carries out.

    A marker can be copied: one for another purchase or currency, or a second adjustment with the
    same one, is somebody else's.
    """
    if adjustment.payout_id is None or adjustment.action != REFUND:
        return None
    payout = facts.get(Key(Payout, adjustment.payout_id))
    if payout is None or payout.transaction_id != transaction_id:
        return None
    is_its = payout.adjustment_id in (None, adjustment.adjustment_id)
    return payout if is_its and payout.money.currency == adjustment.currency else None


def carried_out(
    facts: Facts,
    at: Moved,
    adjustment: Adjustment,
    payout: Payout,
    effect: Effect,
    rules: Rules,
) -> tuple[Moved, bool]:
    """What becomes of the payout and its case, and whether it was the case's present payout.

    One that a person has given up may be paid after all, when its case has another one, or is
    settled in another way: then it needs a case of its own, so that somebody sees it.
    """
    case = facts.get(Key(Case, payout.case_id))
    if case is None:
        raise LedgerDamagedError("a payout names a case that there is not")
    if adjustment.status == PENDING:
        return _sent(facts, at, case, adjustment, payout, rules), True
    if adjustment.status == REJECTED:
        return _rejected(facts, at, case, adjustment, payout, rules), True
    if payout.state is PayoutState.PAID:
        return at, True
    return _paid(facts, at, case, adjustment, payout, effect, rules)


def _sent(
    facts: Facts, at: Moved, case: Case, adjustment: Adjustment, payout: Payout, rules: Rules
) -> Moved:
    """Paddle has it. One that a person has given up meanwhile stays so until it is paid."""
    known = replace(payout, adjustment_id=adjustment.adjustment_id)
    if not payout.is_in_flight or not waits_for(case, payout):
        return replace(at, payouts=(*at.payouts, known))
    sent = replace(
        known, state=PayoutState.SENT, sent_at=rules.now, lease_until=None, due_at=rules.now
    )
    paying = case.moved(
        CaseEventKind.PAYING,
        author=PADDLE,
        at=rules.now,
        status=CaseStatus.PAYING,
        adjustment_id=adjustment.adjustment_id,
        expected_by=_expected(facts, rules),
    )
    return replace(at.with_case(paying), payouts=(*at.payouts, sent))


def _paid(
    facts: Facts,
    at: Moved,
    case: Case,
    adjustment: Adjustment,
    payout: Payout,
    effect: Effect,
    rules: Rules,
) -> tuple[Moved, bool]:
    """The money is on its way. What it took no credits for is free, and so is the purchase."""
    paid = replace(
        payout,
        state=PayoutState.PAID,
        adjustment_id=adjustment.adjustment_id,
        sent_at=payout.sent_at or rules.now,
        settled_at=rules.now,
        lease_until=None,
    )
    at = replace(at, payouts=(*at.payouts, paid))
    if case.payout_id != payout.payout_id or case.status not in WAITING:
        return at, False
    return _case_paid(facts, at, case, adjustment, payout, effect, rules), True


def _case_paid(
    facts: Facts,
    at: Moved,
    case: Case,
    adjustment: Adjustment,
    payout: Payout,
    effect: Effect,
    rules: Rules,
) -> Moved:
    promised = payout.money.amount_minor if waits_for(case, payout) else 0
    occasion = f":paid:{case.approvals}"
    account, entries = let_go(case, at.account, now=rules.now, occasion=occasion)
    credits, money = max(-effect.credits, 0), money_of(adjustment)
    grounds = grounds_of(MoneyMove.PAID_BACK, money, credits=credits, rules=rules)
    after = case.moved(
        CaseEventKind.PAID,
        author=PADDLE,
        at=rules.now,
        status=CaseStatus.PAID,
        held=(),
        money=payout.money,
        adjustment_id=adjustment.adjustment_id,
        expected_by=_expected(facts, rules),
        credits=credits or None,
        verdict=Verdict(
            CaseOutcome.ELIGIBLE, grounds.clause, grounds.policy_version, grounds.reason
        ),
    )
    purchase = replace(
        at.purchase,
        promised_minor=at.purchase.promised_minor - promised,
        case_id=None if at.purchase.case_id == case.case_id else at.purchase.case_id,
    )
    return replace(
        at.with_case(after), purchase=purchase, account=account, entries=(*at.entries, *entries)
    )


def _rejected(
    facts: Facts, at: Moved, case: Case, adjustment: Adjustment, payout: Payout, rules: Rules
) -> Moved:
    """Paddle's people said no: nothing has gone back, and a person decides anew."""
    rejected = replace(
        payout,
        state=PayoutState.REJECTED,
        adjustment_id=adjustment.adjustment_id,
        settled_at=rules.now,
        lease_until=None,
        why="rejected_by_paddle",
    )
    at = replace(at, payouts=(*at.payouts, rejected))
    if not waits_for(case, payout):
        return at
    unpaid = reopened(
        facts,
        case,
        payout,
        Bought(at.purchase, at.account),
        kind=CaseEventKind.REJECTED_BY_PADDLE,
        author=PADDLE,
        rules=rules,
    )
    return replace(
        at.with_case(unpaid.case),
        purchase=unpaid.purchase,
        account=unpaid.account,
        entries=(*at.entries, *unpaid.entries),
    )


def _expected(facts: Facts, rules: Rules) -> datetime:
    """Clause 6: when the money has arrived, as a rule."""
    calendar = calendar_of(settings_in_force(facts), rules.zones)
    days = rules.policies.in_force(rules.now).paid_within_business_days
    return due_after(rules.now, days, calendar)
