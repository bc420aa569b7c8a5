"""A payment that does not come: its credits are free, and a person has its case again."""

from dataclasses import dataclass, replace

from makegood.domain.account import Account
from makegood.domain.business_days import due_after
from makegood.domain.case import PROMISING, Case, CaseEventKind, CaseOutcome, CaseStatus, Verdict
from makegood.domain.entry import Entry
from makegood.domain.facts import Facts
from makegood.domain.payout import Payout
from makegood.domain.purchase import Purchase
from makegood.plans.case_opening import calendar_of, settings_in_force
from makegood.plans.cases.holding import Bought, let_go
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.money.telling import grounds_of
from makegood.policy.published import MoneyMove


@dataclass(frozen=True, slots=True)
class Unpaid:
    """The case, open again, and what has changed with it."""

    case: Case
    purchase: Purchase
    account: Account
    entries: tuple[Entry, ...]

    @property
    def records(self) -> tuple[object, ...]:
        """All that is to be written. The account has changed only if there are entries."""
        moved = (self.account, *self.entries) if self.entries else ()
        return (self.case, self.purchase, *moved)


def waits_for(case: Case, payout: Payout) -> bool:
    """Whether the case promises its money by this payout."""
    return case.payout_id == payout.payout_id and case.status in PROMISING


def reopened(
    facts: Facts,
    case: Case,
    payout: Payout,
    at: Bought,
    *,
    kind: CaseEventKind,
    author: str,
    rules: Rules,
    note: str | None = None,
) -> Unpaid:
    """Open a case again whose payout came to nothing. It can be approved anew."""
    after, entries = let_go(case, at.account, now=rules.now, occasion=f":unpaid:{case.approvals}")
    grounds = grounds_of(MoneyMove.NOT_PAID_BACK, payout.money, credits=0, rules=rules)
    policy = rules.policies.in_force(rules.now)
    calendar = calendar_of(settings_in_force(facts), rules.zones)
    verdict = Verdict(
        CaseOutcome.NEEDS_REVIEW, grounds.clause, grounds.policy_version, grounds.reason
    )
    opened = case.moved(
        kind,
        author=author,
        at=rules.now,
        status=CaseStatus.OPEN,
        note=note,
        held=(),
        approval=None,
        verdict=verdict,
        decided_by=None,
        decided_at=None,
        reminded_at=None,
        overdue_at=None,
        expected_by=None,
        due_at=due_after(rules.now, policy.review_business_days, calendar),
    )
    promised = at.purchase.promised_minor - payout.money.amount_minor
    return Unpaid(opened, replace(at.purchase, promised_minor=promised), after, entries)
