"""What a duplicate payment is judged by, read from the ledger."""

from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain.account import Account
from makegood.domain.case import Case, Opener
from makegood.domain.facts import Facts
from makegood.domain.lot import unused
from makegood.domain.money import Money
from makegood.domain.purchase import Purchase
from makegood.domain.refundable import refundable_of, remaining_minor
from makegood.domain.studio import ZoneNamed
from makegood.plans.case_opening import lots_of, settings_in_force
from makegood.plans.cases.remedies import needs_two_people
from makegood.policy.duplicates import Duplicate, nearest
from makegood.policy.published import Policies
from makegood.policy.requests import PurchaseFacts, Twin

DETECTOR = "duplicates"
"""Who opens these cases, and approves those that need no person."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What duplicates are judged by, beside the facts."""

    policies: Policies
    zones: ZoneNamed
    now: datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of the payments before a duplicate. `first_stands`: see `stands`."""

    twins: tuple[Twin, ...]
    first_stands: bool


def stands(first: Purchase, case: Case | None) -> bool:
    """Whether the first payment for an order stays paid: nothing of it has gone back or may go.

    `case` is the one that it names. One that only this detector has spoken in does not count
    against it: it is there where the payment is near one for another order too, which may be
    told of before or after the duplicate.
    """
    if remaining_minor(first) < first.collected_minor:
        return False
    if first.case_id is None:
        return True
    return case is not None and all(event.author == DETECTOR for event in case.events)


def evidence_of(
    facts: Facts,
    purchase: Purchase,
    account: Account,
    earlier: Earlier,
    case: Case | None,
    rules: Rules,
) -> Duplicate:
    if case is not None and case.money is not None and not case.is_open:
        # As it was before this case promised it.
        promised = purchase.promised_minor - case.money.amount_minor
        purchase = replace(purchase, promised_minor=promised)
    refundable = refundable_of(purchase, account)
    settings = settings_in_force(facts)
    return Duplicate(
        purchase=PurchaseFacts(
            transaction_id=purchase.transaction_id,
            bought_at=purchase.occurred_at,
            unused=refundable.unused,
            granted=refundable.granted,
            refundable_minor=refundable.money.amount_minor,
            twin=nearest(earlier.twins),
            withdrawn=refundable.withdrawn,
        ),
        twins=earlier.twins,
        untouched=_is_untouched(purchase, account),
        first_stands=earlier.first_stands,
        needs_two_people=needs_two_people(
            all_of(purchase), settings, rules.policies.in_force(rules.now)
        ),
        # What people have begun to decide, they decide to the end.
        automatic=settings.automatic_duplicates
        if case is None or is_detectors_alone(case)
        else False,
        asked_at=rules.now if case is None else case.opened_at,
    )


def is_detectors_alone(case: Case) -> bool:
    """What was approved in vain, and is open again, waits for a person."""
    is_new = case.appealed_at is None and not (case.is_open and case.approvals)
    return case.opened_by is Opener.DETECTOR and case.approval is None and is_new


def _is_untouched(purchase: Purchase, account: Account) -> bool:
    """Nothing was spent of it, and nothing of it pays a debt."""
    free = {lot.number: credits for lot, credits in unused(account.lots)}
    lots = [account.lot(number) for number in lots_of(purchase)]
    return all(free[lot.number] + lot.held == lot.granted for lot in lots)


def all_of(purchase: Purchase) -> Money:
    return Money(remaining_minor(purchase), purchase.currency)
