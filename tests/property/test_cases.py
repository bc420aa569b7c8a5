"""Whatever customers ask and people decide, in whichever order and how often: it adds up."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from makegood.domain.case import ASKED_FOR, Case, CaseStatus, Category, Opener, Request
from makegood.domain.facts import Decide, Key
from makegood.domain.job import ChargeRequest
from makegood.domain.outage import CompleteOutages, OutageSpan
from makegood.domain.purchase import Purchase
from makegood.domain.studio import StudioSettings
from makegood.errors import MakegoodError, RefusedError
from makegood.ledger.audit.checking import audit
from makegood.ledger.audit.spool import Spool
from makegood.ledger.store import Ledger
from makegood.plans.cases.deciding import decide_case
from makegood.plans.cases.filing import Filing, file_case
from makegood.plans.cases.steps import Appeal, appeal_case, withdraw_case
from makegood.plans.cases.verdicts import Choice, Word
from makegood.plans.jobs import charge_job, end_job
from makegood.plans.operations import close_account, set_price
from makegood.policy.versions import PUBLISHED
from tests.cases_made import put_in
from tests.ends import failed, succeeded
from tests.ledgers import Moment, memory_ledger, plenty, records_of, stored, stored_account
from tests.memory_dynamodb import MemoryDynamoDB
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW

ACCOUNTS = ("acc_1", "acc_2")
PURCHASES = {"txn_1": "acc_1", "txn_2": "acc_1", "txn_3": "acc_2"}
JOBS = tuple(f"job_{number}" for number in range(4))
PEOPLE = ("rita", "sam", "ann")
ALLOWED = {
    CaseStatus.OPEN: {
        CaseStatus.APPROVED,
        CaseStatus.CREDITED,
        CaseStatus.DECLINED,
        CaseStatus.WITHDRAWN,
    },
    CaseStatus.DECLINED: {CaseStatus.OPEN},
    CaseStatus.APPROVED: set[CaseStatus](),
    CaseStatus.CREDITED: set[CaseStatus](),
    CaseStatus.WITHDRAWN: set[CaseStatus](),
}


def prepared() -> tuple[Ledger, MemoryDynamoDB]:
    ledger, memory = memory_ledger()
    outages = CompleteOutages((OutageSpan("out_1", NOW, NOW + timedelta(hours=80)),))
    limits = StudioSettings(second_reviewer_above_minor={"USD": 900})
    decisions: list[Decide[Any]] = [
        set_price("pri_1", 100, 5, author="oda", now=NOW),
        put_in(outages, limits),
        *(
            crediting(
                bought(name, account_id=account, at=NOW + timedelta(minutes=10 * number)), now=NOW
            )
            for number, (name, account) in enumerate(PURCHASES.items())
        ),
        asked(Category.UNAUTHORISED, amount=999),
        asked(Category.OTHER),
        asked(Category.TECHNICAL_FAILURE),
        charge_job(JOBS[0], ChargeRequest("acc_1", 40), policies=PUBLISHED, now=NOW),
        end_job(failed("martians", JOBS[0]), policies=PUBLISHED, now=NOW),
    ]
    for decision in decisions:
        ledger.decide(decision, time_left=plenty)
    return ledger, memory


def asked(
    category: Category,
    *,
    account_id: str = "acc_1",
    amount: int = 1000,
    description: str = "not mine",
    transaction_id: str | None = "txn_1",
    holds: bool = True,
) -> Decide[Any]:
    wanted = Filing(
        account_id=account_id,
        category=category,
        request=Request(
            email="ann@example.com",
            transaction_date=NOW.date(),
            amount_minor=amount,
            currency="USD",
            description=description,
            transaction_id=transaction_id,
        ),
        opened_by=Opener.CUSTOMER,
        opener="ann",
        candidates=tuple(PURCHASES) if transaction_id is None else (transaction_id,),
        holds=holds,
    )
    return file_case(wanted, policies=PUBLISHED, zones=ZoneInfo, now=NOW)


def cases_in(memory: MemoryDynamoDB) -> list[Case]:
    names = sorted({pk for pk, _ in memory.items if pk.startswith("CASE#")})
    return [case for name in names for case in records_of(memory.items.values(), Case, name)]


def filing(data: st.DataObject, _cases: list[Case]) -> Decide[Any]:
    """Mostly about the purchase that other cases are about, now and then a stranger's."""
    named = data.draw(st.sampled_from(["txn_1", "txn_1", "txn_1", "txn_2", "txn_3", None]))
    owner = PURCHASES.get(named or "", "acc_1")
    return asked(
        data.draw(st.sampled_from(sorted(ASKED_FOR))),
        account_id=data.draw(st.sampled_from([owner, owner, owner, *ACCOUNTS])),
        amount=data.draw(st.sampled_from([1000, 1000, 1000, 999])),
        description=data.draw(st.sampled_from(["not mine", "broken"])),
        transaction_id=named,
        holds=data.draw(st.booleans()),
    )


def of_a_case(data: st.DataObject, cases: list[Case]) -> Case:
    return data.draw(st.sampled_from(cases))


def withdrawing(data: st.DataObject, cases: list[Case]) -> Decide[Any]:
    case = of_a_case(data, cases)
    account = data.draw(st.sampled_from([case.account_id, *ACCOUNTS]))
    return withdraw_case(case.case_id, account, author="ann", now=NOW)


