"""Outages, whom they concern, and what a customer was told of them."""

from typing import Any

from makegood.api.account_lists import listed
from makegood.api.identity import Scope
from makegood.api.outage_answers import (
    ConcernedAnswer,
    NoticeAnswer,
    OutageAnswer,
    show_concerned,
    show_notice,
    show_outage,
)
from makegood.api.problems import Kind
from makegood.api.requests import NoBody
from makegood.api.routing import Answer, Call, Route
from makegood.domain.facts import Damaged
from makegood.domain.outage import Outage
from makegood.domain.purchase import Purchase
from makegood.errors import LedgerDamagedError, UnknownThingError
from makegood.ledger import outage_reads, reads
from makegood.ledger.reads import Slice
from makegood.ledger.sale_reads import sales_between, sales_named
from makegood.observability import log
from makegood.plans.case_opening import lots_of
from makegood.policy.outages import (
    Concerned,
    bought_within,
    concerned,
    may_concern_somebody,
)


def outages(call: Call, _body: NoBody) -> Answer:
    table = call.desk.ledger.table
    found = call.slice(
        "", lambda position, limit: outage_reads.outages(table, position=position, limit=limit)
    )
    return listed(found, [show_outage(outage) for outage in found.records])


def customers(call: Call, _body: NoBody) -> Answer:
    outage_id = call.ids["outage_id"]
    outage = outage_reads.outage(call.desk.ledger.table, outage_id)
    if outage is None:
        raise UnknownThingError("there is no outage with this id")
    found = call.slice(
        outage_id, lambda position, limit: _concerned(call, outage, position=position, limit=limit)
    )
    shown = [show_concerned(one) for one in found.records]
    return listed(found, shown, outage_id=outage_id)


def my_notices(call: Call, _body: NoBody) -> Answer:
    account_id = call.caller.account_id
    table = call.desk.ledger.table
    found = call.slice(
        account_id,
        lambda position, limit: outage_reads.notices(
            table, account_id, position=position, limit=limit
        ),
    )
    return listed(found, [show_notice(one) for one in found.records], account_id=account_id)


def _concerned(call: Call, outage: Outage, *, position: str | None, limit: int) -> Slice[Concerned]:
    """What is concerned among the next so many purchases that can be. A damaged one is left out:
    a person is told of it by the log, and sees the others."""
    if not may_concern_somebody(outage, call.desk.policies):
        return Slice([], None)
    first, last = bought_within(outage.span, call.desk.policies)
    table = call.desk.ledger.table
    sales = sales_between(table, first, last, position=position, limit=limit)
    while not sales.records and sales.next is not None:
        # A month without sales, of at most seven.
        sales = sales_between(table, first, last, position=sales.next, limit=limit)
    found = []
    for transaction_id, purchase in sales_named(table, sales.records).items():
        try:
            found.append(_judged(call, outage, purchase))
        except LedgerDamagedError as error:
            log("purchase.left_out", transaction_id=transaction_id, why=str(error))
    return Slice([one for one in found if one is not None], sales.next)


def _judged(call: Call, outage: Outage, purchase: Purchase | Damaged) -> Concerned | None:
    if isinstance(purchase, Damaged):
        raise LedgerDamagedError(purchase.why)
    if purchase.account_id is None:
        return None
    table = call.desk.ledger.table
    account = reads.account_with_lots(table, purchase.account_id, lots_of(purchase))
    return concerned(purchase, account, outage.span, policies=call.desk.policies, now=call.now)


OUTAGE_ROUTES: tuple[Route[Any], ...] = (
    Route(
        "GET",
        "/v1/outages",
        Scope.REVIEW,
        "Outages with their evidence, newest first",
        outages,
        NoBody,
        {200: OutageAnswer},
        lists=True,
    ),
    Route(
        "GET",
        "/v1/outages/{outage_id}/customers",
        Scope.REVIEW,
        "Purchases whose unused part an outage makes refundable, oldest first",
        customers,
        NoBody,
        {200: ConcernedAnswer},
        (Kind.NOT_FOUND,),
        lists=True,
    ),
    Route(
        "GET",
        "/v1/me/notices",
        Scope.ACCOUNT,
        "What one was told without having asked, newest first",
        my_notices,
        NoBody,
        {200: NoticeAnswer},
        lists=True,
    ),
)
