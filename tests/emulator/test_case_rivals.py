"""Filing, spending, deciding and refunding at once end exact: on a DynamoDB right under threads."""

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from makegood.domain.account import AccountStatus
from makegood.domain.case import ASKED_FOR, Case, CaseEventKind, CaseStatus, Category
from makegood.domain.facts import Decide, Key
from makegood.domain.job import Job, JobState
from makegood.domain.purchase import Purchase
from makegood.errors import (
    AccountInUseError,
    CaseSettledError,
    InsufficientCreditsError,
    MakegoodError,
    NotAllowedError,
    RefusedError,
    StaleVersionError,
)
from makegood.ledger.store import Ledger
from makegood.plans.cases.deciding import Decided
from makegood.plans.cases.filing import Filed
from makegood.plans.jobs import Charged
from makegood.plans.operations import close_account, give_bonus, set_price
from makegood.policy.versions import PUBLISHED
from tests.case_doors import (
    appealing,
    approving,
    cases_in,
    charging,
    declining,
    ending,
    filing,
    held_by,
    looking,
    undecided,
    unsettled,
    withdrawing,
)
from tests.emulator.rivals import at_once, audited, chance, do, told
from tests.ends import failed, succeeded
from tests.ledgers import all_items, entries_of, stored, stored_account
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.emulator

SEEDS = range(3)
UNAUTHORISED = Category.UNAUTHORISED


class Desk:
    """A ledger with a purchase of a thousand credits for ten dollars, and many people at it."""

    def __init__(self, ledger: Ledger, client: "DynamoDBClient", table: str) -> None:
        self.ledger, self._client, self._table = ledger, client, table
        self.do(set_price("pri_1", 1000, 0, author="ada", now=NOW))
        self.do(crediting(bought("txn_1"), now=NOW))

    def do(self, decision: Decide[Any]) -> Any:
        return do(self.ledger, decision)

    def at_once(self, decisions: list[Decide[Any]], seed: int = 0) -> list[Any]:
        """In an order by chance. Whatever comes back is an outcome or a refusal."""
        chance(seed).shuffle(decisions)
        results: list[Any] = at_once([told(self.ledger, decision) for decision in decisions])
        errors = [one for one in results if isinstance(one, MakegoodError)]
        assert all(isinstance(error, RefusedError) for error in errors), errors
        return results

    def cases(self) -> list[Case]:
        return cases_in(all_items(self._client, self._table))

    def causes(self) -> Counter[str]:
        entries = entries_of(all_items(self._client, self._table), "acc_1")
        return Counter(entry.cause.key for entry in entries)

    def purchase(self) -> Purchase:
        return stored(self.ledger, Key(Purchase, "txn_1"))

    def sales(self) -> int:
        """How many the basket remembers."""
        items = all_items(self._client, self._table)
        return sum(len(i["sales"]["L"]) for i in items if i["pk"]["S"] == "BASKETS#acc_1")

    def sound(self) -> bool:
        """What must hold however the race ended."""
        account, cases = stored_account(self.ledger, "acc_1"), self.cases()
        assert account.held == held_by(cases)
        purchase = self.purchase()
        assert purchase.promised_minor + purchase.adjusted_minor <= purchase.collected_minor
        assert len([one for one in unsettled(cases) if one.transaction_id == "txn_1"]) <= 1
        assert set(self.causes().values()) == {1}
        return audited(self._client, self._table) == []


@pytest.fixture
def desk(ledger: Ledger, client: "DynamoDBClient", table: str) -> Desk:
    return Desk(ledger, client, table)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_held_for_a_request_was_not_spent_and_what_was_spent_is_not_held(
    desk: Desk, seed: int
) -> None:
    wishes = [filing("txn_1", one) for one in (UNAUTHORISED, Category.DUPLICATE_PAYMENT)] * 2
    results = desk.at_once([*wishes, *(charging(f"job_{n}", 150) for n in range(12))], seed)

    charged = sum(isinstance(one, Charged) for one in results)
    refused = sum(isinstance(one, InsufficientCreditsError) for one in results)
    account = stored_account(desk.ledger, "acc_1")
    assert charged + refused == 12
    assert account.held == 1000 - 150 * charged
    assert account.available == 0
    assert len({one.case.case_id for one in results if isinstance(one, Filed)}) == 1
    assert [one.category for one in desk.cases()] == [UNAUTHORISED]
    assert desk.sound()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_job_that_fails_while_its_purchase_is_asked_back_gives_its_credits_back_once(
    desk: Desk, seed: int
) -> None:
    for number in range(4):
        desk.do(charging(f"job_{number}", 100))
    ends = [ending(failed("timeout", f"job_{n}", at=NOW)) for n in range(4)] * 2
    desk.at_once([*ends, *[filing("txn_1", UNAUTHORISED)] * 3, charging("more", 300)], seed)

    account = stored_account(desk.ledger, "acc_1")
    spent = 300 if desk.causes()["charge:more"] else 0
    assert account.available + account.held == 1000 - spent
    assert desk.sound()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_failed_jobs_credits_are_there_whether_it_failed_before_or_after_the_approval(
    desk: Desk, seed: int
) -> None:
    """The approval holds what is back by then; what comes back later can be spent."""
    desk.do(charging("job_1", 400))
    case = desk.do(filing("txn_1", UNAUTHORISED)).case
    ends = [ending(failed("timeout", at=NOW))] * 3
    desk.at_once([*ends, *[approving(case, amount=600)] * 3], seed)

    account = stored_account(desk.ledger, "acc_1")
    assert (account.held, account.available) in {(600, 400), (1000, 0)}
    assert desk.purchase().promised_minor == 600
    assert desk.sound()


