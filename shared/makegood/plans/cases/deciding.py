"""A person decides a case: money is promised, credits come back at once, or a "no" is said."""

from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain.case import (
    ASKED_FOR,
    Approval,
    Case,
    CaseEventKind,
    CaseStatus,
    Category,
)
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.money import Money, format_money
from makegood.domain.purchase import Purchase
from makegood.errors import (
    AmountRefusedError,
    CaseSettledError,
    NotAllowedError,
    StaleVersionError,
    UnknownThingError,
)
from makegood.plans.case_opening import settings_in_force
from makegood.plans.cases.crediting import credited
from makegood.plans.cases.holding import Bought, approval_of, bought, held_for
from makegood.plans.cases.matching import own_purchases
from makegood.plans.cases.remedies import checked, is_first, needs_two_people, payable
from makegood.plans.cases.settling import closed, declined
from makegood.plans.cases.verdicts import Choice, Word, asking, granting, policy_of
from makegood.plans.money.requesting import check_age, request_payout
from makegood.policy.published import Policies

_DECIDING = {
    CaseEventKind.APPROVED_FIRST: Choice.APPROVE,
    CaseEventKind.APPROVED: Choice.APPROVE,
    CaseEventKind.CREDITED: Choice.APPROVE,
    CaseEventKind.DECLINED: Choice.DECLINE,
    CaseEventKind.CLOSED: Choice.CLOSE,
}


@dataclass(frozen=True, slots=True)
class Decided:
    """The case as it is now; `again` says that this very decision had been made before."""

    case: Case
    again: bool


def decide_case(case_id: str, word: Word, *, policies: Policies, now: datetime) -> Decide[Decided]:
    """Carry out what a reviewer says of an open case.

    Raises UnknownThingError for a case, or a purchase or job of its account, that is not there;
    CaseSettledError for a case that is not open; StaleVersionError where it has changed since it
    was seen; NotAllowedError for who asked for it, or approved it already; AmountRefusedError;
    and what giving credits back raises.
    """

    def decide(facts: Facts) -> Plan[Decided]:
        case = facts.get(Key(Case, case_id))
        if case is None:
            raise UnknownThingError("there is no such case")
        if _was_said(case, word):
            return Plan(Decided(case, again=True))
        _check(case, word)
        if word.choice is Choice.CLOSE:
            return Plan(Decided(after := closed(case, word, now=now), again=False), (after,))
        linked = _linked(facts, case, word)
        if word.choice is Choice.DECLINE:
            after, records = declined(
                facts, linked, word, policy=policy_of(case, policies), now=now
            )
        elif case.category is Category.TECHNICAL_FAILURE:
            after, records = credited(facts, linked, word, policies=policies, now=now)
        else:
            after, records = _approved(facts, linked, word, policies=policies, now=now)
        return Plan(Decided(after, again=False), (after, *records))

    return decide


def _was_said(case: Case, word: Word) -> bool:
    """Whether this is the decision that the case stands on, sent again. Versions count events."""
    if not 0 <= word.seen_version < len(case.events):
        return False
    said = case.events[word.seen_version]
    if said.kind not in _DECIDING or any(
        later.kind in _DECIDING for later in case.events[word.seen_version + 1 :]
    ):
        return False
    if (said.author, said.note, said.status) != (word.author, word.note, case.status):
        return False
    if said.kind is CaseEventKind.APPROVED_FIRST and case.approval is None:
        return False
    job_ids = (None, case.job_id, *([case.approval.job_id] if case.approval else []))
    same_things = word.transaction_id in (None, case.transaction_id) and word.job_id in job_ids
    meant = same_things and word.amount in (None, _amount_said(case))
    by_clause = case.verdict is not None and word.clause == case.verdict.clause
    return _DECIDING[said.kind] is word.choice and meant and (word.clause is None or by_clause)


def _amount_said(case: Case) -> int | None:
    if case.approval is not None and case.is_open:
        return case.approval.amount
    if case.category is Category.TECHNICAL_FAILURE:
        return case.credits
    return None if case.money is None else case.money.amount_minor


