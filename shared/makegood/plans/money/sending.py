"""Who may send a payout, and what came of it.

Whoever sends takes a lease, on condition that nobody has one, and says afterwards what came of
it. What nobody says, because a worker died, counts as unknown: after the lease somebody else asks
Paddle first. See docs/adr/0016-payouts.md.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from makegood.domain.adjustment import REJECTED, Adjustments
from makegood.domain.breaker import Bounds, Breaker
from makegood.domain.case import Case, CaseEventKind
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.payout import (
    LEASE,
    UNKNOWN_ROUNDS_MAX,
    Attempt,
    CameTo,
    Payout,
    PayoutState,
    payout_id_of,
    refundable_until,
)
from makegood.domain.purchase import Purchase
from makegood.errors import LedgerDamagedError, UnknownThingError
from makegood.plans.case_opening import settings_in_force
from makegood.plans.cases.holding import bought
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.money.telling import PADDLE
from makegood.plans.money.unpaid import reopened, waits_for
from makegood.policy.published import PublishedPolicy

STOPPED_FOR = timedelta(minutes=15)
"""How long a payout waits before it looks again whether the breaker is closed."""

AUTHOR = "payouts"


@dataclass(frozen=True, slots=True)
class Leased:
    """It is the caller's to send, until `payout.lease_until`.

    Without `may_post` the caller may only look for it: it was sent too often without an answer, or
    there is an `obstacle` by now, a code.
    """

    payout: Payout
    may_post: bool
    obstacle: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is to be done before `until`. `why` is a code; `tripped` is told once."""

    payout: Payout
    until: datetime
    why: str
    tripped: bool = False


@dataclass(frozen=True, slots=True)
class Over:
    """Nothing is to be sent any more: Paddle has it, or it was refused, or a person looks."""

    payout: Payout
    refused: bool = False


def lease_payout(payout_id: str, rules: Rules) -> Decide[Leased | Wait | Over]:
    """Take a payout for sending, if nobody else has it and nothing stands against it.

    Raises UnknownThingError.
    """

    def decide(facts: Facts) -> Plan[Leased | Wait | Over]:
        payout = facts.get(Key(Payout, payout_id))
        if payout is None:
            raise UnknownThingError("there is no such payout")
        now = rules.now
        if payout.state is PayoutState.SENDING and now < (payout.lease_until or now):
            return Plan(Wait(payout, payout.lease_until or now, "leased"))
        if payout.state is PayoutState.REQUESTED and now < payout.due_at:
            return Plan(Wait(payout, payout.due_at, payout.why or "not_due"))
        if payout.state not in (PayoutState.REQUESTED, PayoutState.SENDING):
            return Plan(Over(payout))
        why = _obstacle(facts, payout, now)
        if why is not None and _was_never_sent(payout):
            return _refused(facts, payout, why, rules)
        return _leased(facts, payout, why, rules)

    return decide


def _leased(
    facts: Facts, payout: Payout, obstacle: str | None, rules: Rules
) -> Plan[Leased | Wait | Over]:
    breaker = facts.get(Key(Breaker, "")) or Breaker()
    until = rules.now + STOPPED_FOR
    if breaker.is_open:
        return Plan(Wait(payout, until, "stopped"))
    after = breaker
    if not payout.counted:
        bounds = bounds_of(facts, rules.policies.in_force(rules.now))
        after = breaker.with_one(payout.payout_id, payout.money, bounds=bounds, now=rules.now)
    if after.is_open:
        return Plan(Wait(payout, until, "stopped", tripped=True), (after,))
    unknown = payout.unknown + (payout.state is PayoutState.SENDING)
    leased = replace(
        payout,
        state=PayoutState.SENDING,
        attempt=payout.attempt + 1,
        unknown=unknown,
        counted=True,
        lease_until=rules.now + LEASE,
        due_at=rules.now + LEASE,
    )
    counted = () if payout.counted else (after,)
    may_post = unknown < UNKNOWN_ROUNDS_MAX and obstacle is None
    return Plan(Leased(leased, may_post, obstacle), (leased, *counted))


def bounds_of(facts: Facts, policy: PublishedPolicy) -> Bounds:
    settings = settings_in_force(facts)
    count, sums = settings.payouts_per_hour, settings.payouts_per_hour_minor
    return Bounds(
        policy.payouts_per_hour.value if count is None else count,
        policy.payouts_per_hour_minor.value if sums is None else sums,
    )


