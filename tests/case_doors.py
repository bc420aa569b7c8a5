"""What people and the studio say about cases, as the decisions that the real doors make of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from makegood.domain.case import Case, CaseStatus, Category, Opener, Request
from makegood.domain.facts import Decide
from makegood.domain.job import ChargeRequest
from makegood.events.jobs import JobEvent
from makegood.ledger.attributes import Item, from_item
from makegood.ledger.audit.checking import audit
from makegood.ledger.audit.spool import Spool
from makegood.ledger.shapes import shape_of
from makegood.plans.case_watch import Undecided, refund_undecided
from makegood.plans.cases.deciding import Decided, decide_case
from makegood.plans.cases.filing import Filed, Filing, file_case
from makegood.plans.cases.steps import Appeal, Stepped, appeal_case, withdraw_case
from makegood.plans.cases.verdicts import Choice, Word
from makegood.plans.job_ends import Ended
from makegood.plans.jobs import Charged, charge_job, end_job
from makegood.plans.lost_jobs import Looked, look_at_job
from makegood.policy.versions import PUBLISHED
from tests.ledgers import Moment
from tests.webhooks import NOW

CUSTOMERS_SERVER = "studio"
"""The subject of the token by which the studio's server files for its customers."""

LATER = NOW + timedelta(hours=21)
"""When an unknown failure of now has to be decided, and a job of now is lost."""


def charging(job_id: str, credits: int, account_id: str = "acc_1") -> Decide[Charged]:
    return charge_job(job_id, ChargeRequest(account_id, credits), policies=PUBLISHED, now=NOW)


def ending(event: JobEvent, *, now: datetime = NOW) -> Decide[Ended]:
    return end_job(event, policies=PUBLISHED, now=now)


def undecided(job_id: str, *, now: datetime = LATER) -> Decide[Undecided]:
    return refund_undecided(job_id, policies=PUBLISHED, now=now)


def looking(job_id: str, *, now: datetime = LATER) -> Decide[Looked]:
    """For its end, where nobody can say how it is."""
    return look_at_job(job_id, None, policies=PUBLISHED, now=now)


def filing(
    transaction_id: str,
    category: Category,
    *,
    account_id: str = "acc_1",
    opener: str = CUSTOMERS_SERVER,
    cents: int = 1000,
    description: str = "Please look at this.",
    at: datetime = NOW,
) -> Decide[Filed]:
    request = Request(
        email="ada@example.com",
        transaction_date=at.date(),
        amount_minor=cents,
        currency="USD",
        description=description,
        transaction_id=transaction_id,
    )
    wish = Filing(account_id, category, request, Opener.CUSTOMER, opener, (transaction_id,))
    return file_case(wish, policies=PUBLISHED, zones=ZoneInfo, now=at)


def withdrawing(case: Case) -> Decide[Stepped]:
    return withdraw_case(case.case_id, case.account_id, author=CUSTOMERS_SERVER, now=NOW)


def appealing(case: Case) -> Decide[Stepped]:
    appeal = Appeal(case.case_id, case.account_id, CUSTOMERS_SERVER, "Look again.")
    return appeal_case(appeal, policies=PUBLISHED, zones=ZoneInfo, now=NOW)


def approving(
    case: Case, *, author: str = "rita", at: datetime = NOW, **more: Any
) -> Decide[Decided]:
    word = Word(Choice.APPROVE, author, more.pop("seen", case.version), **more)
    return _deciding(case, word, at=at)


def declining(case: Case, *, author: str = "rita", **more: Any) -> Decide[Decided]:
    note = more.pop("note", "It was used.")
    seen = more.pop("seen", case.version)
    return _deciding(case, Word(Choice.DECLINE, author, seen, note=note, **more))


def _deciding(case: Case, word: Word, *, at: datetime = NOW) -> Decide[Decided]:
    return decide_case(case.case_id, word, policies=PUBLISHED, now=at)


def cases_in(items: Iterable[Item]) -> list[Case]:
    read = shape_of(Case).read
    found = [read(from_item(item)) for item in items if item["sk"]["S"] == "CASE"]
    return sorted(found, key=lambda case: case.case_id)


def held_by(cases: Iterable[Case], account_id: str = "acc_1") -> int:
    return sum(
        take.credits for case in cases if case.account_id == account_id for take in case.held
    )


def unsettled(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if case.status in (CaseStatus.OPEN, CaseStatus.APPROVED)]


def audited(items: Mapping[tuple[str, str], Item]) -> list[str]:
    with Spool() as spool:
        audit(Moment(items), spool)
        return [str(finding) for finding in spool.findings()]
