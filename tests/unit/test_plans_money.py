"""Money that goes back: credits go along, once, in proportion, and come back once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from makegood.domain.account import Account, AccountStatus
from makegood.domain.adjustment import Adjustments
from makegood.domain.case import Case, CaseEventKind, CaseStatus, Category
from makegood.domain.entry import Entry, EntryKind
from makegood.domain.facts import Decide, Key
from makegood.domain.money import Money
from makegood.domain.payout import Payout, PayoutItem, PayoutState, payout_id_of
from makegood.domain.purchase import Purchase
from makegood.errors import (
    CaseSettledError,
    IdempotencyConflictError,
)
from makegood.events.jobs import parse_job_event
from makegood.events.paddle import PaddleEvent
from makegood.plans.cases.deciding import decide_case
from makegood.plans.cases.verdicts import Choice, Word
from makegood.plans.customers import Parked
from makegood.plans.money.telling import case_id_of_adjustment
from makegood.plans.operations import set_price
from makegood.plans.paddle_events import apply_event
from makegood.policy.versions import PUBLISHED
from tests.adjustments_made import adjusted, following
from tests.case_doors import (
    approving,
    audited,
    charging,
    declining,
    ending,
    filing,
    withdrawing,
)
from tests.ledgers import entries_of, memory_ledger, plenty, stored
from tests.purchases_made import assigning, bought, crediting
from tests.webhooks import NOW
from tests.workers import failed

DAY = timedelta(days=1)


class Desk:
    """A ledger with a price: 100 credits and 5 as a bonus for each line."""

    def __init__(self, bonus: int = 0) -> None:
        self.ledger, self.memory = memory_ledger()
        self.do(set_price("pri_1", 100, bonus, author="oda", now=NOW))

    def do(self, decision: Decide[Any]) -> Any:
        return self.ledger.decide(decision, time_left=plenty)

    def buy(self, transaction_id: str = "txn_1", **wishes: Any) -> None:
        self.do(crediting(bought(transaction_id, **wishes), now=NOW))

    def follow(self, adjustment_id: str = "adj_1", **wishes: Any) -> Any:
        return self.do(following(adjusted(adjustment_id, **wishes)))

    @property
    def account(self) -> Account:
        return stored(self.ledger, Key(Account, "acc_1"))

    @property
    def balances(self) -> tuple[int, int, int]:
        account = self.account
        return account.available, account.held, account.debt

    @property
    def purchase(self) -> Purchase:
        return stored(self.ledger, Key(Purchase, "txn_1"))

    def case(self, case_id: str) -> Case:
        return stored(self.ledger, Key(Case, case_id))

    def case_of(self, adjustment_id: str = "adj_1") -> Case:
        return self.case(case_id_of_adjustment(adjustment_id))

    def entries(self, kind: EntryKind) -> list[Entry]:
        entries = entries_of(self.memory.items.values(), "acc_1")
        return [entry for entry in entries if entry.kind is kind]

    def approved(
        self, category: Category = Category.UNAUTHORISED, *, paid: int = 1000, **wishes: Any
    ) -> Case:
        """A case about the purchase, approved; with its payout waiting."""
        filed: Case = self.do(filing("txn_1", category, cents=paid)).case
        case: Case = self.do(approving(filed, **wishes)).case
        return case

    def payout(self, case: Case) -> Payout:
        assert case.payout_id is not None
        return stored(self.ledger, Key(Payout, case.payout_id))


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Whatever a test does, the audit finds nothing afterwards."""
    desk = Desk()
    desk.buy()
    yield desk
    assert audited(desk.memory.items) == []


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("refund", "Paddle paid 10.00 USD back to you, and 100 credits went back with them."),
        ("chargeback", "Your bank took 10.00 USD back, and 100 credits went back with them."),
        (
            "chargeback_warning",
            "Your bank announced a dispute, so Paddle paid 10.00 USD back, and 100 credits went"
            " back with them.",
        ),
    ],
)
def test_all_money_takes_all_credits_with_a_reason_and_a_case(
    desk: Desk, action: str, words: str
) -> None:
    desk.follow(action=action)

    assert desk.balances == (0, 0, 0)
    assert desk.purchase.adjusted_minor == 1000
    [entry] = desk.entries(EntryKind.CLAWBACK)
    case = desk.case_of()
    assert (entry.credits, entry.cause.reason, entry.cause.clause) == (-100, words, "7")
    assert (entry.cause.transaction_id, entry.cause.case_id) == ("txn_1", case.case_id)
    assert (case.category, case.status, case.decision.reason) == (
        Category.ADJUSTMENT,
        CaseStatus.OPEN,
        words,
    )
    assert (case.money, case.credits, case.adjustment_id) == (Money(1000, "USD"), 100, "adj_1")


