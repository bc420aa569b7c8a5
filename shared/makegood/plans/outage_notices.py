"""Customers concerned by an outage are told, or offered a case, as the switch says.

Each step may happen twice: the notice under its key says that it has.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from makegood.domain.case import Category, Opener
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.outage import Outage, Telling
from makegood.domain.purchase import Purchase
from makegood.domain.record import Notice
from makegood.domain.studio import OutageNotice, ZoneNamed
from makegood.plans.case_opening import lots_of
from makegood.plans.cases.filing import Filing, file_case
from makegood.plans.outages import monitor_of, outage_of
from makegood.policy.outages import Concerned, concerned
from makegood.policy.published import AnswerKind, Policies

OPENER = "outages"

_ASK = "You can ask for it: open a request of the category service_unavailable."
_OPENED = "A case has been opened for you, and a person looks at it."
_OPEN = "A case about this purchase is open already, and a person looks at it."


@dataclass(frozen=True, slots=True)
class Told:
    """What was done about one purchase. `case_id` is there where a case was opened or found."""

    account_id: str
    transaction_id: str
    case_id: str | None = None


def tell(
    transaction_id: str,
    outage_id: str,
    *,
    policies: Policies,
    zones: ZoneNamed,
    now: datetime,
) -> Decide[Told | None]:
    """Tell who made this purchase, if it is concerned; None if it is not, or has been done."""

    def decide(facts: Facts) -> Plan[Told | None]:
        outage = outage_of(facts, outage_id)
        found = _concerned(facts, transaction_id, outage, policies, now)
        if found is None or outage.telling is None:
            return Plan(None)
        if outage.telling.notice is OutageNotice.CASE:
            return _offered(facts, found, policies=policies, zones=zones, now=now)
        return _told(facts, found, now=now)

    return decide


def move_on(outage_id: str, done: Telling, *, to: str | None, told: int, now: datetime) -> (
    Decide[Telling]
):  # fmt: skip
    """Keep where the list goes on, or that it is through, unless another run was faster."""

    def decide(facts: Facts) -> Plan[Telling]:
        outage = outage_of(facts, outage_id)
        if outage.telling is None or outage.telling != done:
            return Plan(outage.telling or done)
        telling = replace(done, position=to, told=done.told + told, failed=0)
        if to is not None:
            return Plan(telling, (replace(outage, telling=telling),))
        telling = replace(telling, done_at=now)
        monitor = monitor_of(facts)
        left = tuple(waiting for waiting in monitor.telling if waiting != outage_id)
        return Plan(telling, (replace(outage, telling=telling), replace(monitor, telling=left)))

    return decide


def stay(outage_id: str, done: Telling, *, told: int, failed: bool) -> Decide[Telling]:
    """Keep how many were told, where the list does not go on yet: some wait for the next run."""

    def decide(facts: Facts) -> Plan[Telling]:
        outage = outage_of(facts, outage_id)
        if outage.telling is None or outage.telling != done:
            return Plan(outage.telling or done)
        telling = replace(done, told=done.told + told, failed=done.failed + failed)
        return Plan(telling, () if telling == done else (replace(outage, telling=telling),))

    return decide


def _concerned(
    facts: Facts, transaction_id: str, outage: Outage, policies: Policies, now: datetime
) -> Concerned | None:
    purchase = facts.get(Key(Purchase, transaction_id))
    if purchase is None or purchase.account_id is None:
        return None
    account = facts.account(purchase.account_id, lots=lots_of(purchase))
    return concerned(purchase, account, outage.span, policies=policies, now=now)


def _told(facts: Facts, found: Concerned, *, now: datetime) -> Plan[Told | None]:
    """Once for each account, however many of its purchases are concerned."""
    notice = _notice(found, f"outage:{found.after.outage_id}", _ASK, now)
    if facts.get(Key(Notice, (notice.account_id, notice.key))) is not None:
        return Plan(None)
    return Plan(Told(notice.account_id, found.purchase.transaction_id), (notice,))


def _offered(
    facts: Facts, found: Concerned, *, policies: Policies, zones: ZoneNamed, now: datetime
) -> Plan[Told | None]:
    """Once for each purchase. Without the notice, a case that was withdrawn would come again.

    What has been answered already, by a person or by the policy, is not offered once more.
    """
    transaction_id = found.purchase.transaction_id
    key = f"outage:{found.after.outage_id}:{transaction_id}"
    notice = _notice(found, key, _OPENED, now)
    if facts.get(Key(Notice, (notice.account_id, notice.key))) is not None:
        return Plan(None)
    filing = Filing(
        account_id=notice.account_id,
        category=Category.SERVICE_UNAVAILABLE,
        request=None,
        opened_by=Opener.DETECTOR,
        opener=OPENER,
        candidates=(transaction_id,),
        holds=False,
    )
    filed = file_case(filing, policies=policies, zones=zones, now=now)(facts)
    case = filed.outcome.case
    if not case.is_open:
        return Plan(None)
    if filed.outcome.again:
        notice = _notice(found, key, _OPEN, now)
    told = Told(notice.account_id, transaction_id, case.case_id)
    return Plan(told, (*filed.writes, notice))


def _notice(found: Concerned, key: str, what_now: str, now: datetime) -> Notice:
    assert found.purchase.account_id is not None
    words = found.policy.answers[AnswerKind.OUTAGE_LONG_ENOUGH]
    return Notice(
        account_id=found.purchase.account_id,
        key=key,
        text=f"{words.words} {what_now}",
        clause=words.clause,
        policy_version=found.policy.version,
        noticed_at=now,
    )
