"""What is told of accounts and payouts."""

from makegood.domain.account import AccountStatus
from makegood.domain.entry import Entry, EntryKind, timestamp
from makegood.domain.payout import Payout, PayoutState
from makegood.domain.record import StatusChange
from makegood.outbox.change import Change
from makegood.outbox.effect import DomainEvent, Effect, PayoutDue, money_facts, without_addresses

ENTRY_EVENTS = {
    EntryKind.GRANT: "credits.granted",
    EntryKind.BONUS: "credits.granted",
    EntryKind.REFUND: "credits.refunded",
    EntryKind.SETTLE: "credits.refunded",
    EntryKind.CLAWBACK: "credits.clawed_back",
    EntryKind.RESTORE: "credits.restored",
    EntryKind.CORRECTION: "credits.corrected",
    EntryKind.FORFEIT: "credits.forfeited",
}

NOT_TOLD = frozenset({EntryKind.CHARGE, EntryKind.HOLD, EntryKind.RELEASE})
"""The studio charges by itself, and what a case holds has not moved to anybody."""

STATUS_EVENTS = {
    AccountStatus.FROZEN: "account.frozen",
    AccountStatus.OPEN: "account.opened",
    AccountStatus.CLOSED: "account.closed",
}

NEEDS_PERSON = "payout.needs_person"


def of_entry(entry: Entry) -> list[Effect]:
    cause = entry.cause
    if entry.kind in NOT_TOLD:
        return []
    facts = {
        "account_id": entry.account_id,
        "seq": entry.seq,
        "kind": entry.kind.value,
        "credits": entry.credits,
        "balance": entry.balance,
        "available": entry.available,
        "reason": without_addresses(cause.reason),
        "clause": cause.clause,
        "policy_version": cause.policy_version,
        "job_id": cause.job_id,
        "transaction_id": cause.transaction_id,
        "case_id": cause.case_id,
    }
    event_id = f"entry:{entry.account_id}:{entry.seq}"
    kind = ENTRY_EVENTS[entry.kind]
    return [DomainEvent(kind, event_id, cause.occurred_at, cause.recorded_at, facts)]


def of_status(change: StatusChange) -> list[Effect]:
    """Without the reason: it is a note between people, and customers do not see it."""
    at, status = change.changed_at, change.status
    event_id = f"status:{change.account_id}:{timestamp(at)}:{status.value}"
    facts = {"account_id": change.account_id, "status": status.value}
    return [DomainEvent(STATUS_EVENTS[status], event_id, at, at, facts)]


def of_payout(payout: Payout, change: Change) -> list[Effect]:
    """It begins when it is requested and when a person sends it again.

    All that lies between is for who works on it: that one asks the queue for the next time.
    """
    old = change.old
    was = old.state if isinstance(old, Payout) else None
    if payout.state is PayoutState.REQUESTED and was in (None, PayoutState.PERSON):
        return [PayoutDue(payout.payout_id)]
    if payout.state is PayoutState.PERSON and was is not PayoutState.PERSON:
        return [_needs_person(payout, change)]
    return []


def _needs_person(payout: Payout, change: Change) -> DomainEvent:
    facts = {
        "payout_id": payout.payout_id,
        "case_id": payout.case_id,
        "account_id": payout.account_id,
        "transaction_id": payout.transaction_id,
        "money": money_facts(payout.money),
        "attempts": payout.attempt,
        "why": payout.why,
    }
    # It may come to this several times, and the attempts need not tell them apart.
    event_id = f"payout:{payout.payout_id}:{change.version}"
    return DomainEvent(NEEDS_PERSON, event_id, change.at, change.at, facts)