@pytest.mark.parametrize("action", ["refund", "chargeback", "chargeback_warning"])
def test_a_dispute_freezes_the_account_and_a_refund_does_not(desk: Desk, action: str) -> None:
    desk.follow(action=action)

    frozen = action != "refund"
    assert desk.account.status is (AccountStatus.FROZEN if frozen else AccountStatus.OPEN)


def test_told_again_nothing_happens_again(desk: Desk) -> None:
    desk.follow(cents=400)
    before = dict(desk.memory.items)

    again = desk.follow(cents=400)

    assert again.again
    assert desk.memory.items == before


def test_other_contents_under_the_same_id_are_refused(desk: Desk) -> None:
    desk.follow(cents=400)

    with pytest.raises(IdempotencyConflictError):
        desk.follow(cents=500)


@pytest.mark.parametrize(
    ("cents", "credits"),
    [(1, 1), (9, 1), (10, 1), (11, 2), (500, 50), (999, 100), (1000, 100)],
)
def test_a_part_takes_its_share_rounded_up_once(desk: Desk, cents: int, credits: int) -> None:
    desk.follow(cents=cents)

    assert desk.balances == (100 - credits, 0, 0)
    assert desk.purchase.adjusted_minor == cents


def test_many_small_parts_are_rounded_together(desk: Desk) -> None:
    for number in range(20):
        desk.follow(f"adj_{number:02}", cents=1)

    assert desk.balances == (98, 0, 0)
    assert [entry.credits for entry in desk.entries(EntryKind.CLAWBACK)] == [-1, -1]


def test_all_adjustments_together_take_no_more_than_was_granted(desk: Desk) -> None:
    desk.follow("adj_1", cents=700)
    desk.follow("adj_2", cents=1000, action="chargeback")

    assert desk.balances == (0, 0, 0)
    assert desk.purchase.adjusted_minor == 1000


def test_bonus_credits_go_in_the_same_proportion() -> None:
    desk = Desk(bonus=5)
    desk.buy()

    desk.follow("adj_1", cents=500)
    assert desk.balances == (105 - 50 - 3, 0, 0)
    desk.follow("adj_2", cents=500)

    assert desk.balances == (0, 0, 0)
    assert audited(desk.memory.items) == []


def test_each_line_loses_what_its_own_money_was_worth() -> None:
    desk = Desk()
    desk.buy(lines=2)

    desk.follow(lines={"txnitm_1": 500})

    assert [(lot.granted, lot.withdrawn) for lot in desk.account.lots] == [(100, 0), (100, 50)]
    assert audited(desk.memory.items) == []


def test_money_of_no_line_is_spread_over_all_of_them() -> None:
    desk = Desk()
    desk.buy(lines=2)

    desk.follow(lines={"txnitm_other": 1000})

    assert [lot.withdrawn for lot in desk.account.lots] == [50, 50]
    assert audited(desk.memory.items) == []


def test_what_was_not_paid_with_money_is_not_counted_as_paid() -> None:
    """The rest of the bill was paid from a balance that the customer had with Paddle."""
    desk = Desk()
    desk.buy(cents=1000, collected=500)

    desk.follow("adj_1", cents=250)
    assert desk.balances == (50, 0, 0)
    desk.follow("adj_2", cents=250)

    assert desk.balances == (0, 0, 0)
    assert audited(desk.memory.items) == []


def test_spent_credits_are_owed_and_the_next_grant_pays_first(desk: Desk) -> None:
    desk.do(charging("job_1", 80))

    desk.follow()
    assert desk.balances == (0, 0, 80)
    desk.buy("txn_2")

    assert desk.balances == (20, 0, 0)


