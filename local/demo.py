"""`make demo`: a customer's story, played through the real entrances of the running stack.

Webhooks come signed from the stand-in for Paddle, jobs are charged over HTTP with tokens, their
ends go to the queue, and what is printed is what the API answers to the customer.
"""

import argparse
import sys
import uuid
from pathlib import Path
from typing import Any

from local import first_data, run
from local.client import Answer, NotInTimeError, Stack, stack_at, wait_for
from local.home import DEFAULT, Home

CREDITS = first_data.CREDITS


class Story:
    """One customer, and what happens to them. Each telling has an account of its own."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.stack = stack
        self.name = name
        self.account = f"acc_{name}"
        self._jobs = 0

    def tell(self) -> None:
        self._buy()
        self._jobs_that_end_well()
        self._jobs_that_do_not()
        self._what_changes_nothing()
        self._what_the_customer_sees()

    def _buy(self) -> None:
        heading("A purchase")
        say("The customer buys two packs of 1,000 credits. Paddle sends the webhook three times.")
        order = {"quantity": 2, "order_ref": f"ord_{self.name}", "copies": 3}
        self.stack.buy(self.account, first_data.PRICE, **order)
        wait_for("the credits", lambda: self._balance() >= 2 * CREDITS)
        self._show_balance()

    def _jobs_that_end_well(self) -> None:
        heading("Jobs that deliver")
        self._play("Four videos, all delivered.", 120, "succeeded", outputs=delivered(4, 4))
        self._play("Four videos, three delivered.", 120, "succeeded", outputs=delivered(4, 3))
        self._play("Four videos, none delivered.", 120, "succeeded", outputs=delivered(4, 0))

    def _jobs_that_do_not(self) -> None:
        heading("Jobs that fail or are cancelled")
        self._play("The AI provider answers 503.", 200, "failed", failure={"code": "provider_503"})
        self._play("The content is blocked.", 40, "failed", failure={"code": "moderation_input"})
        self._play("A code nobody has seen.", 60, "failed", failure={"code": "E_4711"})
        self._play("Cancelled before work began.", 80, "cancelled", work_started=False)
        self._play("Cancelled while it was rendered.", 80, "cancelled", work_started=True)

    def _what_changes_nothing(self) -> None:
        heading("What must not move anything")
        before = self._balance()
        job_id = self._job_id(4)
        say(f"{job_id} is reported as failed twice more, and then as succeeded.")
        for _ in range(2):
            self.stack.end_job(job_id, "failed", failure={"code": "provider_503"})
        self.stack.end_job(job_id, "succeeded", outputs=delivered(1, 1))
        wait_for("an empty queue", lambda: self.stack.waiting_in("job_events") == 0)
        say(f"The balance was {before:,} and is {self._balance():,}.")
        answer = self._charge("job_too_large_" + self.name, 100_000, outputs=1)
        say(f"A job of 100,000 credits is refused: {answer.status} {answer.body.get('detail')}")

    def _what_the_customer_sees(self) -> None:
        heading("What the customer sees: GET /v1/me/transactions, oldest first")
        for item in reversed(self._history()):
            clause = f" [{item['clause']}]" if item.get("clause") else ""
            moved, balance = f"{item['credits']:+,}", f"{item['balance']:,}"
            print(f"  {moved:>7}  {balance:>6}  {item['kind']:<8} {item['reason']}{clause}")
        self._show_balance()

    def _play(self, told: str, credits: int, kind: str, **more: Any) -> None:
        """Charge a job, report its end, and show what became of it."""
        self._jobs += 1
        job_id = self._job_id(self._jobs)
        outputs = more.get("outputs", delivered(1, 1))["ordered"]
        charged = self._charge(job_id, credits, outputs=outputs)
        if charged.status not in (200, 201):
            raise first_data.RefusedFirstDataError(f"{charged.status} {charged.body}")
        self.stack.end_job(job_id, kind, **more)
        job = wait_for(f"the end of {job_id}", lambda: self._ended(job_id))
        back = f"{job['refunded']} of {credits} credits back"
        say(f"{told}\n      → {job['state']}, {back}: {job.get('reason') or 'as ordered'}")

    def _charge(self, job_id: str, credits: int, *, outputs: int) -> Answer:
        request = {"account_id": self.account, "credits": credits, "outputs": outputs}
        return self.stack.as_studio("PUT", f"/v1/jobs/{job_id}", request)

    def _ended(self, job_id: str) -> Any:
        job = self.stack.as_studio("GET", f"/v1/jobs/{job_id}").body
        return job if job["state"] != "charged" else None

    def _job_id(self, number: int) -> str:
        return f"job_{self.name}_{number}"

    def _balance(self) -> int:
        answer = self.stack.as_account(self.account, "/v1/me")
        return int(answer.body["balance"]) if answer.status == 200 else 0

    def _show_balance(self) -> None:
        me = self.stack.as_account(self.account, "/v1/me").body
        say(f"Balance {me['balance']:,} (available {me['available']:,}, held {me['held']:,})")

    def _history(self) -> list[dict[str, Any]]:
        """Every page of it, newest first."""
        items: list[dict[str, Any]] = []
        path = "/v1/me/transactions"
        while path:
            page = self.stack.as_account(self.account, path).body
            items += page["items"]
            cursor = page["next_cursor"]
            path = f"/v1/me/transactions?cursor={cursor}" if cursor else ""
        return items


def delivered(ordered: int, delivered: int) -> dict[str, int]:
    return {"ordered": ordered, "delivered": delivered}


def heading(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}")


def say(text: str) -> None:
    print(f"  {text}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    parser.add_argument("--home", type=Path, default=DEFAULT, help="of the running stack")
    home = Home(parser.parse_args(arguments).home.resolve())
    started_here = not home.in_use()
    if started_here:
        print("No stack runs: starting one for this story.")
        if run.main(["--detach", "--home", str(home.folder)]) != 0:
            return 1
    try:
        return _tell(home)
    finally:
        if started_here:
            run.main(["--stop", "--home", str(home.folder)])


def _tell(home: Home) -> int:
    stack = stack_at(home.stack_json)
    if stack is None:
        print("The stack has been stopped; start it with: make run", file=sys.stderr)
        return 1
    try:
        first_data.put_prices(stack)
        Story(stack, uuid.uuid4().hex[:8]).tell()
    except (NotInTimeError, first_data.RefusedFirstDataError) as error:
        print(f"The story stops here: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
