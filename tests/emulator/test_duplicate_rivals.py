"""Payments for the same goods that are credited at the same moment, by workers side by side."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from makegood.domain.case import Case, CaseStatus
from makegood.domain.facts import Key
from makegood.domain.studio import StudioSettings
from makegood.ledger.store import Ledger
from makegood.plans.case_opening import case_id_of
from makegood.plans.operations import set_price
from makegood.plans.purchases import Credited
from makegood.plans.studio_settings import put_in_force
from tests.emulator.rivals import at_once, audited, chance, do, told
from tests.ledgers import NOON, stored, stored_account
from tests.purchases_made import bought, crediting

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.emulator


@pytest.mark.parametrize("seed", range(3))
def test_payments_that_race_each_other_leave_one_sale_and_its_duplicates(
    ledger: Ledger, client: "DynamoDBClient", table: str, seed: int
) -> None:
    do(ledger, set_price("pri_1", 100, 0, author="ada", now=NOON))
    do(ledger, put_in_force(StudioSettings(automatic_duplicates=True), now=NOON))
    payments = [
        bought(f"txn_{n}", at=NOON + timedelta(seconds=n), order_ref="ord_1") for n in range(4)
    ] * 2
    chance(seed).shuffle(payments)

    results = at_once([told(ledger, crediting(one, now=NOON)) for one in payments])

    assert sum(isinstance(one, Credited) and not one.again for one in results) == 4
    account = stored_account(ledger, "acc_1")
    assert (account.available, account.held) == (100, 300)
    for number in range(1, 4):
        case = stored(ledger, Key(Case, case_id_of("purchase", f"txn_{number}")))
        assert case.status is CaseStatus.APPROVED
        earlier = [f"txn_{n}" for n in range(number)]
        twins = case.decision.inputs["twins"]
        assert isinstance(twins, list)
        assert [twin["transaction_id"] for twin in twins] == earlier
    assert audited(client, table) == []