@pytest.mark.parametrize("kind", ["refund", "credit", "credit_reverse"])
def test_tax_alone_and_credit_at_paddle_take_nothing(desk: Desk, kind: str) -> None:
    desk.follow(action=kind, cents=89, tax_only=kind == "refund")

    assert desk.balances == (100, 0, 0)
    assert desk.purchase.adjusted_minor == (89 if kind == "refund" else 0)
    assert "Your credits stay" in desk.case_of().decision.reason


def test_tax_and_the_rest_together_are_all_of_it(desk: Desk) -> None:
    desk.follow("adj_1", cents=89, tax_only=True)
    desk.follow("adj_2", cents=911)

    assert desk.balances == (0, 0, 0)


def test_nothing_is_taken_before_paddle_has_approved(desk: Desk) -> None:
    desk.follow(status="pending_approval")
    assert desk.balances == (100, 0, 0)
    assert "has not decided" in desk.case_of().decision.reason

    desk.follow(status="approved", updated=DAY)

    assert desk.balances == (0, 0, 0)
    events = [event.kind for event in desk.case_of().events]
    assert events == [CaseEventKind.OPENED, CaseEventKind.ADJUSTED]


def test_a_refund_that_paddle_refuses_takes_nothing(desk: Desk) -> None:
    desk.follow(status="pending_approval")
    desk.follow(status="rejected", updated=DAY)

    assert desk.balances == (100, 0, 0)
    verdict = desk.case_of().verdict
    assert verdict is not None
    assert "did not do so" in verdict.reason


def test_old_news_change_nothing(desk: Desk) -> None:
    desk.follow(status="approved", updated=DAY)

    assert desk.follow(status="pending_approval").again
    assert desk.balances == (0, 0, 0)


REVERSED: dict[str, Any] = {"status": "reversed", "action": "chargeback", "updated": DAY}
REVERSING: dict[str, Any] = {
    "adjustment_id": "adj_2",
    "action": "chargeback_reverse",
    "at": NOW + DAY,
}


@pytest.mark.parametrize(
    "news",
    [[REVERSED], [REVERSING], [REVERSED, REVERSING], [REVERSING, REVERSED]],
    ids=["updated", "created", "updated, created", "created, updated"],
)
@pytest.mark.parametrize("before", [False, True], ids=["after", "before the chargeback"])
def test_a_reversal_restores_once_however_it_is_told(
    desk: Desk, news: list[dict[str, Any]], before: bool
) -> None:
    chargeback: dict[str, Any] = {"action": "chargeback"}
    for one in [*news, chargeback] if before else [chargeback, *news]:
        desk.follow(**one)
        desk.follow(**one)

    assert desk.balances == (100, 0, 0)
    assert desk.purchase.adjusted_minor == 0
    assert len(desk.entries(EntryKind.RESTORE)) == (0 if before else 1)
    case = desk.case_of()
    assert case.status is CaseStatus.OPEN
    said = case.verdict or case.decision
    assert "stands after all" in said.reason
    assert desk.account.status is AccountStatus.FROZEN


def test_a_restore_says_what_came_back(desk: Desk) -> None:
    desk.follow(action="chargeback")
    desk.follow(**REVERSING)

    [entry] = desk.entries(EntryKind.RESTORE)
    assert entry.cause.key == "restore:adj_1"
    assert entry.cause.reason == (
        "The payment of 10.00 USD stands after all, so 100 credits are yours again."
    )


def test_a_won_dispute_after_a_refund_gives_back_only_what_the_dispute_took(desk: Desk) -> None:
    desk.follow("adj_0", cents=600)
    desk.follow("adj_1", action="chargeback")
    desk.follow(**REVERSING)

    assert desk.balances == (40, 0, 0)
    assert desk.purchase.adjusted_minor == 600


@pytest.mark.parametrize("exact", [False, True])
def test_a_reversal_means_the_dispute_of_its_own_amount(desk: Desk, exact: bool) -> None:
    desk.follow("adj_1", action="chargeback", cents=300)
    desk.follow("adj_3", action="chargeback", cents=200, at=NOW + DAY)
    desk.follow(**{**REVERSING, "at": NOW + 2 * DAY}, cents=200 if exact else 250)

    assert desk.balances == ((70, 0, 0) if exact else (80, 0, 0))


