"""Mistakes in how cases are decided, and in who may do that."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from makegood.api import identity
from makegood.api.identity import Caller
from makegood.domain.business_days import Calendar, due_after
from makegood.domain.case import Case
from makegood.domain.facts import Facts, Key
from makegood.errors import UnknownThingError
from makegood.plans.cases import settling, steps
from makegood.plans.cases.deciding import decide_case
from makegood.plans.cases.holding import held_for
from makegood.plans.cases.remedies import is_first, needs_two_people
from makegood.plans.cases.steps import own_case
from makegood.plans.cases.verdicts import Word, asking
from makegood.plans.money import unpaid
from tests.simulation.mistakes.planting import Mistake, Patch, everywhere


def holds_on_after_a_no(patch: Patch) -> None:
    """The case is declined, and so over. What it held is somebody else's business."""
    patch.setattr(settling, "released", _nothing)


def holds_on_after_a_withdrawal(patch: Patch) -> None:
    """Who withdraws wants nothing any more."""
    patch.setattr(steps, "released", _nothing)


def _nothing(_facts: Facts, _case: Case, *, now: datetime) -> tuple[object, ...]:
    return ()


def holds_nothing(patch: Patch) -> None:
    """A case takes two days. What can happen to the credits in that time?"""

    def held(case: Case, *_given: Any, **_more: Any) -> tuple[Any, Any]:
        return case.held, ()

    everywhere(patch, held_for, held)


def holds_on_when_nothing_is_paid(patch: Patch) -> None:
    """The case is open again, so its credits are held as before."""
    patch.setattr(unpaid, "let_go", lambda _case, account, **_more: (account, ()))


def decides_on_what_nobody_saw(patch: Patch) -> None:
    """A reviewer decides on the case as it is, not as it was seen."""

    def latest(case_id: str, word: Word, **more: Any) -> Any:
        def decide(facts: Facts) -> Any:
            case = facts.get(Key(Case, case_id))
            seen = word if case is None else replace(word, seen_version=case.version)
            return decide_case(case_id, seen, **more)(facts)

        return decide

    everywhere(patch, decide_case, latest)


def lets_who_asked_decide(patch: Patch) -> None:
    """Reviewers are trusted people."""
    everywhere(patch, asking, lambda _case: frozenset())


def counts_one_person_twice(patch: Patch) -> None:
    """Two approvals are two approvals."""

    def first(case: Case, author: str, **said: Any) -> bool:
        stranger = f"not {author}" if case.approval and case.approval.author == author else author
        return is_first(case, stranger, **said)

    everywhere(patch, is_first, first)


def one_person_is_enough(patch: Patch) -> None:
    """The limit is for currencies that have one."""

    def needs(money: Any, settings: Any, policy: Any) -> bool:
        return False

    everywhere(patch, needs_two_people, needs)


def shows_cases_by_their_id(patch: Patch) -> None:
    """Nobody can guess an id of twenty-four digits."""

    def any_case(facts: Facts, case_id: str, _account_id: str) -> Case:
        case = facts.get(Key(Case, case_id))
        if case is None:
            raise UnknownThingError("there is no such case")
        return case

    everywhere(patch, own_case, any_case)


def checks_no_scopes(patch: Patch) -> None:
    """The gateway has looked at the token already."""

    def anybody(event: Any, _scope: Any) -> Caller:
        jwt = event["requestContext"]["authorizer"]["jwt"]
        claims = jwt["claims"]
        scopes = identity._scopes(claims, jwt)
        return Caller(scopes, claims.get("sub"), claims.get("account_id"))

    everywhere(patch, identity.caller_of, anybody)


def counts_days_for_business_days(patch: Patch) -> None:
    """Two days are two days."""

    def due(at: datetime, days: int, calendar: Calendar) -> datetime:
        return due_after(at + timedelta(days=days), 0, calendar)

    everywhere(patch, due_after, due)


MISTAKES: tuple[Mistake, ...] = (
    holds_on_after_a_no,
    holds_on_after_a_withdrawal,
    holds_nothing,
    holds_on_when_nothing_is_paid,
    decides_on_what_nobody_saw,
    lets_who_asked_decide,
    counts_one_person_twice,
    one_person_is_enough,
    shows_cases_by_their_id,
    checks_no_scopes,
    counts_days_for_business_days,
)
