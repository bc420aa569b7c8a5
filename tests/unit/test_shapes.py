"""Every record comes back from its item as it was; its index keys say where to look for it."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.account import Account, AccountStatus, Take
from makegood.domain.adjustment import AdjustedLine, Adjustment, Adjustments
from makegood.domain.at_hand import LotCard
from makegood.domain.breaker import Breaker, Minute
from makegood.domain.case import (
    Approval,
    Case,
    CaseDecision,
    CaseEvent,
    CaseEventKind,
    CaseOutcome,
    CaseStatus,
    Category,
    Opener,
    Request,
    Verdict,
)
from makegood.domain.entry import Book, Cause, Entry, EntryKind, Posting, entry_hash
from makegood.domain.job import ChargeRequest, EndKind, Job, JobEnding, JobState
from makegood.domain.lot import Lot, LotChange
from makegood.domain.money import Money
from makegood.domain.monitor import Monitor
from makegood.domain.outage import CompleteOutages, Ending, Gap, Outage, OutageSpan, Telling
from makegood.domain.payout import IN_FLIGHT, Payout, PayoutItem, PayoutState
from makegood.domain.purchase import (
    Basket,
    Customer,
    Price,
    Purchase,
    PurchaseLine,
    PurchaseState,
    Sale,
)
from makegood.domain.reconciliation import About, Claim, PutBack, Reconciliation, Walk
from makegood.domain.record import Bonus, Correction, Notice, ParkedEvent, StatusChange
from makegood.domain.studio import OutageNotice, Probe, StudioSettings
from makegood.errors import MakegoodError
from makegood.ledger.attributes import Item, from_item
from makegood.ledger.shapes import SHAPES, key_of, place_of, shape_of
from makegood.ledger.shapes.purchases import customers_with
from makegood.ledger.table import put_of, put_of_card
from tests.histories import History, next_step
from tests.ledgers import NOON

LATER = datetime(2026, 11, 22, 12, 0, 0, 1, UTC)

CAUSE = Cause(
    key="clawback:adj_1",
    reason="zurück ✓",
    occurred_at=NOON,
    recorded_at=LATER,
    clause="2(a)",
    policy_version="2025-02-24",
    job_id="job_1",
    transaction_id="txn_1",
    case_id="case_1",
    author="ada",
)
ENTRY = Entry(
    account_id="acc_1",
    seq=7,
    kind=EntryKind.CLAWBACK,
    postings=(
        Posting(Book.AVAILABLE, -20),
        Posting(Book.HELD, -10),
        Posting(Book.DEBT, -5),
        Posting(Book.WITHDRAWN, 35),
    ),
    lots=(LotChange(3, held=-10, withdrawn=30), LotChange(4, 0, 1, 2, 3)),
    cause=CAUSE,
    available=1,
    held=2,
    debt=3,
    previous_hash="ab" * 32,
).sealed()
LINE = PurchaseLine("txnitm_1", "pri_1", 2, 2178, 178, 2000, 3, 100, 4)
PURCHASE = Purchase(
    transaction_id="txn_1",
    state=PurchaseState.GRANTED,
    customer_id="ctm_1",
    claimed_account_id="acc_1",
    order_ref="ord_1",
    currency="USD",
    collected_minor=2178,
    lines=(LINE, replace(LINE, item_id="txnitm_2")),
    occurred_at=NOON,
    recorded_at=LATER,
    account_id="acc_1",
    why="because",
    assigned_by="ada",
    case_id="case_1",
    promised_minor=100,
    adjusted_minor=200,
    paid_by="card",
)
ADJUSTMENT = Adjustment(
    adjustment_id="adj_1",
    action="chargeback",
    status="reversed",
    currency="USD",
    amount_minor=2178,
    lines=(AdjustedLine("txnitm_1", 2178),),
    created_at=NOON,
    told_at=LATER,
    payout_id="payout_1",
    clawback_seq=7,
    restore_seq=8,
)
PAYOUT = Payout(
    payout_id="payout_1",
    case_id="case_1",
    account_id="acc_1",
    transaction_id="txn_1",
    money=Money(2178, "USD"),
    items=(PayoutItem("txnitm_1", 2000), PayoutItem("txnitm_2", 178)),
    state=PayoutState.SENDING,
    requested_at=NOON,
    due_at=LATER,
    attempt=3,
    unknown=2,
    counted=True,
    asked=True,
    lease_until=LATER,
    adjustment_id="adj_1",
    sent_at=NOON,
    settled_at=LATER,
    why="no_answer",
    handled_by="ada",
    note="Looked at Paddle.",
    adjusted_before=100,
)
BREAKER = Breaker(
    minutes=(Minute(NOON, 2, {"JPY": 500, "USD": 2178}),),
    tripped_at=LATER,
    why="count",
    resumed_at=NOON,
    resumed_by="ada",
    resumed_why="An outage.",
    tripped_by="payout_1",
    allowed="payout_2",
)
JOB = Job(
    job_id="job_1",
    request=ChargeRequest("acc_1", 10, "video", 4, 60),
    state=JobState.CHARGED,
    takes=(Take(1, 4), Take(2, 6)),
    charged_at=NOON,
    expected_by=LATER,
    refunded=3,
    reason="why",
    clause="2(a)",
    policy_version="2025-02-24",
    failure_code="provider_503",
    refund_due_at=LATER,
    failed_at=NOON,
    ended_at=LATER,
    ending=JobEnding(EndKind.SUCCEEDED, ordered=4, delivered=1, work_started=True),
    asked_at=NOON,
    look_at=LATER,
    late_success_at=LATER,
)
CASE = Case(
    case_id="case_1",
    account_id="acc_1",
    category=Category.UNAUTHORISED,
    status=CaseStatus.OPEN,
    decision=CaseDecision(
        CaseOutcome.NEEDS_REVIEW, "2(c)", "2025-02-24", "A person looks.", {"unused": 7, "a": ["b"]}
    ),
    opened_by=Opener.SUPPORT,
    opener="sue",
    opened_at=NOON,
    due_at=LATER,
    version=3,
    request=Request("ada@example.com", date(2026, 11, 22), 2178, "USD", "not me", "txn_1"),
    transaction_id="txn_1",
    job_id="job_1",
    held=(Take(3, 7),),
    money=Money(2178, "USD"),
    credits=7,
    approval=Approval("ada", 2178, LATER),
    verdict=Verdict(CaseOutcome.ELIGIBLE, "2(c)", "2025-02-24", "Approved."),
    decided_by="bob",
    decided_at=LATER,
    appealed_at=LATER,
    reminded_at=LATER,
    overdue_at=LATER,
    at_risk_at=LATER,
    payout_id="payout_1",
    adjustment_id="adj_1",
    expected_by=LATER,
    events=(CaseEvent(NOON, CaseEventKind.OPENED, "sue", CaseStatus.OPEN, "by phone"),),
)
OUTAGE = Outage(
    "out_1",
    "service",
    NOON,
    LATER,
    failed_probes=7,
    gaps=(Gap(NOON, LATER),),
    gap_count=2,
    unseen=timedelta(days=1, microseconds=1),
    reasons={"timed_out": 6, "status_503": 1},
    ended_at=LATER,
    ending=Ending.ANSWERED,
    telling=Telling(OutageNotice.CASE, "2026-11", told=3, done_at=LATER),
)
CLAIM = Claim("evt_1", "adjustment.updated", NOON, About.ADJUSTMENT, "txn_1", "adj_1", "approved")
RECONCILIATION = Reconciliation(
    seen_until=NOON,
    walk=Walk(NOON, LATER, after="evt_1", newest=LATER, again_since=NOON),
    put_back=(
        PutBack(CLAIM, NOON, LATER, over=True),
        PutBack(replace(CLAIM, status=None), NOON, NOON),
    ),
    accounts_after="2026-11-22T12:00:00.000000Z#txn_1",
)
FULL: list[Any] = [
    Account(
        "acc_1", 5, 2, 1, 9, "cd" * 32, AccountStatus.FROZEN, (Lot(1, 10, 1, 2, 0), Lot(4, 3)), 17
    ),
    ENTRY,
    LotCard("acc_1", Lot(3, 10, 1, 2, 4)),
    JOB,
    PURCHASE,
    Price("pri_1", 1000, 50, set_at=NOON, set_by="ada"),
    Customer("ctm_1", "acc_1", "ada@example.com", told_at=NOON),
    Bonus("key_1", "acc_1", 10, "welcome", lot=3, given_at=NOON),
    Correction("key_1", "acc_1", -10, "mistake", author="ada", seq=3, made_at=NOON),
    StatusChange("acc_1", AccountStatus.FROZEN, "chargeback", author="ada", changed_at=NOON),
    ParkedEvent("evt_1", "adjustment.created", NOON, LATER, '{"a":1}'),
    CASE,
    Basket("acc_1", "ab12", (Sale("txn_1", NOON, "ord_1"), Sale("txn_2", LATER))),
    RECONCILIATION,
    Notice("acc_1", "outage:out_1", "The service was down.", "2(d)", "2025-02-24", NOON),
    CompleteOutages((OutageSpan("out_1", NOON, LATER),)),
    OUTAGE,
    Monitor(LATER, (OUTAGE,), {"service": "out_1"}, ("out_1",)),
    StudioSettings(
        time_zone="Europe/Berlin",
        holidays=(date(2026, 12, 25),),
        probes=(Probe("video", "https://studio.example/health"),),
        reference_url="https://example.com",
        job_status_url="https://studio.example/jobs/{job_id}",
        automatic_duplicates=False,
        second_reviewer_above_minor={"USD": 5},
        outage_notice=OutageNotice.CASE,
        payouts_per_hour=5,
        payouts_per_hour_minor={"USD": 6},
        loaded_at=LATER,
    ),
    Adjustments("txn_1", (ADJUSTMENT,), "acc_1", LATER),
    PAYOUT,
    BREAKER,
]
SPARSE: list[Any] = [
    Account("acc_1"),
    Reconciliation(),
    Reconciliation(walk=Walk(NOON, NOON)),
    replace(ENTRY, cause=Cause("k", "r", NOON, NOON), postings=(), lots=()),
    Job("job_1", ChargeRequest("acc_1", 1), JobState.CHARGED, (), NOON, NOON),
    Purchase("txn_1", PurchaseState.UNMATCHED, None, None, None, "JPY", 0, (), NOON, NOON),
    Customer("ctm_1"),
    replace(CASE, request=None, held=(), money=None, approval=None, appealed_at=None, events=()),
    CompleteOutages(),
    Outage("out_1", "video", NOON, NOON),
    Outage("out_1", "video", NOON, NOON, telling=Telling(OutageNotice.TOLD)),
    Monitor(),
    StudioSettings(),
    StudioSettings(automatic_duplicates=True),
    Adjustments("txn_1"),
    Adjustments("txn_1", (replace(ADJUSTMENT, lines=(), payout_id=None),)),
    replace(PAYOUT, items=(), lease_until=None, adjustment_id=None, sent_at=None, why=None),
    Breaker(),
]


def item_of(record: object) -> Item:
    item: Item = put_of(record, seen=0)["Item"]
    return item


def text(item: Item, name: str) -> str | None:
    return item[name]["S"] if name in item else None


def test_every_shape_is_tried_here() -> None:
    assert {type(record) for record in FULL} == set(SHAPES)


def test_the_full_examples_leave_no_field_at_its_default() -> None:
    """Or a field that is not stored would come back by its default, and nobody would see it."""
    for record in FULL:
        for field in fields(record):
            assert getattr(record, field.name) != field.default, (type(record), field.name)


@pytest.mark.parametrize("record", [*FULL, *SPARSE], ids=lambda record: type(record).__name__)
def test_a_record_comes_back_as_it_was(record: Any) -> None:
    item = item_of(record)
    read = shape_of(type(record)).read(from_item(item))
    assert read == record
    assert (item["pk"]["S"], item["sk"]["S"]) == place_of(key_of(read))


@given(st.data())
def test_so_does_everything_in_a_history(data: st.DataObject) -> None:
    history = History()
    for _ in range(12):
        step = next_step(data, history)
        try:
            history.take(step)
        except MakegoodError:  # what is refused leaves nothing to store.
            continue
    records: list[Any] = [history.account, *history.entries]
    for record in records:
        assert shape_of(type(record)).read(from_item(item_of(record))) == record


def test_an_entry_that_was_read_hashes_as_the_one_that_was_written() -> None:
    item = item_of(ENTRY)
    # DynamoDB may give the members of a map in any order.
    item["postings"]["M"] = dict(reversed(item["postings"]["M"].items()))
    assert entry_hash(shape_of(Entry).read(from_item(item))) == ENTRY.hash


def test_places_are_apart() -> None:
    places = [place_of(key_of(record)) for record in FULL]
    assert len(set(places)) == len(places)
    assert {place[0] for place in places if place[0].startswith("ACCOUNT#")} == {"ACCOUNT#acc_1"}


def test_entries_lie_in_the_order_of_their_numbers() -> None:
    keys = [place_of(key_of(replace(ENTRY, seq=seq)))[1] for seq in (1, 9, 10, 99, 100_000, 10**11)]
    assert keys == sorted(keys)
    cards = [place_of(key_of(LotCard("a", Lot(n, 1))))[1] for n in (1, 9, 10, 99, 10**11)]
    assert cards == sorted(cards)


@pytest.mark.parametrize(
    ("state", "due", "work"),
    [
        (JobState.CHARGED, LATER, "JOBS#"),
        (JobState.REVIEW, LATER, "REVIEWS#"),
        (JobState.REVIEW, None, None),
        (JobState.SUCCEEDED, LATER, None),
        (JobState.REFUNDED, LATER, None),
        (JobState.DENIED, LATER, None),
    ],
)
def test_open_jobs_are_in_the_work_list_and_ended_ones_in_none(
    state: JobState, due: datetime | None, work: str | None
) -> None:
    item = item_of(replace(JOB, state=state, refund_due_at=due))
    assert (text(item, "work_pk") or "")[: len(work or "")] == (work or "")
    assert (text(item, "work_pk") is None) is (work is None)
    assert (text(item, "work_sk") is None) is (work is None)


def test_work_is_spread_over_sixteen_keys_and_sorted_by_what_is_due() -> None:
    items = [item_of(replace(JOB, job_id=f"job_{n}")) for n in range(400)]
    assert len({text(item, "work_pk") for item in items}) == 16
    soon = replace(JOB, look_at=None)
    late = replace(soon, expected_by=soon.expected_by + timedelta(hours=1))
    again = replace(late, look_at=soon.expected_by + timedelta(minutes=30))
    places = [text(item_of(job), "work_sk") or "" for job in (soon, again, late)]
    assert places == sorted(places)
    assert len(set(places)) == 3


@pytest.mark.parametrize(
    ("state", "work"),
    [
        (PurchaseState.UNMATCHED, "UNMATCHED"),
        (PurchaseState.GRANTED, "SALES#2026-11"),
        (PurchaseState.NOT_CREDITED, None),
    ],
)
def test_unmatched_purchases_wait_in_a_list_and_sales_are_in_their_months(
    state: PurchaseState, work: str | None
) -> None:
    item = item_of(replace(PURCHASE, state=state))
    assert text(item, "work_pk") == work
    assert text(item, "work_sk") == (work and "2026-11-22T12:00:00.000000Z#txn_1")
    assert text(item, "lookup_pk") == "PURCHASES#acc_1"


def test_the_month_of_a_sale_is_the_one_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    item = item_of(replace(PURCHASE, occurred_at=datetime(2026, 12, 1, 0, 30, tzinfo=berlin)))
    assert text(item, "work_pk") == "SALES#2026-11"


def test_a_purchase_without_an_account_is_in_nobodys_list() -> None:
    assert text(item_of(replace(PURCHASE, account_id=None)), "lookup_pk") is None


def test_customers_are_looked_up_by_a_digest_of_their_address() -> None:
    item = item_of(Customer("ctm_1", None, "Ada@Example.com "))
    assert text(item, "lookup_pk") == customers_with("ada@example.com")
    assert "ada" not in (text(item, "lookup_pk") or "").lower()


def test_a_first_write_asserts_that_nothing_is_there() -> None:
    put = put_of(JOB, seen=0)
    assert put["ConditionExpression"] == "attribute_not_exists(pk)"
    assert put["Item"]["v"] == {"N": "1"}


def test_a_later_write_asserts_the_version_that_was_read_and_raises_it() -> None:
    put = put_of(JOB, seen=4)
    assert put["ConditionExpression"] == "v = :seen"
    assert put["ExpressionAttributeValues"] == {":seen": {"N": "4"}}
    assert put["Item"]["v"] == {"N": "5"}


def test_a_card_never_goes_back_to_an_older_snapshots() -> None:
    put = put_of_card(LotCard("acc_1", Lot(3, 10)), seq=12)
    assert put["ConditionExpression"] == "attribute_not_exists(pk) OR v < :seq"
    assert put["ExpressionAttributeValues"] == {":seq": {"N": "12"}}
    assert put["Item"]["v"] == {"N": "12"}


def test_only_what_is_written_once_is_marked_so() -> None:
    assert {kind for kind, shape in SHAPES.items() if shape.once} == {Entry, StatusChange}


def size(item: Item) -> int:
    """Bytes as DynamoDB counts them, nearly: names and texts as UTF-8, numbers by their digits."""

    def of(attribute: dict[str, Any]) -> int:
        ((kind, value),) = attribute.items()
        if kind == "S":
            return len(value.encode())
        if kind == "N":
            return len(value) // 2 + 2
        members = value.values() if kind == "M" else value
        names = sum(len(name.encode()) for name in value) if kind == "M" else 0
        return 3 + names + sum(1 + of(member) for member in members)

    return sum(len(name) + of(attribute) for name, attribute in item.items())


def test_what_is_written_for_every_job_stays_below_a_kilobyte() -> None:
    """Write units are counted by the started kilobyte: one more byte would double the price."""
    long_id = "a" * 40
    lots = tuple(Lot(10**5 + n, 10**6, 10**6 - 7, 0, 0) for n in range(16))
    account = Account(long_id, 10**7, 10**5, 0, 10**6, "ab" * 32, lots=lots)
    entry = replace(ENTRY, account_id=long_id, cause=replace(CAUSE, reason="x" * 120))
    for record in (account, entry, replace(JOB, reason="x" * 120)):
        assert size(item_of(record)) < 1024, type(record)


@pytest.mark.parametrize("state", PayoutState)
def test_payouts_in_flight_are_in_the_list_of_their_state_and_others_in_none(
    state: PayoutState,
) -> None:
    item = item_of(replace(PAYOUT, state=state))
    in_flight = state in IN_FLIGHT
    assert text(item, "work_pk") == (f"PAYOUTS#{state.value}" if in_flight else None)
    assert text(item, "work_sk") == (f"{item['due_at']['S']}#payout_1" if in_flight else None)


def test_adjustments_that_wait_are_in_a_list_and_others_in_none() -> None:
    waiting = item_of(Adjustments("txn_1", waits_since=LATER))
    assert text(waiting, "work_pk") == "ADJUSTMENTS_WAITING"
    assert text(waiting, "work_sk") == f"{waiting['waits_since']['S']}#txn_1"
    assert text(item_of(Adjustments("txn_1")), "work_pk") is None
