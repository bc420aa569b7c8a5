"""The case of one duplicate payment: opened once, and told of further twins while it is open."""

from dataclasses import dataclass, replace

from makegood.domain.account import Account
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
from makegood.domain.entry import Cause, Entry
from makegood.domain.facts import Facts, Key
from makegood.domain.lot import Lot
from makegood.domain.money import format_money
from makegood.domain.payout import Payout
from makegood.domain.purchase import Purchase
from makegood.domain.refundable import remaining_minor
from makegood.plans.case_opening import (
    ROUNDS_MAX,
    calendar_of,
    case_id_of,
    held_back,
    lots_of,
    settings_in_force,
)
from makegood.plans.duplicate_evidence import DETECTOR, Earlier, Rules, all_of, evidence_of
from makegood.plans.money.requesting import request_payout
from makegood.policy.duplicates import rule_on_duplicate

WRITES_EACH = 4
"""Records that one duplicate changes: its case, its purchase, the entry that holds its credits,
and the payout where it is approved."""


@dataclass(frozen=True, slots=True)
class SeenTo:
    """A duplicate's case as it is from now on, and what has changed with it."""

    case: Case
    purchase: Purchase
    account: Account
    entries: tuple[Entry, ...] = ()
    payouts: tuple[Payout, ...] = ()


@dataclass(frozen=True, slots=True)
class _About:
    """The case that is open about a purchase, or the id of the one to open."""

    case_id: str
    case: Case | None = None


def see_to(
    facts: Facts, purchase: Purchase, account: Account, earlier: Earlier, rules: Rules
) -> SeenTo | None:
    """Open or amend the case about a payment that has these earlier ones.

    None where nothing changes: a case that is open about something else is left alone, and so
    is what people have decided. What was approved without them only learns of the twin.
    """
    about = _case_about(facts, purchase)
    if about is None:
        return None
    account = account.with_lots(_lots_missing(facts, purchase, account))
    duplicate = evidence_of(facts, purchase, account, earlier, about.case, rules)
    decision = rule_on_duplicate(duplicate, rules.policies)
    if about.case is None:
        case = _opened(facts, about.case_id, purchase, decision, rules)
    elif _stays(about.case, decision):
        return None
    else:
        case = about.case.moved(
            CaseEventKind.SEEN_AGAIN, author=DETECTOR, at=rules.now, decision=decision
        )
    seen = SeenTo(case, replace(purchase, case_id=case.case_id), account)
    if duplicate.is_of_same_order:
        seen = _held(seen, rules)
    is_approved = case.is_open and decision.outcome is CaseOutcome.ELIGIBLE
    return _approved(facts, seen, rules) if is_approved else seen


def _case_about(facts: Facts, purchase: Purchase) -> _About | None:
    """None where a case stands that is not the detector's to change."""
    if purchase.case_id is not None:
        case = facts.get(Key(Case, purchase.case_id))
        learns = case is not None and (_is_open_about_this(case) or _was_approved_alone(case))
        return _About(purchase.case_id, case) if learns else None
    if not remaining_minor(purchase):
        return None  # All of the money has gone back already.
    for turn in range(1, ROUNDS_MAX + 1):
        case_id = case_id_of("purchase", purchase.transaction_id, turn=turn)
        case = facts.get(Key(Case, case_id))
        if case is None:
            return _About(case_id)
        if case.opener == DETECTOR and case.opened_by is Opener.DETECTOR:
            return None
    return None


def _is_open_about_this(case: Case) -> bool:
    return case.is_open and case.category is Category.DUPLICATE_PAYMENT


def _was_approved_alone(case: Case) -> bool:
    return case.status is CaseStatus.APPROVED and case.decided_by == DETECTOR


def _stays(case: Case, decision: CaseDecision) -> bool:
    """Nothing new, or something that would unsay what was approved."""
    unsaid = not case.is_open and decision.outcome is not CaseOutcome.ELIGIBLE
    return case.decision == decision or unsaid


def _lots_missing(facts: Facts, purchase: Purchase, account: Account) -> list[Lot]:
    here = {lot.number for lot in account.lots}
    missing = [number for number in lots_of(purchase) if number not in here]
    if not missing:
        return []
    loaded = facts.account(account.account_id, lots=missing)
    return [loaded.lot(number) for number in missing]


def _opened(
    facts: Facts, case_id: str, purchase: Purchase, decision: CaseDecision, rules: Rules
) -> Case:
    policy = rules.policies.in_force(purchase.occurred_at)
    calendar = calendar_of(settings_in_force(facts), rules.zones)
    assert purchase.account_id is not None
    return Case(
        case_id=case_id,
        account_id=purchase.account_id,
        category=Category.DUPLICATE_PAYMENT,
        status=CaseStatus.OPEN,
        decision=decision,
        opened_by=Opener.DETECTOR,
        opener=DETECTOR,
        opened_at=rules.now,
        due_at=due_after(rules.now, policy.review_business_days, calendar),
        transaction_id=purchase.transaction_id,
        money=all_of(purchase),
        events=(CaseEvent(rules.now, CaseEventKind.OPENED, DETECTOR, CaseStatus.OPEN),),
    )


def _held(seen: SeenTo, rules: Rules) -> SeenTo:
    """One order was paid twice: what is unused of the second payment waits for the decision."""
    case = seen.case
    if case.held or case.appealed_at is not None or case.approvals:
        return seen
    cause = Cause(
        key=f"hold:{case.case_id}",
        reason="Held while a second payment for the same order is looked at.",
        occurred_at=rules.now,
        recorded_at=rules.now,
        clause=case.decision.clause,
        policy_version=case.decision.policy_version,
        transaction_id=case.transaction_id,
        case_id=case.case_id,
    )
    account, entries, held = held_back(seen.account, seen.purchase, cause)
    return replace(seen, case=replace(case, held=held), account=account, entries=entries)


def _approved(facts: Facts, seen: SeenTo, rules: Rules) -> SeenTo:
    """All that was paid goes back; the credits stay held until it has."""
    money = all_of(seen.purchase)
    said = seen.case.decision
    reason = f"The same order was paid twice: {format_money(money)} is paid back."
    case = seen.case.moved(
        CaseEventKind.APPROVED,
        author=DETECTOR,
        at=rules.now,
        status=CaseStatus.APPROVED,
        money=money,
        verdict=Verdict(CaseOutcome.ELIGIBLE, said.clause, said.policy_version, reason),
        decided_by=DETECTOR,
        decided_at=rules.now,
    )
    payout = request_payout(facts, case, seen.purchase, seen.account, now=rules.now)
    promised = seen.purchase.promised_minor + money.amount_minor
    return replace(
        seen,
        case=replace(case, payout_id=payout.payout_id),
        purchase=replace(seen.purchase, promised_minor=promised),
        payouts=(payout,),
    )
