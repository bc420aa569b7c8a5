"""A purchase that somebody else made: its credits are held at once (clause 2(c))."""

from local.demo.customer import Customer, body_of
from local.demo.telling import answer, heading, money, refused, say, say_decision, say_money
from local.paddle import catalog

LARGE = catalog.PRICES[1]["id"]
REPORT = "I did not buy this. Somebody must have used my card."


def tell(customer: Customer) -> None:
    heading("A purchase that was not authorised")
    _declined(customer)
    _approved_by_two(Customer(customer.stack))


def _declined(customer: Customer) -> None:
    purchase = customer.buy()
    say("The customer reports a purchase of 1,000 credits as not authorised.")
    case = customer.file("unauthorised", purchase, REPORT)
    say_decision(case)
    say_money(case)
    _, charged = customer.charge(100)
    say("Whoever has the account cannot spend them: a job of 100 credits is refused.")
    answer(refused(charged))
    say("A reviewer finds that it was the customer's own purchase, and declines.")
    note = "The purchase came from your own device."
    decided = body_of(customer.stack.decide(case, "decline", name="rosa", note=note), 200)
    answer(f"{decided['status']} by clause {decided['decision']['clause']}: {note}")
    _, charged = customer.charge(100)
    body_of(charged, 201)
    me = customer.me()
    say(f"At once the credits are back: the job is charged, {me['available']:,} are left.")


def _approved_by_two(customer: Customer) -> None:
    purchase = customer.buy(price=LARGE, quantity=5)
    credits = 5 * int(catalog.PRICES[1]["custom_data"]["credits"])
    say(f"Another customer reports a purchase of {credits:,} credits.")
    case = customer.file("unauthorised", purchase, REPORT)
    say_money(case)
    first = body_of(customer.stack.decide(case, "approve", name="rosa"), 200)
    say("A reviewer approves. The amount is large, so a second person has to agree:")
    answer(f"still {first['status']}, approved by {first['approval']['author']} so far")
    again = customer.stack.decide(first, "approve", name="rosa")
    answer(f"The same person once more: {refused(again)}")
    second = body_of(customer.stack.decide(first, "approve", name="sam"), 200)
    answer(f"{second['status']}: {money(second['money'])}, decided by {second['decided_by']}")
