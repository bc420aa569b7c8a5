"""What there is before each request of the catalogue: two accounts, their purchases, jobs, cases.

It is made once, through the API itself, and put into the table of each test.
"""

import copy
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.asked import ANN, REVIEWER, asking, decide, filed
from tests.dynamodb import DynamoDB
from tests.http_events import JOBS, OPERATOR, customer
from tests.inputs.in_memory import Aws, InMemoryApi, running
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW

BOB = customer("acc_2")
SUE = {"sub": "sue", "scope": "review"}
"""Support: she has filed a case for Ann."""

CORRECTION = {"credits": 5, "reason": "Agreed."}
CHARGE = {"account_id": "acc_1", "credits": 30}
BONUS = {"account_id": "acc_1", "credits": 5, "reason": "Welcome."}


@dataclass(frozen=True)
class World:
    """`names` are ids that are known only then: of cases, and cursors."""

    items: Mapping[Any, Any]
    names: Mapping[str, str]


@functools.cache
def world() -> World:
    with running() as memory:
        api = InMemoryApi(memory)
        names = _made(api)
        return World(copy.deepcopy(memory.table.items), names)


def put_into(memory: Aws) -> Mapping[str, str]:
    """Returns the names. The table's items are never changed in place."""
    made = world()
    memory.table = _table_of(made.items)
    return made.names


def _table_of(items: Mapping[Any, Any]) -> DynamoDB:
    table = DynamoDB()
    table.items = dict(items)
    return table


def _made(api: InMemoryApi) -> dict[str, str]:
    for number in range(1, 6):
        sold(api, f"txn_{number}", price_id=f"pri_{number}")
    sold(api, "txn_b", price_id="pri_1", account_id="acc_2")
    api.put("/v1/jobs/job_1", CHARGE)
    api.put("/v1/jobs/job_b", CHARGE | {"account_id": "acc_2"})
    api.put("/v1/bonuses/key_1", BONUS, JOBS)
    api.post("/v1/accounts/acc_1/corrections", CORRECTION, OPERATOR, key="key_1")
    support = asking(account_id="acc_1", transaction_id="txn_2")
    cases = {
        "mine": filed(api, transaction_id="txn_1"),
        "sues": api.post("/v1/cases", support, SUE).body,
        "declined": filed(api, transaction_id="txn_3"),
        "approved": filed(api, transaction_id="txn_4"),
        "failure": filed(api, "technical_failure", transaction_id="txn_5"),
        "unplaced": filed(api, amount=77),
        "theirs": filed_by_bob(api),
    }
    for name, decision in (("declined", "decline"), ("approved", "approve")):
        assert decide(api, cases[name], decision, REVIEWER).status == 200
    lists = {
        "cursor": ("/v1/me/transactions", ANN),
        "reviewed_cursor": ("/v1/accounts/acc_1/transactions", OPERATOR),
        "bobs_cursor": ("/v1/me/transactions", BOB),
    }
    cursors = {
        name: api.get(path, claims, limit=1).body["next_cursor"]
        for name, (path, claims) in lists.items()
    }
    return {name: case["case_id"] for name, case in cases.items()} | cursors


def sold(api: InMemoryApi, transaction_id: str, *, price_id: str, **wishes: Any) -> None:
    """Each of another price: the same goods twice would be looked at as paid twice."""
    api.put(f"/v1/prices/{price_id}", {"credits": 100, "bonus_credits": 5}, OPERATOR)
    sale = bought(transaction_id, price_id=price_id, **wishes)
    api.decide(crediting(sale, now=NOW))


def filed_by_bob(api: InMemoryApi) -> Any:
    return api.post("/v1/me/cases", asking(transaction_id="txn_b"), BOB).body
