"""The audit of cases, holds, promises, baskets and outages: nothing in sound ones, all damage."""

import copy
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from makegood.domain.account import AccountStatus, Take
from makegood.domain.case import Approval, CaseEventKind, CaseStatus, Category
from makegood.domain.entry import timestamp
from makegood.domain.facts import Decide, Facts, Plan
from makegood.domain.job import ChargeRequest
from makegood.domain.money import Money
from makegood.domain.monitor import Monitor, Observation
from makegood.domain.outage import CompleteOutages, Outage
from makegood.domain.payout import PayoutState, payout_id_of
from makegood.domain.purchase import Basket, Sale
from makegood.domain.record import Notice, StatusChange
from makegood.domain.studio import StudioSettings
from makegood.ledger.audit.checking import CHAINED, audit
from makegood.ledger.audit.places import UNKNOWN, case_of_job, part_of, place_faults
from makegood.ledger.audit.spool import Spool
from makegood.ledger.audit.stored import plain_item
from makegood.ledger.shapes import SHAPES
from makegood.ledger.table import put_of
from makegood.plans.case_opening import case_id_of
from makegood.plans.jobs import charge_job, end_job
from makegood.plans.operations import correct_account, give_bonus, set_price
from makegood.plans.outages import watch
from makegood.policy.versions import PUBLISHED
from tests.cases_made import (
    case_step,
    holding,
    moved,
    opened,
    put_in,
    releasing,
)
from tests.ends import failed
from tests.ledgers import NOON, memory_ledger, plenty
from tests.money_put_in import payout_for
from tests.purchases_made import bought, crediting
from tests.unit.test_audit import (
    Damage,
    Items,
    Torn,
    account,
    both,
    copied,
    drop,
    entry,
    forged,
    found,
    number,
    numbers,
    put,
)
from tests.unit.test_shapes import FULL
from tests.webhooks import NOW

Do = Callable[[Decide[Any]], Any]

DECLINED = moved(CaseEventKind.DECLINED, CaseStatus.DECLINED, decided_by="rita", held=())
OF_MONEY = {CaseStatus.PAYING, CaseStatus.PAID, CaseStatus.CLOSED}
"""Statuses that are tried with payouts and adjustments, in test_audit_money."""

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def money_cases(do: Do) -> None:
    """One that holds, one that is approved by two, one declined, appealed and declined again."""
    do(set_price("pri_1", 1000, 0, author="ada", now=NOON))
    for days, name in enumerate("abcd"):
        do(crediting(bought(f"txn_{name}", at=NOW + days * DAY), now=NOON))
    for lot, name in enumerate("abc", start=1):
        case = opened(f"case_{name}", transaction_id=f"txn_{name}")
        do(case_step(case, move=holding([lot], f"hold:case_{name}"), lots=[lot]))
    first = Approval("rita", 400, NOON)
    do(case_step("case_b", moved(CaseEventKind.APPROVED_FIRST, approval=first)))
    promised: dict[str, Any] = {"money": Money(400, "USD"), "decided_by": "otto"}
    promised["payout_id"] = payout_id_of("case_b", 1)
    approved = moved(CaseEventKind.APPROVED, CaseStatus.APPROVED, author="otto", **promised)
    case = do(case_step("case_b", approved))
    do(put_in(payout_for(case, PayoutState.REQUESTED)))
    held = [Take(3, 1000)]
    do(case_step("case_c", DECLINED, move=releasing(held, "release:case_c"), lots=[3]))
    appealed = moved(CaseEventKind.APPEALED, CaseStatus.OPEN, author="studio", appealed_at=NOON)
    do(case_step("case_c", appealed, move=holding([3], "hold:case_c:appeal"), lots=[3]))
    do(case_step("case_c", DECLINED, move=releasing(held, "release:case_c:appeal"), lots=[3]))
    withdrawn = moved(CaseEventKind.WITHDRAWN, CaseStatus.WITHDRAWN, author="studio")
    do(case_step(opened("case_d", transaction_id="txn_d")))
    do(case_step("case_d", withdrawn))


