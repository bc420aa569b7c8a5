"""Those who look at what a machine could not settle: cases, payouts, purchases of nobody."""

from collections.abc import Mapping
from typing import Any

from makegood.domain.payout import payout_in
from tests.simulation.plots.customers import request
from tests.simulation.world import World

RITA = {"sub": "rita", "scope": "review"}
SAM = {"sub": "sam", "scope": "makegood/review"}
ODA = {"sub": "oda", "scope": "makegood/review makegood/operate"}

REASON = "Looked at it."


def look(world: World) -> None:
    """At those lists that have something on them, once."""
    _close_breaker(world)
    if _has(world, "PAYOUT", "state", "person", "requested"):
        _see_to_payouts(world)
    if _has(world, "CASE", "status", "open"):
        _see_to_cases(world)
    if _has(world, "PURCHASE", "state", "unmatched"):
        _see_to_purchases(world)


def is_needed(world: World) -> bool:
    """Whether there is anything on the lists that has to be looked at."""
    return (
        is_stopped(world)
        or _has(world, "CASE", "status", "open")
        or _has(world, "PAYOUT", "state", "person", "requested")
        or _has(world, "PURCHASE", "state", "unmatched")
    )


def _has(world: World, sk: str, name: str, *states: str) -> bool:
    return any(item[name]["S"] in states for item in world.items_of(sk))


def is_stopped(world: World) -> bool:
    """Whether the breaker keeps payouts back."""
    return any("tripped_at" in item for item in world.items_of("PAYOUT_BREAKER"))


def _close_breaker(world: World) -> None:
    if is_stopped(world):
        world.gateway.insist("GET", "/v1/payouts/breaker", ODA)
        world.gateway.insist("POST", "/v1/payouts/resume", ODA, {"reason": REASON})


def _see_to_payouts(world: World) -> None:
    """What needs a person is looked at, at Paddle; what was not sent yet is seldom given up."""
    for payout in _listed(world, "/v1/payouts", ODA, state="person"):
        name = payout["payout_id"]
        known = [
            one
            for one in world.paddle.paddle.state.adjustments_of(payout["transaction_id"])
            if payout_in(one["reason"]) == name and one["status"] != "rejected"
        ]
        choice = world.chance.choice((None, "send_again", "send_again", "give_up"))
        if not known and choice is not None:
            _decide_payout(world, name, choice)
    if world.chance.happens(0.15):
        for payout in _listed(world, "/v1/payouts", ODA, state="requested"):
            _decide_payout(world, payout["payout_id"], "give_up")


def _decide_payout(world: World, name: str, choice: str) -> None:
    body = {"decision": choice, "note": REASON}
    world.gateway.insist("POST", f"/v1/payouts/{name}/decision", ODA, body)


def _see_to_cases(world: World) -> None:
    for case in _listed(world, "/v1/cases", RITA):
        choice = world.chance.choice((None, "approve", "approve", "decline"))
        if case["category"] in ("adjustment", "difference"):
            choice = "close"
        if choice is not None:
            _decide_case(world, case, choice)


def _decide_case(world: World, case: Mapping[str, Any], choice: str) -> None:
    """By one person; if two are needed, by the other one too, or by the first one again."""
    body: dict[str, Any] = {"decision": choice, "seen_version": case["version"]}
    if choice != "approve" or world.chance.happens(0.3):
        body["note"] = REASON
    if choice == "approve" and case["category"] == "technical_failure":
        jobs = [item for item in world.items_of("JOB") if _is_of(item, case["account_id"])]
        if jobs:
            body["job_id"] = world.chance.choice(jobs)["job_id"]["S"]
    elif choice == "approve" and world.chance.happens(0.3):
        body["amount"] = int(world.chance.between(1, 1500))
    if choice == "approve" and "transaction_id" not in case and world.chance.happens(0.7):
        bought = [item for item in world.items_of("PURCHASE") if _is_of(item, case["account_id"])]
        if bought:
            body["transaction_id"] = world.chance.choice(bought)["transaction_id"]["S"]
    path = f"/v1/cases/{case['case_id']}/decision"
    said = world.gateway.insist("POST", path, RITA, body)
    if said.status == 200 and said.answer["status"] == "open":
        body = {**body, "seen_version": said.answer["version"]}
        world.gateway.insist("POST", path, world.chance.choice((SAM, SAM, RITA)), body)


def _is_of(item: Mapping[str, Any], account: str) -> bool:
    return bool(item.get("account_id", {}).get("S") == account)


def files(world: World, account: str) -> None:
    """Support asks for a customer, and may not decide on that."""
    path = f"/v1/accounts/{account}/purchases"
    bought = _listed(world, path, RITA)
    body = request(world, account, world.chance.choice(bought) if bought else None)
    world.gateway.insist("POST", "/v1/cases", RITA, {**body, "account_id": account})


def _see_to_purchases(world: World) -> None:
    for purchase in _listed(world, "/v1/unmatched", ODA):
        if world.chance.happens(0.7):
            path = f"/v1/unmatched/{purchase['transaction_id']}/assign"
            account = world.chance.choice(world.start.accounts)
            world.gateway.insist("POST", path, ODA, {"account_id": account})


def _listed(world: World, path: str, claims: Mapping[str, str], **query: str) -> list[Any]:
    """All pages of a list; none where no answer comes."""
    found: list[Any] = []
    call = world.gateway.insist("GET", path, claims, **query)
    while call.status == 200:
        found += call.answer["items"]
        if not (cursor := call.answer["next_cursor"]):
            break
        call = world.gateway.insist("GET", path, claims, **query, cursor=cursor)
    return found


def corrects(world: World, account: str) -> None:
    """Sent again under its key, as somebody does who got no answer."""
    credits = int(world.chance.between(-200, 300)) or 1
    path, key = f"/v1/accounts/{account}/corrections", world.name("key")
    for _ in range(world.chance.choice((1, 2))):
        body = {"credits": credits, "reason": REASON}
        world.gateway.insist("POST", path, ODA, body, key=key)
        world.wait(1, 60)


def freezes(world: World, account: str) -> None:
    """And lets it go on, later."""
    body = {"reason": REASON}
    world.gateway.insist("POST", f"/v1/accounts/{account}/freeze", ODA, body)
    world.wait(10, 3000)
    world.gateway.insist("POST", f"/v1/accounts/{account}/unfreeze", ODA, body)


def closes(world: World, account: str) -> None:
    body = {"reason": REASON}
    world.gateway.insist("POST", f"/v1/accounts/{account}/close", ODA, body)
