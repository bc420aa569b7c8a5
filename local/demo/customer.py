"""One customer with an account of their own, and what happens to them."""

import time
import uuid
from datetime import UTC, datetime
from typing import Any

from local import first_data
from local.client import Answer, Stack, wait_for


class UnexpectedAnswerError(RuntimeError):
    """The stack runs, but answered something else than the story needs."""


class Customer:
    """Each telling has an account of its own, so that a second one meets nothing of the first."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.name = uuid.uuid4().hex[:8]
        self.account = f"acc_{self.name}"
        self.email = f"{self.account}@example.com"
        self._jobs = 0

    def buy(self, *, price: str = first_data.PRICE, **more: Any) -> Any:
        """A purchase as the customer then sees it."""
        bought = self.stack.buy(self.account, price, email=self.email, **more)
        transaction_id = bought["transaction"]["id"]
        return wait_for("the purchase", lambda: self.purchase(transaction_id))

    def purchase(self, transaction_id: str) -> Any:
        for one in self.get("/v1/me/purchases")["items"]:
            if one["transaction_id"] == transaction_id:
                return one
        return None

    def file(self, category: str, purchase: Any, description: str) -> Any:
        """A request of clause 5 about a purchase, filed now; the case with the answer so far."""
        asked = self.stack.file_case(
            self.account,
            category=category,
            email=self.email,
            transaction_date=purchase["occurred_at"][:10],
            amount=purchase["collected_minor"],
            currency=purchase["currency"],
            description=description,
            transaction_id=purchase["transaction_id"],
        )
        return body_of(asked, 201, 200)

    def case(self, case_id: str) -> Any:
        return self.get(f"/v1/me/cases/{case_id}")

    def cases(self) -> list[Any]:
        found: list[Any] = self.get("/v1/me/cases")["items"]
        return found

    def charge(self, credits: int, **more: Any) -> tuple[str, Answer]:
        """The id of the next job, and what the charge was answered with."""
        self._jobs += 1
        job_id = self.job_id(self._jobs)
        request = {"account_id": self.account, "credits": credits, **more}
        return job_id, self.stack.as_studio("PUT", f"/v1/jobs/{job_id}", request)

    def job_id(self, number: int) -> str:
        return f"job_{self.name}_{number}"

    def job(self, job_id: str) -> Any:
        return self.stack.as_studio("GET", f"/v1/jobs/{job_id}").body

    def ended(self, job_id: str) -> Any:
        """The job once it is no longer charged, else None."""
        job = self.job(job_id)
        return job if job["state"] != "charged" else None

    def me(self) -> Any:
        return self.get("/v1/me")

    def balance(self) -> int:
        answer = self.stack.as_account(self.account, "/v1/me")
        return int(answer.body["balance"]) if answer.status == 200 else 0

    def get(self, path: str) -> Any:
        return body_of(self.stack.as_account(self.account, path), 200)


def body_of(answer: Answer, *expected: int) -> Any:
    if answer.status not in expected:
        raise UnexpectedAnswerError(f"{answer.status} {answer.body}")
    return answer.body


def now() -> datetime:
    return datetime.fromtimestamp(int(time.time()), UTC)