def appealing(data: st.DataObject, cases: list[Case]) -> Decide[Any]:
    case = of_a_case(data, cases)
    wanted = Appeal(case.case_id, case.account_id, "ann", reason="please")
    return appeal_case(wanted, policies=PUBLISHED, zones=ZoneInfo, now=NOW)


def deciding(data: st.DataObject, cases: list[Case]) -> Decide[Any]:
    case = of_a_case(data, cases)
    approves = data.draw(st.booleans())
    word = Word(
        choice=Choice.APPROVE if approves else Choice.DECLINE,
        author=data.draw(st.sampled_from(PEOPLE)),
        seen_version=case.version - data.draw(st.sampled_from([0, 0, 0, 1])),
        note="seen",
        amount=data.draw(st.sampled_from([None, 0, 1, 350, 1000, 1001])) if approves else None,
        clause=None if approves else data.draw(st.sampled_from([None, "3(a)"])),
        transaction_id=data.draw(st.sampled_from([None, None, *PURCHASES])),
        job_id=data.draw(st.sampled_from([None, None, *JOBS])) if approves else None,
    )
    return decide_case(case.case_id, word, policies=PUBLISHED, now=NOW)


def charging(data: st.DataObject, _cases: list[Case]) -> Decide[Any]:
    number = data.draw(st.integers(0, len(JOBS) - 1))
    request = ChargeRequest(ACCOUNTS[number % 2], 40)
    return charge_job(JOBS[number], request, policies=PUBLISHED, now=NOW)


def ending(data: st.DataObject, _cases: list[Case]) -> Decide[Any]:
    job = data.draw(st.sampled_from(JOBS))
    told = data.draw(
        st.sampled_from([failed("timeout", job), failed("martians", job), succeeded(1, 1, job)])
    )
    return end_job(told, policies=PUBLISHED, now=NOW)


def closing(data: st.DataObject, _cases: list[Case]) -> Decide[Any]:
    account = data.draw(st.sampled_from(ACCOUNTS))
    return close_account(account, reason="asked", author="oda", policies=PUBLISHED, now=NOW)


Step = Callable[[st.DataObject, list[Case]], Decide[Any]]

ANY_TIME: list[Step] = [filing, filing, charging, charging, ending]
ABOUT_A_CASE: list[Step] = [withdrawing, appealing, appealing, deciding, deciding, deciding]


def drawn(data: st.DataObject, cases: list[Case]) -> Decide[Any]:
    steps = [*ANY_TIME, *(ABOUT_A_CASE if cases else [])]
    # An account is closed now and then: afterwards less can happen.
    number = data.draw(st.integers(0, 3 * len(steps)))
    step = closing if number == 3 * len(steps) else steps[number % len(steps)]
    return step(data, cases)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_credits_money_and_cases_agree_after_any_steps_each_taken_twice(
    data: st.DataObject,
) -> None:
    ledger, memory = prepared()
    statuses: dict[str, CaseStatus] = {}
    for _ in range(data.draw(st.integers(1, 14))):
        decision = drawn(data, cases_in(memory))
        before = dict(memory.items)
        refused = carried_out(ledger, decision)
        if refused:
            assert memory.items == before
        once = dict(memory.items)
        carried_out(ledger, decision)
        assert memory.items == once
        for case in cases_in(memory):
            was = statuses.get(case.case_id, case.status)
            assert case.status is was or case.status in ALLOWED[was]
            statuses[case.case_id] = case.status
    check(ledger, memory)


def carried_out(ledger: Ledger, decision: Decide[Any]) -> bool:
    """Whether it was refused, in a way that a caller is told of."""
    (result,) = ledger.decide_all([decision], time_left=plenty)
    if not isinstance(result, MakegoodError):
        return False
    assert isinstance(result, RefusedError) or type(result).__name__ == "NotYetError", result
    return True


def check(ledger: Ledger, memory: MemoryDynamoDB) -> None:
    cases = cases_in(memory)
    held: Counter[str] = Counter()
    promised: Counter[str] = Counter()
    for case in cases:
        held[case.account_id] += sum(take.credits for take in case.held)
        if case.status is CaseStatus.APPROVED:
            assert case.money is not None
            assert case.transaction_id is not None
            promised[case.transaction_id] += case.money.amount_minor
        elif not case.is_open:
            assert case.held == ()
        deciders = {case.decided_by, case.approval and case.approval.author}
        assert case.opener not in deciders
    for account_id in ACCOUNTS:
        assert stored_account(ledger, account_id).held == held[account_id]
    for transaction_id, account_id in PURCHASES.items():
        purchase = stored(ledger, Key(Purchase, transaction_id))
        assert purchase.promised_minor == promised[transaction_id] <= purchase.collected_minor
        open_ones = [
            case.case_id
            for case in cases
            if case.transaction_id == transaction_id
            and case.status in (CaseStatus.OPEN, CaseStatus.APPROVED)
        ]
        assert open_ones == ([] if purchase.case_id is None else [purchase.case_id])
        assert all(c.account_id == account_id for c in cases if c.transaction_id == transaction_id)
    with Spool() as spool:
        audit(Moment(memory.items), spool)
        found = [str(one) for one in spool.findings()]
    # The outage is made up, without the record that the probes would have left.
    assert [fault for fault in found if not fault.startswith("OUTAGES")] == []