def test_a_reversal_means_the_dispute_of_its_own_lines() -> None:
    desk = Desk()
    desk.buy(lines=2)
    first, second = {"txnitm_0": 500}, {"txnitm_1": 500}
    desk.follow("adj_1", action="chargeback", lines=first)
    desk.follow("adj_3", action="chargeback", lines=second, at=NOW + DAY)

    desk.follow(**{**REVERSING, "at": NOW + 2 * DAY}, lines=second)
    assert [lot.withdrawn for lot in desk.account.lots] == [50, 0]
    desk.follow(
        "adj_3", action="chargeback", lines=second, at=NOW + DAY, status="reversed", updated=DAY
    )

    assert [lot.withdrawn for lot in desk.account.lots] == [50, 0]
    assert audited(desk.memory.items) == []


@pytest.mark.parametrize("alike", [True, False], ids=["alike", "of other amounts"])
def test_a_reversal_is_not_of_a_dispute_that_came_after_it(desk: Desk, alike: bool) -> None:
    """Of one won dispute the reversal alone is told, of another one that it is reversed."""
    later: dict[str, Any] = {"action": "chargeback", "at": NOW + 2 * DAY}
    later["cents"] = 500 if alike else 400
    desk.follow("adj_1", action="chargeback", cents=500)
    desk.follow(**REVERSING, cents=500 if alike else 450)
    desk.follow("adj_3", **later)
    desk.follow("adj_3", **later, status="reversed", updated=DAY)

    assert desk.balances == (100, 0, 0)
    assert desk.purchase.adjusted_minor == 0
    assert audited(desk.memory.items) == []


def test_reversals_of_two_disputes_may_cross(desk: Desk) -> None:
    desk.follow("adj_1", action="chargeback", cents=500)
    desk.follow("adj_3", action="chargeback", cents=300, at=NOW + DAY)
    desk.follow("adj_4", action="chargeback_reverse", cents=300, at=NOW + 2 * DAY)
    desk.follow("adj_1", action="chargeback", cents=500, status="reversed", updated=DAY)
    assert desk.balances == (100, 0, 0)

    desk.follow("adj_5", action="chargeback_reverse", cents=500, at=NOW + 2 * DAY)
    third = {"action": "chargeback", "cents": 300, "at": NOW + DAY}
    desk.follow("adj_3", **third, status="reversed", updated=DAY)

    assert desk.balances == (100, 0, 0)
    assert len(desk.entries(EntryKind.RESTORE)) == 2


def test_an_adjustment_waits_for_its_purchase() -> None:
    desk = Desk()

    followed = desk.follow(cents=400)
    assert followed.waits
    assert desk.follow(cents=400).again
    desk.buy()

    assert desk.balances == (60, 0, 0)
    assert desk.purchase.adjusted_minor == 400
    assert desk.case_of().status is CaseStatus.OPEN
    known = stored(desk.ledger, Key(Adjustments, "txn_1"))
    assert (known.waits_since, known.account_id) == (None, "acc_1")
    assert audited(desk.memory.items) == []


def test_an_adjustment_waits_for_a_person_who_assigns_its_purchase() -> None:
    desk = Desk()
    desk.buy(account_id=None)
    desk.follow(action="chargeback")

    desk.do(assigning("txn_1", "acc_1", author="oda", now=NOW))

    assert desk.balances == (0, 0, 0)
    assert desk.account.status is AccountStatus.FROZEN
    assert audited(desk.memory.items) == []


def test_more_than_one_transaction_takes_waits_for_a_person() -> None:
    desk = Desk(bonus=5)
    for number in range(20):
        desk.follow(f"adj_{number:02}", lines={f"txnitm_{number}": 1000})

    desk.buy(lines=40, cents=1000)

    assert (desk.purchase.state, desk.purchase.why) == ("unmatched", "too_many_lines")
    assert audited(desk.memory.items) == []


def test_what_was_paid_back_before_it_was_credited_is_no_duplicate_any_more() -> None:
    desk = Desk()
    desk.buy()
    desk.follow(transaction_id="txn_2")

    desk.buy("txn_2", at=NOW + timedelta(minutes=1))

    assert desk.balances == (100, 0, 0)
    cases = [item for item in desk.memory.items if item[1] == "CASE"]
    assert cases == [(f"CASE#{case_id_of_adjustment('adj_1')}", "CASE")]
    assert audited(desk.memory.items) == []


