"""Money on its way back as people look at it. Nothing is written."""

from dataclasses import dataclass
from datetime import datetime

from makegood.domain.adjustment import Adjustments
from makegood.domain.breaker import WINDOW, Bounds, Breaker, Minute
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.payout import Payout
from makegood.plans.cases.looking import CaseFile, look_into
from makegood.plans.money.sending import bounds_of
from makegood.policy.published import Policies


@dataclass(frozen=True, slots=True)
class MoneyFile:
    """A case with its newest payout and with all adjustments of its purchase."""

    case_file: CaseFile
    payout: Payout | None
    adjustments: Adjustments | None


@dataclass(frozen=True, slots=True)
class BreakerSeen:
    """The breaker, what it counts, and the most that it lets pass in an hour."""

    breaker: Breaker
    lately: tuple[Minute, ...]
    bounds: Bounds


def look_into_money(case_id: str, *, policies: Policies, now: datetime) -> Decide[MoneyFile]:
    """Raises UnknownThingError."""
    look = look_into(case_id, policies=policies, now=now)

    def decide(facts: Facts) -> Plan[MoneyFile]:
        file = look(facts).outcome
        case, payout, adjustments = file.case, None, None
        if case.payout_id is not None:
            payout = facts.get(Key(Payout, case.payout_id))
        if case.transaction_id is not None:
            adjustments = facts.get(Key(Adjustments, case.transaction_id))
        return Plan(MoneyFile(file, payout, adjustments))

    return decide


def look_at_breaker(*, policies: Policies, now: datetime) -> Decide[BreakerSeen]:
    def decide(facts: Facts) -> Plan[BreakerSeen]:
        breaker = facts.get(Key(Breaker, "")) or Breaker()
        lately = tuple(minute for minute in breaker.minutes if minute.at > now - WINDOW)
        bounds = bounds_of(facts, policies.in_force(now))
        return Plan(BreakerSeen(breaker, lately, bounds))

    return decide
