"""Purchases become credits: once for each transaction, line by line, by the price table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from makegood.domain.account import CREDITS_MAX, Account, AccountStatus
from makegood.domain.case import Case, CaseEventKind
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.purchase import (
    LINES_MAX,
    WRITES_MAX,
    Customer,
    Price,
    Purchase,
    PurchaseLine,
    PurchaseState,
    Unmatched,
)
from makegood.domain.studio import ZoneNamed
from makegood.errors import (
    AccountClosedError,
    BalanceOutOfRangeError,
    IdempotencyConflictError,
    PriceUnknownError,
    UnknownThingError,
)
from makegood.events.identifiers import is_identifier
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.granting import granted
from makegood.policy.published import Policies

if TYPE_CHECKING:
    # Its models are pydantic's, which only the function that reads events has to load.
    from makegood.events.paddle import PaddleTransaction

PACK_ORIGINS = frozenset({"api", "web"})
"""Where one-off purchases come from; the other origins are a subscription's life."""


@dataclass(frozen=True, slots=True)
class Credited:
    """The purchase as it is now; `again` says that nothing was changed.

    `cases` are those about duplicate payments that were opened or amended by it, `unreadable` the
    transactions near it that did not count, because what is stored of them is damaged.
    """

    purchase: Purchase
    again: bool
    cases: tuple[Case, ...] = ()
    unreadable: tuple[str, ...] = ()

    @property
    def duplicates_found(self) -> tuple[Case, ...]:
        """The cases that were not there before."""
        again = CaseEventKind.SEEN_AGAIN
        return tuple(
            case for case in self.cases if all(event.kind is not again for event in case.events)
        )


def credit_purchase(
    transaction: "PaddleTransaction", *, policies: Policies, zones: ZoneNamed, now: datetime
) -> Decide[Credited]:
    """Record a completed transaction and grant its credits, if it is clear whose they are.

    The caller has seen that the transaction is completed, by its status, not by the event's
    name. Raises IdempotencyConflictError if it was reported before with other goods or money.
    """
    told = as_told(transaction, now)
    rules = Rules(policies, zones, now)

    def decide(facts: Facts) -> Plan[Credited]:
        known = facts.get(Key(Purchase, told.transaction_id))
        if known is not None and not known.is_same_sale(told):
            raise IdempotencyConflictError("this transaction was completed with other contents")
        if known is not None and known.state is PurchaseState.GRANTED:
            return Plan(Credited(known, again=True))
        why = _not_for_credits(transaction)
        if why is not None:
            return _kept(replace(told, state=PurchaseState.NOT_CREDITED, why=why), known)
        return _credit(facts, told, _owner(facts, told), known, rules)

    return decide


def assign_purchase(
    transaction_id: str,
    account_id: str,
    *,
    author: str,
    policies: Policies,
    zones: ZoneNamed,
    now: datetime,
) -> Decide[Credited]:
    """A person says whose an unmatched purchase is.

    Raises UnknownThingError for a transaction never seen, PriceUnknownError while a price is
    missing, AccountClosedError, BalanceOutOfRangeError, and IdempotencyConflictError if the
    purchase is another account's, or not for credits.
    """

    def decide(facts: Facts) -> Plan[Credited]:
        known = facts.get(Key(Purchase, transaction_id))
        if known is None:
            raise UnknownThingError("no purchase with this transaction id has been seen")
        if known.state is PurchaseState.GRANTED and known.account_id == account_id:
            return Plan(Credited(known, again=True))
        if known.state is not PurchaseState.UNMATCHED:
            raise IdempotencyConflictError("the purchase is settled already, in another way")
        claimed = replace(known, recorded_at=now, assigned_by=author)
        plan = _credit(facts, claimed, account_id, known, Rules(policies, zones, now))
        match plan.outcome.purchase.why:
            case Unmatched.PRICE:
                raise PriceUnknownError("a price of this purchase has no credits yet")
            case Unmatched.CLOSED:
                raise AccountClosedError("the account is closed")
            case Unmatched.LINES | Unmatched.CREDITS:
                raise BalanceOutOfRangeError("the purchase is too large to be granted at once")
        return plan

    return decide


