"""Filing: somebody asks for money or credits back, and the policy answers at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain.account import Account, AccountStatus
from makegood.domain.business_days import due_after
from makegood.domain.case import (
    WAITING,
    Case,
    CaseDecision,
    CaseEvent,
    CaseEventKind,
    CaseOutcome,
    CaseStatus,
    Category,
    Opener,
    Request,
)
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.purchase import Purchase
from makegood.domain.refundable import refundable_of
from makegood.domain.studio import ZoneNamed
from makegood.errors import CaseSettledError, UnknownThingError
from makegood.plans.case_opening import calendar_of, lots_of, settings_in_force
from makegood.plans.cases.evidence import purchase_facts
from makegood.plans.cases.holding import Bought, held_for
from makegood.plans.cases.matching import meant_by, own_purchases
from makegood.plans.cases.turns import subject_of, turns_of
from makegood.policy.judging import judge_request
from makegood.policy.published import Policies
from makegood.policy.requests import Match, RequestFacts

POLICY_AUTHOR = "policy"
"""The author of a "no" that the policy says at once."""


@dataclass(frozen=True, slots=True)
class Filing:
    """Who asks for what. `candidates` are the purchases that an index named.

    Without a `request` the one candidate is the purchase that is meant. With `holds`, what is
    unused of the purchase cannot be spent while the case is open.
    """

    account_id: str
    category: Category
    request: Request | None
    opened_by: Opener
    opener: str
    candidates: tuple[str, ...]
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Filed:
    """The case as it is now; `again` says that it was there before."""

    case: Case
    again: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """A filing with all that was found to it, and what the policy says."""

    filing: Filing
    at: Bought | None
    decision: CaseDecision
    now: datetime


def file_case(
    filing: Filing, *, policies: Policies, zones: ZoneNamed, now: datetime
) -> Decide[Filed]:
    """Open a case, or find the one that is about the same thing already.

    Raises UnknownThingError where no request is made and the candidate is not the account's, and
    where support asks for an account without a record; CaseSettledError for something that has
    been asked too often.
    """

    def decide(facts: Facts) -> Plan[Filed]:
        asked = _judged(facts, filing, policies, now)
        current = _current(facts, asked)
        if current is not None:
            return _asked_again(current, asked)
        turns = turns_of(facts, _subject(asked), filing.category)
        if (same := _answered_before(turns.known, asked)) is not None:
            return _asked_again(same, asked)
        if turns.next_id is None:
            raise CaseSettledError("this has been asked for too often: a person has the cases")
        calendar = calendar_of(settings_in_force(facts), zones)
        due_at = due_after(now, policies.in_force(now).review_business_days, calendar)
        return _opened(turns.next_id, asked, due_at=due_at)

    return decide


def _judged(facts: Facts, filing: Filing, policies: Policies, now: datetime) -> _Asked:
    own = own_purchases(facts, filing.account_id, filing.candidates)
    meant = list(own)
    if filing.request is not None:
        meant = meant_by(filing.request, filing.category, facts, own)
    if filing.request is None and len(meant) != 1:
        raise UnknownThingError("the account has no such purchase")
    purchase = meant[0] if len(meant) == 1 else None
    lots = [] if purchase is None else lots_of(purchase)
    account = facts.account(filing.account_id, lots=lots)
    if filing.opened_by is Opener.SUPPORT and facts.get(Key(Account, filing.account_id)) is None:
        raise UnknownThingError("nothing was ever granted to this account")
    request_facts = RequestFacts(
        category=filing.category,
        asked_at=now,
        match=_match(meant),
        account_closed=account.status is AccountStatus.CLOSED,
        purchase=None if purchase is None else purchase_facts(facts, purchase, account),
    )
    at = None if purchase is None else Bought(purchase, account)
    return _Asked(filing, at, judge_request(request_facts, policies), now)


def _match(meant: Sequence[Purchase]) -> Match:
    if not meant:
        return Match.NONE
    return Match.ONE if len(meant) == 1 else Match.SEVERAL


def _purchase(asked: _Asked) -> Purchase | None:
    """The purchase that the case is about. A failed generation is about credits, not about it."""
    filing = asked.filing
    if asked.at is None or (filing.request and filing.category is Category.TECHNICAL_FAILURE):
        return None
    return asked.at.purchase


def _subject(asked: _Asked) -> tuple[str, ...]:
    filing = asked.filing
    return subject_of(filing.account_id, filing.category, _purchase(asked), filing.request)


def _current(facts: Facts, asked: _Asked) -> Case | None:
    """The case that the purchase waits for."""
    purchase = _purchase(asked)
    if purchase is None or purchase.case_id is None:
        return None
    case = facts.get(Key(Case, purchase.case_id))
    return case if case is not None and case.status in WAITING else None


def _answered_before(known: Sequence[Case], asked: _Asked) -> Case | None:
    """A case that says already what would be said now; the newest one."""
    return next((case for case in reversed(known) if _says_the_same(case, asked)), None)


def _says_the_same(case: Case, asked: _Asked) -> bool:
    if case.status in WAITING:
        return True
    if case.category is not asked.filing.category or case.status is CaseStatus.WITHDRAWN:
        return False
    if case.category is Category.TECHNICAL_FAILURE:
        return case.request == asked.filing.request
    before, now = case.decision, asked.decision
    return (before.outcome, before.clause) == (now.outcome, now.clause)


def _asked_again(case: Case, asked: _Asked) -> Plan[Filed]:
    """Another way of asking, or another who asks, belongs to the same case, once."""
    filing = asked.filing
    may_be_decided = case.status in WAITING or case.status is CaseStatus.DECLINED
    is_told = case.request is not None or filing.request is None
    if not may_be_decided or (is_told and _is_known(case, filing)):
        return Plan(Filed(case, again=True))
    after = case.moved(
        CaseEventKind.ASKED_AGAIN,
        author=filing.opener,
        at=asked.now,
        note=filing.category.value,
        request=case.request or filing.request,
    )
    if not case.is_open:
        return Plan(Filed(after, again=True), (after,))
    if filing.category is Category.UNAUTHORISED and not case.is_urgent:
        # What one reviewer has approved, was approved of another question.
        after = replace(
            after,
            category=filing.category,
            decision=asked.decision,
            approval=None,
            verdict=None,
            money=None,
        )
    return _with_hold(after, asked, again=True)


def _is_known(case: Case, filing: Filing) -> bool:
    """Whether it is written down that this author asked in this way: so nobody decides on it.

    A detector decides on nothing, so it does not matter which one it was.
    """
    asked = {(e.author, e.note) for e in case.events if e.kind is CaseEventKind.ASKED_AGAIN}
    asked.add((case.opener, case.category.value))
    if filing.opened_by is Opener.DETECTOR:
        return filing.category.value in {category for _, category in asked}
    return (filing.opener, filing.category.value) in asked


def _opened(case_id: str, asked: _Asked, *, due_at: datetime) -> Plan[Filed]:
    filing, now, purchase = asked.filing, asked.now, _purchase(asked)
    case = Case(
        case_id=case_id,
        account_id=filing.account_id,
        category=filing.category,
        status=CaseStatus.OPEN,
        decision=asked.decision,
        opened_by=filing.opened_by,
        opener=filing.opener,
        opened_at=now,
        due_at=due_at,
        request=filing.request,
        transaction_id=None if purchase is None else purchase.transaction_id,
        events=(CaseEvent(now, CaseEventKind.OPENED, filing.opener, CaseStatus.OPEN),),
    )
    if asked.decision.outcome is CaseOutcome.NOT_ELIGIBLE:
        said_no = case.moved(
            CaseEventKind.DECLINED,
            author=POLICY_AUTHOR,
            at=now,
            status=CaseStatus.DECLINED,
            decided_at=now,
        )
        return Plan(Filed(said_no, again=False), (said_no,))
    return _with_hold(case, asked, again=False)


def _with_hold(case: Case, asked: _Asked, *, again: bool) -> Plan[Filed]:
    """The case with what it holds, its purchase naming it."""
    if asked.at is None or case.transaction_id is None:
        return Plan(Filed(case, again=again), (case,))
    money = case.money or refundable_of(asked.at.purchase, asked.at.account).money
    case = replace(case, money=money if money.amount_minor else None)
    moved: tuple[object, ...] = ()
    if asked.filing.holds and not case.held:
        held, moved = held_for(case, asked.at, now=asked.now)
        case = replace(case, held=held)
    purchase = replace(asked.at.purchase, case_id=case.case_id)
    return Plan(Filed(case, again=again), (case, *moved, purchase))
