"""Cases: filed and followed by customers, looked into and decided by reviewers."""

from collections.abc import Sequence

from makegood.api.account_lists import listed
from makegood.api.case_answers import show_case
from makegood.api.case_bodies import (
    AppealBody,
    CaseBody,
    CaseForCustomerBody,
    DecisionBody,
    WithdrawBody,
)
from makegood.api.case_review_answers import (
    ReviewedCase,
    show_case_file,
    show_case_in_review,
)
from makegood.api.damage import notice, noticed
from makegood.api.requests import NoBody
from makegood.api.routing import Answer, Call
from makegood.domain.case import Case, Category, Opener
from makegood.errors import UnknownThingError
from makegood.ledger import case_reads, payout_reads
from makegood.ledger.case_reads import Wanted
from makegood.observability import count
from makegood.plans.cases.deciding import decide_case
from makegood.plans.cases.filing import Filed, Filing, file_case
from makegood.plans.cases.looking import look_at
from makegood.plans.cases.matching import day_anywhere
from makegood.plans.cases.steps import Appeal, Stepped, appeal_case, withdraw_case
from makegood.plans.money.looking import look_into_money


def file_mine(call: Call, body: CaseBody) -> Answer:
    filed = _file(call, body, call.caller.account_id, Opener.CUSTOMER)
    return Answer(200 if filed.again else 201, show_case(filed.case), _noted(filed.case))


def file_for_customer(call: Call, body: CaseForCustomerBody) -> Answer:
    filed = _file(call, body, body.account_id, Opener.SUPPORT)
    noted = _noted(filed.case) | {"author": call.caller.author}
    [shown] = _in_review(call, [filed.case])
    return Answer(200 if filed.again else 201, shown, noted)


def _file(call: Call, body: CaseBody, account_id: str, opened_by: Opener) -> Filed:
    request = body.request
    filing = Filing(
        account_id=account_id,
        category=body.category,
        request=request,
        opened_by=opened_by,
        opener=call.caller.author,
        candidates=_candidates(call, body, account_id),
    )
    filed = call.desk.ledger.decide(
        file_case(filing, policies=call.desk.policies, zones=call.desk.zones, now=call.now),
        time_left=call.desk.time_left,
    )
    if not filed.again:
        count("CasesFiled")
    return filed


def _candidates(call: Call, body: CaseBody, account_id: str) -> tuple[str, ...]:
    """Where to look. What is found there is judged by the decision, by its own account too."""
    if body.transaction_id is not None:
        return (body.transaction_id,)
    start, end = day_anywhere(body.transaction_date)
    return case_reads.purchases_between(call.desk.ledger.table, account_id, start, end)


def my_cases(call: Call, _body: NoBody) -> Answer:
    account_id, table = call.caller.account_id, call.desk.ledger.table
    cases = call.slice(
        account_id,
        lambda position, limit: noticed(
            case_reads.of_account(table, account_id, position=position, limit=limit), "case"
        ),
    )
    shown = [show_case(case) for case in cases.records if _is_for_customers(case)]
    return listed(cases, shown, account_id=account_id)


def my_case(call: Call, _body: NoBody) -> Answer:
    case = call.desk.ledger.decide(
        look_at(call.ids["case_id"], call.caller.account_id), time_left=call.desk.time_left
    )
    if not _is_for_customers(case):
        raise UnknownThingError("there is no such case")
    return Answer(200, show_case(case), _noted(case))


def _is_for_customers(case: Case) -> bool:
    """A difference between two books is between people of the studio, whoever's money it is."""
    return case.category is not Category.DIFFERENCE


def withdraw(call: Call, _body: WithdrawBody) -> Answer:
    stepped = call.desk.ledger.decide(
        withdraw_case(
            call.ids["case_id"], call.caller.account_id, author=call.caller.author, now=call.now
        ),
        time_left=call.desk.time_left,
    )
    return _stepped(stepped, "CasesWithdrawn")


def appeal(call: Call, body: AppealBody) -> Answer:
    wanted = Appeal(
        call.ids["case_id"], call.caller.account_id, call.caller.author, reason=body.reason
    )
    stepped = call.desk.ledger.decide(
        appeal_case(wanted, policies=call.desk.policies, zones=call.desk.zones, now=call.now),
        time_left=call.desk.time_left,
    )
    return _stepped(stepped, "CasesAppealed")


def _stepped(stepped: Stepped, metric: str) -> Answer:
    if not stepped.again:
        count(metric)
    return Answer(200, show_case(stepped.case), _noted(stepped.case))


def account_cases(call: Call, _body: NoBody) -> Answer:
    account_id, table = call.ids["account_id"], call.desk.ledger.table
    cases = call.slice(
        account_id,
        lambda position, limit: noticed(
            case_reads.of_account(table, account_id, position=position, limit=limit), "case"
        ),
    )
    return listed(cases, _in_review(call, cases.records), account_id=account_id)


def queue(call: Call, _body: NoBody) -> Answer:
    table, wanted = call.desk.ledger.table, Wanted(**call.query)
    # A cursor goes on in the list that it came from: the filters are part of what is signed.
    cases = call.slice(
        repr(sorted(call.query.items())),
        lambda position, limit: noticed(
            case_reads.queue(table, wanted, position=position, limit=limit), "case"
        ),
    )
    return listed(cases, _in_review(call, cases.records))


def look(call: Call, _body: NoBody) -> Answer:
    file = call.desk.ledger.decide(
        look_into_money(call.ids["case_id"], policies=call.desk.policies, now=call.now),
        time_left=call.desk.time_left,
    )
    return Answer(200, show_case_file(file), _noted(file.case_file.case))


def decide(call: Call, body: DecisionBody) -> Answer:
    author = call.caller.author
    decided = call.desk.ledger.decide(
        decide_case(
            call.ids["case_id"], body.word_of(author), policies=call.desk.policies, now=call.now
        ),
        time_left=call.desk.time_left,
    )
    case = decided.case
    if not decided.again and not case.is_open:
        count("CasesDecided")
    [shown] = _in_review(call, [case])
    return Answer(200, shown, _noted(case) | {"author": author})


def _in_review(call: Call, cases: Sequence[Case]) -> list[ReviewedCase]:
    """Cases with their payouts, all read at once. A damaged payout is not shown, but counted."""
    ids = [case.payout_id for case in cases if case.payout_id is not None]
    payouts, damaged = payout_reads.payouts_named(call.desk.ledger.table, ids)
    notice(damaged, "payout")
    return [show_case_in_review(case, payouts.get(case.payout_id or "")) for case in cases]


def _noted(case: Case) -> dict[str, object]:
    return {
        "case_id": case.case_id,
        "account_id": case.account_id,
        "category": case.category.value,
        "case_status": case.status.value,
    }
