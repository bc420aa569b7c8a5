"""One order, paid twice: found by itself, decided by a person (clause 2(b))."""

from datetime import timedelta

from local.client import wait_for
from local.demo.customer import Customer, body_of, now
from local.demo.telling import answer, heading, money, say, say_decision, say_money, written


def tell(customer: Customer) -> None:
    heading("A duplicate payment")
    paid_at = now() - timedelta(minutes=10)
    order = f"ord_{customer.name}"
    say("The customer pays an order, waits two minutes, and pays the same order again.")
    say("The webhook of the second payment arrives first, and that of the first one after it.")
    second = customer.buy(order_ref=order, occurred_at=written(paid_at + timedelta(minutes=2)))
    answer(f"After the second payment alone there are {len(customer.cases())} cases.")
    first = customer.buy(order_ref=order, occurred_at=written(paid_at))
    case = wait_for("the case", lambda: next(iter(customer.cases()), None))
    assert case["transaction_id"] == second["transaction_id"]
    say("Nobody asked for it, and a case is open about the later payment:")
    say_decision(case)
    say_money(case)
    _decide(customer, case["case_id"], first["transaction_id"])


def _decide(customer: Customer, case_id: str, first: str) -> None:
    file = body_of(customer.stack.as_reviewer("GET", f"/v1/cases/{case_id}"), 200)
    twin = file["decision"]["inputs"]["purchase"]["twin"]
    assert twin["transaction_id"] == first
    say("What the reviewer sees: the evidence, and what an approval would do.")
    answer(
        f"Paid {twin['seconds_before']} seconds after {twin['transaction_id']},"
        f" same order: {twin['same_order']}; to pay back: {money(file['preview']['money'])}"
    )
    decided = body_of(customer.stack.decide(file, "approve", name="rosa"), 200)
    answer(f"{decided['status']}: {money(decided['money'])}, to be paid back by Paddle")
    me = customer.me()
    say(f"The customer has {me['available']:,} credits to spend, {me['held']:,} are held.")
