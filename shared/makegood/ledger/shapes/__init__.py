"""How each record looks in the table: its place, its attributes, its index keys.

Sizes decide the cost: DynamoDB counts write units by the started kilobyte, names included, so an
entry, a job and an ordinary snapshot each stay below one. Beside these attributes the store
keeps `v`, a record's version, which each write raises by one and asserts.
"""

from typing import Any, TypeVar, cast

from makegood.domain.account import Account
from makegood.domain.adjustment import Adjustments
from makegood.domain.at_hand import LotCard
from makegood.domain.breaker import Breaker
from makegood.domain.case import Case
from makegood.domain.entry import Entry
from makegood.domain.facts import Key
from makegood.domain.job import Job
from makegood.domain.monitor import Monitor
from makegood.domain.outage import CompleteOutages, Outage
from makegood.domain.payout import Payout
from makegood.domain.purchase import Basket, Customer, Price, Purchase
from makegood.domain.reconciliation import Reconciliation
from makegood.domain.record import Bonus, Correction, Notice, ParkedEvent, StatusChange
from makegood.domain.studio import StudioSettings
from makegood.ledger.shapes import (
    accounts,
    cases,
    jobs,
    outages,
    payouts,
    purchases,
    reconciliation,
    records,
)
from makegood.ledger.shapes.shape import Shape

R = TypeVar("R")

SHAPES: dict[type[Any], Shape[Any]] = {
    Account: accounts.ACCOUNT,
    Entry: accounts.ENTRY,
    LotCard: accounts.CARD,
    Job: jobs.JOB,
    Purchase: purchases.PURCHASE,
    Basket: purchases.BASKET,
    Adjustments: payouts.ADJUSTMENTS,
    Payout: payouts.PAYOUT,
    Breaker: payouts.BREAKER,
    Reconciliation: reconciliation.RECONCILIATION,
    Price: purchases.PRICE,
    Customer: purchases.CUSTOMER,
    Bonus: records.BONUS,
    Correction: records.CORRECTION,
    StatusChange: records.STATUS_CHANGE,
    ParkedEvent: records.PARKED_EVENT,
    Case: cases.CASE,
    Notice: cases.NOTICE,
    CompleteOutages: outages.COMPLETE_OUTAGES,
    Outage: outages.OUTAGE,
    Monitor: outages.MONITOR,
    StudioSettings: outages.STUDIO_SETTINGS,
}


def shape_of(kind: type[R]) -> Shape[R]:
    return cast("Shape[R]", SHAPES[kind])


def key_of(record: R) -> Key[R]:
    kind = type(record)
    return Key(kind, shape_of(kind).id(record))


def place_of(key: Key[Any]) -> tuple[str, str]:
    return shape_of(key.kind).place(key.id)
