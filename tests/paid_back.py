"""Money on its way back, over the API: what becomes of payouts, and what Paddle tells of them."""

from datetime import datetime
from typing import Any

from makegood.domain.case import (
    Case,
    CaseDecision,
    CaseEvent,
    CaseEventKind,
    CaseOutcome,
    CaseStatus,
    Category,
    Opener,
)
from makegood.domain.facts import Key, Plan
from makegood.domain.payout import Attempt, CameTo, Payout
from makegood.plans.money.sending import conclude, lease_payout
from tests.adjustments_made import adjusted, following, rules
from tests.api_calls import Api
from tests.asked import buy, decide, filed
from tests.webhooks import NOW


def approved(api: Api, category: str = "unauthorised", **wishes: Any) -> Any:
    """A purchase, and the case about it as its approval was answered."""
    buy(api)
    answer = decide(api, filed(api, category), "approve", **wishes)
    assert (answer.status, answer.body["status"]) == (200, "approved")
    return answer.body


def told(api: Api, adjustment_id: str = "adj_1", *, now: datetime = NOW, **wishes: Any) -> None:
    """What Paddle says of an adjustment of the purchase."""
    api.decide(following(adjusted(adjustment_id, **wishes), now=now))


def carried_out(api: Api, payout_id: str, status: str, *, now: datetime = NOW, **of: Any) -> None:
    """What Paddle says of the adjustment that a payout has become."""
    reason = f"Approved. [makegood:{payout_id}]"
    told(api, status=status, reason=reason, updated=now - NOW, now=now, **of)


def taken(api: Api, payout_id: str) -> None:
    """Somebody has begun to send a payout."""
    api.decide(lease_payout(payout_id, rules()))


def needing_a_person(api: Api, payout_id: str, why: str = "unknown_too_often") -> None:
    """A payout of which nobody knows what has become."""
    taken(api, payout_id)
    attempt = Attempt(payout(api, payout_id).attempt, CameTo.PERSON, why)
    api.decide(conclude(payout_id, attempt, rules()))


def payout(api: Api, payout_id: str) -> Payout:
    found: Payout = api.decide(lambda facts: Plan(facts.get(Key(Payout, payout_id))))
    return found


def difference(api: Api, account_id: str = "acc_1") -> Case:
    """A case of a difference that was found in this account."""
    decision = CaseDecision(CaseOutcome.NEEDS_REVIEW, "7", "2025-02-24", "Two books disagree.")
    case = Case(
        case_id="case_difference",
        account_id=account_id,
        category=Category.DIFFERENCE,
        status=CaseStatus.OPEN,
        decision=decision,
        opened_by=Opener.DETECTOR,
        opener="reconciliation",
        opened_at=NOW,
        due_at=NOW,
        events=(CaseEvent(NOW, CaseEventKind.OPENED, "reconciliation", CaseStatus.OPEN),),
    )
    api.decide(lambda facts: Plan(facts.get(Key(Case, case.case_id)), (case,)))
    return case
