"""What a customer can do about a case that is there: withdraw it, or ask for a person."""

from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain.business_days import due_after
from makegood.domain.case import (
    ASKED_FOR,
    Case,
    CaseEventKind,
    CaseOutcome,
    CaseStatus,
    Verdict,
)
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.refundable import refundable_of
from makegood.domain.studio import ZoneNamed
from makegood.errors import CaseSettledError, UnknownThingError
from makegood.plans.case_opening import calendar_of, settings_in_force
from makegood.plans.cases.holding import bought, held_for, released
from makegood.policy.published import Policies

APPEAL_WORDS = "A person looks at this again, as you asked."


@dataclass(frozen=True, slots=True)
class Stepped:
    """The case as it is now; `again` says that it was so before and nothing was changed."""

    case: Case
    again: bool


def own_case(facts: Facts, case_id: str, account_id: str) -> Case:
    """Raise UnknownThingError for a case that is not there, and in the same way for another's."""
    case = facts.get(Key(Case, case_id))
    if case is None or case.account_id != account_id:
        raise UnknownThingError("there is no such case")
    return case


def withdraw_case(case_id: str, account_id: str, *, author: str, now: datetime) -> Decide[Stepped]:
    """Let go of what was asked for, and free what is held, at once.

    Raises UnknownThingError, and CaseSettledError unless the case is open; a case about a failed
    job ends with its job.
    """

    def decide(facts: Facts) -> Plan[Stepped]:
        case = own_case(facts, case_id, account_id)
        if case.status is CaseStatus.WITHDRAWN:
            return Plan(Stepped(case, again=True))
        if not case.is_open:
            raise CaseSettledError("only an open case can be withdrawn")
        if case.job_id is not None:
            raise CaseSettledError("a case about a failed generation is settled with it")
        if case.category not in ASKED_FOR:
            raise CaseSettledError("nobody asked for this: a person looks at it")
        after = case.moved(
            CaseEventKind.WITHDRAWN,
            author=author,
            at=now,
            status=CaseStatus.WITHDRAWN,
            held=(),
            approval=None,
            verdict=None,
        )
        return Plan(Stepped(after, again=False), (after, *released(facts, case, now=now)))

    return decide


@dataclass(frozen=True, slots=True)
class Appeal:
    """A customer wants a person to look at a declined case."""

    case_id: str
    account_id: str
    author: str
    reason: str | None = None


def appeal_case(
    appeal: Appeal, *, policies: Policies, zones: ZoneNamed, now: datetime
) -> Decide[Stepped]:
    """Open a declined case for a person, once, and hold again what is unused.

    Raises UnknownThingError, and CaseSettledError for a case that is not declined, that was
    appealed before, or whose purchase another case is about by now.
    """

    def decide(facts: Facts) -> Plan[Stepped]:
        case = own_case(facts, appeal.case_id, appeal.account_id)
        if case.appealed_at is not None and case.is_open:
            return Plan(Stepped(case, again=True))
        if case.appealed_at is not None:
            raise CaseSettledError("a case can be appealed once")
        if case.status is not CaseStatus.DECLINED:
            raise CaseSettledError("only a declined case can be appealed")
        calendar = calendar_of(settings_in_force(facts), zones)
        days = policies.in_force(now).review_business_days
        return _reopened(facts, case, appeal, due_at=due_after(now, days, calendar), now=now)

    return decide


def _reopened(
    facts: Facts, case: Case, appeal: Appeal, *, due_at: datetime, now: datetime
) -> Plan[Stepped]:
    said = case.verdict or case.decision
    after = case.moved(
        CaseEventKind.APPEALED,
        author=appeal.author,
        at=now,
        status=CaseStatus.OPEN,
        note=appeal.reason,
        appealed_at=now,
        due_at=due_at,
        reminded_at=None,
        overdue_at=None,
        approval=None,
        decided_at=None,
        decided_by=None,
        verdict=Verdict(CaseOutcome.NEEDS_REVIEW, said.clause, said.policy_version, APPEAL_WORDS),
    )
    at = bought(facts, case)
    if at is None:
        return Plan(Stepped(after, again=False), (after,))
    if at.purchase.case_id is not None:
        raise CaseSettledError("another case about this purchase is open")
    held, moved = held_for(after, at, now=now)
    money = refundable_of(at.purchase, at.account).money
    after = replace(after, held=held, money=money if money.amount_minor else None)
    purchase = replace(at.purchase, case_id=case.case_id)
    return Plan(Stepped(after, again=False), (after, *moved, purchase))