def _check(case: Case, word: Word) -> None:
    if not case.is_open:
        raise CaseSettledError("the case is settled: only an open one can be decided")
    if word.seen_version != case.version:
        raise StaleVersionError("seen_version: the case has changed since it was seen")
    if word.author in asking(case):
        raise NotAllowedError("who asked for something does not decide on it")
    if (case.category in ASKED_FOR) is (word.choice is Choice.CLOSE):
        raise CaseSettledError(
            "decision: approve or decline what was asked for, close what was only to be seen"
        )


def _linked(facts: Facts, case: Case, word: Word) -> Case:
    """The case with the purchase that the reviewer says it is about."""
    is_of_jobs = case.category is Category.TECHNICAL_FAILURE
    if word.job_id not in (None, case.job_id) and (case.job_id is not None or not is_of_jobs):
        raise CaseSettledError("job_id: it is settled what this case is about")
    if word.transaction_id in (None, case.transaction_id):
        return case
    if case.transaction_id is not None or is_of_jobs:
        raise CaseSettledError("transaction_id: it is settled what this case is about")
    own = own_purchases(facts, case.account_id, [word.transaction_id or ""])
    if not own:
        raise UnknownThingError("transaction_id: the account has no such purchase")
    if own[0].case_id is not None:
        raise CaseSettledError("transaction_id: another case about this purchase is open")
    return replace(case, transaction_id=word.transaction_id)


def _approved(
    facts: Facts, case: Case, word: Word, *, policies: Policies, now: datetime
) -> tuple[Case, tuple[object, ...]]:
    at = bought(facts, case)
    if at is None:
        raise AmountRefusedError("transaction_id: say for which purchase money is paid back")
    wanted = word.amount
    if wanted is None and case.approval is not None:
        wanted = case.approval.amount
    check_age(at.purchase, now=now)
    money = checked(wanted, payable(case, at))
    two = needs_two_people(money, settings_in_force(facts), policies.in_force(now))
    if two and is_first(case, word.author, amount=money.amount_minor):
        return _once(case, at, word, money=money, now=now)
    return _promised(facts, case, at, word, money=money, policies=policies, now=now)


def _once(
    case: Case, at: Bought, word: Word, *, money: Money, now: datetime
) -> tuple[Case, tuple[object, ...]]:
    after = case.moved(
        CaseEventKind.APPROVED_FIRST,
        author=word.author,
        at=now,
        note=word.note,
        money=money,
        approval=Approval(word.author, money.amount_minor, now),
    )
    if at.purchase.case_id == case.case_id:
        return after, ()
    # The purchase has just become known: it is held as if it had been from the beginning.
    held, moved = held_for(case, at, now=now)
    return replace(after, held=held), (*moved, _naming(at.purchase, case))


def _promised(
    facts: Facts,
    case: Case,
    at: Bought,
    word: Word,
    *,
    money: Money,
    policies: Policies,
    now: datetime,
) -> tuple[Case, tuple[object, ...]]:
    """The money waits for its payment, and all that is unused of the purchase with it."""
    held, moved = held_for(case, at, now=now, occasion=approval_of(case.approvals + 1))
    reason = f"A person has approved this: {format_money(money)} is paid back."
    after = case.moved(
        CaseEventKind.APPROVED,
        author=word.author,
        at=now,
        status=CaseStatus.APPROVED,
        note=word.note,
        money=money,
        held=held,
        verdict=granting(case, policy_of(case, policies), reason=reason),
        decided_by=word.author,
        decided_at=now,
    )
    payout = request_payout(facts, after, at.purchase, at.account, now=now)
    purchase = _naming(at.purchase, case)
    promised = purchase.promised_minor + money.amount_minor
    return replace(after, payout_id=payout.payout_id), (
        *moved,
        replace(purchase, promised_minor=promised),
        payout,
    )


def _naming(purchase: Purchase, case: Case) -> Purchase:
    return replace(purchase, case_id=case.case_id)
