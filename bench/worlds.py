"""What the tables hold before a run: the same accounts and charged jobs for both solutions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench.events import WEBHOOK_SECRET
from bench.stub.tables import Layout
from makegood.domain.account import Account, Take
from makegood.domain.at_hand import LotCard, arranged
from makegood.domain.entry import Cause, Entry
from makegood.domain.job import ChargeRequest, Job, JobState
from makegood.domain.purchase import Price
from makegood.ledger.table import put_of, put_of_card

if TYPE_CHECKING:
    from bench.processes import StubProcess

Item = dict[str, Any]

CHARGED_AT = datetime(2026, 9, 21, 14, 10, tzinfo=UTC)
JOB_CREDITS = 12
TABLE = "ledger"
SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:paddle-AbCdEf"  # noqa: S105
TEXTBOOK_SECRET = "paddle-webhook"  # noqa: S105
PRICE = "pri_01kjpx71rrp1zr6z0b6nfbkm1a"

LAYOUTS: dict[str, Any] = {
    TABLE: {
        "key": ["pk", "sk"],
        "indexes": {"work": ["work_pk", "work_sk"], "lookup": ["lookup_pk", "lookup_sk"]},
    },
    "accounts": {"key": ["account_id"], "indexes": {}},
    "jobs": {"key": ["job_id"], "indexes": {}},
    "history": {"key": ["account_id", "entry_id"], "indexes": {}},
    "idempotency": {"key": ["id"], "indexes": {}},
}
SECRETS = {SECRET_ARN: f'{{"secrets":["{WEBHOOK_SECRET}"]}}', TEXTBOOK_SECRET: WEBHOOK_SECRET}


@dataclass(frozen=True, slots=True)
class Charged:
    """An account with its jobs, and the entries that led there."""

    account: Account
    jobs: tuple[Job, ...]
    entries: tuple[Entry, ...]
    cards: tuple[LotCard, ...]


def charged_account(account_id: str, *, jobs: int, entries: int = 0, lots: int = 1) -> Charged:
    """An account that bought `lots` times, has a history of `entries` besides, and open jobs."""
    account = Account(account_id)
    made: list[Entry] = []
    cards: dict[int, LotCard] = {}
    for number in range(lots):
        account, entry = account.grant(1_000 * (jobs + 1), _cause(f"grant:{account_id}:{number}"))
        account, leaving = arranged(account, [card.lot for card in cards.values()])
        cards |= {card.lot.number: card for card in leaving}
        made.append(entry)
    account, past = _with_history(account, entries)
    made += past
    open_jobs = []
    for number in range(jobs):
        account, job, entry = _charged(account, f"job_{account_id}_{number}")
        open_jobs.append(job)
        made.append(entry)
    return Charged(account, tuple(open_jobs), tuple(made), tuple(cards.values()))


def product_items(world: Charged, *, with_entries: bool = False) -> Iterator[Item]:
    """Versions are what as many writes would have left, so that their size is real."""
    yield _item(world.account, version=world.account.seq)
    for job in world.jobs:
        yield _item(job, version=1)
    for card in world.cards:
        yield put_of_card(card, seq=world.account.seq)["Item"]
    if with_entries:
        for entry in world.entries:
            yield _item(entry, version=1)


def textbook_accounts(worlds: Iterable[Charged]) -> Iterator[Item]:
    for world in worlds:
        yield {
            "account_id": {"S": world.account.account_id},
            "balance": {"N": str(world.account.balance)},
            "updated_at": {"S": CHARGED_AT.isoformat()},
        }


def textbook_jobs(worlds: Iterable[Charged]) -> Iterator[Item]:
    for world in worlds:
        for job in world.jobs:
            yield {
                "job_id": {"S": job.job_id},
                "account_id": {"S": job.account_id},
                "credits": {"N": str(job.credits)},
                "capability": {"S": "video"},
                "status": {"S": "charged"},
                "charged_at": {"S": job.charged_at.isoformat()},
                "expected_by": {"S": job.expected_by.isoformat()},
            }


def fill(stub: "StubProcess", worlds: Sequence[Charged]) -> None:
    """Put the same world into the tables of both solutions."""
    for world in worlds:
        stub.seed(TABLE, product_items(world))
    stub.seed("accounts", textbook_accounts(worlds))
    stub.seed("jobs", textbook_jobs(worlds))


def _with_history(account: Account, entries: int) -> tuple[Account, list[Entry]]:
    """Charges that were given back: the balance stays as it was."""
    made: list[Entry] = []
    for number in range(entries // 2):
        account, charge = account.charge(1, _cause(f"charge:past_{number}"))
        takes = [Take(change.number, change.used) for change in charge.lots]
        account, refund = account.refund(takes, _cause(f"end:past_{number}"))
        made += [charge, refund]
    return account, made


def _charged(account: Account, job_id: str) -> tuple[Account, Job, Entry]:
    cause = replace(_cause(f"charge:{job_id}"), reason="Credits for a generation.", job_id=job_id)
    account, entry = account.charge(JOB_CREDITS, cause)
    job = Job(
        job_id=job_id,
        request=ChargeRequest(account.account_id, JOB_CREDITS, "video", 4, 600),
        state=JobState.CHARGED,
        takes=tuple(Take(change.number, change.used) for change in entry.lots),
        charged_at=CHARGED_AT,
        expected_by=CHARGED_AT + timedelta(minutes=10),
    )
    return account, job, entry


def _cause(key: str) -> Cause:
    return Cause(key, "The generation failed for a reason.", CHARGED_AT, CHARGED_AT)


def _item(record: object, *, version: int) -> Item:
    item: Item = put_of(record, seen=version - 1)["Item"]
    return item


def layout(table: str) -> Layout:
    """In the stub's own form."""
    told = LAYOUTS[table]
    return Layout(tuple(told["key"]), {k: tuple(v) for k, v in told["indexes"].items()})


def price_item() -> Item:
    return _item(Price(PRICE, 1_000, 0, CHARGED_AT, "bench"), version=1)
