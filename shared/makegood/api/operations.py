"""What operators do by hand. Their tokens say who they are, and the ledger keeps it."""

from makegood.api.account_lists import listed
from makegood.api.answers import show_changed_account, show_correction, show_price
from makegood.api.purchase_answers import show_purchase
from makegood.api.requests import AssignBody, CorrectionBody, NoBody, PriceBody, ReasonBody
from makegood.api.routing import Answer, Call
from makegood.domain.account import AccountStatus
from makegood.ledger import reads
from makegood.observability import count
from makegood.plans.operations import close_account, correct_account, set_price, set_status
from makegood.plans.purchases import assign_purchase


def put_price(call: Call, body: PriceBody) -> Answer:
    price_id, author = call.ids["price_id"], call.caller.author
    # For the log alone. The decision cannot tell: made again after a lost answer, it finds its
    # own price.
    before = reads.price(call.desk.ledger.table, price_id)
    done = call.desk.ledger.decide(
        set_price(price_id, body.credits, body.bonus_credits, author=author, now=call.now),
        time_left=call.desk.time_left,
    )
    noted = {
        "price_id": price_id,
        "author": author,
        "credits_before": None if before is None else before.credits,
        "bonus_credits_before": None if before is None else before.bonus_credits,
        "credits": body.credits,
        "bonus_credits": body.bonus_credits,
    }
    return Answer(200, show_price(done.record), noted)


def prices(call: Call, _body: NoBody) -> Answer:
    table = call.desk.ledger.table
    found = call.slice(
        "", lambda position, limit: reads.prices(table, position=position, limit=limit)
    )
    return listed(found, [show_price(price) for price in found.records])


def unmatched(call: Call, _body: NoBody) -> Answer:
    table = call.desk.ledger.table
    found = call.slice(
        "", lambda position, limit: reads.unmatched(table, position=position, limit=limit)
    )
    return listed(found, [show_purchase(purchase) for purchase in found.records])


def assign(call: Call, body: AssignBody) -> Answer:
    transaction_id, author = call.ids["transaction_id"], call.caller.author
    done = call.desk.ledger.decide(
        assign_purchase(
            transaction_id,
            body.account_id,
            author=author,
            policies=call.desk.policies,
            zones=call.desk.zones,
            now=call.now,
        ),
        time_left=call.desk.time_left,
    )
    if not done.again:
        count("PurchasesAssigned")
    if done.duplicates_found:
        count("DuplicatesFound", len(done.duplicates_found))
    noted = {"transaction_id": transaction_id, "account_id": body.account_id, "author": author}
    return Answer(200, show_purchase(done.purchase), noted)


def correct(call: Call, body: CorrectionBody) -> Answer:
    account_id, author = call.ids["account_id"], call.caller.author
    done = call.desk.ledger.decide(
        correct_account(
            call.idempotency_key,
            account_id,
            body.credits,
            reason=body.reason,
            author=author,
            now=call.now,
        ),
        time_left=call.desk.time_left,
    )
    if not done.again:
        count("CorrectionsMade")
    noted = {"account_id": account_id, "credits": body.credits, "author": author}
    return Answer(200 if done.again else 201, show_correction(done.record), noted)


def freeze(call: Call, body: ReasonBody) -> Answer:
    return _set_status(call, AccountStatus.FROZEN, body.reason)


def unfreeze(call: Call, body: ReasonBody) -> Answer:
    return _set_status(call, AccountStatus.OPEN, body.reason)


def close(call: Call, body: ReasonBody) -> Answer:
    account_id, author = call.ids["account_id"], call.caller.author
    done = call.desk.ledger.decide(
        close_account(
            account_id,
            reason=body.reason,
            author=author,
            policies=call.desk.policies,
            now=call.now,
        ),
        time_left=call.desk.time_left,
    )
    if not done.again:
        count("AccountsClosed")
    changes = reads.status_changes(call.desk.ledger.table, account_id)
    noted = {"account_id": account_id, "author": author}
    return Answer(200, show_changed_account(done.record, changes), noted)


def _set_status(call: Call, status: AccountStatus, reason: str) -> Answer:
    account_id, author = call.ids["account_id"], call.caller.author
    done = call.desk.ledger.decide(
        set_status(account_id, status, reason=reason, author=author, now=call.now),
        time_left=call.desk.time_left,
    )
    changes = reads.status_changes(call.desk.ledger.table, account_id)
    noted = {"account_id": account_id, "author": author}
    return Answer(200, show_changed_account(done.record, changes), noted)
