"""Histories, purchases, prices and what waits for a person: paged, and each for its owner."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from makegood.aws import Caller
from makegood.domain.account import Take
from makegood.domain.entry import Cause
from makegood.domain.facts import Facts, Plan
from makegood.domain.job import ChargeRequest
from makegood.domain.purchase import PurchaseState
from makegood.events.jobs import parse_job_event
from makegood.ledger import reads
from makegood.plans.case_opening import case_id_of
from makegood.plans.jobs import charge_job, end_job
from makegood.plans.operations import give_bonus, set_price
from makegood.policy.versions import PUBLISHED
from tests.api_calls import Api
from tests.http_events import JOBS, OPERATOR, customer
from tests.purchases_made import assigning, bought, crediting
from tests.webhooks import NOW
from tests.workers import failed

ME = customer("acc_1")
YOU = customer("acc_2")
TRANSACTIONS = "/v1/me/transactions"
PURCHASES = "/v1/me/purchases"


def bonuses(api: Api, account_id: str, count: int) -> None:
    api.decide_all(
        give_bonus(f"{account_id}-{number}", account_id, number, f"Gift {number}.", now=NOW)
        for number in range(1, count + 1)
    )


def priced(api: Api, credits: int = 100, bonus: int = 0) -> None:
    api.decide(set_price("pri_1", credits, bonus, author="oda", now=NOW))


def buy(api: Api, transaction_id: str, **wishes: Any) -> None:
    api.decide(crediting(bought(transaction_id, **wishes), now=NOW))


def buy_many(api: Api, count: int) -> None:
    """One purchase a minute, of one lot each: the older ones do not fit into the snapshot."""
    api.decide_all(
        crediting(bought(f"txn_{n:02d}", at=NOW + timedelta(minutes=n)), now=NOW)
        for n in range(count)
    )


def spend(api: Api, credits: int, job_id: str = "job_1") -> None:
    api.decide(charge_job(job_id, ChargeRequest("acc_1", credits), policies=PUBLISHED, now=NOW))


def pages(api: Api, path: str, claims: dict[str, str], limit: int) -> list[list[Any]]:
    """All pages of a list, followed as a client would."""
    answer = api.get(path, claims, limit=limit)
    found = [answer.body["items"]]
    while (cursor := answer.body["next_cursor"]) is not None:
        answer = api.get(path, claims, limit=limit, cursor=cursor)
        assert answer.status == 200
        assert len(found) < 50, "the list goes round in a circle"
        found.append(answer.body["items"])
    return found


# History ----------------------------------------------------------------------------------------


def test_a_history_tells_each_movement_newest_first_with_the_balance_after_it(api: Api) -> None:
    priced(api)
    buy(api, "txn_1")
    spend(api, 60)
    api.decide(end_job(parse_job_event(failed("job_1")), policies=PUBLISHED, now=NOW))

    items = api.get(TRANSACTIONS, ME).body["items"]

    told = [(item["seq"], item["kind"], item["credits"], item["balance"]) for item in items]
    assert told == [(3, "refund", 60, 100), (2, "charge", -60, 40), (1, "grant", 100, 100)]
    refund, charge, grant = items
    assert (refund["job_id"], refund["clause"]) == ("job_1", "2(a)")
    assert refund["policy_version"] == "2025-02-24"
    assert refund["reason"]
    assert refund["occurred_at"] == "2026-10-28T14:04:11.250000Z"
    assert "clause" not in charge
    assert grant["transaction_id"] == "txn_1"


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1] * 7), (3, [3, 3, 1]), (7, [7]), (100, [7])])
def test_pages_of_a_history_join_without_gap_or_repetition(
    api: Api, limit: int, sizes: list[int]
) -> None:
    bonuses(api, "acc_1", 7)

    found = pages(api, TRANSACTIONS, ME, limit)

    assert [len(page) for page in found] == sizes
    assert [item["seq"] for page in found for item in page] == [7, 6, 5, 4, 3, 2, 1]


def test_a_page_stays_the_same_while_new_entries_come(api: Api) -> None:
    bonuses(api, "acc_1", 4)
    cursor = api.get(TRANSACTIONS, ME, limit=2).body["next_cursor"]

    api.decide(give_bonus("late", "acc_1", 9, "Late.", now=NOW))

    items = api.get(TRANSACTIONS, ME, limit=2, cursor=cursor).body["items"]
    assert [item["seq"] for item in items] == [2, 1]


def test_a_page_has_fifty_items_unless_something_else_is_asked_for(api: Api) -> None:
    bonuses(api, "acc_1", 51)

    assert [len(page) for page in pages(api, TRANSACTIONS, ME, 100)] == [51]
    first = api.get(TRANSACTIONS, ME).body
    assert len(first["items"]) == 50
    assert first["next_cursor"] is not None


def test_only_reviewers_see_who_made_a_correction(api: Api) -> None:
    body = {"credits": 5, "reason": "Agreed on the phone."}
    api.post("/v1/accounts/acc_1/corrections", body, key="k-1")

    [reviewed] = api.get("/v1/accounts/acc_1/transactions", OPERATOR).body["items"]
    [own] = api.get(TRANSACTIONS, ME).body["items"]

    assert reviewed["author"] == "oda"
    assert "author" not in own
    assert own == {name: value for name, value in reviewed.items() if name != "author"}


def test_only_reviewers_see_who_assigned_a_purchase(api: Api) -> None:
    priced(api)
    buy(api, "txn_1")
    buy(api, "txn_2", account_id=None, at=NOW + timedelta(days=1))
    api.decide(assigning("txn_2", "acc_1", author="oda", now=NOW))

    assigned, plain = api.get("/v1/accounts/acc_1/purchases", OPERATOR).body["items"]
    own = api.get(PURCHASES, ME).body["items"]

    assert assigned["assigned_by"] == "oda"
    assert "assigned_by" not in plain
    assigned.pop("assigned_by")
    assert own == [assigned, plain]


def test_a_purchase_names_the_case_that_is_open_about_it(api: Api) -> None:
    priced(api)
    buy(api, "txn_1")
    buy(api, "txn_2", at=NOW + timedelta(minutes=1))
    for path, claims in ((PURCHASES, ME), ("/v1/accounts/acc_1/purchases", OPERATOR)):
        later, earlier = api.get(path, claims).body["items"]
        assert later["case_id"] == case_id_of("purchase", "txn_2")
        assert "case_id" not in earlier


# Pages that DynamoDB ends ----------------------------------------------------------------------


class Cutting(Caller):
    """A caller whose pages end after two items, as DynamoDB ends them at a megabyte."""

    ITEMS = 2

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._caller.call(operation, request)
        if operation != "Query" or len(answer["Items"]) <= self.ITEMS:
            return answer
        items = answer["Items"][: self.ITEMS]
        names = {"pk", "sk"}
        if (index := request.get("IndexName")) is not None:
            names |= {f"{index}_pk", f"{index}_sk"}
        last = {name: items[-1][name] for name in names}
        return answer | {"Items": items, "LastEvaluatedKey": last}


@pytest.mark.parametrize(
    ("path", "claims", "name"),
    [
        (TRANSACTIONS, ME, "seq"),
        (PURCHASES, ME, "transaction_id"),
        ("/v1/prices", OPERATOR, "price_id"),
        ("/v1/unmatched", OPERATOR, "transaction_id"),
    ],
)
def test_a_list_goes_on_behind_a_page_that_dynamodb_ended(
    api: Api, monkeypatch: pytest.MonkeyPatch, path: str, claims: dict[str, str], name: str
) -> None:
    for number in range(1, 6):
        api.decide(set_price(f"pri_{number}", number, 0, author="oda", now=NOW))
        at = NOW + timedelta(days=number)
        buy(api, f"txn_{number}", at=at)
        buy(api, f"txn_lost_{number}", account_id=None, at=at)
    [whole] = pages(api, path, claims, 100)
    monkeypatch.setattr(api.table, "_dynamodb", Cutting(api.table._dynamodb))

    found = pages(api, path, claims, 4)

    assert [len(page) for page in found] == [2, 2, 1]
    assert [item[name] for page in found for item in page] == [item[name] for item in whole]


# Purchases --------------------------------------------------------------------------------------


def test_a_purchase_shows_what_was_paid_what_is_unused_and_what_that_is_worth(api: Api) -> None:
    priced(api, 300, bonus=30)
    buy(api, "txn_1", cents=1000)
    spend(api, 100)

    [purchase] = api.get(PURCHASES, ME).body["items"]

    assert (purchase["transaction_id"], purchase["currency"]) == ("txn_1", "USD")
    assert purchase["collected_minor"] == 1000
    [line] = purchase["lines"]
    assert line["amount_minor"] == 1000
    counts = ("granted", "unused", "used", "held", "withdrawn")
    assert [line[name] for name in counts] == [300, 200, 100, 0, 0]
    assert [line["bonus"][name] for name in counts] == [30, 30, 0, 0, 0]
    assert line["refundable"]["amount_minor"] == 666, "1000 * 200 / 300, rounded down"
    assert line["refundable"]["clause"] == "1"
    assert line["refundable"]["policy_version"] == "2025-02-24"
    assert line["refundable"]["why_not"]


def test_nothing_is_refundable_of_what_is_used(api: Api) -> None:
    priced(api)
    buy(api, "txn_1")
    spend(api, 100)

    [purchase] = api.get(PURCHASES, ME).body["items"]

    [line] = purchase["lines"]
    assert line["refundable"]["amount_minor"] == 0
    assert line["refundable"]["clause"] == "3(a)"
    assert line["bonus"] is None


def test_no_more_is_refundable_than_was_collected(api: Api) -> None:
    """Part of the bill was paid from a balance with Paddle."""
    priced(api)
    buy(api, "txn_1", cents=1000, lines=2, collected=1500)

    [purchase] = api.get(PURCHASES, ME).body["items"]

    amounts = [line["refundable"]["amount_minor"] for line in purchase["lines"]]
    assert amounts == [750, 750]


def test_purchases_are_paged_newest_first(api: Api) -> None:
    priced(api)
    for day in range(5):
        buy(api, f"txn_{day}", at=NOW + timedelta(days=day))

    found = pages(api, PURCHASES, ME, 2)

    named = [[purchase["transaction_id"] for purchase in page] for page in found]
    assert named == [["txn_4", "txn_3"], ["txn_2", "txn_1"], ["txn_0"]]
    assert found == pages(api, "/v1/accounts/acc_1/purchases", OPERATOR, 2)


def test_lots_are_found_wherever_they_lie(api: Api) -> None:
    priced(api, 10)
    buy_many(api, 40)
    spend(api, 105)

    [page] = pages(api, PURCHASES, ME, 100)

    unused = [line["unused"] for purchase in reversed(page) for line in purchase["lines"]]
    assert unused == [0] * 10 + [5] + [10] * 29
    assert sum(unused) == api.get("/v1/me", ME).body["available"]


def test_a_purchase_that_an_index_still_names_is_read_again(api: Api) -> None:
    """The index lags behind on AWS; here the item is changed under it."""
    priced(api)
    buy(api, "txn_1")
    buy(api, "txn_2", account_id=None)
    item = api.dynamodb.get_item(
        TableName="ledger", Key={"pk": {"S": "PURCHASE#txn_1"}, "sk": {"S": "PURCHASE"}}
    )["Item"]
    moved = api.dynamodb.get_item(
        TableName="ledger", Key={"pk": {"S": "PURCHASE#txn_2"}, "sk": {"S": "PURCHASE"}}
    )["Item"]
    api.dynamodb.put_item(TableName="ledger", Item=item | {"account_id": {"S": "acc_9"}})
    settled = {"state": {"S": PurchaseState.NOT_CREDITED.value}}
    api.dynamodb.put_item(TableName="ledger", Item=moved | settled)

    assert api.get(PURCHASES, ME).body["items"] == []
    assert api.get("/v1/unmatched", OPERATOR).body["items"] == []


# Prices and unmatched purchases -----------------------------------------------------------------


def test_prices_are_paged_by_their_id(api: Api) -> None:
    for number in (3, 1, 2):
        api.decide(set_price(f"pri_{number}", number, 0, author="oda", now=NOW))

    found = pages(api, "/v1/prices", OPERATOR, 2)

    assert [[price["price_id"] for price in page] for page in found] == [
        ["pri_1", "pri_2"],
        ["pri_3"],
    ]


def test_unmatched_purchases_are_paged_oldest_first(api: Api) -> None:
    for day in (2, 0, 1):
        buy(api, f"txn_{day}", account_id=None, at=NOW + timedelta(days=day))

    found = pages(api, "/v1/unmatched", OPERATOR, 2)

    assert [[purchase["transaction_id"] for purchase in page] for page in found] == [
        ["txn_0", "txn_1"],
        ["txn_2"],
    ]


# Nobody sees what is not theirs -----------------------------------------------------------------


def test_an_account_sees_itself_and_nothing_of_another(api: Api) -> None:
    priced(api)
    buy(api, "txn_1")
    bonuses(api, "acc_2", 2)

    assert api.get("/v1/me", ME).body["available"] == 100
    assert api.get("/v1/me", YOU).body["available"] == 3
    assert [item["kind"] for item in api.get(TRANSACTIONS, ME).body["items"]] == ["grant"]
    assert [item["kind"] for item in api.get(TRANSACTIONS, YOU).body["items"]] == ["bonus", "bonus"]
    assert len(api.get(PURCHASES, ME).body["items"]) == 1
    assert api.get(PURCHASES, YOU).body["items"] == []


def test_an_account_whose_id_begins_like_another_is_another(api: Api) -> None:
    bonuses(api, "acc_1", 1)
    bonuses(api, "acc_11", 2)

    assert len(api.get(TRANSACTIONS, ME).body["items"]) == 1
    assert len(api.get(TRANSACTIONS, customer("acc_11")).body["items"]) == 2


# Cursors ----------------------------------------------------------------------------------------


def test_a_list_that_fits_into_one_page_needs_no_key(api: Api) -> None:
    bonuses(api, "acc_1", 2)
    api.secrets.delete_secret(SecretId="cursor", ForceDeleteWithoutRecovery=True)

    assert api.get(TRANSACTIONS, ME, limit=2).status == 200


def test_a_read_decides_nothing_and_writes_nothing(api: Api) -> None:
    priced(api)
    buy(api, "txn_1")
    before = api.items()

    for path in ("/v1/me", TRANSACTIONS, PURCHASES):
        assert api.get(path, ME).status == 200
    assert api.get("/v1/accounts/acc_1", JOBS).status == 200
    assert api.items() == before


def test_credits_that_pay_for_a_clawback_are_not_shown_as_unused(api: Api) -> None:
    """The oldest pay first, also where they lie on cards."""
    priced(api, 20)
    buy(api, "txn_first", at=NOW - timedelta(days=1))
    spend(api, 20)
    priced(api, 1)
    buy_many(api, 30)

    def claw_back(facts: Facts) -> Plan[None]:
        cause = Cause("clawback:test", "The money went back.", occurred_at=NOW, recorded_at=NOW)
        return Plan(None, facts.account("acc_1", lots=[1]).clawback([Take(1, 20)], cause))

    api.decide(claw_back)

    [page] = pages(api, PURCHASES, ME, 100)
    unused = [line["unused"] for purchase in reversed(page) for line in purchase["lines"]]
    assert unused == [0] + [0] * 20 + [1] * 10
    assert api.get("/v1/me", ME).body["available"] == 10


def test_a_page_of_purchases_takes_the_same_few_calls_however_many_lots_it_has(api: Api) -> None:
    priced(api, 10, bonus=1)
    buy_many(api, 40)

    calls = api.calls_during(lambda: api.get(PURCHASES, ME, limit=100))

    assert calls == ["Query", "BatchGetItem", "BatchGetItem", "BatchGetItem"]


def test_lots_are_the_same_as_a_decision_would_load(api: Api) -> None:
    priced(api, 10)
    buy_many(api, 30)
    numbers = list(range(1, 31))

    def decide(facts: Facts) -> Plan[Any]:
        return Plan(facts.account("acc_1", lots=numbers))

    assert reads.account_with_lots(api.table, "acc_1", numbers) == api.decide(decide)
