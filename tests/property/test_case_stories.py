"""Whatever happens to purchases, jobs and cases, and however often: the audit finds nothing."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.account import Account
from makegood.domain.case import ASKED_FOR, Case, CaseStatus, Category
from makegood.domain.facts import Decide, Key
from makegood.domain.purchase import Purchase
from makegood.domain.studio import StudioSettings
from makegood.errors import (
    AccountClosedError,
    InsufficientCreditsError,
    MakegoodError,
    NotYetError,
    RefusedError,
)
from makegood.events.jobs import JobEvent
from makegood.plans.case_opening import lots_of
from makegood.plans.case_watch import watch_case
from makegood.plans.cases.deciding import Decided
from makegood.plans.cases.filing import Filed
from makegood.plans.operations import close_account, set_price
from makegood.policy.versions import PUBLISHED
from tests.case_doors import (
    appealing,
    approving,
    audited,
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
from tests.cases_made import put_in
from tests.ends import cancelled, failed, succeeded
from tests.ledgers import memory_ledger, plenty
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW

R = TypeVar("R")
T = TypeVar("T")

STEPS_MAX = 30
ACCOUNTS = ("acc_1", "acc_2")
CENTS = (1000, 50_000)
"""The second needs two people."""

REVIEWERS = ("rita", "otto", "studio")
"""The last of them files too, and may not decide then."""

JUDGE = "judy"
"""Who decides all that is left at the end."""


def an_end(kind: str, job_id: str) -> JobEvent:
    ends: dict[str, Callable[[], JobEvent]] = {
        "technical": lambda: failed("timeout", job_id, at=NOW),
        "unknown": lambda: failed("martians", job_id, at=NOW),
        "denied": lambda: failed("invalid_input", job_id, at=NOW),
        "delivered": lambda: succeeded(1, 1, job_id, at=NOW),
        "in part": lambda: succeeded(1, 3, job_id, at=NOW),
        "cancelled": lambda: cancelled(work_started=False, job_id=job_id, at=NOW),
    }
    return ends[kind]()


END_KINDS = ("technical", "unknown", "unknown", "denied", "delivered", "in part", "cancelled")


class Story:
    """Steps in any order, some of them impossible, any of them again."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data
        self.ledger, self.memory = memory_ledger()
        self.numbers = count(1)
        self.bought: list[tuple[str, str, int]] = []
        self.jobs: list[str] = []
        self.told: list[Decide[Any]] = []
        """Messages that were taken: the same again changes nothing."""
        self.said: list[Decide[Any]] = []
        """What people said and was done: the same again may be another step, or be refused."""

    def begin(self) -> None:
        self.do(set_price("pri_1", 100, 10, author="ada", now=NOW))
        if self._data.draw(st.booleans(), label="automatic"):
            self.do(put_in(StudioSettings(automatic_duplicates=True)))
        for hours, cents in enumerate(CENTS):
            self._buy("acc_1", NOW + timedelta(hours=hours), None, cents)
        self._buy("acc_2", NOW, None, CENTS[0])

    def step(self) -> None:
        self.draw(STEPS)(self)

    def draw(self, choices: Sequence[T]) -> T:
        return self._data.draw(st.sampled_from(choices))

    def do(self, decision: Decide[Any]) -> Any:
        (result,) = self.ledger.decide_all([decision], time_left=plenty)
        if isinstance(result, MakegoodError):
            assert isinstance(result, RefusedError | NotYetError), repr(result)
        return result

    def tell(self, message: Decide[Any]) -> Any:
        result = self.do(message)
        if not isinstance(result, MakegoodError):
            self.told.append(message)
        return result

    def say(self, wish: Decide[Any]) -> Any:
        result = self.do(wish)
        if not isinstance(result, MakegoodError):
            self.said.append(wish)
        return result

    @property
    def cases(self) -> list[Case]:
        return cases_in(self.memory.items.values())

    def case(self) -> Case | None:
        """Mostly one that can still be decided."""
        cases = self.cases
        still_open = [case for case in cases if case.is_open]
        return self.draw(cases + still_open * 3) if cases else None

    def buy(self) -> None:
        minutes = self.draw([0, 1, 15, 16, 200, 300])
        order_ref = self.draw([None, "order_1", "order_2"])
        account, cents = self.draw(ACCOUNTS), self.draw(CENTS)
        self._buy(account, NOW + timedelta(minutes=minutes), order_ref, cents)

    def _buy(self, account: str, at: datetime, order_ref: str | None, cents: int) -> None:
        name = f"txn_{next(self.numbers)}"
        sale = bought(name, account_id=account, at=at, order_ref=order_ref, cents=cents)
        self.bought.append((name, account, cents))
        self.tell(crediting(sale, now=NOW))

    def charge(self) -> None:
        job = f"job_{next(self.numbers)}"
        charge = charging(job, self._data.draw(st.integers(1, 90)), self.draw(ACCOUNTS))
        if not isinstance(self.tell(charge), MakegoodError):
            self.jobs.append(job)

    def end(self) -> None:
        if self.jobs:
            self.tell(ending(an_end(self.draw(END_KINDS), self.draw(self.jobs))))

    def time_passes(self) -> None:
        if self.jobs:
            self.tell(self.draw([undecided, looking])(self.draw(self.jobs)))
        if (case := self.case()) is not None:
            at = NOW + timedelta(days=self.draw(range(10)))
            self.tell(watch_case(case.case_id, policies=PUBLISHED, now=at))

    def file(self) -> None:
        name, account, cents = self.draw(self.bought)
        if self.draw(range(10)) == 0:
            account = ACCOUNTS[1 - ACCOUNTS.index(account)]
        category = self.draw([*sorted(ASKED_FOR), Category.UNAUTHORISED])
        filed = self.say(filing(name, category, account_id=account, cents=cents))
        if isinstance(filed, Filed) and filed.case.is_open and not filed.again:
            self._check_nothing_is_free_of(filed.case)

    def _check_nothing_is_free_of(self, case: Case) -> None:
        purchase = self._stored(Key(Purchase, case.transaction_id))
        account = self._stored(Key(Account, case.account_id))
        if purchase is not None:
            left = [lot for lot in account.lots if lot.number in lots_of(purchase)]
            assert [lot for lot in left if lot.left > 0] == []

    def withdraw(self) -> None:
        if (case := self.case()) is not None:
            self.say(withdrawing(case))

    def appeal(self) -> None:
        cases = [case for case in self.cases if case.status is CaseStatus.DECLINED]
        if cases:
            self.say(appealing(self.draw(cases)))

    def approve(self) -> None:
        if (case := self.case()) is not None:
            seen = case.version - (self.draw(range(10)) == 0)
            amount = self.draw([None, None, 30, 1000, 50_000])
            wish = approving(case, author=self.draw(REVIEWERS), amount=amount, seen=seen)
            result = self.say(wish)
            decided = isinstance(result, Decided) and not result.again
            assert not (decided and seen < case.version)

    def approve_second(self) -> None:
        for case in self.cases:
            if case.is_open and case.approval is not None:
                self.say(approving(case, author=self.draw(REVIEWERS)))

    def decline(self) -> None:
        if (case := self.case()) is not None:
            self.say(declining(case, author=self.draw(REVIEWERS)))

    def close(self) -> None:
        """An account whose life is over ends most stories: it seldom happens."""
        if self.draw(range(5)) == 0:
            name = self.draw(ACCOUNTS)
            self.say(close_account(name, reason="r", author="ada", policies=PUBLISHED, now=NOW))

    def tell_again(self) -> None:
        """I18: any message again, any time, changes nothing."""
        before = dict(self.memory.items)
        self.do(self.draw(self.told))
        assert self.memory.items == before

    def say_again(self) -> None:
        if self.said:
            self.do(self.draw(self.said))

    def check(self) -> None:
        assert audited(self.memory.items) == []
        for name in ACCOUNTS:
            account = self._stored(Key(Account, name))
            assert account.held == held_by(self.cases, name)
            refused = self.do(charging("too_much", account.available + 1, name))
            assert isinstance(refused, InsufficientCreditsError | AccountClosedError)

    def settle(self) -> None:
        """When all is decided, only money that is promised keeps its credits."""
        for case in self.cases:
            if case.is_open:
                self.ledger.decide(declining(case, author=JUDGE), time_left=plenty)
        assert all(case.status is CaseStatus.APPROVED for case in unsettled(self.cases))
        self.check()
        for name in ACCOUNTS:
            waiting = [one for one in unsettled(self.cases) if one.account_id == name]
            assert waiting or self._stored(Key(Account, name)).held == 0

    def _stored(self, key: Key[R]) -> Any:
        return self.ledger.table.read([key])[key].record


STEPS: list[Callable[[Story], None]] = [
    *[Story.file, Story.end, Story.charge, Story.approve] * 3,
    *[Story.decline, Story.buy, Story.appeal, Story.withdraw] * 2,
    *[Story.approve_second, Story.time_passes],
    *[Story.tell_again, Story.say_again, Story.close],
]


@given(data=st.data())
def test_whatever_happens_the_audit_finds_nothing(data: st.DataObject) -> None:
    story = Story(data)
    story.begin()
    for _ in range(data.draw(st.integers(8, STEPS_MAX), label="steps")):
        story.step()
        story.check()
    story.settle()
