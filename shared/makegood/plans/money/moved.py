"""What changes with a purchase whose money moves."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from makegood.domain.account import Account, AccountStatus, Take
from makegood.domain.adjustment import APPROVED, REVERSED, Adjustment, Adjustments
from makegood.domain.case import Case
from makegood.domain.entry import Entry
from makegood.domain.payout import Payout
from makegood.domain.purchase import Purchase
from makegood.domain.record import StatusChange
from makegood.domain.withdrawal import adjusted_minor, withdrawn_of
from makegood.errors import LedgerDamagedError
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.money.telling import PADDLE, clawback_cause, frozen_because, restore_cause


@dataclass(frozen=True, slots=True)
class Moved:
    """A purchase and all that has changed with it, as far as its adjustments have been followed.

    The account has the purchase's lots loaded.
    """

    purchase: Purchase
    account: Account
    adjustments: Adjustments
    entries: tuple[Entry, ...] = ()
    cases: tuple[Case, ...] = ()
    payouts: tuple[Payout, ...] = ()
    changes: tuple[StatusChange, ...] = ()

    @property
    def beside(self) -> tuple[object, ...]:
        """What is to be written beside the purchase and the account."""
        return (self.adjustments, *self.entries, *self.cases, *self.payouts, *self.changes)

    @property
    def moves_account(self) -> bool:
        return bool(self.entries or self.changes)

    def case(self, case_id: str) -> Case | None:
        """As it is by now, if it has changed with this."""
        return next((case for case in self.cases if case.case_id == case_id), None)

    def with_case(self, case: Case) -> "Moved":
        others = tuple(one for one in self.cases if one.case_id != case.case_id)
        return replace(self, cases=(*others, case))


@dataclass(frozen=True, slots=True)
class Effect:
    """What one adjustment's news did to the credits: negative ones are gone from the customer.

    `undone` are the adjustments that no longer stand by it, `again` those that do once more: by
    it a reversal turns out to be another's than was thought.
    """

    credits: int
    undone: tuple[Adjustment, ...]
    again: tuple[Adjustment, ...] = ()


def with_credits(
    at: Moved, told: Adjustment, payout: Payout | None, rules: Rules
) -> tuple[Moved, Effect]:
    """The purchase once this has been told of it: its credits go along with its money.

    All adjustments together say how many credits of each lot are gone; what is missing to that
    moves. So nothing is taken twice, and nothing more than was granted.
    """
    after = at.adjustments.with_one(told)
    before_ids = {one.adjustment_id for one in at.adjustments.standing}
    after_ids = {one.adjustment_id for one in after.standing}
    undone = tuple(one for one in at.adjustments.standing if one.adjustment_id not in after_ids)
    new = [one for one in after.standing if one.adjustment_id not in before_ids]
    again = tuple(one for one in new if one.adjustment_id != told.adjustment_id)
    wanted = withdrawn_of(at.purchase, after)
    deltas = {take.number: take.credits - at.account.lot(take.number).withdrawn for take in wanted}
    purchase = replace(at.purchase, adjusted_minor=adjusted_minor(at.purchase, after))
    moved = replace(at, purchase=purchase, adjustments=after)
    takes = [Take(number, credits) for number, credits in deltas.items() if credits > 0]
    gives = [Take(number, -credits) for number, credits in deltas.items() if credits < 0]
    if takes:
        moved = _taken(moved, takes, _free([*new, told, *after.known]), payout, rules)
    if gives:
        moved = _returned(moved, gives, _free([*undone, told, *after.known], took=True), rules)
    return moved, Effect(-sum(deltas.values()), undone, again)


def _free(ones: Iterable[Adjustment], *, took: bool = False) -> Adjustment:
    """The first one that can bear another entry: each takes credits once, and returns them once.

    Mostly that is the one which stands now, or no longer. Where it has done so before, because a
    reversal was taken for its own that was another's, that other one bears it.
    """
    for one in ones:
        has_taken = one.takes and one.status in (APPROVED, REVERSED)
        if has_taken and not one.restore_seq and (took or not one.clawback_seq):
            return one
    raise LedgerDamagedError("an adjustment would move credits a second time")


def _taken(
    at: Moved, takes: list[Take], told: Adjustment, payout: Payout | None, rules: Rules
) -> Moved:
    credits = sum(take.credits for take in takes)
    cause = clawback_cause(told, at.purchase, payout, credits=credits, rules=rules)
    account, entry = at.account.clawback(takes, cause)
    followed = at.adjustments.with_one(replace(told, clawback_seq=entry.seq))
    return replace(at, account=account, adjustments=followed, entries=(*at.entries, entry))


def _returned(at: Moved, takes: list[Take], told: Adjustment, rules: Rules) -> Moved:
    credits = sum(take.credits for take in takes)
    cause = restore_cause(told, at.purchase, credits=credits, rules=rules)
    account, entry = at.account.restore(takes, cause)
    now = at.adjustments.get(told.adjustment_id) or told
    followed = at.adjustments.with_one(replace(now, restore_seq=entry.seq))
    return replace(at, account=account, adjustments=followed, entries=(*at.entries, entry))


def with_freeze(at: Moved, told: Adjustment, rules: Rules) -> Moved:
    """An adjustment that is seen for the first time may freeze the account, by policy.

    Also one that has been undone since: a person opens the account again, who has seen both.
    """
    policy = rules.policies.in_force(told.created_at)
    if told.action not in policy.freezes.value or at.account.status is not AccountStatus.OPEN:
        return at
    change = StatusChange(
        at.account.account_id,
        AccountStatus.FROZEN,
        frozen_because(told),
        author=PADDLE,
        changed_at=rules.now,
    )
    return replace(at, account=at.account.frozen(), changes=(*at.changes, change))