def as_told(transaction: "PaddleTransaction", now: datetime) -> Purchase:
    """As a sale that nobody has credited yet."""
    claimed = transaction.custom_data.get("account_id")
    order_ref = transaction.custom_data.get("order_ref")
    return Purchase(
        transaction_id=transaction.id,
        state=PurchaseState.UNMATCHED,
        customer_id=transaction.customer_id,
        claimed_account_id=claimed if isinstance(claimed, str) and is_identifier(claimed) else None,
        order_ref=order_ref if isinstance(order_ref, str) and is_identifier(order_ref) else None,
        currency=transaction.currency_code,
        collected_minor=transaction.details.totals.grand_total,
        lines=tuple(
            PurchaseLine(
                item_id=line.id,
                price_id=line.price_id,
                quantity=line.quantity,
                amount_minor=line.totals.total,
                tax_minor=line.totals.tax,
            )
            for line in transaction.details.line_items
        ),
        occurred_at=transaction.billed_at or transaction.created_at,
        recorded_at=now,
        paid_by=transaction.paid_by,
    )


def _not_for_credits(transaction: "PaddleTransaction") -> str | None:
    if transaction.origin not in PACK_ORIGINS or transaction.subscription_id is not None:
        return "part of a subscription, not a purchase of credits"
    if any(line.totals.total < 0 or line.totals.tax < 0 for line in transaction.details.line_items):
        return "a line with a negative amount"
    captured = any(payment.status == "captured" for payment in transaction.payments)
    if transaction.details.totals.grand_total <= 0 or not captured:
        return "no money was collected"
    return None


def _owner(facts: Facts, purchase: Purchase) -> str | None:
    """The account that the studio's server named, else the one of an earlier purchase."""
    if purchase.claimed_account_id is not None or purchase.customer_id is None:
        return purchase.claimed_account_id
    customer = facts.get(Key(Customer, purchase.customer_id))
    return customer.account_id if customer is not None else None


def _credit(
    facts: Facts,
    purchase: Purchase,
    account_id: str | None,
    known: Purchase | None,
    rules: Rules,
) -> Plan[Credited]:
    """Grant all lines, or keep the purchase for a person if anything is unclear."""
    found = {line.price_id: facts.get(Key(Price, line.price_id)) for line in purchase.lines}
    prices = {price_id: price for price_id, price in found.items() if price is not None}
    account = facts.account(account_id) if account_id is not None else None
    why = _obstacle(account, all_priced=0 < len(found) == len(prices))
    if why is None and len(purchase.lines) > LINES_MAX:
        why = Unmatched.LINES
    if why is None and any(_credits(line, prices) > CREDITS_MAX for line in purchase.lines):
        why = Unmatched.CREDITS
    if why is not None or account is None:
        return _kept(replace(purchase, why=why.value if why is not None else None), known)
    met, writes = granted(facts, purchase, account, prices, rules)
    if len(writes) > WRITES_MAX:
        return _kept(replace(purchase, why=Unmatched.LINES.value), known)
    credited = Credited(met.purchase, again=False, cases=met.cases, unreadable=met.unreadable)
    return Plan(credited, writes)


def _kept(purchase: Purchase, known: Purchase | None) -> Plan[Credited]:
    """Not credited, for a reason; told again, it is decided anew."""
    if known is not None and (known.state, known.why) == (purchase.state, purchase.why):
        return Plan(Credited(known, again=True))
    return Plan(Credited(purchase, again=False), (purchase,))


def _credits(line: PurchaseLine, prices: Mapping[str, Price]) -> int:
    price = prices[line.price_id]
    return (price.credits + price.bonus_credits) * line.quantity


def _obstacle(account: Account | None, *, all_priced: bool) -> Unmatched | None:
    if account is None:
        return Unmatched.ACCOUNT
    if account.status is AccountStatus.CLOSED:
        return Unmatched.CLOSED
    return None if all_priced else Unmatched.PRICE