def credit_cases(do: Do) -> None:
    """One credited by a correction, one by its job's refund, one open about a job in review."""
    credited = moved(CaseEventKind.CREDITED, CaseStatus.CREDITED, decided_by="rita")
    do(give_bonus("b", "acc_2", 500, "w", now=NOON))
    wish = opened("case_e", "acc_2", category=Category.TECHNICAL_FAILURE, credits=40)
    do(case_step(wish))
    do(case_step("case_e", credited))
    do(correct_account("case:case_e", "acc_2", 40, reason="r", author="rita", now=NOON))
    for job in ("job_1", "job_2"):
        do(charge_job(job, ChargeRequest("acc_2", 60), policies=PUBLISHED, now=NOON))
        do(end_job(failed("martians", job), policies=PUBLISHED, now=NOON))
    do(end_job(failed("timeout", "job_1"), policies=PUBLISHED, now=NOON))


def other_records(do: Do) -> None:
    sales = (Sale("txn_a", NOW), Sale("txn_b", NOW + DAY))
    ended = Outage("out_1", "service", NOON - 9 * HOUR, NOON - 7 * HOUR, ended_at=NOON - 6 * HOUR)
    lasts = Outage("out_2", "service", NOON - 5 * HOUR, NOON)
    do(put_in(ended, lasts, Monitor(NOON, open={"service": "out_2"})))
    do(put_in(CompleteOutages((ended.span, lasts.span))))
    do(put_in(Basket("acc_1", "digest", sales), StudioSettings()))
    do(put_in(Notice("acc_1", "outage:out_2", "We were away.", "2(d)", "2025-02-24", NOON)))

    def closed(facts: Facts) -> Plan[None]:
        was = facts.account("acc_3", credits=5)
        change = StatusChange("acc_3", AccountStatus.CLOSED, "r", author="ada", changed_at=NOON)
        return Plan(None, (replace(was, status=AccountStatus.CLOSED), change))

    do(give_bonus("b3", "acc_3", 5, "w", now=NOON))
    do(charge_job("job_3", ChargeRequest("acc_3", 5), policies=PUBLISHED, now=NOON))
    do(closed)
    do(end_job(failed("timeout", "job_3"), policies=PUBLISHED, now=NOON))


@pytest.fixture(scope="module")
def sound() -> Items:
    ledger, memory = memory_ledger()

    def do(decision: Decide[Any]) -> Any:
        return ledger.decide(decision, time_left=plenty)

    money_cases(do)
    credit_cases(do)
    other_records(do)
    return memory.items


@pytest.fixture
def items(sound: Items) -> Items:
    """A copy to do damage to."""
    return copy.deepcopy(sound)


def case(name: str) -> tuple[str, str]:
    return f"CASE#case_{name}", "CASE"


def purchase(name: str) -> tuple[str, str]:
    return f"PURCHASE#txn_{name}", "PURCHASE"


def text(value: str) -> dict[str, str]:
    return {"S": value}


def test_sound_cases_have_nothing_to_find(sound: Items) -> None:
    assert found(sound) == []


def test_the_cases_that_are_tried_here_are_in_every_status(sound: Items) -> None:
    cases = [plain_item(item) for place, item in sound.items() if place[1] == "CASE"]
    assert {one["status"] for one in cases} == set(CaseStatus) - OF_MONEY


def test_the_page_names_the_case_of_a_job_as_the_ledger_does() -> None:
    assert case_of_job("job_1") == case_id_of("job", "job_1")


@pytest.mark.parametrize("record", FULL, ids=lambda record: type(record).__name__)
def test_the_audit_knows_every_record_that_the_ledger_keeps(record: Any) -> None:
    assert {type(one) for one in FULL} == set(SHAPES)
    item = plain_item(put_of(record, seen=0)["Item"])
    _, part = part_of(item)
    assert part != UNKNOWN
    if part not in CHAINED:
        assert list(place_faults(item)) == []


