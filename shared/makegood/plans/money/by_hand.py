"""What people do about payouts: send one again, give one up, close the breaker."""

from dataclasses import dataclass, replace
from enum import StrEnum

from makegood.domain.breaker import Breaker
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.payout import Payout, PayoutState
from makegood.errors import CaseSettledError, UnknownThingError
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.money.sending import not_payable

GIVEN_UP = "given_up"


class Remedy(StrEnum):
    """What is to become of a payout that needs a person."""

    SEND_AGAIN = "send_again"
    """Somebody has looked at Paddle: it is not there."""
    GIVE_UP = "give_up"
    """Its case is decided anew."""


@dataclass(frozen=True, slots=True)
class Handled:
    """The payout as it is now; `again` says that it was so before."""

    payout: Payout
    again: bool


@dataclass(frozen=True, slots=True)
class Resumed:
    """The breaker as it is now; `again` says that it was closed before."""

    breaker: Breaker
    again: bool


def handle_payout(
    payout_id: str, remedy: Remedy, rules: Rules, *, author: str, note: str
) -> Decide[Handled]:
    """Carry out what a person says of a payout that needs one, or that has not been sent yet.

    Raises UnknownThingError, and CaseSettledError for any other payout.
    """

    def decide(facts: Facts) -> Plan[Handled]:
        payout = facts.get(Key(Payout, payout_id))
        if payout is None:
            raise UnknownThingError("there is no such payout")
        if not _may(payout, remedy):
            if _is_said(payout, remedy):
                return Plan(Handled(payout, again=True))
            raise CaseSettledError("this payout needs no person")
        seen = replace(payout, handled_by=author, note=note)
        if remedy is Remedy.GIVE_UP:
            given_up, records = not_payable(
                facts, seen, GIVEN_UP, author=author, rules=rules, note=note
            )
            return Plan(Handled(given_up, again=False), records)
        # The rounds begin anew. Its number goes on, so that no old holder has a say.
        wanted = replace(
            seen,
            state=PayoutState.REQUESTED,
            unknown=0,
            asked=False,
            due_at=rules.now,
            why="sent_again",
        )
        return Plan(Handled(wanted, again=False), (wanted,))

    return decide


def _may(payout: Payout, remedy: Remedy) -> bool:
    """What was certainly not sent yet can be given up too."""
    if payout.state is PayoutState.PERSON:
        return True
    never_sent = payout.state is PayoutState.REQUESTED and not (payout.unknown or payout.asked)
    return remedy is Remedy.GIVE_UP and never_sent


def _is_said(payout: Payout, remedy: Remedy) -> bool:
    if remedy is Remedy.GIVE_UP:
        return payout.state is PayoutState.REFUSED and payout.why == GIVEN_UP
    return payout.state is PayoutState.REQUESTED and payout.why == "sent_again"


def resume_payouts(rules: Rules, *, author: str, reason: str) -> Decide[Resumed]:
    """Close the breaker: somebody has looked, and what waits may go on."""

    def decide(facts: Facts) -> Plan[Resumed]:
        breaker = facts.get(Key(Breaker, "")) or Breaker()
        if not breaker.is_open:
            return Plan(Resumed(breaker, again=True))
        closed = breaker.resumed(by=author, why=reason, now=rules.now)
        return Plan(Resumed(closed, again=False), (closed,))

    return decide