def test_held_credits_go_first_and_the_case_frees_the_rest(desk: Desk) -> None:
    case: Case = desk.do(filing("txn_1", Category.UNAUTHORISED)).case
    assert desk.balances == (0, 100, 0)

    desk.follow(cents=400)
    assert desk.balances == (0, 60, 0)
    desk.do(declining(case))

    assert desk.balances == (60, 0, 0)


def test_a_person_closes_what_only_had_to_be_seen(desk: Desk) -> None:
    desk.follow(cents=400)
    case = desk.case_of()

    def said(choice: Choice) -> Decide[Any]:
        word = Word(choice, "rita", case.version, note="Seen." if choice else None)
        return decide_case(case.case_id, word, policies=PUBLISHED, now=NOW)

    for refused in (Choice.APPROVE, Choice.DECLINE):
        with pytest.raises(CaseSettledError):
            desk.do(said(refused))
    with pytest.raises(CaseSettledError):
        desk.do(withdrawing(case))
    desk.do(said(Choice.CLOSE))

    assert desk.do(said(Choice.CLOSE)).again
    assert desk.case_of().status is CaseStatus.CLOSED


def test_news_open_a_closed_case_again(desk: Desk) -> None:
    desk.follow(action="chargeback")
    case = desk.case_of()
    word = Word(Choice.CLOSE, "rita", case.version)
    desk.do(decide_case(case.case_id, word, policies=PUBLISHED, now=NOW))

    desk.follow(**REVERSING)

    assert desk.case_of().status is CaseStatus.OPEN


def test_only_what_was_to_be_seen_can_be_closed(desk: Desk) -> None:
    case: Case = desk.do(filing("txn_1", Category.UNAUTHORISED)).case

    word = Word(Choice.CLOSE, "rita", case.version)
    with pytest.raises(CaseSettledError):
        desk.do(decide_case(case.case_id, word, policies=PUBLISHED, now=NOW))


@pytest.mark.parametrize("changes", [{"action": "goodwill"}, {"status": "under_review"}])
def test_words_that_nobody_knows_yet_are_kept(desk: Desk, changes: dict[str, str]) -> None:
    event = PaddleEvent("evt_1", "adjustment.created", NOW, adjusted("adj_1", **changes))

    kept = desk.do(apply_event(event, "{}", policies=PUBLISHED, zones=ZoneInfo, now=NOW))

    assert isinstance(kept, Parked)
    assert desk.balances == (100, 0, 0)


# --------------------------------------------------------------------------- payouts


def test_an_approval_stores_the_payout_that_it_promises(desk: Desk) -> None:
    case = desk.approved()
    payout = desk.payout(case)

    assert payout.payout_id == payout_id_of(case.case_id, 1)
    assert (payout.state, payout.money, payout.items) == (
        PayoutState.REQUESTED,
        Money(1000, "USD"),
        (),
    )
    assert desk.purchase.promised_minor == 1000


def test_a_part_is_paid_back_line_by_line_from_unused_credits_first() -> None:
    desk = Desk()
    desk.buy(lines=2)
    desk.do(charging("job_1", 70))

    case = desk.approved(paid=2000, amount=1800)

    items = desk.payout(case).items
    assert items == (PayoutItem("txnitm_0", 800), PayoutItem("txnitm_1", 1000))
    assert desk.balances == (0, 130, 0)
    assert audited(desk.memory.items) == []


def marked(case: Case) -> str:
    return f"Refund approved by the seller. [makegood:{case.payout_id}]"


def test_a_payout_that_paddle_approves_takes_its_credits_and_ends_its_case(desk: Desk) -> None:
    case = desk.approved()

    desk.follow(status="pending_approval", reason=marked(case))
    paying = desk.case(case.case_id)
    assert (paying.status, paying.adjustment_id) == (CaseStatus.PAYING, "adj_1")
    assert desk.balances == (0, 100, 0)
    desk.follow(status="approved", reason=marked(case), updated=DAY)

    paid = desk.case(case.case_id)
    assert (paid.status, paid.held, paid.credits) == (CaseStatus.PAID, (), 100)
    assert paid.expected_by is not None
    assert desk.payout(paid).state is PayoutState.PAID
    assert desk.balances == (0, 0, 0)
    purchase = desk.purchase
    assert (purchase.adjusted_minor, purchase.promised_minor, purchase.case_id) == (1000, 0, None)
    [entry] = desk.entries(EntryKind.CLAWBACK)
    assert (entry.cause.clause, entry.cause.case_id) == ("6", case.case_id)
    assert desk.memory.items.get((f"CASE#{case_id_of_adjustment('adj_1')}", "CASE")) is None


