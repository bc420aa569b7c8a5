"""Who may send a payout and when, and what is made of what came of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from makegood.domain.account import Account
from makegood.domain.breaker import Bounds, Breaker
from makegood.domain.case import Case, CaseEventKind, CaseStatus, Category
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.money import Money
from makegood.domain.payout import (
    LEASE,
    Attempt,
    CameTo,
    Payout,
    PayoutItem,
    PayoutState,
    items_for,
    payout_in,
    refundable_until,
)
from makegood.domain.purchase import Purchase
from makegood.domain.studio import StudioSettings
from makegood.errors import AmountRefusedError, CaseSettledError, UnknownThingError
from makegood.plans.cases.deciding import decide_case
from makegood.plans.cases.verdicts import Choice, Word
from makegood.plans.money.by_hand import Remedy, handle_payout, resume_payouts
from makegood.plans.money.sending import (
    STOPPED_FOR,
    Leased,
    Over,
    Wait,
    conclude,
    lease_payout,
)
from makegood.plans.money.telling import case_id_of_adjustment
from makegood.plans.operations import set_price
from makegood.policy.versions import PUBLISHED
from tests.adjustments_made import adjusted, following, rules
from tests.case_doors import approving, audited, filing
from tests.ledgers import memory_ledger, plenty, stored
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW

MINUTE = timedelta(minutes=1)
AFTER = NOW + LEASE


class Desk:
    """A ledger with purchases of 10.00 USD, 100 credits each, whose cases are approved."""

    def __init__(self, purchases: int = 1, **wishes: Any) -> None:
        self.ledger, self.memory = memory_ledger()
        self.do(set_price("pri_1", 100, 0, author="oda", now=NOW))
        self.cases: list[Case] = []
        for number in range(1, purchases + 1):
            name = f"txn_{number}"
            at = NOW - timedelta(days=1) + number * timedelta(hours=1)
            self.do(crediting(bought(name, at=at), now=NOW))
            self.cases.append(self.approve(name, **wishes))

    def approve(self, transaction_id: str, **wishes: Any) -> Case:
        case: Case = self.do(filing(transaction_id, Category.UNAUTHORISED)).case
        approved: Case = self.do(approving(case, **wishes)).case
        return approved

    def do(self, decision: Decide[Any]) -> Any:
        return self.ledger.decide(decision, time_left=plenty)

    def set_up(self, **settings: Any) -> None:
        self.do(lambda _: Plan(None, (StudioSettings(**settings),)))

    def payout_id(self, number: int = 0) -> str:
        payout_id = self.cases[number].payout_id
        assert payout_id is not None
        return payout_id

    def payout(self, number: int = 0) -> Payout:
        return stored(self.ledger, Key(Payout, self.payout_id(number)))

    def lease(self, number: int = 0, *, now: datetime = NOW) -> Any:
        return self.do(lease_payout(self.payout_id(number), rules(now)))

    def conclude(
        self, came_to: CameTo, why: str = "why", *, attempt: int = 1, now: datetime = NOW, **at: Any
    ) -> Any:
        told = Attempt(attempt, came_to, why, **at)
        return self.do(conclude(self.payout_id(), told, rules(now)))

    def case(self) -> Case:
        return stored(self.ledger, Key(Case, self.cases[0].case_id))

    def purchase(self) -> Purchase:
        return stored(self.ledger, Key(Purchase, "txn_1"))

    def available(self) -> int:
        account: Account = stored(self.ledger, Key(Account, "acc_1"))
        return account.available


def test_one_has_the_lease_and_the_others_wait() -> None:
    desk = Desk()

    leased = desk.lease()
    assert isinstance(leased, Leased)
    assert leased.may_post
    assert (leased.payout.state, leased.payout.attempt) == (PayoutState.SENDING, 1)

    again = desk.lease(now=AFTER - timedelta(microseconds=1))
    assert isinstance(again, Wait)
    assert (again.until, again.why) == (AFTER, "leased")


def test_a_lease_that_nobody_concluded_counts_as_unknown() -> None:
    desk = Desk()
    desk.lease()

    second = desk.lease(now=AFTER)

    assert isinstance(second, Leased)
    assert (second.payout.attempt, second.payout.unknown, second.may_post) == (2, 1, True)


def test_after_three_unknown_rounds_nobody_asks_again() -> None:
    desk = Desk()
    for attempt in range(1, 4):
        at = NOW + (attempt - 1) * LEASE
        assert desk.lease(now=at).may_post
        assert isinstance(desk.conclude(CameTo.UNKNOWN, attempt=attempt, now=at), Wait)

    last = desk.lease(now=NOW + 3 * LEASE)
    assert not last.may_post
    over = desk.conclude(CameTo.PERSON, "unknown_too_often", attempt=4)

    assert over.payout.state is PayoutState.PERSON
    assert desk.case().status is CaseStatus.APPROVED
    assert desk.available() == 0


def test_what_was_not_sent_is_tried_later_and_does_not_count() -> None:
    desk = Desk()
    desk.lease()

    wait = desk.conclude(CameTo.NOT_SENT, "too_many_requests", again_at=NOW + MINUTE)
    assert (wait.until, wait.why) == (NOW + MINUTE, "too_many_requests")
    assert isinstance(desk.lease(now=NOW + MINUTE / 2), Wait)
    leased = desk.lease(now=NOW + MINUTE)

    assert (leased.payout.attempt, leased.payout.unknown) == (2, 0)


def test_turned_away_without_a_time_it_waits_for_the_end_of_the_lease() -> None:
    desk = Desk()
    desk.lease()

    assert desk.conclude(CameTo.NOT_SENT, "concurrent_modification").until == AFTER
    assert desk.lease(now=AFTER).payout.unknown == 0


def test_who_has_lost_the_lease_has_no_say() -> None:
    desk = Desk()
    desk.lease()
    desk.lease(now=AFTER)

    late = desk.conclude(CameTo.REFUSED, attempt=1, now=AFTER)

    assert isinstance(late, Wait)
    assert desk.payout().state is PayoutState.SENDING


def test_what_is_over_stays_so() -> None:
    desk = Desk()
    desk.lease()
    desk.do(following(adjusted("adj_1", reason=desk.payout().marker)))

    assert isinstance(desk.conclude(CameTo.UNKNOWN), Over)
    assert isinstance(desk.lease(now=AFTER), Over)
    assert desk.payout().state is PayoutState.PAID


def test_what_paddle_will_never_take_opens_the_case_again() -> None:
    desk = Desk()
    desk.lease()

    over = desk.conclude(CameTo.REFUSED, "adjustment_transaction_invalid_status_for_refund")

    assert over.refused
    assert desk.payout().state is PayoutState.REFUSED
    case = desk.case()
    assert (case.status, case.events[-1].kind) == (CaseStatus.OPEN, CaseEventKind.NOT_PAYABLE)
    assert (desk.available(), desk.purchase().promised_minor) == (100, 0)
    assert audited(desk.memory.items) == []


def test_a_refusal_after_an_unknown_round_is_for_a_person() -> None:
    """The round before may have been carried out: then a refusal only says so."""
    desk = Desk()
    desk.lease()
    desk.lease(now=AFTER)

    desk.conclude(CameTo.REFUSED, attempt=2, now=AFTER)

    assert desk.payout().state is PayoutState.PERSON
    assert desk.case().status is CaseStatus.APPROVED


@pytest.mark.parametrize("adjustment", [{"cents": 100}, {"action": "chargeback"}])
def test_what_has_gone_back_in_another_way_is_not_paid_as_well(adjustment: dict[str, Any]) -> None:
    desk = Desk()
    desk.do(following(adjusted("adj_1", **adjustment)))

    over = desk.lease()

    assert (over.refused, over.payout.why) == (True, "paid_in_another_way")
    assert desk.case().status is CaseStatus.OPEN
    assert desk.purchase().promised_minor == 0
    assert audited(desk.memory.items) == []


def test_what_may_have_been_sent_is_looked_for_whatever_stands_against_it() -> None:
    desk = Desk()
    desk.lease()
    desk.do(following(adjusted("adj_1", action="chargeback")))

    leased = desk.lease(now=AFTER)

    assert isinstance(leased, Leased)
    assert (leased.may_post, leased.obstacle) == (False, "paid_in_another_way")


@pytest.mark.parametrize(("method", "days"), [("card", 120), ("paypal", 179)])
def test_paddle_is_not_asked_for_what_is_too_old(method: str, days: int) -> None:
    desk = Desk()

    def paid_by(facts: Facts) -> Plan[None]:
        purchase = facts.get(Key(Purchase, "txn_1"))
        assert purchase is not None
        return Plan(None, (replace(purchase, paid_by=method),))

    desk.do(paid_by)
    until = desk.purchase().occurred_at + timedelta(days=days)

    assert isinstance(desk.lease(now=until - timedelta(microseconds=1)), Leased)
    desk.conclude(CameTo.NOT_SENT, again_at=until)
    over = desk.lease(now=until)

    assert over.payout.why == "too_old"
    assert desk.case().status is CaseStatus.OPEN


def test_nobody_approves_what_is_too_old_for_paddle() -> None:
    desk = Desk(purchases=0)
    at = NOW - timedelta(days=120)
    desk.do(crediting(bought("txn_1", at=at), now=at))
    case: Case = desk.do(filing("txn_1", Category.UNAUTHORISED)).case
    word = Word(Choice.APPROVE, "rita", case.version, transaction_id="txn_1")

    with pytest.raises(AmountRefusedError, match="Paddle refunds what was paid by card until"):
        desk.do(decide_case(case.case_id, word, policies=PUBLISHED, now=NOW))


def test_how_it_was_paid_says_how_long_it_can_be_refunded() -> None:
    purchase = Desk().purchase()

    assert purchase.paid_by == "card"
    assert refundable_until(purchase) == purchase.occurred_at + timedelta(days=120)
    assert refundable_until(replace(purchase, paid_by="wire_transfer")) is None
    assert refundable_until(replace(purchase, paid_by=None)) is None


def test_a_payout_that_was_given_up_and_came_after_all_stops_the_next_one() -> None:
    desk = Desk()
    first = desk.payout()
    desk.lease()
    desk.conclude(CameTo.PERSON)
    desk.do(handle_payout(first.payout_id, Remedy.GIVE_UP, rules(), author="rita", note="Gone."))
    desk.cases[0] = desk.do(approving(desk.case(), author="sam")).case
    desk.do(following(adjusted("adj_1", reason=first.marker, status="pending_approval")))

    over = desk.lease()

    assert (over.refused, over.payout.why) == (True, "paid_before")
    desk.do(following(adjusted("adj_1", reason=first.marker, updated=MINUTE)))
    assert desk.available() == 0
    assert audited(desk.memory.items) == []


def test_given_up_and_paid_after_all_its_case_is_paid() -> None:
    desk = Desk()
    payout = desk.payout()
    desk.lease()
    desk.conclude(CameTo.PERSON)
    desk.do(handle_payout(payout.payout_id, Remedy.GIVE_UP, rules(), author="rita", note="Gone."))
    assert (desk.available(), desk.case().status) == (100, CaseStatus.OPEN)

    pending = adjusted("adj_1", reason=payout.marker, status="pending_approval")
    desk.do(following(pending))
    assert desk.payout().state is PayoutState.REFUSED
    desk.do(following(adjusted("adj_1", reason=payout.marker, updated=MINUTE)))

    assert desk.case().status is CaseStatus.PAID
    assert desk.payout().state is PayoutState.PAID
    assert desk.available() == 0
    assert audited(desk.memory.items) == []


# --------------------------------------------------------------------------- people


def test_a_person_sends_again_what_nobody_knows_of() -> None:
    desk = Desk()
    desk.lease()
    desk.conclude(CameTo.PERSON)
    decision = handle_payout(
        desk.payout_id(), Remedy.SEND_AGAIN, rules(AFTER), author="rita", note="Not there."
    )

    assert not desk.do(decision).again
    assert desk.do(decision).again
    leased = desk.lease(now=AFTER)

    assert (leased.payout.attempt, leased.payout.unknown, leased.may_post) == (2, 0, True)


@pytest.mark.parametrize("remedy", Remedy)
def test_what_may_be_on_its_way_is_not_handled(remedy: Remedy) -> None:
    desk = Desk()
    desk.lease()

    with pytest.raises(CaseSettledError):
        desk.do(handle_payout(desk.payout_id(), remedy, rules(), author="rita", note="Hm."))


def test_what_was_never_sent_can_be_given_up_and_not_sent_again() -> None:
    desk = Desk()
    given: dict[str, str] = {"author": "rita", "note": "Not him."}
    with pytest.raises(CaseSettledError):
        desk.do(handle_payout(desk.payout_id(), Remedy.SEND_AGAIN, rules(), **given))

    desk.do(handle_payout(desk.payout_id(), Remedy.GIVE_UP, rules(), **given))

    assert desk.case().status is CaseStatus.OPEN
    assert (desk.available(), desk.purchase().promised_minor) == (100, 0)
    assert isinstance(desk.lease(), Over)
    assert audited(desk.memory.items) == []


def test_a_second_payment_for_one_case_is_seen_by_a_person() -> None:
    desk = Desk(amount=300)
    first = desk.payout()
    desk.lease()
    desk.conclude(CameTo.PERSON)
    desk.do(handle_payout(first.payout_id, Remedy.GIVE_UP, rules(), author="rita", note="Gone."))
    desk.cases[0] = desk.do(approving(desk.case(), author="sam", amount=300)).case
    second = desk.payout()
    desk.do(following(adjusted("adj_2", cents=300, reason=second.marker)))
    assert desk.case().status is CaseStatus.PAID

    desk.do(following(adjusted("adj_1", cents=300, reason=first.marker)))

    payout: Payout = stored(desk.ledger, Key(Payout, first.payout_id))
    assert (payout.state, payout.adjustment_id) == (PayoutState.PAID, "adj_1")
    own: Case = stored(desk.ledger, Key(Case, case_id_of_adjustment("adj_1")))
    assert (own.status, own.category) == (CaseStatus.OPEN, Category.ADJUSTMENT)
    assert desk.available() == 40
    assert audited(desk.memory.items) == []


def test_what_was_refunded_since_the_approval_is_reckoned_anew_by_a_person() -> None:
    desk = Desk(amount=400)
    desk.do(following(adjusted("adj_1", cents=300)))

    over = desk.lease()

    assert (over.refused, over.payout.why) == (True, "adjusted_since")
    assert desk.case().status is CaseStatus.OPEN
    assert desk.available() == 70
    assert audited(desk.memory.items) == []


def test_giving_up_twice_is_once() -> None:
    desk = Desk()
    desk.lease()
    desk.conclude(CameTo.PERSON)
    decision = handle_payout(
        desk.payout_id(), Remedy.GIVE_UP, rules(), author="rita", note="Paid by hand."
    )

    desk.do(decision)
    assert desk.do(decision).again

    assert desk.case().events[-1].note == "Paid by hand."
    assert audited(desk.memory.items) == []


@pytest.mark.parametrize(
    "decision",
    [
        lease_payout("payout_0", rules()),
        conclude("payout_0", Attempt(1, CameTo.UNKNOWN, "why"), rules()),
        handle_payout("payout_0", Remedy.GIVE_UP, rules(), author="rita", note="x"),
    ],
)
def test_a_payout_that_there_is_not_is_refused(decision: Decide[Any]) -> None:
    with pytest.raises(UnknownThingError):
        Desk(purchases=0).do(decision)


# --------------------------------------------------------------------------- the breaker


@pytest.mark.parametrize(
    "bounds", [{"payouts_per_hour": 2}, {"payouts_per_hour_minor": {"USD": 2000}}]
)
def test_one_too_many_in_an_hour_stops_all_until_a_person_has_looked(
    bounds: dict[str, Any],
) -> None:
    desk = Desk(purchases=4)
    desk.set_up(**bounds)

    assert isinstance(desk.lease(0), Leased)
    assert isinstance(desk.lease(1), Leased)
    third, fourth = desk.lease(2), desk.lease(3)

    assert (third.why, third.tripped, third.until) == ("stopped", True, NOW + STOPPED_FOR)
    assert (fourth.why, fourth.tripped) == ("stopped", False)
    day_later = NOW + timedelta(days=1)
    assert desk.lease(2, now=day_later).why == "stopped"
    assert not desk.do(resume_payouts(rules(day_later), author="rita", reason="Seen.")).again
    assert desk.do(resume_payouts(rules(day_later), author="rita", reason="Seen.")).again
    assert isinstance(desk.lease(2, now=day_later), Leased)


def test_one_that_alone_is_too_much_goes_once_a_person_has_looked() -> None:
    desk = Desk(purchases=2)
    desk.set_up(payouts_per_hour_minor={"USD": 500})
    assert desk.lease(0).tripped

    desk.do(resume_payouts(rules(), author="rita", reason="It is right."))

    assert isinstance(desk.lease(0), Leased)
    assert desk.lease(1).tripped


def test_what_is_tried_again_is_counted_once() -> None:
    desk = Desk()
    desk.set_up(payouts_per_hour=1)
    desk.lease()

    for attempt in range(1, 4):
        at = NOW + attempt * MINUTE
        desk.conclude(CameTo.NOT_SENT, attempt=attempt, again_at=at)
        assert isinstance(desk.lease(now=at), Leased)


def test_the_hour_moves_on() -> None:
    bounds = Bounds(2, {})
    breaker = Breaker()
    money = Money(100, "USD")
    for minute in (0, 30):
        breaker = breaker.with_one("p", money, bounds=bounds, now=NOW + minute * MINUTE)
        assert not breaker.is_open

    assert breaker.with_one("p", money, bounds=bounds, now=NOW + 59 * MINUTE).is_open
    later = breaker.with_one("p", money, bounds=bounds, now=NOW + 61 * MINUTE)
    assert not later.is_open
    assert [minute.count for minute in later.minutes] == [1, 1]


def test_sums_are_bounded_by_currency_and_the_bound_itself_is_allowed() -> None:
    bounds = Bounds(100, {"USD": 200})
    breaker = Breaker()
    for currency, amount in (("USD", 100), ("JPY", 10_000), ("USD", 100)):
        breaker = breaker.with_one("p", Money(amount, currency), bounds=bounds, now=NOW)
        assert not breaker.is_open

    tripped = breaker.with_one("p", Money(1, "USD"), bounds=bounds, now=NOW)
    assert (tripped.is_open, tripped.why) == (True, "sum_USD")
    assert not breaker.with_one("p", Money(1, "JPY"), bounds=bounds, now=NOW).is_open


# --------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        ("Refund [makegood:payout_0123456789abcdef01234567]", "payout_0123456789abcdef01234567"),
        ("[makegood:payout_0123456789abcdef01234567] by hand", "payout_0123456789abcdef01234567"),
        ("", None),
        ("makegood:payout_0123456789abcdef01234567", None),
        ("[makegood:payout_0123456789ABCDEF01234567]", None),
        ("[makegood:payout_0123]", None),
        (
            "[makegood:payout_0123456789abcdef01234567][makegood:payout_1123456789abcdef01234567]",
            None,
        ),
    ],
)
def test_a_marker_is_found_in_a_reason(reason: str, found: str | None) -> None:
    assert payout_in(reason) == found


@pytest.mark.parametrize(
    ("amount", "unused", "left", "taken"),
    [
        (500, (300, 1000), (1000, 1000), (300, 200)),
        (1800, (300, 1000), (1000, 1000), (800, 1000)),
        (700, (0, 0), (1000, 1000), (700, 0)),
        (700, (0, 0), (0, 1000), (0, 700)),
    ],
)
def test_money_comes_from_unused_credits_first(
    amount: int, unused: tuple[int, ...], left: tuple[int, ...], taken: tuple[int, ...]
) -> None:
    desk = Desk(purchases=0)
    desk.do(crediting(bought("txn_1", lines=2), now=NOW))

    items = items_for(amount, unused_minor=unused, left_minor=left, purchase=desk.purchase())

    wanted = [PayoutItem(f"txnitm_{n}", minor) for n, minor in enumerate(taken) if minor]
    assert list(items) == wanted
