"""What customers ask for, over the API: purchases to ask about, and the bodies to ask with."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from makegood.domain.facts import Key, Plan
from makegood.domain.outage import CompleteOutages, OutageSpan
from makegood.domain.studio import StudioSettings
from makegood.ledger.audit.checking import audit
from makegood.ledger.audit.spool import Spool
from tests.api_calls import Answered, Api
from tests.http_events import JOBS, OPERATOR, customer
from tests.ledgers import Moment
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW

ANN = customer("acc_1")
REVIEWER = {"sub": "rita", "scope": "review"}
SECOND = {"sub": "sam", "scope": "makegood/review"}


def buy(api: Api, transaction_id: str = "txn_1", **wishes: Any) -> None:
    """A pack of 100 credits and 5 as a bonus, for 10.00 USD unless it is said otherwise."""
    api.put("/v1/prices/pri_1", {"credits": 100, "bonus_credits": 5}, OPERATOR)
    api.decide(crediting(bought(transaction_id, **wishes), now=NOW))


def asking(category: str = "unauthorised", **changes: Any) -> dict[str, Any]:
    """The request of clause 5. A change to None leaves a field out."""
    body = {
        "category": category,
        "email": "ann@example.com",
        "transaction_date": NOW.date().isoformat(),
        "amount": 1000,
        "currency": "USD",
        "description": "I did not buy this.",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def file(
    api: Api, category: str = "unauthorised", claims: Mapping[str, Any] = ANN, **changes: Any
) -> Answered:
    return api.post("/v1/me/cases", asking(category, **changes), claims)


def filed(api: Api, category: str = "unauthorised", **changes: Any) -> Any:
    answer = file(api, category, **changes)
    assert answer.status == 201, answer
    return answer.body


def decide(
    api: Api,
    case: Mapping[str, Any],
    decision: str,
    claims: Mapping[str, Any] = REVIEWER,
    **wishes: Any,
) -> Answered:
    """A reviewer's word on the version that this answer showed."""
    if decision == "decline":
        wishes = {"note": "It was used.", **wishes}
    body = {"decision": decision, "seen_version": case["version"], **wishes}
    return api.post(f"/v1/cases/{case['case_id']}/decision", body, claims)


def balance(api: Api, account_id: str = "acc_1") -> tuple[int, int]:
    """Available and held."""
    body = api.get(f"/v1/accounts/{account_id}", JOBS).body
    return body["available"], body["held"]


def spend(api: Api, credits: int, job_id: str = "job_1", account_id: str = "acc_1") -> int:
    body = {"account_id": account_id, "credits": credits}
    return api.put(f"/v1/jobs/{job_id}", body).status


def outage(api: Api, lasted: timedelta, *, start: datetime = NOW) -> None:
    """The service was completely down for so long."""

    def decide(facts: Any) -> Plan[None]:
        known = facts.get(Key(CompleteOutages, "")) or CompleteOutages()
        span = OutageSpan("out_1", start, start + lasted)
        return Plan(None, (replace(known, spans=(*known.spans, span)),))

    api.decide(decide)


def set_up(api: Api, **wishes: Any) -> None:
    """The studio's settings in force."""

    def decide(facts: Any) -> Plan[None]:
        known = facts.get(Key(StudioSettings, "")) or StudioSettings()
        return Plan(None, (replace(known, **wishes),))

    api.decide(decide)


def faults(api: Api) -> list[str]:
    """What the audit finds in all that is stored."""
    items = {(one["pk"]["S"], one["sk"]["S"]): one for one in api.items()}
    with Spool() as spool:
        audit(Moment(items), spool)
        return [str(finding) for finding in spool.findings()]
