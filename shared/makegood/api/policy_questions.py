"""What may be asked of the policy: facts of a job's end or of a request, made up or remembered."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from makegood.api.case_bodies import Asked
from makegood.api.requests import OUTPUTS_MAX, Body, Credits
from makegood.domain.job import EndKind, JobEnding
from makegood.domain.money import Money
from makegood.events.contract import Timestamp
from makegood.events.jobs import Code
from makegood.policy.explaining import JobQuestion, RequestQuestion
from makegood.policy.published import Policies
from makegood.policy.requests import (
    Argument,
    Match,
    OutageAfter,
    PurchaseFacts,
    RequestFacts,
    Twin,
)
from makegood.policy.versions import PRESETS, VERSIONS

AMOUNT_MAX = 10**12
SECONDS_MAX = 10**9

_ANY = {"kind", "preset", "policy_version"}
_OF_JOBS = {
    "ending",
    "failure_code",
    "work_started",
    "ordered",
    "delivered",
    "credits",
    "outputs",
    "ended_at",
}
_WANTED_BY = {
    EndKind.FAILED: {"failure_code"},
    EndKind.CANCELLED: {"work_started"},
    EndKind.SUCCEEDED: {"ordered", "delivered"},
    EndKind.LOST: set[str](),
}


def _known_preset(name: str) -> str:
    return _one_of(name, PRESETS)


def _known_version(name: str) -> str:
    return _one_of(name, VERSIONS)


def _one_of(name: str, known: Collection[str]) -> str:
    if name not in known:
        raise PydanticCustomError("name", "expected one of {names}", {"names": ", ".join(known)})
    return name


Amount = Annotated[int, Field(ge=0, le=AMOUNT_MAX)]
Seconds = Annotated[int, Field(ge=0, le=SECONDS_MAX)]
Outputs = Annotated[int, Field(ge=0, le=OUTPUTS_MAX)]


class ExplainBody(Body):
    """The end of a job (`kind` job), or a request (`kind` request); each has fields of its own.

    A job: `ending`, `credits`, `outputs` as charged, `ended_at`; of a failure `failure_code`, of a
    success `ordered` and `delivered`, of a cancellation `work_started`. A request: the others.
    """

    kind: Literal["job", "request"]
    preset: Annotated[str, AfterValidator(_known_preset)] | None = None
    policy_version: Annotated[str, AfterValidator(_known_version)] | None = None

    ending: Annotated[EndKind, Field(strict=False)] | None = None
    failure_code: Code | None = None
    work_started: bool | None = None
    ordered: Annotated[Outputs, Field(ge=1)] | None = None
    delivered: Outputs | None = None
    credits: Credits | None = None
    outputs: Annotated[Outputs, Field(ge=1)] | None = None
    ended_at: Timestamp | None = None

    category: Asked | None = None
    asked_at: Timestamp | None = None
    match: Annotated[Match, Field(strict=False)] = Match.ONE
    account_closed: bool = False
    argument: Annotated[Argument, Field(strict=False)] | None = None
    bought_at: Timestamp | None = None
    paid_minor: Amount = 0
    adjusted_minor: Amount = 0
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "USD"
    granted: Credits = 1
    unused: Annotated[int, Field(ge=0)] = 0
    seconds_after_earlier_payment: Seconds | None = None
    same_order: bool = False
    outage_seconds: Seconds | None = None

    @model_validator(mode="after")
    def _asks_one_thing(self) -> "ExplainBody":
        if self.preset is not None and self.policy_version is not None:
            raise _refusal("expected a preset or a policy_version, not both")
        of_jobs = self.model_fields_set & _OF_JOBS
        of_requests = self.model_fields_set - _OF_JOBS - _ANY
        if of_requests if self.kind == "job" else of_jobs:
            raise _refusal(f"a {self.kind} has no field that is of the other kind")
        if self.kind == "request":
            return self._whole_request()
        return self._whole_job()

    def _whole_job(self) -> "ExplainBody":
        if self.ending is None or self.credits is None:
            raise _refusal("a job needs ending and credits")
        wanted = _WANTED_BY[self.ending]
        if self.model_fields_set & set[str]().union(*_WANTED_BY.values()) != wanted:
            told = " and ".join(sorted(wanted)) or "nothing"
            raise _refusal(f"a job that is {self.ending} needs {told} besides, and no more")
        return self

    def _whole_request(self) -> "ExplainBody":
        if self.category is None:
            raise _refusal("a request needs category")
        if self.unused > self.granted:
            raise _refusal("unused: expected at most granted")
        return self


def _refusal(text: str) -> PydanticCustomError:
    return PydanticCustomError("question", "{text}", {"text": text})


def policies_for(body: ExplainBody, in_force: Policies) -> Policies:
    """Those of the question, or those that the stack works by."""
    if body.policy_version is not None:
        return Policies(body.policy_version, (VERSIONS[body.policy_version],))
    return in_force if body.preset is None else PRESETS[body.preset]


def job_question(body: ExplainBody, *, now: datetime) -> JobQuestion:
    assert body.ending is not None
    assert body.credits is not None
    return JobQuestion(
        ending=JobEnding(
            body.ending,
            ordered=body.ordered,
            delivered=body.delivered,
            work_started=body.work_started,
        ),
        ended_at=body.ended_at or now,
        credits=body.credits,
        failure_code=body.failure_code,
        outputs=body.outputs,
    )


def request_question(body: ExplainBody, *, now: datetime) -> RequestQuestion:
    assert body.category is not None
    asked_at = body.asked_at or now
    facts = RequestFacts(
        category=body.category,
        asked_at=asked_at,
        match=body.match,
        account_closed=body.account_closed,
        purchase=_purchase(body, asked_at) if body.match is Match.ONE else None,
        argument=body.argument,
    )
    return RequestQuestion(facts, Money(body.paid_minor, body.currency), body.adjusted_minor)


def _purchase(body: ExplainBody, asked_at: datetime) -> PurchaseFacts:
    """Ids only stand for what is meant: nothing is looked up."""
    apart, down = body.seconds_after_earlier_payment, body.outage_seconds
    return PurchaseFacts(
        transaction_id="the_purchase",
        bought_at=body.bought_at or asked_at,
        unused=body.unused,
        granted=body.granted,
        refundable_minor=0,
        twin=None if apart is None else Twin("the_earlier_payment", apart, body.same_order),
        outage=None if down is None else OutageAfter("the_outage", down),
    )
