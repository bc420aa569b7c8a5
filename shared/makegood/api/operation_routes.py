"""The routes of what operators do by hand."""

from typing import Any

from makegood.api import operations
from makegood.api.answers import ChangedAccountAnswer, CorrectionAnswer, PriceAnswer
from makegood.api.identity import Scope
from makegood.api.problems import Kind
from makegood.api.purchase_answers import PurchaseAnswer
from makegood.api.requests import AssignBody, CorrectionBody, NoBody, PriceBody, ReasonBody
from makegood.api.routing import Route

OPERATION_ROUTES: tuple[Route[Any], ...] = (
    Route(
        "PUT",
        "/v1/prices/{price_id}",
        Scope.OPERATE,
        "Say what one unit of a Paddle price is worth from now on",
        operations.put_price,
        PriceBody,
        {200: PriceAnswer},
    ),
    Route(
        "GET",
        "/v1/prices",
        Scope.OPERATE,
        "The price table, by price id",
        operations.prices,
        NoBody,
        {200: PriceAnswer},
        lists=True,
    ),
    Route(
        "GET",
        "/v1/unmatched",
        Scope.OPERATE,
        "Purchases without an account or a price, oldest first",
        operations.unmatched,
        NoBody,
        {200: PurchaseAnswer},
        lists=True,
    ),
    Route(
        "POST",
        "/v1/unmatched/{transaction_id}/assign",
        Scope.OPERATE,
        "Say whose an unmatched purchase is. Doing so again changes nothing",
        operations.assign,
        AssignBody,
        {200: PurchaseAnswer},
        (
            Kind.NOT_FOUND,
            Kind.CONFLICT,
            Kind.PRICE_UNKNOWN,
            Kind.BALANCE_OUT_OF_RANGE,
            Kind.ACCOUNT_CLOSED,
        ),
    ),
    Route(
        "POST",
        "/v1/accounts/{account_id}/corrections",
        Scope.OPERATE,
        "Add credits, or take available ones away. 200 if this was done before under the key",
        operations.correct,
        CorrectionBody,
        {201: CorrectionAnswer, 200: CorrectionAnswer},
        (
            Kind.INSUFFICIENT_CREDITS,
            Kind.CONFLICT,
            Kind.BALANCE_OUT_OF_RANGE,
            Kind.ACCOUNT_CLOSED,
        ),
        needs_idempotency_key=True,
    ),
    Route(
        "POST",
        "/v1/accounts/{account_id}/freeze",
        Scope.OPERATE,
        "Let nothing be spent from an account",
        operations.freeze,
        ReasonBody,
        {200: ChangedAccountAnswer},
        (Kind.ACCOUNT_CLOSED,),
    ),
    Route(
        "POST",
        "/v1/accounts/{account_id}/unfreeze",
        Scope.OPERATE,
        "Let a frozen account be used again",
        operations.unfreeze,
        ReasonBody,
        {200: ChangedAccountAnswer},
        (Kind.ACCOUNT_CLOSED,),
    ),
    Route(
        "POST",
        "/v1/accounts/{account_id}/close",
        Scope.OPERATE,
        "Close an account for its owner, who gives up what is left. Refused while a case holds any",
        operations.close,
        ReasonBody,
        {200: ChangedAccountAnswer},
        (Kind.ACCOUNT_IN_USE,),
    ),
)