@pytest.mark.parametrize("seed", SEEDS)
def test_of_an_approval_and_a_refusal_at_once_one_holds(desk: Desk, seed: int) -> None:
    case = desk.do(filing("txn_1", UNAUTHORISED)).case
    results = desk.at_once([approving(case), declining(case, author="otto")] * 4, seed)

    decided = [one for one in results if isinstance(one, Decided)]
    assert sum(not one.again for one in decided) == 1
    assert len({one.case.status for one in decided}) == 1
    others = [one for one in results if not isinstance(one, Decided)]
    assert {type(one) for one in others} <= {CaseSettledError, StaleVersionError}
    assert len(others) == 4
    (after,) = desk.cases()
    deciding = (CaseEventKind.APPROVED, CaseEventKind.DECLINED)
    assert sum(event.kind in deciding for event in after.events) == 1
    approved = after.status is CaseStatus.APPROVED
    assert stored_account(desk.ledger, "acc_1").held == (1000 if approved else 0)
    assert desk.purchase().promised_minor == (1000 if approved else 0)
    assert desk.sound()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_approval_many_times_is_one_promise(desk: Desk, seed: int) -> None:
    case = desk.do(filing("txn_1", UNAUTHORISED)).case
    results = desk.at_once([approving(case)] * 8, seed)

    assert all(isinstance(one, Decided) for one in results)
    assert sum(not one.again for one in results) <= 1
    assert desk.purchase().promised_minor == 1000
    assert desk.sound()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_high_amount_needs_two_people_however_fast_one_of_them_is(desk: Desk, seed: int) -> None:
    desk.do(crediting(bought("txn_2", cents=50_000, at=NOW + timedelta(hours=1)), now=NOW))
    case = desk.do(filing("txn_2", UNAUTHORISED, cents=50_000)).case
    assert case.transaction_id == "txn_2"

    first = desk.at_once([approving(case)] * 6, seed)
    assert not [one for one in first if isinstance(one, Decided) and not one.case.is_open]
    (once,) = (one for one in desk.cases() if one.case_id == case.case_id)
    assert once.is_open
    assert once.version == case.version + 1
    second = desk.at_once([approving(once), approving(once, author="otto")] * 3, seed)
    decided = [one for one in second if isinstance(one, Decided)]
    assert {one.case.decided_by for one in decided if not one.case.is_open} == {"otto"}
    others = [type(one) for one in second if not isinstance(one, Decided)]
    assert set(others) <= {NotAllowedError, CaseSettledError, StaleVersionError}
    assert stored(desk.ledger, Key(Purchase, "txn_2")).promised_minor == 50_000
    assert desk.sound()


@pytest.mark.parametrize("seed", SEEDS)
def test_withdrawing_deciding_and_asking_again_at_once_leave_one_case_or_none(
    desk: Desk, seed: int
) -> None:
    case = desk.do(filing("txn_1", UNAUTHORISED)).case
    desk.at_once(
        [
            *[withdrawing(case)] * 2,
            *[approving(case)] * 2,
            *[declining(case, author="otto")] * 2,
            *[filing("txn_1", UNAUTHORISED), filing("txn_1", Category.DUPLICATE_PAYMENT)] * 2,
            charging("job_1", 400),
        ],
        seed,
    )
    kinds = {CaseEventKind.APPROVED, CaseEventKind.DECLINED, CaseEventKind.WITHDRAWN}
    (first,) = (one for one in desk.cases() if one.case_id == case.case_id)
    assert sum(event.kind in kinds for event in first.events) == 1
    assert desk.sound()


@pytest.mark.parametrize("seed", SEEDS)
def test_an_appeal_comes_once_and_waits_for_no_other_case(desk: Desk, seed: int) -> None:
    case = desk.do(filing("txn_1", UNAUTHORISED)).case
    case = desk.do(declining(case)).case
    desk.at_once(
        [
            *[appealing(case)] * 4,
            *[filing("txn_1", Category.DUPLICATE_PAYMENT)] * 3,
            *(charging(f"job_{n}", 300) for n in range(3)),
        ],
        seed,
    )
    appeals = [e for one in desk.cases() for e in one.events if e.kind is CaseEventKind.APPEALED]
    assert len(appeals) <= 1
    assert len(unsettled(desk.cases())) == 1
    assert desk.sound()