def test_what_a_payout_does_not_take_is_free_again(desk: Desk) -> None:
    case = desk.approved(amount=400)
    assert desk.balances == (0, 100, 0)

    desk.follow(cents=400, reason=marked(case))

    assert desk.balances == (60, 0, 0)


def test_a_rejected_payout_frees_the_credits_and_opens_the_case(desk: Desk) -> None:
    case = desk.approved()
    desk.follow(status="pending_approval", reason=marked(case))

    desk.follow(status="rejected", reason=marked(case), updated=DAY)

    after = desk.case(case.case_id)
    assert (after.status, after.held, after.approval) == (CaseStatus.OPEN, (), None)
    assert after.events[-1].kind is CaseEventKind.REJECTED_BY_PADDLE
    assert desk.payout(after).state is PayoutState.REJECTED
    assert desk.balances == (100, 0, 0)
    assert (desk.purchase.promised_minor, desk.purchase.adjusted_minor) == (0, 0)


def test_after_a_rejection_the_case_can_be_approved_and_paid_anew(desk: Desk) -> None:
    case = desk.approved()
    desk.follow(status="rejected", reason=marked(case))

    again: Case = desk.do(approving(desk.case(case.case_id))).case
    assert again.payout_id == payout_id_of(case.case_id, 2)
    assert desk.balances == (0, 100, 0)
    desk.follow("adj_2", reason=marked(again), at=NOW + DAY)

    assert desk.case(case.case_id).status is CaseStatus.PAID
    assert desk.balances == (0, 0, 0)


def test_asked_again_after_a_rejection_the_credits_are_held_again(desk: Desk) -> None:
    case = desk.approved(Category.DUPLICATE_PAYMENT)
    desk.follow(status="rejected", reason=marked(case))

    desk.do(filing("txn_1", Category.UNAUTHORISED))

    assert desk.balances == (0, 100, 0)


def test_a_rejected_case_can_be_declined(desk: Desk) -> None:
    case = desk.approved()
    desk.follow(status="rejected", reason=marked(case))

    desk.do(declining(desk.case(case.case_id)))

    assert desk.balances == (100, 0, 0)


def test_a_paid_refund_that_is_reversed_gives_the_credits_back(desk: Desk) -> None:
    case = desk.approved()
    desk.follow(reason=marked(case))

    desk.follow(status="reversed", reason=marked(case), updated=DAY)

    assert desk.balances == (100, 0, 0)
    assert desk.case(case.case_id).status is CaseStatus.PAID
    assert desk.case_of().status is CaseStatus.OPEN


def test_a_second_adjustment_with_a_payouts_marker_is_somebody_elses(desk: Desk) -> None:
    case = desk.approved(amount=400)
    desk.follow(cents=400, reason=marked(case))

    desk.follow("adj_2", cents=100, reason=marked(case), at=NOW + DAY)

    assert desk.balances == (50, 0, 0)
    assert desk.payout(case).adjustment_id == "adj_1"
    assert desk.case_of("adj_2").status is CaseStatus.OPEN


def test_a_marker_of_another_purchase_is_not_believed(desk: Desk) -> None:
    desk.buy("txn_2", at=NOW + DAY)
    case = desk.approved()

    desk.follow(transaction_id="txn_2", reason=marked(case))

    assert desk.case(case.case_id).status is CaseStatus.APPROVED
    assert desk.case_of().transaction_id == "txn_2"


def test_a_chargeback_overtakes_a_promise_and_takes_the_held_credits(desk: Desk) -> None:
    case = desk.approved()

    desk.follow(action="chargeback")

    assert desk.balances == (0, 0, 0)
    assert desk.case(case.case_id).status is CaseStatus.APPROVED
    assert (desk.purchase.adjusted_minor, desk.purchase.promised_minor) == (1000, 1000)


def test_credits_that_a_job_gives_back_after_a_clawback_pay_what_is_owed(desk: Desk) -> None:
    desk.do(charging("job_1", 80))
    desk.follow()
    assert desk.balances == (0, 0, 80)

    desk.do(ending(parse_job_event(failed("job_1"))))

    assert desk.balances == (0, 0, 0)
