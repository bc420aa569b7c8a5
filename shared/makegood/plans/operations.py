"""What the studio and its people do by hand: bonuses, corrections, freezing, closing, prices."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from makegood.domain.account import Account, AccountStatus
from makegood.domain.entry import Cause
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.purchase import Price
from makegood.domain.record import Bonus, Correction, StatusChange
from makegood.errors import AccountClosedError, AccountInUseError, IdempotencyConflictError
from makegood.policy.published import AnswerKind, Policies

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Done(Generic[R_co]):
    """The record as it is now; `again` says that it was so before and nothing was changed."""

    record: R_co
    again: bool


def give_bonus(
    key: str, account_id: str, credits: int, reason: str, *, now: datetime
) -> Decide[Done[Bonus]]:
    """Give free credits, once under this key.

    Raises IdempotencyConflictError and AccountClosedError.
    """

    def decide(facts: Facts) -> Plan[Done[Bonus]]:
        known = facts.get(Key(Bonus, key))
        if known is not None:
            if (known.account_id, known.credits, known.reason) != (account_id, credits, reason):
                raise IdempotencyConflictError("another bonus was given under this key")
            return Plan(Done(known, again=True))
        account = facts.account(account_id)
        if account.status is AccountStatus.CLOSED:
            raise AccountClosedError("the account is closed")
        cause = Cause(key=f"bonus:{key}", reason=reason, occurred_at=now, recorded_at=now)
        after, entry = account.bonus(credits, cause)
        bonus = Bonus(key, account_id, credits, reason, lot=entry.seq, given_at=now)
        return Plan(Done(bonus, again=False), (bonus, after, entry))

    return decide


def correct_account(
    key: str, account_id: str, credits: int, *, reason: str, author: str, now: datetime
) -> Decide[Done[Correction]]:
    """Add credits, or take away some that are available, once under this key.

    Raises IdempotencyConflictError, InsufficientCreditsError, AccountClosedError.
    """

    def decide(facts: Facts) -> Plan[Done[Correction]]:
        known = facts.get(Key(Correction, key))
        if known is not None:
            if (known.account_id, known.credits, known.reason) != (account_id, credits, reason):
                raise IdempotencyConflictError("another correction was made under this key")
            return Plan(Done(known, again=True))
        account = facts.account(account_id, credits=max(-credits, 0))
        if account.status is AccountStatus.CLOSED:
            raise AccountClosedError("the account is closed")
        cause = Cause(
            key=f"correction:{key}", reason=reason, occurred_at=now, recorded_at=now, author=author
        )
        after, entry = account.correct(credits, cause)
        correction = Correction(
            key, account_id, credits, reason, author=author, seq=entry.seq, made_at=now
        )
        return Plan(Done(correction, again=False), (correction, after, entry))

    return decide


def set_status(
    account_id: str, status: AccountStatus, *, reason: str, author: str, now: datetime
) -> Decide[Done[Account]]:
    """Freeze or open an account and keep who did so and why. Raises AccountClosedError."""

    def decide(facts: Facts) -> Plan[Done[Account]]:
        account = facts.account(account_id)
        if account.status is status:
            return Plan(Done(account, again=True))
        after = account.frozen() if status is AccountStatus.FROZEN else account.unfrozen()
        change = StatusChange(account_id, status, reason, author=author, changed_at=now)
        return Plan(Done(after, again=False), (after, change))

    return decide


def close_account(
    account_id: str, *, reason: str, author: str, policies: Policies, now: datetime
) -> Decide[Done[Account]]:
    """Close an account for its owner, who gives up what is available (clause 3(b)).

    Raises AccountInUseError while a case holds credits.
    """

    def decide(facts: Facts) -> Plan[Done[Account]]:
        account = facts.get(Key(Account, account_id)) or Account(account_id)
        if account.status is AccountStatus.CLOSED:
            return Plan(Done(account, again=True))
        if account.held:
            raise AccountInUseError("a case holds credits of this account: it is decided first")
        change = StatusChange(
            account_id, AccountStatus.CLOSED, reason, author=author, changed_at=now
        )
        if not account.available:
            # No credits move, so there is no entry: see ADR 0004.
            after = account.closed()
            return Plan(Done(after, again=False), (after, change))
        loaded = facts.account(account_id, credits=account.available)
        after, entry = loaded.forfeit(_forfeit(account_id, author, policies, now))
        return Plan(Done(after, again=False), (after, entry, change))

    return decide


def _forfeit(account_id: str, author: str, policies: Policies, now: datetime) -> Cause:
    policy = policies.in_force(now)
    answer = policy.answers[AnswerKind.ACCOUNT_CLOSED]
    return Cause(
        key=f"forfeit:{account_id}",
        reason=answer.words,
        occurred_at=now,
        recorded_at=now,
        clause=answer.clause,
        policy_version=policy.version,
        author=author,
    )


def set_price(
    price_id: str, credits: int, bonus_credits: int, *, author: str, now: datetime
) -> Decide[Done[Price]]:
    """Say what a Paddle price is worth from now on. What was granted before stays as it is."""

    def decide(facts: Facts) -> Plan[Done[Price]]:
        known = facts.get(Key(Price, price_id))
        if known is not None and (known.credits, known.bonus_credits) == (credits, bonus_credits):
            return Plan(Done(known, again=True))
        price = Price(price_id, credits, bonus_credits, set_at=now, set_by=author)
        return Plan(Done(price, again=False), (price,))

    return decide
