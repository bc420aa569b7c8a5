"""Money that goes back: what was approved here, and what a bank takes (clauses 6 and 7)."""

from typing import Any

from local.client import wait_for
from local.demo.customer import Customer, body_of
from local.demo.telling import answer, heading, money, say

NOT_MINE = "I did not buy this. Somebody must have used my card."


def tell(customer: Customer) -> None:
    heading("Money back")
    _paid(customer)
    _charged_back(Customer(customer.stack))


def _paid(customer: Customer) -> None:
    purchase = customer.buy()
    say("A customer reports a purchase as not authorised, and a reviewer approves.")
    filed = customer.file("unauthorised", purchase, NOT_MINE)
    case = body_of(customer.stack.decide(filed, "approve", name="rosa"), 200)
    answer(f"{case['status']}: {money(case['money'])}, {case['held']:,} credits held")
    paying = _until(customer, case["case_id"], "paying")
    say("Paddle has been asked once, and has not decided yet.")
    answer(f"{paying['status']}: {paying['adjustment_id']}, {paying['payment']['state']}")
    customer.stack.at_paddle("reviews", adjustment_id=paying["adjustment_id"])
    paid = _until(customer, case["case_id"], "paid")
    say("Paddle approves; its webhook ends the case and takes the credits along.")
    answer(f"{paid['status']}: {paid['decision']['reason']}")
    answer(f"To arrive by {paid['payment']['expected_by'][:10]}, by clause 6.")
    _balance(customer)


def _charged_back(customer: Customer) -> None:
    purchase = customer.buy()
    _, charged = customer.charge(400)
    body_of(charged, 201)
    say("Another customer buys 1,000 credits, uses 400, and has the bank take the money back.")
    made = customer.stack.at_paddle("chargebacks", transaction_id=purchase["transaction_id"])
    wait_for("the debt", lambda: customer.me()["debt"] > 0)
    _last(customer)
    _balance(customer)
    say("The bank loses the dispute. What the chargeback took comes back, once.")
    customer.stack.at_paddle("reversals", adjustment_id=made["adjustment"]["id"])
    wait_for("the credits", lambda: customer.me()["debt"] == 0)
    _last(customer)
    _balance(customer)


def _until(customer: Customer, case_id: str, status: str) -> Any:
    def look() -> Any:
        case = customer.case(case_id)
        return case if case["status"] == status else None

    return wait_for(f"the case to be {status}", look)


def _last(customer: Customer) -> None:
    """The newest line of the history."""
    item = customer.get("/v1/me/transactions")["items"][0]
    answer(f"{item['kind']}, {item['credits']:+,} credits: {item['reason']}")


def _balance(customer: Customer) -> None:
    me = customer.me()
    answer(
        f"{me['available']:,} credits to spend, {me['held']:,} held, {me['debt']:,} owed;"
        f" the account is {me['status']}"
    )
