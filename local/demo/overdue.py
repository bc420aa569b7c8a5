"""A case that nobody decides: reminders at half of its time, and an alarm (clause 5)."""

from datetime import timedelta
from typing import Any

from local.demo.customer import Customer, body_of
from local.demo.telling import answer, clock, heading, moment, say, say_decision, say_money


def tell(customer: Customer) -> None:
    heading("A case that nobody decides in time")
    purchase = customer.buy()
    say("The customer believes that a purchase was paid twice. No second payment is known.")
    case = customer.file("duplicate_payment", purchase, "My bank shows this payment twice.")
    say_decision(case)
    say_money(case)
    opened_at, due_at = moment(case["opened_at"]), moment(case["due_at"])
    half = opened_at + (due_at - opened_at) / 2 + timedelta(seconds=1)
    say("Time is moved to half of the way, to its last second, and to the first one after it.")
    for at in (half, due_at, due_at + timedelta(seconds=1)):
        customer.stack.run("case_clock", at=at)
        answer(f"{clock(at)}: {', '.join(_kinds(customer, case['case_id']))}")
    say("Overdue cases are counted, and an alarm rings. The customer's money waits for a person.")
    note = "Your bank shows a reservation and a payment; only one of them was collected."
    seen = _seen(customer, case["case_id"])
    decided = body_of(customer.stack.decide(seen, "decline", name="rosa", note=note), 200)
    answer(f"{decided['status']}: {note}")


def _seen(customer: Customer, case_id: str) -> Any:
    return body_of(customer.stack.as_reviewer("GET", f"/v1/cases/{case_id}"), 200)


def _kinds(customer: Customer, case_id: str) -> list[str]:
    return [event["kind"] for event in _seen(customer, case_id)["events"]]
