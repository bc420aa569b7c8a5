"""The policy in force, and what it would say: for operators. Nothing here writes."""

from datetime import datetime
from typing import Any

from makegood.api.explain_answers import ExplainAnswer, show_explanation
from makegood.api.identity import Scope
from makegood.api.policy_answers import PolicyAnswer, show_policy
from makegood.api.policy_questions import (
    ExplainBody,
    job_question,
    policies_for,
    request_question,
)
from makegood.api.requests import NoBody
from makegood.api.routing import Answer, Call, Route
from makegood.domain.business_days import Calendar
from makegood.ledger import reads
from makegood.plans.case_opening import calendar_of
from makegood.policy.explaining import explain_job, explain_request
from makegood.policy.published import Policies


def policy(call: Call, _body: NoBody) -> Answer:
    settings = reads.studio_settings(call.desk.ledger.table)
    return Answer(200, dict(show_policy(call.desk.policies, settings)))


def explain(call: Call, body: ExplainBody) -> Answer:
    calendar = calendar_of(reads.studio_settings(call.desk.ledger.table), call.desk.zones)
    answer = explained(body, call.desk.policies, calendar, now=call.now)
    noted = {"kind": body.kind, "outcome": answer["outcome"], "clause": answer.get("clause")}
    return Answer(200, dict(answer), noted)


def explained(
    body: ExplainBody, in_force: Policies, calendar: Calendar, *, now: datetime
) -> ExplainAnswer:
    """What the API answers, and the command line too."""
    policies = policies_for(body, in_force)
    if body.kind == "job":
        said = explain_job(job_question(body, now=now), policies)
    else:
        said = explain_request(request_question(body, now=now), policies, calendar)
    return show_explanation(body.kind, said)


POLICY_ROUTES: tuple[Route[Any], ...] = (
    Route(
        "GET",
        "/v1/policy",
        Scope.OPERATE,
        "The policy in force, with the reason for each choice, and the studio's settings",
        policy,
        NoBody,
        {200: PolicyAnswer},
    ),
    Route(
        "POST",
        "/v1/policy/explain",
        Scope.OPERATE,
        "What the policy would say to these facts, and why. Nothing is kept",
        explain,
        ExplainBody,
        {200: ExplainAnswer},
    ),
)
