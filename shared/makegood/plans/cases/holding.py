"""What a case holds: credits that cannot be spent while it may end in money back."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain.account import Account, Take
from makegood.domain.case import Case
from makegood.domain.entry import Cause, Entry
from makegood.domain.facts import Facts, Key
from makegood.domain.purchase import Purchase
from makegood.plans.case_opening import held_back, lots_of

HELD_WORDS = "These credits are held while a request about their purchase is open."
RELEASED_WORDS = "The request about these credits is settled: they can be spent again."

_APPEAL = ":appeal"


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase and its account, the purchase's lots loaded."""

    purchase: Purchase
    account: Account


def bought(facts: Facts, case: Case) -> Bought | None:
    """The purchase that a case is about."""
    if case.transaction_id is None:
        return None
    purchase = facts.get(Key(Purchase, case.transaction_id))
    if purchase is None or purchase.account_id != case.account_id:
        return None
    return Bought(purchase, facts.account(case.account_id, lots=lots_of(purchase)))


def held_for(
    case: Case, at: Bought, *, now: datetime, occasion: str | None = None
) -> tuple[tuple[Take, ...], tuple[object, ...]]:
    """All that the case holds once what is unused of the purchase is held, and what to write.

    `occasion` tells holds of one case apart; without one it is the opening, or the appeal.
    """
    cause = _cause("hold", case, occasion or _round(case), reason=HELD_WORDS, now=now)
    account, entries, held = held_back(at.account, at.purchase, cause)
    return _together(case.held, held), (account, *entries) if entries else ()


def released(facts: Facts, case: Case, *, now: datetime) -> tuple[object, ...]:
    """Free what a case holds, and its purchase for another case: the records to write.

    The one place that does so. The case itself is written by the caller, with `held=()`. What a
    clawback has taken meanwhile is gone; where nothing is left to free, nothing moves.
    """
    purchase = None
    if case.transaction_id is not None:
        purchase = facts.get(Key(Purchase, case.transaction_id))
    freed: tuple[object, ...] = ()
    if purchase is not None and purchase.case_id == case.case_id:
        freed = (replace(purchase, case_id=None),)
    if not case.held:
        return freed
    account = facts.account(case.account_id, lots=[take.number for take in case.held])
    after, entries = let_go(case, account, now=now)
    return (*freed, after, *entries) if entries else freed


def let_go(
    case: Case, account: Account, *, now: datetime, occasion: str | None = None
) -> tuple[Account, tuple[Entry, ...]]:
    """Free what the case holds. The account has the lots loaded, which may hold less by now."""
    takes = [take for take in case.held if account.lot(take.number).held]
    if not takes:
        return account, ()
    cause = _cause("release", case, occasion or _round(case), reason=RELEASED_WORDS, now=now)
    after, entry = account.release(takes, cause)
    return after, (entry,)


def approval_of(turn: int) -> str:
    """The occasion of an approval's hold: what is unused by then is held too."""
    return ":approval" if turn == 1 else f":approval:{turn}"


def _round(case: Case) -> str:
    """A case that was approved in vain can hold again what it let go of then."""
    appeal = "" if case.appealed_at is None else _APPEAL
    return f"{appeal}:{case.approvals}" if case.approvals else appeal


def _cause(word: str, case: Case, occasion: str, *, reason: str, now: datetime) -> Cause:
    return Cause(
        key=f"{word}:{case.case_id}{occasion}",
        reason=reason,
        occurred_at=now,
        recorded_at=now,
        clause=case.decision.clause,
        policy_version=case.decision.policy_version,
        transaction_id=case.transaction_id,
        case_id=case.case_id,
    )


def _together(*parts: tuple[Take, ...]) -> tuple[Take, ...]:
    credits: Counter[int] = Counter()
    for takes in parts:
        credits.update({take.number: take.credits for take in takes})
    return tuple(Take(number, credits[number]) for number in sorted(credits))
