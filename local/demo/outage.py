"""An outage of 73 hours, with holes in what was seen of it (clause 2(d)). Time is moved."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from local.client import wait_for
from local.demo.customer import Customer, body_of, now
from local.demo.telling import (
    answer,
    clock,
    heading,
    moment,
    say,
    say_decision,
    say_money,
    written,
)
from local.studio.server import CAPABILITIES

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LASTS = timedelta(hours=73)


def tell(customer: Customer) -> None:
    heading("An outage of 73 hours")
    before = customer.buy()
    used, charged = customer.charge(250)
    body_of(charged, 201)
    say("A customer has bought 1,000 credits and used 250. Then every capability goes down.")
    begins = _next_time(customer)
    _stay_down(customer, begins)
    outage = _newest(customer)
    _say_outage(outage)
    assert outage["complete"]
    assert outage["seconds"] == LASTS.total_seconds()
    say("The first healthy answer ends it. Whoever has a right by it is told without asking:")
    notice = wait_for(
        "the notice", lambda: next(iter(customer.get("/v1/me/notices")["items"]), None)
    )
    answer(f"{notice['text']} [{notice['clause']}]")
    say("The customer asks for money back, for a purchase that was made before the outage.")
    case = customer.file("service_unavailable", before, "I could not use it for three days.")
    say_decision(case)
    say_money(case)
    _bought_during_it(Customer(customer.stack), begins)
    customer.stack.end_job(used, "succeeded", outputs={"ordered": 1, "delivered": 1})


def _stay_down(customer: Customer, begins: datetime) -> None:
    """Three probes a minute apart open it; the hourly ones leave gaps, which are named."""
    # From here on the runs of the stack's own clock are over, and see nothing of what follows.
    customer.stack.run("outage_check", at=begins - MINUTE)
    _set_health(customer, healthy=False)
    try:
        for at in _probes(begins):
            customer.stack.run("outage_check", at=at)
    finally:
        _set_health(customer, healthy=True)
    customer.stack.run("outage_check", at=begins + LASTS + MINUTE)


def _probes(begins: datetime) -> Iterator[datetime]:
    yield from (begins, begins + MINUTE)
    for hour in range(int(LASTS / HOUR) + 1):
        yield begins + 2 * MINUTE + hour * HOUR if hour < LASTS / HOUR else begins + LASTS


def _set_health(customer: Customer, *, healthy: bool) -> None:
    for capability in CAPABILITIES:
        customer.stack.set_health(capability, healthy=healthy)


def _next_time(customer: Customer) -> datetime:
    """Behind every run of an earlier telling: a run for a time that is over changes nothing."""
    known = _outages(customer)
    seen = [moment(one.get("ended_at", one["last_failed_at"])) for one in known]
    return max([now(), *seen]) + 2 * MINUTE


def _newest(customer: Customer) -> Any:
    return next(one for one in _outages(customer) if one["complete"])


def _outages(customer: Customer) -> list[Any]:
    found: list[Any] = body_of(customer.stack.as_reviewer("GET", "/v1/outages"), 200)["items"]
    return found


def _say_outage(outage: Any) -> None:
    start, end = moment(outage["started_at"]), moment(outage["last_failed_at"])
    answer(f"{outage['component']}: down from {clock(start)} to {clock(end)}")
    hours = outage["seconds"] / HOUR.total_seconds()
    answer(
        f"{hours:g} hours certain, by {outage['failed_probes']} failed probes"
        f" {outage['reasons']}, with {outage['gap_count']} gaps in which nobody looked"
    )
    first = outage["gaps"][0]
    answer(f"such as from {clock(moment(first['started_at']))}, {first['seconds']} seconds long")


def _bought_during_it(customer: Customer, begins: datetime) -> None:
    say("Another customer had bought two hours after it began, so only 71 hours came after that.")
    purchase = customer.buy(occurred_at=written(begins + 2 * HOUR))
    case = customer.file("service_unavailable", purchase, "I could not use it for three days.")
    say_decision(case)
    answer(f"{case['held']} credits held; a person can still be asked: {case['can_appeal']}")
