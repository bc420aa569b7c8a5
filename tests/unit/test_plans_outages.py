"""How far the customers of an outage have been told, and what the monitor keeps of it."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from makegood.domain.case import Case, CaseStatus, Category, Opener
from makegood.domain.facts import Key
from makegood.domain.monitor import Monitor, Observation
from makegood.domain.outage import CompleteOutages, Outage, Telling
from makegood.domain.record import Notice
from makegood.domain.studio import OutageNotice, StudioSettings
from makegood.errors import LedgerDamagedError
from makegood.ledger.store import Ledger
from makegood.plans.case_opening import case_id_of
from makegood.plans.cases.filing import Filing, file_case
from makegood.plans.operations import set_price
from makegood.plans.outage_notices import OPENER, Told, move_on, stay, tell
from makegood.plans.outages import watch
from makegood.policy.versions import PUBLISHED
from tests.case_doors import approving, declining
from tests.cases_made import put_in
from tests.ledgers import NOON, memory_ledger, plenty, stored
from tests.purchases_made import bought, crediting

TELLING = Telling(OutageNotice.TOLD)
OUTAGE = Outage("out_1", "service", NOON - timedelta(hours=73), NOON, 74, telling=TELLING)
OPEN = replace(OUTAGE, telling=None)
LATER = NOON + timedelta(minutes=1)


def ledger_with(*records: object) -> Ledger:
    ledger, _ = memory_ledger()
    ledger.decide(put_in(*records), time_left=plenty)
    return ledger


def telling_of(ledger: Ledger) -> Telling | None:
    return stored(ledger, Key(Outage, "out_1")).telling


def move(ledger: Ledger, done: Telling, to: str | None, *, told: int = 1) -> Telling:
    return ledger.decide(move_on("out_1", done, to=to, told=told, now=LATER), time_left=plenty)


def test_each_page_is_kept_and_the_last_one_ends_it() -> None:
    ledger = ledger_with(OUTAGE, Monitor(telling=("out_0", "out_1")))

    first = move(ledger, TELLING, "page 2", told=3)
    assert first == telling_of(ledger) == replace(TELLING, position="page 2", told=3)
    last = move(ledger, first, None, told=2)
    assert last == telling_of(ledger) == replace(first, position=None, told=5, done_at=LATER)
    assert stored(ledger, Key(Monitor, "")).telling == ("out_0",)


def test_a_run_that_was_overtaken_does_not_take_it_back() -> None:
    """Both did the first page; the faster one is behind the second by now."""
    ledger = ledger_with(OUTAGE, Monitor(telling=("out_1",)))
    ahead = move(ledger, move(ledger, TELLING, "page 2"), "page 3")

    assert move(ledger, TELLING, "page 2") == ahead
    assert telling_of(ledger) == ahead


def test_what_is_through_stays_so() -> None:
    ledger = ledger_with(OUTAGE, Monitor(telling=("out_1",)))
    done = move(ledger, TELLING, None)

    assert move(ledger, TELLING, "page 2") == done
    assert move(ledger, TELLING, None) == done
    assert telling_of(ledger) == done


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        pytest.param(None, OutageNotice.TOLD, id="left to the policy"),
        (OutageNotice.CASE, OutageNotice.CASE),
        (OutageNotice.TOLD, OutageNotice.TOLD),
        (OutageNotice.NOTHING, None),
    ],
)
def test_the_switch_that_is_in_force_as_the_outage_ends_is_the_one_that_counts(
    setting: OutageNotice | None, expected: OutageNotice | None
) -> None:
    settings = StudioSettings(outage_notice=setting)
    ledger = ledger_with(OPEN, Monitor(NOON, open={"service": "out_1"}), settings)
    ledger.decide(watch(Observation(LATER, {"video": None}), policies=PUBLISHED), time_left=plenty)

    told = telling_of(ledger)
    assert (told.notice if told else None) is expected
    waiting = stored(ledger, Key(Monitor, "")).telling
    assert waiting == (("out_1",) if expected else ())


@pytest.mark.parametrize("failed", [False, True])
def test_a_part_that_is_to_be_done_again_keeps_whom_it_has_told(failed: bool) -> None:
    ledger = ledger_with(OUTAGE, Monitor(telling=("out_1",)))
    first = move(ledger, TELLING, "page 2", told=3)

    stays = stay("out_1", first, told=1, failed=failed)
    kept = ledger.decide(stays, time_left=plenty)
    assert kept == telling_of(ledger) == replace(first, told=4, failed=int(failed))
    assert ledger.decide(stays, time_left=plenty) == kept
    assert move(ledger, kept, "page 3", told=2) == replace(
        kept, position="page 3", told=6, failed=0
    )


def test_an_outage_that_is_named_and_not_there_is_damage() -> None:
    ledger = ledger_with(Monitor(NOON, open={"service": "out_1"}))
    observation = Observation(LATER, {"video": None})
    with pytest.raises(LedgerDamagedError):
        ledger.decide(watch(observation, policies=PUBLISHED), time_left=plenty)


# ------------------------------------------------------------------ cases that are offered

OFFERED = replace(OUTAGE, telling=Telling(OutageNotice.CASE))
OPENED = "A case has been opened for you"
OPEN_ALREADY = "A case about this purchase is open already"


def sold(*, complete: bool = True) -> Ledger:
    """A purchase before an outage of 73 hours, whose customers are offered cases."""
    ledger = ledger_with(OFFERED, *([CompleteOutages((OFFERED.span,))] if complete else []))
    bought_at = OUTAGE.started_at - timedelta(hours=1)
    ledger.decide(set_price("pri_1", 1000, 0, author="ada", now=bought_at), time_left=plenty)
    ledger.decide(crediting(bought("txn_1", at=bought_at), now=bought_at), time_left=plenty)
    return ledger


def offer(ledger: Ledger) -> tuple[Told | None, str]:
    """What was told, and the words of the notice."""
    telling = tell("txn_1", "out_1", policies=PUBLISHED, zones=ZoneInfo, now=LATER)
    told = ledger.decide(telling, time_left=plenty)
    key = Key(Notice, ("acc_1", "outage:out_1:txn_1"))
    notice = ledger.table.read([key])[key].record
    return told, notice.text if notice else ""


def asked(ledger: Ledger, category: Category = Category.SERVICE_UNAVAILABLE) -> Case:
    filing = Filing("acc_1", category, None, Opener.CUSTOMER, "studio", ("txn_1",))
    filed = file_case(filing, policies=PUBLISHED, zones=ZoneInfo, now=LATER)
    return ledger.decide(filed, time_left=plenty).case


def test_who_has_no_case_gets_one_and_hears_of_it_once() -> None:
    ledger = sold()

    told, text = offer(ledger)
    assert told is not None
    case = stored(ledger, Key(Case, told.case_id))
    assert (case.opener, case.status) == (OPENER, CaseStatus.OPEN)
    assert OPENED in text
    assert offer(ledger) == (None, text)


@pytest.mark.parametrize("category", [Category.SERVICE_UNAVAILABLE, Category.UNAUTHORISED])
def test_of_a_case_that_is_open_already_nobody_says_that_it_was_opened(category: Category) -> None:
    ledger = sold()
    known = asked(ledger, category)
    assert known.is_open

    told, text = offer(ledger)
    assert told == Told("acc_1", "txn_1", known.case_id)
    assert OPEN_ALREADY in text
    assert OPENED not in text


@pytest.mark.parametrize("category", [Category.SERVICE_UNAVAILABLE, Category.UNAUTHORISED])
def test_after_a_persons_yes_nothing_is_offered(category: Category) -> None:
    ledger = sold()
    known = asked(ledger, category)
    approved = ledger.decide(approving(known, amount=500), time_left=plenty).case
    assert approved.status is CaseStatus.APPROVED

    assert offer(ledger) == (None, "")
    assert stored(ledger, Key(Case, known.case_id)) == approved


def test_after_a_persons_no_nothing_is_offered() -> None:
    ledger = sold()
    known = asked(ledger)
    declined = ledger.decide(declining(known), time_left=plenty).case

    assert offer(ledger) == (None, "")
    assert stored(ledger, Key(Case, known.case_id)) == declined


def test_what_the_policy_would_decline_at_once_is_not_offered() -> None:
    ledger = sold(complete=False)

    assert offer(ledger) == (None, "")
    key = Key(Case, case_id_of("purchase", "txn_1"))
    assert ledger.table.read([key])[key].record is None
