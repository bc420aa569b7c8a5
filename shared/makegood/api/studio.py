"""What the studio's own servers ask for: charges, bonuses, balances."""

from makegood.api.answers import show_account, show_bonus, show_job
from makegood.api.requests import BonusBody, ChargeBody, NoBody
from makegood.api.routing import Answer, Call
from makegood.domain.job import ChargeRequest
from makegood.errors import UnknownThingError
from makegood.ledger import reads
from makegood.observability import count
from makegood.plans.jobs import charge_job
from makegood.plans.operations import give_bonus


def charge(call: Call, body: ChargeBody) -> Answer:
    job_id = call.ids["job_id"]
    request = ChargeRequest(**body.model_dump())
    done = call.desk.ledger.decide(
        charge_job(job_id, request, policies=call.desk.policies, now=call.now),
        time_left=call.desk.time_left,
    )
    if not done.again:
        count("JobsCharged")
        count("CreditsCharged", done.job.credits)
    noted = {"job_id": job_id, "account_id": done.job.account_id, "credits": done.job.credits}
    return Answer(200 if done.again else 201, show_job(done.job), noted)


def show_one_job(call: Call, _body: NoBody) -> Answer:
    job_id = call.ids["job_id"]
    job = reads.job(call.desk.ledger.table, job_id)
    if job is None:
        raise UnknownThingError("no job with this id has been charged")
    return Answer(200, show_job(job), {"job_id": job_id})


def balance(call: Call, _body: NoBody) -> Answer:
    return show_balance(call, call.ids["account_id"])


def show_balance(call: Call, account_id: str) -> Answer:
    account = reads.account(call.desk.ledger.table, account_id)
    return Answer(200, show_account(account), {"account_id": account_id})


def bonus(call: Call, body: BonusBody) -> Answer:
    done = call.desk.ledger.decide(
        give_bonus(call.ids["key"], body.account_id, body.credits, body.reason, now=call.now),
        time_left=call.desk.time_left,
    )
    if not done.again:
        count("BonusCredits", body.credits)
    noted = {"key": call.ids["key"], "account_id": body.account_id, "credits": body.credits}
    return Answer(200 if done.again else 201, show_bonus(done.record), noted)