def event(place: tuple[str, str], position: int, **attributes: Any) -> Damage:
    def damage(items: Items) -> None:
        items[place]["events"]["L"][position]["M"].update(attributes)

    return damage


def sale(position: int, **attributes: Any) -> Damage:
    def damage(items: Items) -> None:
        items["BASKETS#acc_1", "digest"]["sales"]["L"][position]["M"].update(attributes)

    return damage


def outage(name: str, **hours: int) -> Damage:
    times = {name: text(timestamp(NOON + hour * HOUR)) for name, hour in hours.items()}
    return put(("OUTAGE_RECORDS", name), **times)


HOLD_A = entry("acc_1", 5)
JOB_CASE = (f"CASE#{case_of_job('job_2')}", "CASE")
REFUNDED_CASE = (f"CASE#{case_of_job('job_1')}", "CASE")
BASKET = ("BASKETS#acc_1", "digest")
A_HASH = {"S": "ab" * 32}

# What was done to the ledger, and a piece of what the audit has to say of it.
DAMAGE: dict[str, tuple[Damage, str]] = {
    # What cases hold
    "a case is gone that holds credits": (
        drop(case("a")),
        "has the cause hold:case_a, whose record does not say so",
    ),
    "a hold names no case": (
        forged(HOLD_A, cause=text("hold:case_x")),
        "CASE#case_a: says that it holds [[1, 1000]]; its entries hold []",
    ),
    "a hold has a cause that no case has": (
        forged(HOLD_A, cause=text("hold:case_a:often")),
        "has the cause hold:case_a:often, whose record",
    ),
    "a case is another account's": (
        put(case("a"), account_id=text("acc_2")),
        "is of account acc_2; its entry is acc_1's",
    ),
    "a case says that it holds more": (
        put(case("a"), held={"L": [numbers(1, 1001)]}),
        "says that it holds [[1, 1001]]; its entries hold [[1, 1000]]",
    ),
    "a case says that it holds of another lot": (
        put(case("a"), held={"L": [numbers(4, 1000)]}),
        "has 1000 credits of lot 1 held; its cases hold 0",
    ),
    "a case says that it holds less than nothing": (
        put(case("a"), held={"L": [numbers(1, -1000)]}),
        "holds less than one credit",
    ),
    "a case says that it holds nothing": (
        put(case("a"), held={"L": []}),
        "has 1000 credits of lot 1 held; its cases hold 0",
    ),
    "a declined case never gave back": (
        put(case("a"), status=text("declined"), held={"L": []}),
        "CASE#case_a: says that it holds []; its entries hold [[1, 1000]]",
    ),
    "a declined case says that it holds": (
        put(case("c"), held={"L": [numbers(3, 1)]}),
        "is declined and says all the same that it holds credits",
    ),
    "a release is of another kind": (
        forged(HOLD_A, cause=text("release:case_a")),
        "has an entry release:case_a, which is a hold",
    ),
    "credits were held for a case twice": (
        forged(HOLD_A, cause=text("hold:case_b")),
        "has the cause hold:case_b, as entry 5",
    ),
    # Cases and their purchases
    "a purchase does not name its case": (drop(purchase("a"), "case_id"), "does not name it"),
    "a purchase names another case": (
        put(purchase("a"), case_id=text("case_b")),
        "names the case case_b, which is not about it",
    ),
    "a purchase names no case that there is": (
        put(purchase("a"), case_id=text("case_x")),
        "names the case case_x, which is not open",
    ),
    "a purchase names a settled case": (
        put(purchase("c"), case_id=text("case_c")),
        "names the case case_c, which is not open",
    ),
    "two cases are open about one purchase": (
        both(
            copied(case("d"), case("x"), case_id=text("case_x"), transaction_id=text("txn_a")),
            put(case("x"), status=text("open")),
            event(case("x"), -1, status=text("open")),
        ),
        "CASE#case_x: is open about the purchase txn_a, which does not name it",
    ),
    "a case is about no purchase": (
        put(case("d"), transaction_id=text("txn_x")),
        "is about the purchase txn_x, which its account does not have",
    ),
    "a case is about another's purchase": (
        put(purchase("d"), account_id=text("acc_2")),
        "is about the purchase txn_d, which its account does not have",
    ),
    # Money
    "a purchase promises more than its case": (
        put(purchase("b"), promised_minor=number(401)),
        "says that 401 are promised; its approved cases promise 400",
    ),
    "a purchase promises for no case": (
        put(purchase("a"), promised_minor=number(1)),
        "says that 1 are promised; its approved cases promise 0",
    ),
    "more is promised than was collected": (
        both(
            put(purchase("b"), promised_minor=number(1001)),
            put(case("b"), amount_minor=number(1001)),
        ),
        "has 1001 promised and 0 adjusted, of 1000",
    ),
    "more is promised and adjusted than was collected": (
        put(purchase("b"), adjusted_minor=number(601)),
        "has 400 promised and 601 adjusted, of 1000",
    ),
    "less than nothing was adjusted": (
        put(purchase("a"), adjusted_minor=number(-1)),
        "-1 adjusted",
    ),
    "a case promises another currency": (
        put(case("b"), currency=text("EUR")),
        "promises EUR for the purchase txn_b",
    ),
    "an approved case without money": (
        put(case("b"), amount_minor=number(0)),
        "is approved without money of a purchase",
    ),
    # Credits
    "a credited case without a correction": (
        drop(("CORRECTION#case:case_e", "CORRECTION")),
        "CASE#case_e: is credited, and no credits came back",
    ),
    "a credited case of other credits": (
        put(case("e"), credits=number(41)),
        "is credited otherwise than its correction says",
    ),
    "a case that was not credited has a correction": (
        both(
            put(case("e"), status=text("declined")), event(case("e"), -1, status=text("declined"))
        ),
        "is declined, and there is a correction for it",
    ),
    "a correction for no case": (drop(case("e")), "was made for a case that there is not"),
    "a case credited by a job that got nothing": (
        both(
            put(JOB_CASE, status=text("credited")),
            event(JOB_CASE, -1, status=text("credited")),
        ),
        "is credited, and no credits came back",
    ),
    "a case credited twice": (
        copied(
            ("CORRECTION#case:case_e", "CORRECTION"),
            (f"CORRECTION#case:{case_of_job('job_1')}", "CORRECTION"),
            key=text(f"case:{case_of_job('job_1')}"),
        ),
        "is credited by its job and by a correction",
    ),
    # Jobs in review
    "a job in review without a case": (
        drop(JOB_CASE),
        "JOB#job_2: is in review, and no case about it is open",
    ),
    "a job in review whose case is settled": (
        both(
            put(JOB_CASE, status=text("withdrawn")),
            event(JOB_CASE, -1, status=text("withdrawn")),
        ),
        "JOB#job_2: is in review, and no case about it is open",
    ),
    "a case is open about a job that has ended": (
        both(
            put(REFUNDED_CASE, status=text("open")),
            event(REFUNDED_CASE, -1, status=text("open")),
        ),
        "is open about the job job_1, which is refunded",
    ),
    "a case is about no job": (
        put(JOB_CASE, job_id=text("job_x")),
        "is about the job job_x, which its account does not have",
    ),
    "a case is about another job": (
        put(JOB_CASE, job_id=text("job_1")),
        "is not the case of the job job_1",
    ),
    # Cases by themselves
    "a case in no status": (put(case("d"), status=text("lost")), "unknown status lost"),
    "a case of no category": (put(case("d"), category=text("whim")), "unknown category whim"),
    "an event is gone": (
        lambda items: items[case("d")]["events"]["L"].pop(),
        "is version 2 after 1 events",
    ),
    "a version is another": (put(case("d"), version=number(7)), "is version 7 after 2 events"),
    "a case without its opening": (
        event(case("d"), 0, kind=text("reminded")),
        "do not begin with its opening",
    ),
    "a case without events": (
        put(case("d"), events={"L": []}, version=number(0)),
        "do not begin with its opening",
    ),
    "a status without its event": (
        put(case("d"), status=text("declined")),
        "is declined; its last event left it withdrawn",
    ),
    "a case was decided by who filed it": (
        event(case("c"), 1, author=text("studio")),
        "was decided by who asked for it",
    ),
    "a case was decided by who asked again": (
        both(
            event(case("b"), 1, kind=text("asked_again"), author=text("otto")),
        ),
        "was decided by who asked for it",
    ),
    "a case was approved by one person twice": (
        put(case("b"), decided_by=text("rita")),
        "was approved twice by one person",
    ),
    "an appeal that is not told": (drop(case("c"), "appealed_at"), "was appealed 1 times"),
    "a second appeal": (event(case("c"), 3, kind=text("appealed")), "was appealed 2 times"),
    "a case that cannot be read": (drop(case("d"), "events"), "CASE#case_d: cannot be read"),
    "a case that holds what cannot be read": (
        put(case("a"), held=text("much")),
        "CASE#case_a: cannot be read",
    ),
    # Baskets
    "a sale of no purchase": (
        sale(0, transaction_id=text("txn_x")),
        "has the sale txn_x otherwise than its purchase",
    ),
    "a sale at another time": (sale(0, at=text("2026-01-01")), "has the sale txn_a otherwise"),
    "a sale by another order": (sale(0, order_ref=text("o")), "has the sale txn_a otherwise"),
    "a sale that was not granted": (
        put(purchase("a"), state=text("unmatched")),
        "has the sale txn_a otherwise",
    ),
    "a sale of another account": (
        both(copied(BASKET, ("BASKETS#acc_2", "digest"), account_id=text("acc_2"))),
        "BASKETS#acc_2, digest: has the sale txn_a otherwise",
    ),
    "sales out of order": (sale(0, at=text("2099-01-01")), "has sales that are not in order"),
    "a sale twice": (sale(1, transaction_id=text("txn_a")), "names a sale twice"),
    # Outages
    "an outage that ends before it began": (
        outage("out_1", started_at=-9, last_failed_at=-10),
        "outage out_1: ended before it began",
    ),
    "an outage that failed after its end": (
        outage("out_1", last_failed_at=-5),
        "outage out_1: ended before it began",
    ),
    "outages that overlap": (
        outage("out_2", started_at=-8),
        "outage out_2: overlaps out_1, of the same component",
    ),
    "outages that touch": (
        outage("out_2", started_at=-6),
        "outage out_2: overlaps out_1, of the same component",
    ),
    "an open outage that nobody watches": (
        put(("MONITOR", "MONITOR"), open={"M": {}}),
        "outage out_2: is open, and the monitor does not know it",
    ),
    "the monitor names an ended outage": (
        put(("MONITOR", "MONITOR"), open={"M": {"service": text("out_1")}}),
        "names the outage out_1, which is not open",
    ),
    "the monitor names another component's outage": (
        put(("MONITOR", "MONITOR"), open={"M": {"video": text("out_2")}}),
        "names the outage out_2, which is not open",
    ),
    "a complete outage is gone": (
        drop(("OUTAGE_RECORDS", "out_1")),
        "OUTAGES, COMPLETE: has the outage out_1 otherwise than it is",
    ),
    "a complete outage was shorter": (
        outage("out_1", started_at=-8),
        "OUTAGES, COMPLETE: has the outage out_1 otherwise than it is",
    ),
    "a complete outage was one of a part": (
        put(("OUTAGE_RECORDS", "out_1"), component=text("video")),
        "OUTAGES, COMPLETE: has the outage out_1 otherwise than it is",
    ),
    "an outage that cannot be read": (
        drop(("OUTAGE_RECORDS", "out_1"), "component"),
        "outages: cannot be read",
    ),
    # Closed accounts
    "closed without a word": (
        drop(("ACCOUNT#acc_3", f"STATUS#{timestamp(NOON)}#closed")),
        "is closed, which its changes of status contradict",
    ),
    "open after it was closed": (
        put(account("acc_3"), status=text("open")),
        "is open, which its changes of status contradict",
    ),
    "frozen without a word": (
        put(account("acc_2"), status=text("frozen")),
        "is frozen, which its changes of status contradict",
    ),
    "closed with credits that nobody forfeited": (
        both(
            put(account("acc_2"), status=text("closed")),
            copied(
                ("ACCOUNT#acc_3", f"STATUS#{timestamp(NOON)}#closed"),
                ("ACCOUNT#acc_2", f"STATUS#{timestamp(NOON)}#closed"),
                account_id=text("acc_2"),
            ),
        ),
        "is closed, which its entries contradict",
    ),
    "a forfeit while credits are held": (
        forged(entry("acc_1", 6), kind=text("forfeit")),
        "is a forfeit while credits are held",
    ),
    "a purchase after the account was closed": (
        forged(entry("acc_1", 2), kind=text("forfeit")),
        "is a grant of an account that was closed before",
    ),
    # Anything else
    "something of an unknown kind": (
        copied(case("d"), ("WISH#1", "WISH")),
        "WISH#1, WISH: is of a kind that there is not",
    ),
    "something else of an account": (
        copied(case("d"), ("ACCOUNT#acc_1", "WISH")),
        "ACCOUNT#acc_1, WISH: is of a kind that there is not",
    ),
    "a case in a wrong place": (
        copied(case("d"), ("CASE#case_x", "CASE")),
        "CASE#case_x, CASE: does not lie where its own attributes say",
    ),
    "a notice in a wrong place": (
        copied(("NOTICES#acc_1", "outage:out_2"), ("NOTICES#acc_1", "hello")),
        "NOTICES#acc_1, hello: does not lie where",
    ),
    "a price without a name": (drop(("PRICES", "pri_1"), "price_id"), "PRICES, pri_1: cannot be"),
    "a second record of the settings": (
        copied(("SETTINGS", "SETTINGS"), ("SETTINGS", "OTHERS")),
        "SETTINGS, OTHERS: does not lie where",
    ),
}


