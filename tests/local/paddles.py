"""The core of the stand-in for Paddle in a test's hands, at a time that the test says."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from local.paddle import catalog
from local.paddle.core.faults import Faults
from local.paddle.core.options import Options
from local.paddle.core.paddle import Answer, Paddle

NOON = datetime(2026, 11, 22, 12, 3, tzinfo=UTC)
USD, USD_5000, JPY = (price["id"] for price in catalog.PRICES)


class Shop:
    """One Paddle, one key that may do everything, and a clock that only the test moves."""

    def __init__(self, faults: Faults | None = None, **options: Any) -> None:
        self.now = NOON
        chosen = Options(**{"requests_per_minute": None, **options})
        self.paddle = Paddle(NOON, options=chosen, faults=faults)
        self.headers = {
            "Authorization": f"Bearer {self.paddle.api_key}",
            "Content-Type": "application/json",
        }

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        content = None if body is None else json.dumps(body).encode()
        sent = self.headers if headers is None else headers
        return self.paddle.request(method, path, sent, content, self.now)

    def get(self, path: str) -> Any:
        """The `data` of a good answer."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.json()["data"]

    def do(self, command: str, **body: Any) -> dict[str, Any]:
        return self.paddle.command(command, body, self.now)

    def buy(self, price_id: str = USD, quantity: int = 2, **more: Any) -> dict[str, Any]:
        """The transaction."""
        bought = {"price_id": price_id, "quantity": quantity, "account_id": "acc_1", **more}
        transaction: dict[str, Any] = self.do("purchase", **bought)["transaction"]
        return transaction

    def refund(self, transaction: Mapping[str, Any], *amounts: int, **more: Any) -> Answer:
        """A full one, or so much of each line in turn."""
        body: dict[str, Any] = {
            "action": "refund",
            "transaction_id": transaction["id"],
            "reason": "test",
            "type": "partial" if amounts else "full",
        }
        if amounts:
            body["items"] = [
                {"item_id": line, "type": "partial", "amount": str(amount)}
                for line, amount in zip(lines_of(transaction), amounts, strict=False)
            ]
        return self.ask("POST", "/adjustments", {**body, **more})

    def adjustments(self, transaction: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The oldest first."""
        query = f"transaction_id={transaction['id']}&order_by=id[ASC]&per_page=50"
        listed: list[dict[str, Any]] = self.get(f"/adjustments?{query}")
        return listed

    def told(self) -> list[tuple[str, str]]:
        """Type and status of everything that has happened to adjustments, in order."""
        return [
            (event["event_type"], event["data"]["status"])
            for event in self.paddle.events
            if event["event_type"].startswith("adjustment.")
        ]


def lines_of(transaction: Mapping[str, Any]) -> list[str]:
    return [line["id"] for line in transaction["details"]["line_items"]]


def code_of(answer: Answer) -> str:
    """Of an error; "" for none."""
    return str(answer.json().get("error", {}).get("code", ""))
