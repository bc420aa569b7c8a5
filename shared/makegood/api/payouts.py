"""Payouts and Paddle's adjustments, for operators: what needs a person, and the breaker."""

from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from makegood.api.account_lists import listed
from makegood.api.damage import noticed
from makegood.api.identity import Scope
from makegood.api.payout_answers import (
    BreakerAnswer,
    PayoutAnswer,
    WaitingAdjustments,
    show_breaker,
    show_payout,
    show_waiting,
)
from makegood.api.plain_text import PlainText
from makegood.api.problems import Kind
from makegood.api.requests import Body, NoBody, ReasonBody
from makegood.api.routing import Answer, Call, Parameter, Route
from makegood.api.words import in_body, in_query, schema_of
from makegood.domain.payout import IN_FLIGHT, PayoutState
from makegood.ledger import payout_reads
from makegood.observability import count
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.money.by_hand import Remedy, handle_payout, resume_payouts
from makegood.plans.money.looking import look_at_breaker

_LISTED = tuple(state for state in PayoutState if state in IN_FLIGHT)

STATE = Parameter(
    "state",
    "Payouts in this state; those that need a person, if nothing is said.",
    schema_of(_LISTED) | {"default": PayoutState.PERSON.value},
    in_query("state", _LISTED),
)


class PayoutDecisionBody(Body):
    """`send_again` once somebody has seen that Paddle does not have it, `give_up` else.

    What is given up opens its case again, with the `note` among its steps.
    """

    decision: Annotated[Remedy, PlainValidator(in_body(Remedy)), WithJsonSchema(schema_of(Remedy))]
    note: PlainText


def payouts(call: Call, _body: NoBody) -> Answer:
    table, state = call.desk.ledger.table, call.query.get("state", PayoutState.PERSON)
    # A cursor goes on in the list that it came from: the state is part of what is signed.
    found = call.slice(
        state.value,
        lambda position, limit: noticed(
            payout_reads.payouts(table, state, position=position, limit=limit), "payout"
        ),
    )
    return listed(found, [show_payout(payout) for payout in found.records])


def waiting(call: Call, _body: NoBody) -> Answer:
    table = call.desk.ledger.table
    found = call.slice(
        "",
        lambda position, limit: noticed(
            payout_reads.adjustments_waiting(table, position=position, limit=limit), "adjustment"
        ),
    )
    return listed(found, [show_waiting(adjustments) for adjustments in found.records])


def decide(call: Call, body: PayoutDecisionBody) -> Answer:
    payout_id, author = call.ids["payout_id"], call.caller.author
    handled = call.desk.ledger.decide(
        handle_payout(payout_id, body.decision, _rules(call), author=author, note=body.note),
        time_left=call.desk.time_left,
    )
    if not handled.again:
        count("PayoutsHandled")
    noted = {
        "payout_id": payout_id,
        "case_id": handled.payout.case_id,
        "decision": body.decision.value,
        "author": author,
    }
    return Answer(200, show_payout(handled.payout), noted)


def breaker(call: Call, _body: NoBody) -> Answer:
    return _breaker(call)


def resume(call: Call, body: ReasonBody) -> Answer:
    author = call.caller.author
    resumed = call.desk.ledger.decide(
        resume_payouts(_rules(call), author=author, reason=body.reason),
        time_left=call.desk.time_left,
    )
    if not resumed.again:
        count("PayoutsResumed")
    return _breaker(call, author=author)


def _breaker(call: Call, **noted: object) -> Answer:
    seen = call.desk.ledger.decide(
        look_at_breaker(policies=call.desk.policies, now=call.now), time_left=call.desk.time_left
    )
    return Answer(200, show_breaker(seen), noted)


def _rules(call: Call) -> Rules:
    return Rules(call.desk.policies, call.desk.zones, call.now)


PAYOUT_ROUTES: tuple[Route[Any], ...] = (
    Route(
        "GET",
        "/v1/payouts",
        Scope.OPERATE,
        "Payouts that something still has to come after, by the time when they are looked at next",
        payouts,
        NoBody,
        {200: PayoutAnswer},
        lists=True,
        query=(STATE,),
    ),
    Route(
        "GET",
        "/v1/payouts/breaker",
        Scope.OPERATE,
        "Whether payouts are stopped, and how many may begin in an hour",
        breaker,
        NoBody,
        {200: BreakerAnswer},
    ),
    Route(
        "POST",
        "/v1/payouts/resume",
        Scope.OPERATE,
        "Let stopped payouts go on, after somebody has looked. Doing so again changes nothing",
        resume,
        ReasonBody,
        {200: BreakerAnswer},
    ),
    Route(
        "POST",
        "/v1/payouts/{payout_id}/decision",
        Scope.OPERATE,
        "Send a payout that needs a person again, or give it up. Sent again, the same answer",
        decide,
        PayoutDecisionBody,
        {200: PayoutAnswer},
        (Kind.NOT_FOUND, Kind.CASE_SETTLED),
    ),
    Route(
        "GET",
        "/v1/adjustments/waiting",
        Scope.OPERATE,
        "Paddle's adjustments of purchases that are not known here, oldest first",
        waiting,
        NoBody,
        {200: WaitingAdjustments},
        lists=True,
    ),
)
