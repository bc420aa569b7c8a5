"""Jobs whose end nobody reported: asked about, and given back in time (clauses 2(a) and 4)."""

from datetime import datetime, timedelta

from local.demo.customer import Customer, body_of
from local.demo.telling import answer, clock, heading, moment, say

EXPECTED_SECONDS = 60
MINUTE = timedelta(minutes=1)
# As the published policy says: from here on a job counts as lost if the studio knows nothing.
LOST_AFTER = timedelta(hours=2)


def tell(customer: Customer) -> None:
    heading("Jobs that never report back")
    customer.buy()
    silent, rendering = (_charged(customer, 200), _charged(customer, 100))
    say("Two jobs are charged, and no message about their end ever comes.")
    say("The studio's status address knows nothing of the first, and says the second still runs.")
    customer.stack.set_job(rendering, state="running")
    charged_at = moment(customer.job(rendering)["charged_at"])
    expected_by = charged_at + timedelta(seconds=EXPECTED_SECONDS)
    _look(customer, expected_by + MINUTE, silent, rendering)
    customer.stack.set_job(rendering, state="failed", failure={"code": "provider_timeout"})
    say("Later the studio says that the second one has failed.")
    _look(customer, expected_by + LOST_AFTER + MINUTE, silent, rendering)
    say(f"The balance is {customer.balance():,} again. Nobody had to ask for it.")


def _charged(customer: Customer, credits: int) -> str:
    job_id, charged = customer.charge(credits, expected_seconds=EXPECTED_SECONDS)
    body_of(charged, 201)
    return job_id


def _look(customer: Customer, at: datetime, *job_ids: str) -> None:
    customer.stack.run("lost_jobs", at=at)
    for job_id in job_ids:
        job = customer.job(job_id)
        why = f": {job['reason']} [{job['clause']}]" if job.get("clause") else ""
        answer(f"{clock(at)}: {job_id} {job['state']}, {job['refunded']} credits back{why}")
