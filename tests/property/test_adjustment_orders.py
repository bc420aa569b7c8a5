"""Whatever order Paddle and the studio tell things in, and how often: the end is the same (I19)."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple, TypeVar

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from makegood.domain.account import Account, AccountStatus
from makegood.domain.adjustment import Adjustments
from makegood.domain.case import Case
from makegood.domain.facts import Decide, Key
from makegood.domain.job import Job, JobState
from makegood.domain.lot import Lot
from makegood.domain.purchase import Purchase, PurchaseState
from makegood.errors import (
    AccountFrozenError,
    InsufficientCreditsError,
    MakegoodError,
    NotYetError,
)
from makegood.events.paddle import PaddleAdjustment
from makegood.ledger.attributes import Item, from_item
from makegood.ledger.shapes import shape_of
from makegood.plans.operations import set_price
from makegood.policy.published import Policies
from makegood.policy.versions import PUBLISHED
from tests.adjustments_made import adjusted, following
from tests.case_doors import audited, charging, ending
from tests.ends import failed
from tests.ledgers import all_lots, ledger_on, plenty
from tests.memory_dynamodb import MemoryDynamoDB
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW

T = TypeVar("T")

CENTS, CREDITS, BONUS = 1000, 100, 10
HOUR = timedelta(hours=1)

LENIENT = Policies(
    "lenient",
    tuple(
        replace(version, freezes=replace(version.freezes, value=()))
        for version in PUBLISHED.versions
    ),
)
"""The published policy that freezes nothing."""


class Told:
    """A table, and who is told what. What cannot be done yet comes again until it can."""

    def __init__(self, items: Mapping[tuple[str, str], Item] | None = None) -> None:
        self.memory = MemoryDynamoDB()
        self.memory.items = dict(items or {})
        self._ledger = ledger_on(self.memory)
        if items is None:
            self.do(set_price("pri_1", CREDITS, BONUS, author="ada", now=NOW))

    def do(self, decision: Decide[Any]) -> Any:
        (result,) = self._ledger.decide_all([decision], time_left=plenty)
        return result

    def account(self, account_id: str = "acc_1") -> Account:
        read: Key[Account] = Key(Account, account_id)
        record: Account | None = self._ledger.table.read([read])[read].record
        return record or Account(account_id)

    def records(self, kind: type[T], sk: str) -> list[T]:
        """All of a kind that there are, by the sort key that those of the kind have."""
        items = self.memory.items
        places = [place for place in sorted(items) if place[1] == sk]
        return [shape_of(kind).read(from_item(items[place])) for place in places]

    def purchases(self) -> list[Purchase]:
        return self.records(Purchase, "PURCHASE")

    def lots(self, account_id: str = "acc_1") -> dict[int, Lot]:
        lots = all_lots(self.memory.items.values(), self.account(account_id))
        return {lot.number: lot for lot in lots}

    def job(self) -> Job | None:
        return next(iter(self.records(Job, "JOB")), None)


def as_it_is(told: Told, accounts: Iterable[str] = ("acc_1",)) -> dict[str, Any]:
    """All but numbers that count the entries, and what people have read in between."""
    places = {}
    for purchase in told.purchases():
        lots = told.lots(purchase.account_id) if purchase.account_id else {}
        places[purchase.transaction_id] = (
            purchase.state,
            (purchase.adjusted_minor, purchase.promised_minor, purchase.case_id),
            [
                replace(lots[number], number=0) if number else None
                for line in purchase.lines
                for number in (line.lot, line.bonus_lot)
            ],
        )
    return {
        "accounts": [_account(told.account(name)) for name in accounts],
        "purchases": places,
        "adjustments": {
            one.transaction_id: _adjustments(one)
            for one in told.records(Adjustments, "ADJUSTMENTS")
        },
        "cases": [_case(case) for case in told.records(Case, "CASE")],
    }


def _account(account: Account) -> tuple[object, ...]:
    return account.available, account.held, account.debt, account.status


def _adjustments(known: Adjustments) -> tuple[object, ...]:
    each = [(one.adjustment_id, one.action, one.status, one.amount_minor) for one in known.known]
    return each, [one.adjustment_id for one in known.standing], known.account_id


def _case(case: Case) -> tuple[object, ...]:
    says = case.verdict or case.decision
    about = case.case_id, case.category, case.status, case.account_id, case.transaction_id
    return *about, case.adjustment_id, case.money, case.held, says.outcome, says.clause


# Every order of six events, each told again after every step.


def six(dispute: str, cents: int, reverse: str, policies: Policies) -> dict[str, Decide[Any]]:
    disputed = adjusted("adj_2", action=dispute, cents=cents, at=NOW + HOUR)
    reverses = {
        "created": adjusted("adj_3", action=f"{dispute}_reverse", cents=cents, at=NOW + 2 * HOUR),
        "updated": adjusted(
            "adj_2",
            action=dispute,
            cents=cents,
            status="reversed",
            at=NOW + HOUR,
            updated=HOUR,
        ),
    }
    return {
        "purchase": crediting(bought("txn_1"), now=NOW, policies=policies),
        "charge": charging("job_1", 60),
        "job refund": ending(failed("timeout", "job_1", at=NOW)),
        "partial refund": following(adjusted("adj_1", cents=300), policies=policies),
        dispute: following(disputed, policies=policies),
        "reverse": following(reverses[reverse], policies=policies),
    }


PASSING = NotYetError | InsufficientCreditsError
"""Also the second: who charges before the purchase is there asks again when it is."""


class Orders:
    """All orders of events, as a tree: those that begin alike share their beginning, and those
    that have come to the same, all that is still to come."""

    def __init__(self, events: Mapping[str, Decide[Any]]) -> None:
        self._events = events
        self._known: dict[object, list[End]] = {}
        self._texts: dict[int, tuple[Item, str]] = {}

    def ends(
        self, told: Told, done: tuple[str, ...] = (), settled: frozenset[str] = frozenset()
    ) -> list["End"]:
        """The rest of each order, and what it ends with."""
        if len(done) == len(self._events):
            return [End((), told)]
        found = []
        for name in sorted(self._events.keys() - set(done)):
            now = Told(told.memory.items)
            result = now.do(self._events[name])
            came = settled if isinstance(result, PASSING) else settled | {name}
            came = _told_again(self._events, now, (*done, name), came)
            found += [
                End((name, *end.order), end.told) for end in self._after(now, (*done, name), came)
            ]
        return found

    def _after(self, told: Told, done: tuple[str, ...], settled: frozenset[str]) -> list["End"]:
        same = frozenset(done), settled, frozenset(map(self._text, told.memory.items.values()))
        if same not in self._known:
            self._known[same] = self.ends(told, done, settled)
        return self._known[same]

    def _text(self, item: Item) -> str:
        known = self._texts.get(id(item))
        if known is None:
            known = self._texts[id(item)] = item, json.dumps(item, sort_keys=True)
        return known[1]


class End(NamedTuple):
    order: tuple[str, ...]
    told: Told


def _told_again(
    events: Mapping[str, Decide[Any]], told: Told, done: Sequence[str], settled: frozenset[str]
) -> frozenset[str]:
    """I18: what is settled changes nothing, what is not has its chance, as often as it takes."""
    for name in done:
        before = dict(told.memory.items)
        result = told.do(events[name])
        if name in settled:
            assert told.memory.items == before, f"{name} again, after {done}"
        elif not isinstance(result, PASSING):
            return _told_again(events, told, done, settled | {name})
    return settled


@pytest.mark.parametrize(
    ("dispute", "cents", "reverse"),
    [
        ("chargeback", 700, "created"),
        ("chargeback", 1000, "updated"),
        ("chargeback_warning", 1000, "created"),
    ],
)
def test_every_order_of_six_events_ends_alike(dispute: str, cents: int, reverse: str) -> None:
    events = six(dispute, cents, reverse, PUBLISHED)
    ends = Orders(events).ends(Told())

    assert len({end.order for end in ends}) == 720
    outcomes = {id(end.told): end for end in ends}.values()
    first = as_it_is(ends[0].told)
    jobs = []
    for order, told in outcomes:
        assert as_it_is(told) == first, order
        assert audited(told.memory.items) == [], order
        jobs.append(job := told.job())
        if job is None:
            # Refused as long as a person has not looked; then there is no failure to make good.
            assert isinstance(told.do(events["charge"]), AccountFrozenError)
            assert isinstance(told.do(events["job refund"]), NotYetError)
        else:
            assert (job.state, job.refunded) == (JobState.REFUNDED, 60)
    assert None in jobs
    assert any(jobs)
    # 300 of 1000 cents are gone: 30 of 100 credits and 3 of 10 bonus credits.
    assert first["accounts"] == [(77, 0, 0, AccountStatus.FROZEN)]
    state, money, _ = first["purchases"]["txn_1"]
    assert (state, money) == (PurchaseState.GRANTED, (300, 0, None))
    assert first["adjustments"]["txn_1"][1] == ["adj_1"]


def test_where_nothing_freezes_the_job_ends_alike_too() -> None:
    events = six("chargeback", 1000, "created", LENIENT)
    ends = Orders(events).ends(Told())

    assert len({end.order for end in ends}) == 720
    first = as_it_is(ends[0].told)
    for order, told in {id(end.told): end for end in ends}.values():
        job = told.job()
        assert job is not None, order
        assert (job.state, job.refunded, sum_of(job)) == (JobState.REFUNDED, 60, 60)
        assert as_it_is(told) == first, order
    assert first["accounts"] == [(77, 0, 0, AccountStatus.OPEN)]


def sum_of(job: Job) -> int:
    return sum(take.credits for take in job.takes)


# More of everything, in two orders at a time.


@dataclass(frozen=True)
class Made:
    """An adjustment, and what is told of it one after the other."""

    adjustment_id: str
    transaction_id: str
    action: str
    lines: Mapping[str, int]
    tax_only: bool
    statuses: tuple[str, ...]
    reverse: str | None
    number: int

    @property
    def stands(self) -> bool:
        takes = self.action in ("refund", "chargeback", "chargeback_warning")
        return takes and self.statuses[-1] == "approved" and self.reverse is None

    def events(self) -> list[PaddleAdjustment]:
        at = NOW + self.number * HOUR
        told = [
            self._told(status, at, updated=later * HOUR / 10)
            for later, status in enumerate(self.statuses)
        ]
        if self.reverse in ("updated", "both"):
            told.append(self._told("reversed", at, updated=HOUR / 2))
        if self.reverse in ("created", "both"):
            told.append(
                adjusted(
                    f"{self.adjustment_id}_back",
                    self.transaction_id,
                    action=f"{self.action}_reverse",
                    lines=self.lines,
                    at=at + HOUR / 2,
                )
            )
        return told

    def _told(self, status: str, at: Any, *, updated: timedelta) -> PaddleAdjustment:
        return adjusted(
            self.adjustment_id,
            self.transaction_id,
            action=self.action,
            status=status,
            lines=self.lines,
            tax_only=self.tax_only,
            at=at,
            updated=updated,
        )


NO_SHRINKING = settings(phases=[Phase.explicit, Phase.reuse, Phase.generate])
"""A story as long as these takes minutes to shrink, and little gets shorter."""

REFUNDED = st.sampled_from(
    [
        ("approved",),
        ("pending_approval",),
        ("pending_approval", "approved"),
        ("pending_approval", "rejected"),
    ]
)
TRANSACTIONS = ("txn_0", "txn_1", "txn_2", "txn_unknown")
ITEMS = ("txnitm_0", "txnitm_1")


@st.composite
def made(draw: st.DrawFn) -> tuple[Made, ...]:
    """Paddle tells of all reversals in one of its ways, and names what they undo in none: of two
    disputes of the same amount, nobody could say which one was won."""
    manner = draw(st.sampled_from(["created", "updated", "both"]))
    found = [_one(draw, number, manner) for number in range(draw(st.integers(1, 6)))]
    unlike = {(one.transaction_id, one.action, sum(one.lines.values())) for one in found}
    assume(len(unlike) == len(found))
    return tuple(found)


def _one(draw: st.DrawFn, number: int, manner: str) -> Made:
    action = draw(
        st.sampled_from(["refund", "refund", "chargeback", "chargeback_warning", "credit"])
    )
    items = draw(st.sets(st.sampled_from([*ITEMS, "txnitm_other"]), min_size=1, max_size=2))
    is_refund = action == "refund"
    is_dispute = not is_refund and action != "credit"
    return Made(
        adjustment_id=f"adj_{number}",
        transaction_id=draw(st.sampled_from(TRANSACTIONS)),
        action=action,
        lines={item: draw(st.integers(1, 700)) for item in sorted(items)},
        tax_only=is_refund and draw(st.booleans()),
        statuses=draw(REFUNDED) if is_refund else ("approved",),
        reverse=manner if is_dispute and draw(st.booleans()) else None,
        number=number,
    )


@NO_SHRINKING
@given(adjustments=made(), spent=st.integers(0, 220), data=st.data())
def test_any_two_orders_end_alike(
    adjustments: tuple[Made, ...], spent: int, data: st.DataObject
) -> None:
    """With credits of the first purchase spent, so that its credits may not be there to go."""
    events: list[Decide[Any]] = [
        *(following(event) for one in adjustments for event in one.events()),
        *(crediting(sale(name), now=NOW) for name in ("txn_1", "txn_2")),
    ]
    events += data.draw(st.lists(st.sampled_from(events), max_size=6), label="doubled")
    ends = []
    for _ in range(2):
        told = Told()
        assert not isinstance(told.do(crediting(sale("txn_0"), now=NOW)), MakegoodError)
        if spent:
            assert not isinstance(told.do(charging("job_1", spent)), MakegoodError)
        for event in data.draw(st.permutations(events), label="order"):
            result = told.do(event)
            assert not isinstance(result, MakegoodError), repr(result)
        assert audited(told.memory.items) == []
        ends.append(as_it_is(told))
    assert ends[0] == ends[1]
    _check_what_is_gone(told, adjustments)


def sale(transaction_id: str) -> Any:
    """Of two lines, and a day from the others: nobody takes it for a duplicate."""
    days = timedelta(days=TRANSACTIONS.index(transaction_id))
    return bought(transaction_id, lines=2, cents=CENTS, at=NOW - days)


def _check_what_is_gone(told: Told, adjustments: Sequence[Made]) -> None:
    """I13: credits go in proportion, rounded up once, and never more than were granted."""
    lots = told.lots()
    for purchase in told.purchases():
        standing = [
            one
            for one in adjustments
            if one.transaction_id == purchase.transaction_id and one.stands
        ]
        gone = sum(sum(one.lines.values()) for one in standing)
        assert purchase.adjusted_minor == min(gone, 2 * CENTS)
        by_item: Counter[str] = Counter()
        for one in standing:
            by_item.update({} if one.tax_only else one.lines)
        for line in purchase.lines:
            # What names no line of the purchase is spread over its two equal ones.
            minor = by_item[line.item_id] + Fraction(by_item["txnitm_other"], 2)
            for number, granted in ((line.lot, CREDITS), (line.bonus_lot, BONUS)):
                exact = min(Fraction(granted) * minor / CENTS, Fraction(granted))
                wanted = granted if gone >= 2 * CENTS else ceil(exact)
                assert lots[number].withdrawn == wanted
                assert lots[number].granted == granted


@given(
    spent=st.integers(1, CREDITS + BONUS),
    gone=st.integers(1, CENTS),
    before=st.booleans(),
)
def test_the_next_purchase_pays_a_debt_first(spent: int, gone: int, before: bool) -> None:
    """Whether it comes before its debt or after it."""
    told = Told()
    later = crediting(bought("txn_2", at=NOW + 24 * HOUR), now=NOW)
    refund = following(adjusted("adj_1", cents=gone))
    for event in (
        crediting(bought("txn_1"), now=NOW),
        charging("job_1", spent),
        *((later, refund) if before else (refund, later)),
    ):
        assert not isinstance(told.do(event), MakegoodError)

    taken = ceil(Fraction(CREDITS * gone, CENTS)) + ceil(Fraction(BONUS * gone, CENTS))
    account = told.account()
    assert account.debt == 0
    assert account.available == 2 * (CREDITS + BONUS) - spent - taken
    assert audited(told.memory.items) == []


@NO_SHRINKING
@given(data=st.data())
def test_disputes_that_are_won_and_come_again_end_alike(data: st.DataObject) -> None:
    """A bank may take the same money a second time, and the first reversal names no dispute."""
    first = Made("adj_1", "txn_1", "chargeback", {"txnitm_0": 500}, False, ("approved",), "both", 1)
    again = replace(first, adjustment_id="adj_2", reverse=None, number=2)
    events = [
        crediting(bought("txn_1"), now=NOW),
        *(following(event) for one in (first, again) for event in one.events()),
    ]
    ends = []
    for _ in range(2):
        told = Told()
        for event in data.draw(st.permutations(events), label="order"):
            result = told.do(event)
            assert not isinstance(result, MakegoodError), repr(result)
        assert audited(told.memory.items) == []
        ends.append(as_it_is(told))
        assert told.account().available == 55
    assert ends[0] == ends[1]
