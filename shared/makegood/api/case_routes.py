"""The routes about cases."""

from typing import Any

from makegood.api import cases
from makegood.api.case_answers import CaseAnswer
from makegood.api.case_bodies import (
    QUEUE_PARAMETERS,
    AppealBody,
    CaseBody,
    CaseForCustomerBody,
    DecisionBody,
    WithdrawBody,
)
from makegood.api.case_review_answers import CaseFileAnswer, ReviewedCase
from makegood.api.identity import Scope
from makegood.api.problems import Kind
from makegood.api.requests import NoBody
from makegood.api.routing import Route

CASE_ROUTES: tuple[Route[Any], ...] = (
    Route(
        "POST",
        "/v1/me/cases",
        Scope.ACCOUNT,
        "Ask for money or credits back. 200 with the case that there is about it already",
        cases.file_mine,
        CaseBody,
        {201: CaseAnswer, 200: CaseAnswer},
        (Kind.CASE_SETTLED,),
    ),
    Route(
        "GET",
        "/v1/me/cases",
        Scope.ACCOUNT,
        "One's own cases, newest first",
        cases.my_cases,
        NoBody,
        {200: CaseAnswer},
        lists=True,
    ),
    Route(
        "GET",
        "/v1/me/cases/{case_id}",
        Scope.ACCOUNT,
        "One of one's own cases",
        cases.my_case,
        NoBody,
        {200: CaseAnswer},
        (Kind.NOT_FOUND,),
    ),
    Route(
        "POST",
        "/v1/me/cases/{case_id}/withdraw",
        Scope.ACCOUNT,
        "Let go of what was asked for. What was held is free at once",
        cases.withdraw,
        WithdrawBody,
        {200: CaseAnswer},
        (Kind.NOT_FOUND, Kind.CASE_SETTLED),
        body_may_lack=True,
    ),
    Route(
        "POST",
        "/v1/me/cases/{case_id}/appeal",
        Scope.ACCOUNT,
        "Ask for a person to look at a declined case, once",
        cases.appeal,
        AppealBody,
        {200: CaseAnswer},
        (Kind.NOT_FOUND, Kind.CASE_SETTLED),
        body_may_lack=True,
    ),
    Route(
        "POST",
        "/v1/cases",
        Scope.REVIEW,
        "File a case for a customer. 200 with the case that there is about it already",
        cases.file_for_customer,
        CaseForCustomerBody,
        {201: ReviewedCase, 200: ReviewedCase},
        (Kind.NOT_FOUND, Kind.CASE_SETTLED),
    ),
    Route(
        "GET",
        "/v1/cases",
        Scope.REVIEW,
        "Cases by the time they are due, the next one first",
        cases.queue,
        NoBody,
        {200: ReviewedCase},
        lists=True,
        query=QUEUE_PARAMETERS,
    ),
    Route(
        "GET",
        "/v1/cases/{case_id}",
        Scope.REVIEW,
        "A case with its evidence, and what an approval would do now",
        cases.look,
        NoBody,
        {200: CaseFileAnswer},
        (Kind.NOT_FOUND,),
    ),
    Route(
        "POST",
        "/v1/cases/{case_id}/decision",
        Scope.REVIEW,
        "Approve or decline the version of a case that was seen. Sent again, the same answer",
        cases.decide,
        DecisionBody,
        {200: ReviewedCase},
        (
            Kind.NOT_ALLOWED,
            Kind.NOT_FOUND,
            Kind.CONFLICT,
            Kind.STALE_VERSION,
            Kind.CASE_SETTLED,
            Kind.AMOUNT_REFUSED,
            Kind.BALANCE_OUT_OF_RANGE,
            Kind.ACCOUNT_CLOSED,
        ),
    ),
    Route(
        "GET",
        "/v1/accounts/{account_id}/cases",
        Scope.REVIEW,
        "An account's cases, newest first",
        cases.account_cases,
        NoBody,
        {200: ReviewedCase},
        lists=True,
    ),
)