@pytest.mark.parametrize("seed", SEEDS)
def test_an_unknown_failure_is_ended_by_a_person_the_clock_or_a_message_but_once(
    desk: Desk, seed: int
) -> None:
    desk.do(charging("job_1", 400))
    job = desk.do(ending(failed("martians", at=NOW))).job
    assert job.state is JobState.REVIEW
    (case,) = desk.cases()
    desk.at_once(
        [
            *[undecided("job_1")] * 3,
            *[approving(case), declining(case, author="otto")] * 2,
            *[ending(succeeded(1, 1, at=NOW)), ending(failed("timeout", at=NOW))] * 2,
        ],
        seed,
    )
    job = stored(desk.ledger, Key(Job, "job_1"))
    (after,) = desk.cases()
    expected = {
        JobState.REFUNDED: CaseStatus.CREDITED,
        JobState.DENIED: CaseStatus.DECLINED,
        JobState.SUCCEEDED: CaseStatus.WITHDRAWN,
    }
    assert after.status is expected[job.state]
    assert after.version == len(after.events) == 2
    assert stored_account(desk.ledger, "acc_1").available == 600 + job.refunded
    assert desk.sound()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_lost_job_that_reports_at_last_ends_once(desk: Desk, seed: int) -> None:
    desk.do(charging("job_1", 400))
    late = NOW + timedelta(hours=20)
    ends = [failed("timeout", at=late), succeeded(1, 1, at=late), failed("martians", at=late)]
    desk.at_once(
        [*[looking("job_1")] * 4, *(ending(end, now=late) for end in ends), undecided("job_1")],
        seed,
    )
    job = stored(desk.ledger, Key(Job, "job_1"))
    assert stored_account(desk.ledger, "acc_1").available == 600 + job.refunded
    assert all(one.job_id == "job_1" for one in desk.cases())
    assert len(desk.cases()) <= 1
    assert desk.sound()


@pytest.mark.parametrize("order_ref", [None, "order_1"])
@pytest.mark.parametrize("seed", SEEDS)
def test_payments_for_the_same_goods_at_once_are_one_case_for_each_later_one(
    desk: Desk, seed: int, order_ref: str | None
) -> None:
    payments = [
        crediting(
            bought(f"twin_{n}", at=NOW + timedelta(hours=2, minutes=n), order_ref=order_ref),
            now=NOW,
        )
        for n in range(4)
    ]
    desk.at_once([*payments * 2, *(charging(f"job_{n}", 500) for n in range(2))], seed)

    cases = desk.cases()
    assert {one.transaction_id for one in cases} == {"twin_1", "twin_2", "twin_3"}
    assert len(cases) == 3
    assert {one.status for one in cases} == {CaseStatus.OPEN}
    if order_ref is None:
        assert held_by(cases) == 0
    assert desk.sales() == 5
    assert desk.sound()


@pytest.mark.parametrize("seed", SEEDS)
def test_an_account_is_closed_with_all_it_has_or_not_at_all(desk: Desk, seed: int) -> None:
    desk.do(charging("job_1", 100))
    close = close_account("acc_1", reason="r", author="ada", policies=PUBLISHED, now=NOW)
    results = desk.at_once(
        [
            *[close] * 3,
            *[filing("txn_1", UNAUTHORISED)] * 2,
            *(charging(f"more_{n}", 200) for n in range(3)),
            ending(failed("timeout", at=NOW)),
            give_bonus("b", "acc_1", 50, "w", now=NOW),
        ],
        seed,
    )
    account = stored_account(desk.ledger, "acc_1")
    refused = sum(isinstance(one, AccountInUseError) for one in results)
    assert refused in (0, 3)
    assert (account.status is AccountStatus.CLOSED) is (refused == 0)
    assert desk.sound()


@pytest.mark.parametrize("seed", range(2))
def test_many_customers_and_reviewers_at_once_leave_a_sound_ledger(desk: Desk, seed: int) -> None:
    """Each thread lives through its own part of a story that all share the purchases of."""
    drawn = chance(seed)
    for n in range(2, 6):
        at = NOW + timedelta(minutes=20 * n)
        desk.do(crediting(bought(f"txn_{n}", at=at), now=NOW))
    categories = sorted(ASKED_FOR)
    wishes: list[Decide[Any]] = [
        filing(f"txn_{drawn.randint(1, 5)}", drawn.choice(categories)) for _ in range(12)
    ]
    charges: list[Decide[Any]] = [charging(f"job_{n}", drawn.randint(1, 400)) for n in range(8)]
    desk.at_once([*wishes, *charges], seed)
    for round_ in range(2):
        steps: list[Decide[Any]] = [
            step(case)
            for case in desk.cases()
            for step in (approving, declining, withdrawing, appealing)
        ]
        causes = desk.causes()
        ends = [
            ending(failed(drawn.choice(["timeout", "martians"]), f"job_{n}", at=NOW))
            for n in range(8)
            if causes[f"charge:job_{n}"]
        ]
        more: list[Decide[Any]] = [charging(f"more_{round_}_{n}", 150) for n in range(4)]
        desk.at_once([*steps, *ends, *wishes[:4], *more], seed + round_)
        assert desk.sound()
