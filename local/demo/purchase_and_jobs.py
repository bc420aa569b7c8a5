"""A purchase, and jobs that end in every way: what a studio sees every day."""

from typing import Any

from local import first_data
from local.client import wait_for
from local.demo.customer import Customer, body_of
from local.demo.telling import answer, heading, refused, say

CREDITS = first_data.CREDITS


def tell(customer: Customer) -> None:
    _buy(customer)
    _jobs_that_end_well(customer)
    _jobs_that_do_not(customer)
    _what_changes_nothing(customer)
    _what_the_customer_sees(customer)


def _buy(customer: Customer) -> None:
    heading("A purchase")
    say("The customer buys two packs of 1,000 credits. Paddle sends the webhook three times.")
    customer.buy(quantity=2, order_ref=f"ord_{customer.name}", copies=3)
    _show_balance(customer)


def _jobs_that_end_well(customer: Customer) -> None:
    heading("Jobs that deliver")
    _play(customer, "Four videos, all delivered.", 120, "succeeded", outputs=delivered(4, 4))
    _play(customer, "Four videos, three delivered.", 120, "succeeded", outputs=delivered(4, 3))
    _play(customer, "Four videos, none delivered.", 120, "succeeded", outputs=delivered(4, 0))


def _jobs_that_do_not(customer: Customer) -> None:
    heading("Jobs that fail or are cancelled")
    failed = "failed"
    _play(customer, "The AI provider answers 503.", 200, failed, failure={"code": "provider_503"})
    _play(customer, "The content is blocked.", 40, failed, failure={"code": "moderation_input"})
    _play(customer, "Cancelled before work began.", 80, "cancelled", work_started=False)
    _play(customer, "Cancelled while it was rendered.", 80, "cancelled", work_started=True)


def _what_changes_nothing(customer: Customer) -> None:
    heading("What must not move anything")
    before = customer.balance()
    job_id = customer.job_id(4)
    say(f"{job_id} is reported as failed twice more, and then as succeeded.")
    for _ in range(2):
        customer.stack.end_job(job_id, "failed", failure={"code": "provider_503"})
    customer.stack.end_job(job_id, "succeeded", outputs=delivered(1, 1))
    wait_for("an empty queue", lambda: customer.stack.waiting_in("job_events") == 0)
    say(f"The balance was {before:,} and is {customer.balance():,}.")
    _, charged = customer.charge(100_000)
    say("A job of 100,000 credits is asked for.")
    answer(refused(charged))


def _what_the_customer_sees(customer: Customer) -> None:
    heading("What the customer sees: GET /v1/me/transactions, oldest first")
    for item in reversed(_history(customer)):
        clause = f" [{item['clause']}]" if item.get("clause") else ""
        moved, balance = f"{item['credits']:+,}", f"{item['balance']:,}"
        print(f"  {moved:>7}  {balance:>6}  {item['kind']:<8} {item['reason']}{clause}")
    _show_balance(customer)


def _play(customer: Customer, told: str, credits: int, kind: str, **more: Any) -> None:
    """Charge a job, report its end, and show what became of it."""
    outputs = more.get("outputs", delivered(1, 1))["ordered"]
    job_id, charged = customer.charge(credits, outputs=outputs)
    body_of(charged, 201, 200)
    customer.stack.end_job(job_id, kind, **more)
    job = wait_for(f"the end of {job_id}", lambda: customer.ended(job_id))
    say(told)
    back = f"{job['refunded']} of {credits} credits back"
    answer(f"{job['state']}, {back}: {job.get('reason') or 'as ordered'}")


def _show_balance(customer: Customer) -> None:
    me = customer.me()
    say(f"Balance {me['balance']:,} (available {me['available']:,}, held {me['held']:,})")


def _history(customer: Customer) -> list[dict[str, Any]]:
    """Every page of it, newest first."""
    items: list[dict[str, Any]] = []
    path = "/v1/me/transactions"
    while path:
        page = customer.get(path)
        items += page["items"]
        cursor = page["next_cursor"]
        path = f"/v1/me/transactions?cursor={cursor}" if cursor else ""
    return items


def delivered(ordered: int, delivered: int) -> dict[str, int]:
    return {"ordered": ordered, "delivered": delivered}