@pytest.mark.parametrize(("damage", "says"), DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_is_found_and_named(items: Items, damage: Damage, says: str) -> None:
    damage(items)
    findings = found(items)
    assert any(says in finding for finding in findings), findings


@pytest.mark.parametrize("seed", range(5))
def test_what_the_probes_see_leaves_outages_that_are_sound(seed: int) -> None:
    ledger, memory = memory_ledger()
    chance = random.Random(seed)  # noqa: S311 - nothing secret.
    at = NOON
    for _ in range(150):
        at += chance.choice([timedelta(0), *[timedelta(minutes=1)] * 5, HOUR, 30 * HOUR])
        names = chance.choice([("video", "image"), ("video", "image"), ("video",), ()])
        failures = {name: chance.choice([*["timed_out"] * 5, None]) for name in names}
        ledger.decide(watch(Observation(at, failures), policies=PUBLISHED), time_left=plenty)
        assert found(memory.items) == []
    assert len([place for place in memory.items if place[0] == "OUTAGE_RECORDS"]) > 5


def test_reading_again_finds_what_the_scan_missed(items: Items, sound: Items) -> None:
    """Cases, purchases and outages that came while it was under way."""
    missed = [JOB_CASE, case("a"), case("e"), purchase("b"), ("OUTAGE_RECORDS", "out_2")]
    for place in missed:
        del items[place]
    assert len(found(items)) > 5
    with Spool() as spool:
        audit(Torn(items, sound, settles_after=1), spool)
        assert list(spool.findings()) == []
