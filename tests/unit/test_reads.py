"""Looking customers up by their e-mail address."""

import json
from datetime import timedelta

import pytest

from makegood.domain.facts import Key
from makegood.domain.purchase import Customer
from makegood.errors import LedgerDamagedError
from makegood.events.paddle import PaddleCustomer
from makegood.ledger import reads
from makegood.ledger.store import Ledger
from makegood.plans.customers import tell_of_customer
from tests.ledgers import NOON, ledger_on, memory_ledger, plenty, stored
from tests.memory_dynamodb import FaultyDynamoDB, MemoryDynamoDB
from tests.webhooks import sample

CUSTOMER = ("CUSTOMER#ctm_1", "CUSTOMER")


def tell(ledger: Ledger, customer_id: str, email: str, *, minute: int = 0) -> None:
    data = json.loads(sample("customer.created"))["data"]
    news = PaddleCustomer.model_validate(data | {"id": customer_id, "email": email})
    at = NOON + timedelta(minutes=minute)
    ledger.decide(tell_of_customer(news, occurred_at=at), time_left=plenty)


def found(ledger: Ledger, email: str) -> list[str]:
    return [one.customer_id for one in reads.customers_with_email(ledger.table, email)]


def test_all_customers_with_an_address_are_found_however_it_is_spelled() -> None:
    ledger, _ = memory_ledger()
    tell(ledger, "ctm_1", "Zoe@example.com")
    tell(ledger, "ctm_2", "other@example.com")
    tell(ledger, "ctm_3", "zoe@example.com")

    assert found(ledger, " ZOE@example.com ") == ["ctm_1", "ctm_3"]
    assert found(ledger, "nobody@example.com") == []
    [customer] = reads.customers_with_email(ledger.table, "other@example.com")
    assert customer == stored(ledger, Key(Customer, "ctm_2"))


def test_a_customer_is_found_by_the_newest_address_only() -> None:
    ledger, _ = memory_ledger()
    tell(ledger, "ctm_1", "old@example.com")
    tell(ledger, "ctm_1", "new@example.com", minute=1)

    assert found(ledger, "old@example.com") == []
    assert found(ledger, "new@example.com") == ["ctm_1"]


@pytest.mark.parametrize("email", [{"S": "new@example.com"}, None], ids=["changed", "erased"])
def test_a_customer_that_the_index_still_names_is_read_again(email: dict[str, str] | None) -> None:
    ledger, client = memory_ledger()
    tell(ledger, "ctm_1", "old@example.com")
    item = client.items[CUSTOMER]
    if email is None:
        del item["email"]
    else:
        item["email"] = email

    assert found(ledger, "old@example.com") == []


def test_a_customer_that_the_index_names_and_nobody_has_is_left_out() -> None:
    client = MemoryDynamoDB()
    tell(ledger_on(client), "ctm_1", "zoe@example.com")
    kept = client.items[CUSTOMER]

    def gone(operation: str, _arguments: object) -> None:
        """The index answers; then the record is not there."""
        if operation == "batch_get_item":
            client.items.pop(CUSTOMER, None)
        else:
            client.items[CUSTOMER] = kept

    assert found(ledger_on(FaultyDynamoDB(client, gone)), "zoe@example.com") == []


def test_the_look_up_goes_on_behind_a_page_that_dynamodb_cut() -> None:
    client = MemoryDynamoDB()
    for number in range(5):
        tell(ledger_on(client), f"ctm_{number}", "zoe@example.com")

    def short(operation: str, arguments: dict[str, object]) -> None:
        if operation == "query":
            arguments["Limit"] = 2

    ledger = ledger_on(FaultyDynamoDB(client, short))

    assert found(ledger, "zoe@example.com") == [f"ctm_{number}" for number in range(5)]


def test_a_record_that_cannot_be_read_is_no_answer() -> None:
    ledger, client = memory_ledger()
    tell(ledger, "ctm_1", "zoe@example.com")
    client.items[CUSTOMER]["told_at"] = {"S": "yesterday"}

    with pytest.raises(LedgerDamagedError):
        found(ledger, "zoe@example.com")
