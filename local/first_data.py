"""Something to look at in a new stack, put there through the real entrances."""

from local.client import Stack, wait_for
from local.paddle import catalog

ACCOUNT = "acc_demo"
PRICE = catalog.PRICES[0]["id"]
CREDITS = int(catalog.PRICES[0]["custom_data"]["credits"])


class RefusedFirstDataError(RuntimeError):
    """The stack runs, but answered something else than what a working one answers."""


def put(stack: Stack) -> None:
    """Prices, a purchase of two packs by webhook, one job that is charged, one that failed."""
    put_prices(stack)
    buyer = {"email": "ada@example.com", "name": "Ada"}
    stack.buy(ACCOUNT, PRICE, quantity=2, order_ref="ord_first", **buyer)
    wait_for("the first purchase", lambda: available(stack, ACCOUNT) >= 2 * CREDITS)
    charge(stack, "job_first", credits=120)
    charge(stack, "job_second", credits=80)
    stack.end_job("job_second", "failed", failure={"code": "provider_503", "source": "renderer"})
    wait_for("the first refund", lambda: available(stack, ACCOUNT) >= 2 * CREDITS - 120)


def put_prices(stack: Stack) -> None:
    for price in catalog.PRICES:
        path = f"/v1/prices/{price['id']}"
        answer = stack.as_operator("PUT", path, {"credits": int(price["custom_data"]["credits"])})
        if answer.status not in (200, 201):
            raise RefusedFirstDataError(f"PUT {path}: {answer.status} {answer.body}")


def available(stack: Stack, account_id: str) -> int:
    """Credits that can be spent; 0 for an account that nobody has heard of."""
    answer = stack.as_studio("GET", f"/v1/accounts/{account_id}")
    return int(answer.body["available"]) if answer.status == 200 else 0


def charge(stack: Stack, job_id: str, *, credits: int, account_id: str = ACCOUNT) -> None:
    path = f"/v1/jobs/{job_id}"
    answer = stack.as_studio("PUT", path, {"account_id": account_id, "credits": credits})
    if answer.status not in (200, 201):
        raise RefusedFirstDataError(f"PUT {path}: {answer.status} {answer.body}")
