"""A failure that no rule knows: a person may decide, and if nobody does, the customer wins."""

from datetime import timedelta

from local.client import wait_for
from local.demo.customer import Customer, body_of
from local.demo.telling import answer, clock, heading, moment, say, say_decision


def tell(customer: Customer) -> None:
    heading("A failure with a code that nobody has seen")
    customer.buy()
    job_id, charged = customer.charge(60)
    body_of(charged, 201)
    customer.stack.end_job(job_id, "failed", failure={"code": "E_4711"})
    job = wait_for(f"the end of {job_id}", lambda: customer.ended(job_id))
    say(f"A job of 60 credits fails with E_4711. It is in {job['state']}, and a case is open:")
    case = next(iter(customer.cases()))
    say_decision(case)
    decide_by, promised_by = moment(case["due_at"]), moment(job["refund_due_at"])
    answer(f"A person may decide until {clock(decide_by)}; promised by {clock(promised_by)}.")
    say("Nobody decides. Time is moved to the second before, and to the one after it.")
    for at in (decide_by, decide_by + timedelta(seconds=1)):
        customer.stack.run("case_clock", at=at)
        job = customer.job(job_id)
        answer(f"{clock(at)}: {job['state']}, {job['refunded']} of 60 credits back")
    say(f"{job['reason']} [{job['clause']}]")
    answer(f"The case is {customer.case(case['case_id'])['status']}.")