def _obstacle(facts: Facts, payout: Payout, now: datetime) -> str | None:
    """Why a payout is not to be asked for any more, as a code."""
    case = facts.get(Key(Case, payout.case_id))
    purchase = facts.get(Key(Purchase, payout.transaction_id))
    if case is None or purchase is None:
        raise LedgerDamagedError("a payout names a case or purchase that there is not")
    if not waits_for(case, payout):
        return "not_promised"
    if purchase.adjusted_minor + purchase.promised_minor > purchase.collected_minor:
        return "paid_in_another_way"
    if purchase.adjusted_minor > payout.adjusted_before:
        # What was approved was reckoned without it.
        return "adjusted_since"
    until = refundable_until(purchase)
    if until is not None and now >= until:
        return "too_old"
    return "paid_before" if _earlier_one_came(facts, payout, case) else None


def _was_never_sent(payout: Payout) -> bool:
    return payout.state is PayoutState.REQUESTED and not (payout.unknown or payout.asked)


def _earlier_one_came(facts: Facts, payout: Payout, case: Case) -> bool:
    """Whether an earlier payout of the case, given up by a person, has come after all."""
    known = facts.get(Key(Adjustments, payout.transaction_id))
    earlier = {payout_id_of(case.case_id, turn) for turn in range(1, case.approvals)}
    return known is not None and any(
        one.payout_id in earlier and one.status != REJECTED for one in known.known
    )


def _refused(facts: Facts, payout: Payout, why: str, rules: Rules) -> Plan[Leased | Wait | Over]:
    refused, records = not_payable(facts, payout, why, author=AUTHOR, rules=rules)
    return Plan(Over(refused, refused=True), records)


def not_payable(
    facts: Facts, payout: Payout, why: str, *, author: str, rules: Rules, note: str | None = None
) -> tuple[Payout, tuple[object, ...]]:
    """The payout refused, and its case open again where it waits for it."""
    refused = replace(
        payout, state=PayoutState.REFUSED, settled_at=rules.now, lease_until=None, why=why
    )
    case = facts.get(Key(Case, payout.case_id))
    if case is None or not waits_for(case, payout):
        return refused, (refused,)
    at = bought(facts, case)
    if at is None:
        raise LedgerDamagedError("a case promises money of a purchase that it does not have")
    kind = CaseEventKind.NOT_PAYABLE
    unpaid = reopened(facts, case, payout, at, kind=kind, author=author, note=note, rules=rules)
    return refused, (refused, *unpaid.records)


def conclude(payout_id: str, attempt: Attempt, rules: Rules) -> Decide[Wait | Over]:
    """Write down what came of an attempt. Only the holder of the newest lease has a say."""

    def decide(facts: Facts) -> Plan[Wait | Over]:
        payout = facts.get(Key(Payout, payout_id))
        if payout is None:
            raise UnknownThingError("there is no such payout")
        if payout.state is not PayoutState.SENDING:
            return Plan(Over(payout))
        until = payout.lease_until or rules.now
        if payout.attempt != attempt.number:
            return Plan(Wait(payout, until, "leased"))
        match attempt.came_to:
            case CameTo.NOT_SENT:
                return _later(payout, attempt, attempt.again_at or until)
            case CameTo.UNKNOWN:
                told = replace(payout, why=attempt.why)
                return Plan(Wait(told, until, attempt.why), (told,))
            case CameTo.REFUSED if not payout.unknown:
                refused, records = not_payable(
                    facts, payout, attempt.why, author=PADDLE, rules=rules
                )
                return Plan(Over(refused, refused=True), records)
            case _:
                return _for_person(payout, attempt, rules)

    return decide


def _later(payout: Payout, attempt: Attempt, at: datetime) -> Plan[Wait | Over]:
    waits = replace(
        payout,
        state=PayoutState.REQUESTED,
        # Only who has asked for money lets the lease go on to its end.
        asked=payout.asked or attempt.again_at is None,
        lease_until=None,
        due_at=at,
        why=attempt.why,
    )
    return Plan(Wait(waits, at, attempt.why), (waits,))


def _for_person(payout: Payout, attempt: Attempt, rules: Rules) -> Plan[Wait | Over]:
    """A refusal is one too, where an earlier request may have been carried out."""
    stuck = replace(
        payout, state=PayoutState.PERSON, lease_until=None, due_at=rules.now, why=attempt.why
    )
    return Plan(Over(stuck), (stuck,))
