"""The pure rules of reconciliation: what explains an event, what differs, where a run goes on."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from makegood.domain.adjustment import APPROVED, PENDING, REJECTED, REVERSED, Adjustments
from makegood.domain.case import Case, CaseEventKind, CaseStatus
from makegood.domain.facts import Facts, Key
from makegood.domain.money import Money
from makegood.domain.payout import Payout, PayoutState
from makegood.domain.purchase import Customer, Purchase, PurchaseState
from makegood.domain.reconciliation import (
    KEPT_FOR,
    OVERLAP,
    About,
    Claim,
    PutBack,
    Reconciliation,
    Walk,
)
from makegood.domain.record import ParkedEvent
from makegood.events.paddle import PaddleEntity, PaddleEvent, parse_paddle_event
from makegood.plans.money.following import adjustment_of
from makegood.plans.purchases import as_told
from makegood.plans.reconciling import explaining
from makegood.plans.reconciling.destinations import NEEDED, Subscription, subscription_of
from makegood.plans.reconciling.differences import Difference, What, found_out
from makegood.plans.reconciling.explaining import (
    AGAIN_AFTER,
    OVER_AFTER,
    Answer,
    Due,
    answer_to,
    claim_of,
    due_of,
    keys_of,
)
from makegood.plans.reconciling.progress import (
    accounts_checked,
    let_rest,
    remember,
    settle,
    walk_on,
)
from makegood.plans.reconciling.refunds import check_listed, check_refund
from makegood.reconciling.means import Means
from makegood.reconciling.reading import UNREADABLE, Told, read_event, sale_event
from tests.adjustments_made import adjusted, rules
from tests.purchases_made import bought
from tests.webhooks import NOW, SAMPLES, sample

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def an_event(data: PaddleEntity | None, kind: str = "transaction.completed") -> PaddleEvent:
    return PaddleEvent("evt_1", kind, NOW, data)


def claimed(data: PaddleEntity | None, kind: str = "transaction.completed") -> Claim:
    claim = claim_of(an_event(data, kind), begins_at=LONG_AGO)
    assert claim is not None
    return claim


def a_claim(event_id: str = "evt_1", *, at: datetime = NOW) -> Claim:
    return Claim(event_id, "transaction.completed", at, About.SALE, "txn_1")


# What an event must have left


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_leaves_what_its_type_says(path: Any) -> None:
    event = parse_paddle_event(path.read_bytes())
    claim = claim_of(event, begins_at=LONG_AGO)
    status = json.loads(path.read_bytes())["data"]["status"]
    if path.stem.startswith("transaction.") and status != "completed":
        assert claim is None
    else:
        assert claim is not None
        assert (
            claim.about.value
            == {
                "transaction": "sale",
                "adjustment": "adjustment",
                "customer": "customer",
            }[path.stem.partition(".")[0]]
        )


def test_a_sale_from_before_the_beginning_leaves_nothing() -> None:
    sale = an_event(bought("txn_1", at=NOW))
    assert claim_of(sale, begins_at=NOW) is not None
    assert claim_of(sale, begins_at=NOW + timedelta(seconds=1)) is None


def test_what_is_not_read_here_leaves_nothing() -> None:
    assert claim_of(an_event(None, "subscription.created"), begins_at=LONG_AGO) is None


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (adjusted("adj_1", action="cashback"), "adjustment.created"),
        (bought("txn_1").model_copy(update={"status": "settled"}), "transaction.updated"),
    ],
    ids=["adjustment", "transaction"],
)
def test_what_nobody_understands_yet_is_kept_itself(data: PaddleEntity, kind: str) -> None:
    claim = claimed(data, kind)
    assert (claim.about, claim.id) == (About.KEPT, "evt_1")
    assert answer_to(Facts({Key(ParkedEvent, "evt_1"): None}), claim) is Answer.MISSING
    parked = ParkedEvent("evt_1", "adjustment.created", NOW, NOW, "{}")
    assert answer_to(Facts({Key(ParkedEvent, "evt_1"): parked}), claim) is Answer.EXPLAINED


@pytest.mark.parametrize("state", PurchaseState)
def test_a_sale_is_explained_by_its_purchase_in_any_state(state: PurchaseState) -> None:
    sale = bought("txn_1")
    claim = claimed(sale)
    assert answer_to(Facts({Key(Purchase, "txn_1"): None}), claim, sale) is Answer.MISSING
    facts = Facts({Key(Purchase, "txn_1"): replace(as_told(sale, NOW), state=state)})
    for told in (sale, None):
        assert answer_to(facts, claim, told) is Answer.EXPLAINED
    other = bought("txn_1", cents=999)
    assert answer_to(facts, claim, other) is Answer.CONTRADICTED


@pytest.mark.parametrize(
    ("known", "told", "answer"),
    [
        (None, PENDING, Answer.MISSING),
        (PENDING, PENDING, Answer.EXPLAINED),
        (PENDING, APPROVED, Answer.MISSING),
        (PENDING, REJECTED, Answer.MISSING),
        (PENDING, REVERSED, Answer.MISSING),
        (APPROVED, PENDING, Answer.EXPLAINED),
        (APPROVED, APPROVED, Answer.EXPLAINED),
        (APPROVED, REVERSED, Answer.MISSING),
        (REJECTED, PENDING, Answer.EXPLAINED),
        (REJECTED, REJECTED, Answer.EXPLAINED),
        (REVERSED, PENDING, Answer.EXPLAINED),
        (REVERSED, APPROVED, Answer.EXPLAINED),
        (REVERSED, REVERSED, Answer.EXPLAINED),
    ],
)
def test_an_adjustment_is_explained_by_the_same_status_or_a_later_one(
    known: str | None, told: str, answer: Answer
) -> None:
    record = Adjustments("txn_1")
    if known is not None:
        record = record.with_one(adjustment_of(adjusted("adj_1", status=known)))
    facts = Facts({Key(Adjustments, "txn_1"): record if known else None})
    new = adjusted("adj_1", status=told)
    claim = claimed(new, "adjustment.updated")
    assert answer_to(facts, claim, new) is answer
    assert answer_to(facts, claim) is answer


def test_an_adjustment_with_other_contents_is_contradicted() -> None:
    record = Adjustments("txn_1").with_one(adjustment_of(adjusted("adj_1")))
    facts = Facts({Key(Adjustments, "txn_1"): record})
    other = adjusted("adj_1", cents=999)
    assert answer_to(facts, claimed(other, "adjustment.updated"), other) is Answer.CONTRADICTED


@pytest.mark.parametrize(
    ("told_at", "answer"),
    [
        (None, Answer.MISSING),
        (NOW - MINUTE, Answer.MISSING),
        (NOW, Answer.EXPLAINED),
        (NOW + MINUTE, Answer.EXPLAINED),
    ],
)
def test_a_customer_is_explained_by_news_as_new(told_at: datetime | None, answer: Answer) -> None:
    event = parse_paddle_event(sample("customer.updated"))
    claim = replace(claimed(event.data, "customer.updated"), occurred_at=NOW)
    key = Key(Customer, claim.id)
    assert answer_to(Facts({key: Customer(claim.id, told_at=told_at)}), claim) is answer
    assert answer_to(Facts({key: None}), claim) is Answer.MISSING


def test_what_is_looked_at_is_read_once() -> None:
    claims = [a_claim("evt_1"), a_claim("evt_2"), replace(a_claim("evt_3"), about=About.ADJUSTMENT)]
    assert keys_of(claims) == [Key(Purchase, "txn_1"), Key(Adjustments, "txn_1")]


@pytest.mark.parametrize(
    ("first", "last", "due"),
    [
        (timedelta(), timedelta(), Due.WAIT),
        (DAY - MINUTE, AGAIN_AFTER - MINUTE, Due.WAIT),
        (DAY - MINUTE, AGAIN_AFTER, Due.AGAIN),
        (OVER_AFTER, timedelta(), Due.OVER),
    ],
)
def test_what_is_put_back_is_put_back_again_and_then_a_persons(
    first: timedelta, last: timedelta, due: Due
) -> None:
    assert due_of(PutBack(a_claim(), NOW - first, NOW - last), now=NOW) is due
    assert explaining.GRACE < OVERLAP


# Where a run goes on


def test_a_first_walk_begins_with_the_ledger_or_with_what_paddle_remembers() -> None:
    record = Reconciliation()
    assert record.next_walk(begins_at=NOW - DAY, now=NOW) == Walk(NOW - DAY, NOW)
    assert record.next_walk(begins_at=LONG_AGO, now=NOW) == Walk(NOW - KEPT_FOR, NOW)
    later = replace(record, seen_until=NOW - HOUR)
    assert later.next_walk(begins_at=LONG_AGO, now=NOW).since == NOW - HOUR - OVERLAP
    assert later.next_walk(begins_at=NOW - MINUTE, now=NOW).since == NOW - MINUTE


def test_a_walk_that_is_not_at_its_end_goes_on() -> None:
    walk = Walk(NOW - DAY, NOW, after="evt_1")
    record = Reconciliation(seen_until=NOW, walk=walk)
    assert record.next_walk(begins_at=LONG_AGO, now=NOW + DAY) is walk


@pytest.mark.parametrize(
    ("times", "reached"),
    [
        ([], None),
        ([NOW - HOUR, NOW - 2 * HOUR], NOW - HOUR),
        # What happens while it walks, it passes by; what a clock says wrongly, too.
        ([NOW + HOUR, NOW - HOUR], NOW),
    ],
)
def test_a_walk_has_seen_up_to_the_newest_and_not_beyond_its_beginning(
    times: list[datetime], reached: datetime | None
) -> None:
    walk = Walk(LONG_AGO, began_at=NOW).past("evt_1", times)
    assert walk.reached == reached
    before = Reconciliation(seen_until=LONG_AGO)
    after = before.walked(walk, [], is_over=True)
    assert (after.walk, after.seen_until) == (None, reached or LONG_AGO)
    assert before.walked(walk, [], is_over=False) == replace(before, walk=walk)


def test_what_cannot_be_remembered_is_walked_through_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("makegood.domain.reconciliation.PUT_BACK_MAX", 2)
    put = [PutBack(a_claim(f"evt_{n}", at=NOW - n * HOUR), NOW, NOW) for n in range(4)]
    walk = Walk(LONG_AGO, began_at=NOW).past(None, [NOW])
    after = Reconciliation().walked(walk, put, is_over=True)
    assert after.put_back == tuple(put[:2])
    assert after.seen_until == NOW - 3 * HOUR
    assert after.walked(walk, put[:1], is_over=True).put_back == tuple(put[:2])


def test_what_a_person_has_is_remembered_as_long_as_walks_meet_it() -> None:
    one = PutBack(a_claim(at=NOW - OVERLAP), NOW, NOW)
    record = Reconciliation(put_back=(one,)).settled(over=frozenset({"evt_1"}), at=NOW)
    assert record.put_back == (replace(one, over=True),)
    walk = Walk(LONG_AGO, began_at=NOW + DAY)
    assert record.walked(walk.past(None, [NOW]), [], is_over=True).put_back == record.put_back
    later = walk.past(None, [NOW + MINUTE])
    assert record.walked(later, [], is_over=True).put_back == ()
    pending = Reconciliation(put_back=(one,)).walked(later, [], is_over=True)
    assert pending.put_back == (one,)


def test_what_has_arrived_is_forgotten_and_what_is_put_back_again_has_its_time() -> None:
    put = tuple(PutBack(a_claim(f"evt_{n}"), NOW, NOW) for n in range(3))
    after = Reconciliation(put_back=put).settled(
        gone=frozenset({"evt_0"}), again=frozenset({"evt_2"}), at=NOW + DAY
    )
    assert after.put_back == (put[1], replace(put[2], last_at=NOW + DAY))


# Differences


def a_difference(reason: str = "Two things differ.") -> Difference:
    return Difference(What.ACCOUNT, "acc_1", "acc_1", "4", reason, {"n": 1})


class _Of(Facts):
    """Facts with one record of a kind, whatever it is asked for by."""

    def __init__(self, records: Mapping[type[Any], Any]) -> None:
        super().__init__({})
        self._records = records

    def get(self, key: Any) -> Any:
        return self._records.get(key.kind)


def told_twice(first: str, second: str, *, closed: bool) -> tuple[Any, Any]:
    """The case after the first difference, and the plan that the second one makes of it."""
    opened: Any = found_out(_Of({}), a_difference(first), rules())
    [case] = opened.writes
    if closed:
        case = case.moved(
            CaseEventKind.CLOSED, author="rita", at=NOW, status=CaseStatus.CLOSED, decided_by="rita"
        )
    return case, found_out(_Of({Case: case}), a_difference(second), rules(NOW + HOUR))


def test_a_difference_opens_a_case_that_holds_and_pays_nothing() -> None:
    case, _ = told_twice("Two things differ.", "Two things differ.", closed=False)
    assert (case.category, case.status, case.opened_by, case.opener) == (
        "difference",
        "open",
        "detector",
        "reconciliation",
    )
    assert (case.held, case.money, case.payout_id) == ((), None, None)
    assert case.decision.reason == "Two things differ."
    assert case.due_at > NOW


@pytest.mark.parametrize("closed", [False, True])
def test_the_same_difference_is_no_news(closed: bool) -> None:
    case, plan = told_twice("Two things differ.", "Two things differ.", closed=closed)
    assert plan.writes == ()
    assert (plan.outcome.again, plan.outcome.case_id) == (True, case.case_id)


@pytest.mark.parametrize("closed", [False, True])
def test_another_one_of_the_same_things_is_told_to_the_case(closed: bool) -> None:
    case, plan = told_twice("Two things differ.", "They differ by more.", closed=closed)
    [told] = plan.writes
    assert plan.outcome.again is False
    assert told.case_id == case.case_id
    assert (told.status, told.events[-1].kind) == (CaseStatus.OPEN, CaseEventKind.ADJUSTED)
    assert (told.verdict.reason, told.decision.reason) == (
        "They differ by more.",
        "Two things differ.",
    )
    assert (told.decided_by, told.decided_at) == (None, None)


PAYOUT = Payout(
    payout_id="payout_" + "a" * 24,
    case_id="case_1",
    account_id="acc_1",
    transaction_id="txn_1",
    money=Money(1000, "USD"),
    items=(),
    state=PayoutState.PAID,
    requested_at=NOW,
    due_at=NOW,
    adjustment_id="adj_1",
)
MARK = f"Refund. {PAYOUT.marker}"


def refund_differs(payout: Payout | None, *, waits: bool = False, **wishes: Any) -> str | None:
    told = adjusted(wishes.pop("id", "adj_1"), **{"reason": MARK, **wishes})
    record = Adjustments("txn_1", (adjustment_of(told),), None if waits else "acc_1")
    record = replace(record, waits_since=NOW if waits else None)
    facts = _Of({Payout: payout, Adjustments: record})
    plan = check_refund(told, rules())(facts)
    if plan.outcome is None:
        return None
    [case] = plan.writes
    reason: str = case.decision.reason  # type: ignore[attr-defined]
    return reason


@pytest.mark.parametrize(
    ("status", "state", "fits"),
    [
        (PENDING, PayoutState.SENT, True),
        (PENDING, PayoutState.PERSON, True),
        (PENDING, PayoutState.REFUSED, True),
        (PENDING, PayoutState.PAID, False),
        (APPROVED, PayoutState.PAID, True),
        (APPROVED, PayoutState.SENT, False),
        (APPROVED, PayoutState.REJECTED, False),
        (REJECTED, PayoutState.REJECTED, True),
        (REJECTED, PayoutState.PAID, False),
        (REVERSED, PayoutState.PAID, True),
    ],
)
def test_a_refund_and_its_payout_agree_by_their_states(
    status: str, state: PayoutState, fits: bool
) -> None:
    reason = refund_differs(replace(PAYOUT, state=state), status=status)
    assert (reason is None) is fits


def test_a_refund_of_another_amount_or_a_second_one_differs() -> None:
    assert refund_differs(PAYOUT) is None
    assert refund_differs(PAYOUT, cents=999) == (
        "At Paddle the refund adj_1 of 9.99 USD carries out"
        f" {PAYOUT.payout_id}, which is of 10.00 USD."
    )
    assert "paid back twice" in (refund_differs(PAYOUT, id="adj_2") or "")
    assert refund_differs(PAYOUT, id="adj_2", status=REJECTED) is None


@pytest.mark.parametrize(
    "other",
    [
        {"reason": "Paddle buyer support"},
        {"action": "chargeback"},
        {"payout": None},
        {"payout": replace(PAYOUT, transaction_id="txn_2")},
        {"waits": True, "status": PENDING},
    ],
    ids=["no mark", "no refund", "no payout", "another purchase", "it waits"],
)
def test_what_carries_out_no_payout_is_no_difference(other: dict[str, Any]) -> None:
    assert refund_differs(other.pop("payout", PAYOUT), **other) is None


@pytest.mark.parametrize(
    ("changes", "listed", "differs"),
    [
        ({}, {"adj_1"}, False),
        ({}, {"adj_2"}, True),
        ({"state": PayoutState.SENT}, set(), True),
        ({"state": PayoutState.REJECTED}, set(), False),
        ({"adjustment_id": None}, set(), False),
    ],
)
def test_what_was_paid_must_be_listed(
    changes: dict[str, Any], listed: set[str], differs: bool
) -> None:
    facts = _Of({Payout: replace(PAYOUT, **changes)})
    plan = check_listed(PAYOUT.payout_id, frozenset(listed), rules())(facts)
    assert (plan.outcome is not None) is differs


# Where Paddle sends to


def destination(**changes: Any) -> dict[str, Any]:
    return {
        "id": "ntfset_1",
        "type": "url",
        "destination": "https://api.example.com/webhooks/paddle",
        "active": True,
        "traffic_source": "platform",
        "subscribed_events": [{"name": name} for name in (*NEEDED, "payout.paid")],
        **changes,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"active": False},
        {"traffic_source": "simulation"},
        {"traffic_source": None},
        {"destination": "https://api.example.com/webhooks"},
        {"destination": "https://api.example.com/other?to=/webhooks/paddle"},
        {"destination": "https://api.example.com/other#/webhooks/paddle"},
        {"destination": None},
        {"destination": "shop@example.com"},
    ],
    ids=str,
)
def test_a_destination_that_does_not_lead_here_is_none(changes: dict[str, Any]) -> None:
    assert subscription_of([destination(**changes)]) == Subscription(None, NEEDED)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"traffic_source": "all"},
        {"destination": "http://127.0.0.1:8123/webhooks/paddle"},
        {"destination": "https://api.example.com/prod/webhooks/paddle?x=1"},
        {"subscribed_events": list(NEEDED)},
    ],
    ids=str,
)
def test_one_that_leads_here_with_everything_is_enough(changes: dict[str, Any]) -> None:
    others = [destination(active=False), destination(subscribed_events=[])]
    found = subscription_of([*others, destination(**changes)])
    assert found == Subscription("ntfset_1", ())


@pytest.mark.parametrize("name", NEEDED)
def test_each_type_that_is_missing_is_named(name: str) -> None:
    names = [{"name": one} for one in NEEDED if one != name]
    found = subscription_of([destination(subscribed_events=names)])
    assert found.missing == (name,)


@pytest.mark.parametrize("told", [None, "all", [None, 7], {"name": "all"}])
def test_nonsense_subscribes_to_nothing(told: Any) -> None:
    assert subscription_of([destination(subscribed_events=told)]).missing == NEEDED


# Events of Paddle's list, read


def row(**changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(sample("transaction.completed.usd_credit_pack"))
    event.pop("notification_id")
    return event | changes


def test_an_event_of_the_list_makes_the_message_that_a_webhook_makes() -> None:
    told = read_event(row(), now=NOW)
    assert isinstance(told, Told)
    content = json.loads(told.message)
    assert set(content) == {"event_id", "event_type", "occurred_at", "data"}
    assert "last4" not in told.message
    assert told.event == parse_paddle_event(sample("transaction.completed.usd_credit_pack"))


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"event_id": None}, None),
        ({"event_id": "evt 1"}, None),
        ({"event_type": 7}, "evt_1"),
        ({"occurred_at": "yesterday"}, "evt_1"),
        ({"data": []}, "evt_1"),
        ({"data": {"custom_data": nested(400)}}, "evt_1"),
        ({"data": {"custom_data": nested(100)}}, "evt_1"),
        ({"data": {"id": "txn_1"}}, "evt_1"),
        ({"data": {"note": float("nan")}}, "evt_1"),
        ({"data": {"note": "\ud800"}}, "evt_1"),
        ({"data": {"note": "x" * 1_000_000}}, "evt_1"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_read_is_kept_under_a_name_that_stays(
    changes: dict[str, Any], name: str | None
) -> None:
    kept = read_event(row(**{"event_id": "evt_1", **changes}), now=NOW)
    again = read_event(row(**{"event_id": "evt_1", **changes}), now=NOW + DAY)
    assert isinstance(kept, ParkedEvent)
    assert isinstance(again, ParkedEvent)
    assert kept.event_id == again.event_id
    if name is None:
        assert kept.event_id.startswith(UNREADABLE)
    else:
        assert kept.event_id == name
    assert len(kept.content) <= 200_000
    json.loads(kept.content).get("data")
    kept.content.encode()


def test_two_nameless_events_are_two() -> None:
    kept: list[Any] = [read_event(row(event_id=name), now=NOW) for name in ("", "-", 7)]
    assert len({one.event_id for one in kept}) == 3


def test_a_transaction_becomes_the_event_that_would_have_told_of_it() -> None:
    transaction = row()["data"]
    told = sale_event(transaction, now=NOW)
    assert isinstance(told, Told)
    assert told.event.event_id == f"evt_reconciled_{transaction['id']}"
    assert told.event.event_type == "transaction.completed"
    assert told == sale_event(transaction, now=NOW + DAY)


# What is written down


def test_a_run_beside_another_one_writes_nothing_down() -> None:
    walk = Walk(NOW - DAY, NOW)
    further = walk.past("evt_2", [NOW - HOUR])
    stored = Reconciliation(walk=walk.past("evt_1", [NOW - HOUR]))
    for before in (None, walk, further):
        plan = walk_on(before, further, [], is_over=False)(_Of({Reconciliation: stored}))
        assert (plan.outcome, plan.writes) == (None, ())

    plan = walk_on(stored.walk, further, [], is_over=False)(_Of({Reconciliation: stored}))
    assert plan.outcome == Reconciliation(walk=further)
    assert plan.writes == (plan.outcome,)


def test_what_changes_nothing_is_not_written() -> None:
    one = PutBack(a_claim(), NOW, NOW)
    facts = _Of({Reconciliation: Reconciliation(put_back=(one,), accounts_after="place")})
    for decision in (remember([one]), settle(gone={"evt_2"}, now=NOW), accounts_checked("place")):
        assert decision(facts).writes == ()
    assert remember([PutBack(a_claim("evt_2"), NOW, NOW)])(facts).writes
    assert settle(gone={"evt_1"}, now=NOW)(facts).writes
    assert accounts_checked(None)(facts).writes


@pytest.mark.parametrize(
    ("waits", "purchase", "rests"),
    [
        (True, None, True),
        (True, PurchaseState.NOT_CREDITED, True),
        (True, PurchaseState.UNMATCHED, False),
        (True, PurchaseState.GRANTED, False),
        (False, None, False),
    ],
)
def test_only_what_waits_in_vain_is_let_rest(
    waits: bool, purchase: PurchaseState | None, rests: bool
) -> None:
    known = Adjustments("txn_1", waits_since=NOW if waits else None)
    bought_then = as_told(bought("txn_1"), NOW)
    sale = None if purchase is None else replace(bought_then, state=purchase)
    plan = let_rest("txn_1")(_Of({Adjustments: known, Purchase: sale}))
    assert plan.outcome is rests
    assert plan.writes == ((replace(known, waits_since=None),) if rests else ())


@pytest.mark.parametrize(("number", "most"), [(0, 3), (3, 3), (7, 3), (60, 7), (61, 60)])
def test_of_a_long_list_all_have_their_turn_in_some_runs(number: int, most: int) -> None:
    nothing: Any = None
    names = [str(n) for n in range(number)]
    seen: set[str] = set()
    for run in range(-(-number // most) + 1):
        at = rules(NOW + run * HOUR)
        means = Means(nothing, nothing, nothing, at, LONG_AGO, lambda: 0.0)
        turn = means.turn(names, most)
        assert len(turn) == len(set(turn)) == min(number, most)
        seen.update(turn)
    assert seen == set(names)
