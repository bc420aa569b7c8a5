"""A case with all that a person needs to decide it. Nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from makegood.domain.case import Case, Category
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.job import Job
from makegood.domain.money import Money
from makegood.domain.purchase import Purchase
from makegood.errors import UnknownThingError
from makegood.plans.case_opening import settings_in_force
from makegood.plans.cases.evidence import purchase_facts
from makegood.plans.cases.holding import bought
from makegood.plans.cases.remedies import needs_two_people, payable
from makegood.plans.cases.steps import own_case
from makegood.policy.published import Policies
from makegood.policy.requests import Match, RequestFacts, inputs_of


@dataclass(frozen=True, slots=True)
class Preview:
    """What an approval would do now. `money` without an amount in it, `most` at the limit.

    `credits` are those of the job; without a job the reviewer says how many.
    """

    money: Money | None = None
    most: Money | None = None
    credits: int | None = None
    needs_two_people: bool = False


@dataclass(frozen=True, slots=True)
class CaseFile:
    case: Case
    preview: Preview
    purchase: Purchase | None = None
    evidence: Mapping[str, object] | None = None
    job: Job | None = None


def look_at(case_id: str, account_id: str) -> Decide[Case]:
    """A customer's own case. Raises UnknownThingError, for another's in the same way."""
    return lambda facts: Plan(own_case(facts, case_id, account_id))


def look_into(case_id: str, *, policies: Policies, now: datetime) -> Decide[CaseFile]:
    """Raises UnknownThingError."""

    def decide(facts: Facts) -> Plan[CaseFile]:
        case = facts.get(Key(Case, case_id))
        if case is None:
            raise UnknownThingError("there is no such case")
        if case.job_id is not None:
            job = facts.get(Key(Job, case.job_id))
            credits = None if job is None else job.credits
            return Plan(CaseFile(case, Preview(credits=credits), job=job))
        return Plan(_of_purchase(facts, case, policies, now))

    return decide


def _of_purchase(facts: Facts, case: Case, policies: Policies, now: datetime) -> CaseFile:
    at = bought(facts, case)
    if at is None:
        return CaseFile(case, Preview(credits=case.credits))
    known = purchase_facts(facts, at.purchase, at.account)
    inputs = inputs_of(RequestFacts(case.category, now, Match.ONE, purchase=known))
    evidence = cast("Mapping[str, object]", inputs["purchase"])
    if case.category is Category.TECHNICAL_FAILURE:
        return CaseFile(case, Preview(credits=case.credits), at.purchase, evidence)
    can_be = payable(case, at)
    two = needs_two_people(can_be.money, settings_in_force(facts), policies.in_force(now))
    return CaseFile(
        case,
        Preview(money=can_be.money, most=can_be.most, needs_two_people=two),
        at.purchase,
        evidence,
    )
