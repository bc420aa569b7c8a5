"""The table of all routes: the door answers by it, and the OpenAPI document is written from it."""

from functools import cache
from typing import Any

from typing_extensions import TypedDict

from makegood.api import account_lists, studio
from makegood.api.answers import (
    AccountAnswer,
    BonusAnswer,
    HistoryItem,
    JobAnswer,
    ReviewedHistoryItem,
)
from makegood.api.case_routes import CASE_ROUTES
from makegood.api.identity import Scope
from makegood.api.openapi import describe
from makegood.api.operation_routes import OPERATION_ROUTES
from makegood.api.outage_lists import OUTAGE_ROUTES
from makegood.api.payouts import PAYOUT_ROUTES
from makegood.api.policy_rules import POLICY_ROUTES
from makegood.api.problems import Kind
from makegood.api.purchase_answers import OwnedPurchase, ReviewedPurchase
from makegood.api.requests import (
    BonusBody,
    ChargeBody,
    NoBody,
)
from makegood.api.routing import Answer, Call, Route


class Health(TypedDict):
    """The function runs. Nothing else is looked at, since anybody may ask."""

    status: str


def health(_call: Call, _body: NoBody) -> Answer:
    return Answer(200, {"status": "ok"})


def openapi(_call: Call, _body: NoBody) -> Answer:
    return Answer(200, document())


@cache
def document() -> dict[str, Any]:
    return describe(ROUTES)


ROUTES: tuple[Route[Any], ...] = (
    Route("GET", "/health", None, "Whether the API runs", health, NoBody, {200: Health}),
    Route("GET", "/openapi.json", None, "This document", openapi, NoBody, {200: dict[str, Any]}),
    Route(
        "PUT",
        "/v1/jobs/{job_id}",
        Scope.JOBS,
        "Charge a job before its work begins. 200 if the same request was answered before",
        studio.charge,
        ChargeBody,
        {201: JobAnswer, 200: JobAnswer},
        (
            Kind.INSUFFICIENT_CREDITS,
            Kind.CONFLICT,
            Kind.ACCOUNT_FROZEN,
            Kind.ACCOUNT_CLOSED,
        ),
    ),
    Route(
        "GET",
        "/v1/jobs/{job_id}",
        Scope.JOBS,
        "What became of a job and of its credits",
        studio.show_one_job,
        NoBody,
        {200: JobAnswer},
        (Kind.NOT_FOUND,),
    ),
    Route(
        "GET",
        "/v1/accounts/{account_id}",
        Scope.JOBS,
        "Balance of an account. One that nothing ever happened to has no credits",
        studio.balance,
        NoBody,
        {200: AccountAnswer},
    ),
    Route(
        "PUT",
        "/v1/bonuses/{key}",
        Scope.JOBS,
        "Give free credits. 200 if the same request was answered before",
        studio.bonus,
        BonusBody,
        {201: BonusAnswer, 200: BonusAnswer},
        (Kind.CONFLICT, Kind.BALANCE_OUT_OF_RANGE, Kind.ACCOUNT_CLOSED),
    ),
    Route(
        "GET",
        "/v1/me",
        Scope.ACCOUNT,
        "One's own balance",
        account_lists.my_balance,
        NoBody,
        {200: AccountAnswer},
    ),
    Route(
        "GET",
        "/v1/me/transactions",
        Scope.ACCOUNT,
        "One's own history, newest first",
        account_lists.my_history,
        NoBody,
        {200: HistoryItem},
        lists=True,
    ),
    Route(
        "GET",
        "/v1/me/purchases",
        Scope.ACCOUNT,
        "One's own purchases, newest first: paid, granted, unused, and what could be paid back",
        account_lists.my_purchases,
        NoBody,
        {200: OwnedPurchase},
        lists=True,
    ),
    Route(
        "GET",
        "/v1/accounts/{account_id}/transactions",
        Scope.REVIEW,
        "An account's history, newest first",
        account_lists.history,
        NoBody,
        {200: ReviewedHistoryItem},
        lists=True,
    ),
    Route(
        "GET",
        "/v1/accounts/{account_id}/purchases",
        Scope.REVIEW,
        "An account's purchases, newest first",
        account_lists.purchases,
        NoBody,
        {200: ReviewedPurchase},
        lists=True,
    ),
    *OPERATION_ROUTES,
    *CASE_ROUTES,
    *PAYOUT_ROUTES,
    *POLICY_ROUTES,
    *OUTAGE_ROUTES,
)

BY_KEY = {route.key: route for route in ROUTES}
