"""The real handler with real probes of servers on this machine; time is what a run is for."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import outage_check
from makegood import wiring
from makegood.domain.case import Case, CaseEventKind, CaseStatus, Category
from makegood.domain.facts import Decide, Facts, Key, Plan
from makegood.domain.monitor import Monitor
from makegood.domain.outage import SERVICE, CompleteOutages, Ending, Outage
from makegood.domain.purchase import Purchase
from makegood.domain.record import Notice
from makegood.errors import LedgerDamagedError, LedgerUnavailableError
from makegood.ledger import outage_reads
from makegood.outward import probing
from makegood.outward.private import private_networks
from makegood.plans import outage_notices
from makegood.plans.operations import set_price
from makegood.policy.outages import concerned
from makegood.telling import FAILED_MAX, tell_waiting
from tests.cases_made import put_in
from tests.ledgers import memory_ledger
from tests.outside import Server, dripping, hanging, serving, without_end
from tests.purchases_made import bought, crediting
from tests.webhooks import NOW
from tests.workers import Stack

START = NOW.replace(second=0, microsecond=0)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Studio:
    """A studio's servers: each path answers with the status that it has here, 200 without."""

    def __init__(self) -> None:
        self.statuses: dict[str, int] = {}
        self.server: Server

    def __call__(self, connection: socket.socket) -> None:
        path = self.server.requests[-1].split()[1].decode()
        status = self.statuses.get(path, 200)
        connection.sendall(f"HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\n\r\n".encode())

    def probes(self, *capabilities: str) -> list[dict[str, str]]:
        return [{"capability": one, "url": self.server.url(f"/{one}")} for one in capabilities]

    def falls(self, *capabilities: str) -> None:
        self.statuses |= {f"/{one}": 503 for one in capabilities}

    def rises(self) -> None:
        self.statuses.clear()


@pytest.fixture
def studio() -> Iterator[Studio]:
    studio = Studio()
    with serving(studio) as server:
        studio.server = server
        yield studio


@pytest.fixture
def watched(workers: Stack, studio: Studio) -> Stack:
    """One capability, so that each answer is the service's too."""
    workers.set_up(probes=studio.probes("video"))
    return workers


@pytest.fixture
def long_watched(watched: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """With a table in memory, since moto copies all of a table for each transaction."""
    ledger, _ = memory_ledger()
    monkeypatch.setattr(wiring, "ledger", lambda: ledger)
    return watched


def run(stack: Stack, at: Any, times: int = 1, *, every: timedelta = MINUTE) -> Any:
    """So many runs. Returns when the next one would be."""
    for number in range(times):
        stack.run(outage_check, at + number * every)
    return at + times * every


def outages(component: str = SERVICE) -> list[Outage]:
    found = outage_reads.outages(wiring.ledger().table, position=None, limit=100).records
    return sorted(
        (outage for outage in found if outage.component == component),
        key=lambda outage: outage.started_at,
    )


def complete(stack: Stack) -> CompleteOutages:
    record: CompleteOutages | None = stack.record(Key(CompleteOutages, ""))
    return record or CompleteOutages()


def told(output: str, name: str) -> list[int]:
    """All values that a metric was published with."""
    lines = (json.loads(line) for line in output.splitlines())
    values = [line[name] for line in lines if name in line and "_aws" in line]
    return [one for value in values for one in (value if isinstance(value, list) else [value])]


# ------------------------------------------------------------------ long outages


def test_a_73_hour_outage_without_a_gap(long_watched: Stack, studio: Studio) -> None:
    """After ten minutes, runs as far apart as they may be without being a gap."""
    studio.falls("video")
    at = run(long_watched, START, 11)
    run(long_watched, at + 4 * MINUTE, 73 * 12 - 2, every=5 * MINUTE)

    [outage] = outages()
    assert outage.lasted == 73 * HOUR
    assert (outage.failed_probes, outage.gap_count) == (11 + 73 * 12 - 2, 0)
    assert complete(long_watched).spans == (outage.span,)


def test_a_73_hour_outage_seen_each_hour(long_watched: Stack, studio: Studio) -> None:
    studio.falls("video")
    run(long_watched, START, 74, every=HOUR)

    [outage] = outages()
    assert outage.lasted == 73 * HOUR
    assert (outage.failed_probes, outage.gap_count) == (74, 73)
    assert outage.reasons == {"status_503": 74}
    assert complete(long_watched).spans == (outage.span,)


def test_a_73_hour_outage_with_gaps_copies_and_late_runs(
    long_watched: Stack, studio: Studio
) -> None:
    watched = long_watched
    watched.set_up(probes=studio.probes("video"), outage_notice="nothing")
    studio.falls("video")
    at = run(watched, START, 10)
    for hour in range(1, 74):
        run(watched, START + hour * HOUR)
        run(watched, START + hour * HOUR)
        run(watched, START + hour * HOUR - 30 * MINUTE)
    studio.rises()
    run(watched, at)  # Too late to be news: it is of the first hour.
    assert outages()[0].ended_at is None
    run(watched, START + 73 * HOUR + MINUTE)

    [outage] = outages()
    assert outage.lasted == 73 * HOUR
    assert outage.ended_at == START + 73 * HOUR + MINUTE
    assert outage.ending is Ending.ANSWERED
    assert (outage.failed_probes, outage.gap_count) == (10 + 73, 73)
    assert outage.unseen == 73 * HOUR - 9 * MINUTE


def test_a_71_hour_outage_is_recorded_and_concerns_nobody(watched: Stack, studio: Studio) -> None:
    sell(watched, "txn_1", "acc_1", before=HOUR)
    fall_for(watched, studio, 71)

    [outage] = outages()
    assert (outage.lasted, outage.telling) == (71 * HOUR, None)
    assert complete(watched).spans == (outage.span,)
    assert notices(watched, "acc_1") == []


def test_nothing_is_invented_while_the_monitoring_was_away(watched: Stack, studio: Studio) -> None:
    """F58: two failures, three days without a run, one failure."""
    studio.falls("video")
    run(watched, START, 2)
    run(watched, START + 73 * HOUR)

    assert outages() == []
    assert complete(watched).spans == ()


def test_an_absence_inside_an_outage_is_named(watched: Stack, studio: Studio) -> None:
    studio.falls("video")
    run(watched, START, 3)
    run(watched, START + 73 * HOUR)

    [outage] = outages()
    [gap] = outage.gaps
    assert (gap.start, gap.end) == (START + 2 * MINUTE, START + 73 * HOUR)
    assert outage.lasted == 73 * HOUR


def test_decisions_see_an_outage_that_goes_on_as_far_as_it_has_come(
    watched: Stack, studio: Studio
) -> None:
    studio.falls("video")
    run(watched, START, 3)
    run(watched, START + 24 * HOUR - MINUTE)
    assert complete(watched).spans == ()

    run(watched, START + 24 * HOUR)
    assert [span.lasted for span in complete(watched).spans] == [24 * HOUR]
    run(watched, START + 25 * HOUR)
    assert [span.lasted for span in complete(watched).spans] == [25 * HOUR]


# ------------------------------------------------------------------ schedules and probes


def test_f57_a_run_that_happens_twice_is_one_observation(watched: Stack, studio: Studio) -> None:
    studio.falls("video")
    for _ in range(3):
        run(watched, START)
    assert outages() == []

    run(watched, START + MINUTE, 2)
    run(watched, START + MINUTE, 2)
    [outage] = outages()
    assert outage.failed_probes == 3


def test_f59_two_runs_at_once_leave_one_state(
    watched: Stack, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The later run gets between the earlier one's reading and its writing."""
    studio.falls("video")
    run(watched, START, 2)
    table, write = wiring.ledger().table, wiring.ledger().table.write

    def overtaken(puts: Any) -> Any:
        monkeypatch.setattr(table, "write", write)
        run(watched, START + 3 * MINUTE)
        return write(puts)

    monkeypatch.setattr(table, "write", overtaken)
    run(watched, START + 2 * MINUTE)

    [outage] = outages()
    assert (outage.failed_probes, outage.last_failed_at) == (3, START + 3 * MINUTE)
    monitor: Monitor = watched.record(Key(Monitor, ""))
    assert monitor.seen_at == START + 3 * MINUTE


def test_f60_a_service_that_flaps_is_not_down(watched: Stack, studio: Studio) -> None:
    at = START
    for _ in range(4):
        studio.falls("video")
        at = run(watched, at, 2)
        studio.rises()
        at = run(watched, at)

    assert outages() == []


@pytest.mark.parametrize(
    ("answering", "seconds", "reason"),
    [
        pytest.param(hanging, 0.3, "timed_out", id="hangs"),
        pytest.param(dripping(b"x"), 0.3, "timed_out", id="drips"),
        # Its end is the limit of bytes. With time enough, a busy machine reaches it too.
        pytest.param(without_end(b"HTTP/1.1 100 Continue\r\n\r\n"), 30, "too_large", id="floods"),
    ],
)
def test_f60_a_service_that_hangs_or_floods_is_down_and_the_run_ends(
    workers: Stack, monkeypatch: pytest.MonkeyPatch, answering: Any, seconds: float, reason: str
) -> None:
    monkeypatch.setattr(probing, "SECONDS", seconds)
    with serving(answering) as server:
        workers.set_up(probes=[{"capability": "video", "url": server.url()}])
        run(workers, START, 3)

    [outage] = outages()
    assert outage.reasons == {reason: 3}


def test_f60_a_service_that_redirects_is_down_and_is_not_followed(
    workers: Stack, studio: Studio
) -> None:
    elsewhere = f"HTTP/1.1 302 Found\r\nLocation: {studio.server.url('/')}\r\n\r\n".encode()
    with serving(lambda connection: connection.sendall(elsewhere)) as server:
        workers.set_up(probes=[{"capability": "video", "url": server.url()}])
        run(workers, START, 3)

    [outage] = outages()
    assert outage.reasons == {"status_302": 3}
    assert studio.server.requests == []


def test_f60_a_gigabyte_behind_a_good_status_is_not_read(workers: Stack) -> None:
    flood = without_end(b"x" * 65_536, first=b"HTTP/1.1 200 OK\r\n\r\n")
    with serving(flood) as server:
        workers.set_up(probes=[{"capability": "video", "url": server.url()}])
        run(workers, START, 3)

    assert outages() == []


@pytest.mark.parametrize(
    ("status", "healthy"), [(199, False), (200, True), (299, True), (300, False)]
)
def test_a_healthy_answer_is_one_of_the_two_hundreds(
    watched: Stack, studio: Studio, status: int, healthy: bool
) -> None:
    studio.statuses["/video"] = status
    run(watched, START, 3)

    assert bool(outages()) is not healthy


def test_the_service_is_down_only_while_all_capabilities_are(
    workers: Stack, studio: Studio
) -> None:
    workers.set_up(probes=studio.probes("image", "video"))
    studio.falls("video")
    at = run(workers, START, 5)
    assert outages() == []

    studio.falls("image", "video")
    run(workers, at, 3)
    [service], [video] = outages(), outages("video")
    assert (service.started_at, video.started_at) == (at, START)


def test_the_settings_may_change_while_an_outage_is_open(workers: Stack, studio: Studio) -> None:
    workers.set_up(probes=studio.probes("image", "video"))
    studio.falls("image", "video")
    at = run(workers, START, 3)
    workers.set_up(probes=studio.probes("sound", "video"))
    run(workers, at)

    [service], [image], [video] = outages(), outages("image"), outages("video")
    assert (service.ended_at, service.ending) == (at, Ending.ANSWERED)
    assert (image.ended_at, image.ending) == (at, Ending.UNWATCHED)
    assert video.ended_at is None


def test_without_probes_nothing_is_done(workers: Stack, studio: Studio) -> None:
    run(workers, START, 3)

    assert workers.record(Key(Monitor, "")) is None
    assert studio.server.requests == []


def test_an_absence_of_the_probes_is_a_gap(watched: Stack, studio: Studio) -> None:
    """Settings that lost their probes for an hour neither end an outage nor hide that hour."""
    studio.falls("video")
    at = run(watched, START, 3)
    watched.set_up()
    run(watched, at, 3)
    watched.set_up(probes=studio.probes("video"))
    run(watched, at + HOUR)

    [outage] = outages()
    assert (outage.ended_at, outage.gap_count) == (None, 1)


# ------------------------------------------------------------------ is it us?


def nowhere() -> str:
    with serving(hanging) as server:
        return server.url()


def test_if_nothing_outside_can_be_reached_it_is_no_observation(
    workers: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    probe = {"capability": "video", "url": nowhere()}
    workers.set_up(probes=[probe], reference_url=nowhere())
    run(workers, START, 5)

    assert outages() == []
    assert workers.record(Key(Monitor, "")) is None
    assert sum(told(capsys.readouterr().out, "ProbesCutOff")) == 5


@pytest.mark.parametrize("status", [200, 301, 404, 503])
def test_any_answer_of_somebody_else_shows_that_it_is_not_us(
    workers: Stack, studio: Studio, status: int
) -> None:
    studio.statuses["/elsewhere"] = status
    probe = {"capability": "video", "url": nowhere()}
    workers.set_up(probes=[probe], reference_url=studio.server.url("/elsewhere"))
    run(workers, START, 3)

    [outage] = outages()
    assert outage.reasons == {"unreachable": 3}


@pytest.mark.parametrize("status", [200, 503])
def test_so_does_any_answer_of_a_capability(workers: Stack, studio: Studio, status: int) -> None:
    studio.statuses["/image"] = status
    probes = [*studio.probes("image"), {"capability": "video", "url": nowhere()}]
    workers.set_up(probes=probes, reference_url=nowhere())
    run(workers, START, 3)

    assert len(outages("video")) == 1


@pytest.mark.parametrize("which", ["probe", "reference"])
def test_what_may_not_be_called_says_nothing_of_the_service(
    workers: Stack, studio: Studio, capsys: pytest.CaptureFixture[str], which: str
) -> None:
    """X01: a mistake in the settings must not become an outage, and is told."""
    studio.falls("video")
    inside, forbidden = studio.server.url("/video"), "https://169.254.169.254/latest/"
    workers.set_up(
        probes=[{"capability": "video", "url": forbidden if which == "probe" else inside}],
        reference_url=inside if which == "probe" else forbidden,
    )
    run(workers, START, 5)

    assert outages() == []
    assert sum(told(capsys.readouterr().out, "ProbesRefused")) == 5


FORBIDDEN = "https://169.254.169.254/latest/"


def test_a_probe_that_is_refused_leaves_the_others_as_they_are(
    workers: Stack, studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    workers.set_up(probes=studio.probes("image", "sound", "video"))
    studio.falls("image", "sound", "video")
    at = run(workers, START, 3)
    refused = {"capability": "video", "url": FORBIDDEN}
    workers.set_up(probes=[*studio.probes("image", "sound"), refused])
    capsys.readouterr()
    at = run(workers, at, 3)

    [service], [image], [video] = outages(), outages("image"), outages("video")
    assert (service.failed_probes, service.ended_at) == (3, None)
    assert (image.failed_probes, image.ended_at) == (6, None)
    assert (video.failed_probes, video.ended_at) == (3, None)
    output = capsys.readouterr().out
    assert sum(told(output, "ProbesRefused")) == 3
    assert told(output, "ServiceDownSeconds") == []

    studio.rises()
    run(workers, at)
    assert [outages(one)[0].ended_at for one in (SERVICE, "image", "video")] == [at, at, None]


def test_without_an_answer_a_reference_that_is_refused_does_not_show_that_it_is_not_us(
    workers: Stack, studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    probe = {"capability": "video", "url": nowhere()}
    workers.set_up(probes=[probe], reference_url=FORBIDDEN)
    run(workers, START, 3)
    assert workers.record(Key(Monitor, "")) is None
    assert sum(told(capsys.readouterr().out, "ProbesCutOff")) == 3

    workers.set_up(probes=[probe, *studio.probes("image")], reference_url=FORBIDDEN)
    run(workers, START + HOUR, 3)
    assert len(outages("video")) == 1


def test_without_a_private_network_the_laptop_is_not_probed(
    watched: Stack, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage_check, "private_networks", tuple)
    run(watched, START, 3)

    assert studio.server.requests == []
    assert private_networks() != ()


# ------------------------------------------------------------------ what is told of a run


def test_metrics_and_lines_say_how_it_is(
    watched: Stack, studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    at = run(watched, START)
    studio.falls("video")
    at = run(watched, at, 4)
    studio.rises()
    run(watched, at)

    output = capsys.readouterr().out
    assert told(output, "ProbesFailed") == [0, 1, 1, 1, 1, 0]
    assert told(output, "OutagesOpen") == [0, 0, 0, 2, 2, 0]
    assert told(output, "ServiceDownSeconds") == [0, 0, 0, 120, 180, 0]
    lines = [line for text in output.splitlines() if "event" in (line := json.loads(text))]
    events = [line["event"] for line in lines if line["event"].startswith("outage.")]
    assert events == ["outage.opened"] * 2 + ["outage.closed"] * 2


# ------------------------------------------------------------------ customers


def sell(stack: Stack, transaction_id: str, account_id: str, *, before: timedelta) -> None:
    """A pack of 1,000 credits for 10 dollars, so long before the first failed probe."""
    at = START - before
    stack.decide(set_price("pri_1", 1000, 0, author="ada", now=at))
    transaction = bought(transaction_id, account_id=account_id, at=at)
    stack.decide(crediting(transaction, now=at))


def notices(stack: Stack, account_id: str) -> list[Notice]:
    table = wiring.ledger().table
    return outage_reads.notices(table, account_id, position=None, limit=100).records


def fall_for(stack: Stack, studio: Studio, hours: int) -> Any:
    """An outage of so many hours that has ended. Returns when the next run would be."""
    at = fallen_for(stack, studio, hours)
    return run(stack, at)


def fallen_for(stack: Stack, studio: Studio, hours: int) -> Any:
    """The same, still without the healthy answer that ends it."""
    studio.falls("video")
    run(stack, START, 3)
    at = run(stack, START + hours * HOUR)
    studio.rises()
    return at


def test_who_is_concerned_is_told_once(watched: Stack, studio: Studio) -> None:
    sell(watched, "txn_1", "acc_1", before=HOUR)
    sell(watched, "txn_2", "acc_1", before=40 * HOUR)
    sell(watched, "txn_3", "acc_3", before=-HOUR)
    sell(watched, "txn_4", "acc_4", before=-HOUR + MINUTE)
    at = fall_for(watched, studio, 73)
    run(watched, at, 3)

    [outage] = outages()
    [notice] = notices(watched, "acc_1")
    assert notice.key == f"outage:{outage.outage_id}"
    assert (notice.clause, notice.policy_version) == ("2(d)", "2025-02-24")
    assert "72 hours" in notice.text
    assert "service_unavailable" in notice.text
    # 73 hours less one, after the purchase, are exactly 72; a minute more is enough.
    assert notices(watched, "acc_3") == []
    assert len(notices(watched, "acc_4")) == 1
    assert outage.telling is not None
    assert (outage.telling.told, outage.telling.done_at is not None) == (2, True)


def test_who_has_nothing_left_is_not_told(watched: Stack, studio: Studio) -> None:
    sell(watched, "txn_1", "acc_1", before=HOUR)
    watched.charge("job_1", "acc_1", 1000, at=START - MINUTE)
    fall_for(watched, studio, 73)

    assert notices(watched, "acc_1") == []


def test_where_the_switch_says_nothing_nobody_is_told(watched: Stack, studio: Studio) -> None:
    watched.set_up(probes=studio.probes("video"), outage_notice="nothing")
    sell(watched, "txn_1", "acc_1", before=HOUR)
    fall_for(watched, studio, 73)

    assert notices(watched, "acc_1") == []
    assert outages()[0].telling is None


def test_where_the_switch_says_case_one_is_opened_for_each_purchase(
    watched: Stack, studio: Studio
) -> None:
    watched.set_up(probes=studio.probes("video"), outage_notice="case")
    sell(watched, "txn_1", "acc_1", before=HOUR)
    sell(watched, "txn_2", "acc_1", before=40 * HOUR)
    at = fall_for(watched, studio, 73)
    run(watched, at, 2)

    for transaction_id in ("txn_1", "txn_2"):
        purchase = purchase_of(watched, transaction_id)
        case = watched.case(purchase.case_id or "")
        assert (case.category, case.status) == (Category.SERVICE_UNAVAILABLE, CaseStatus.OPEN)
        assert (case.opener, case.decision.clause) == ("outages", "2(d)")
        assert case.decision.outcome == "eligible"
        assert case.money is not None
        assert case.money.amount_minor == 1000
    # Nobody asked for it, so nothing is held: the credits can be used.
    assert watched.account("acc_1").available == 2000
    assert len(notices(watched, "acc_1")) == 2


def test_a_case_that_was_withdrawn_does_not_come_again(watched: Stack, studio: Studio) -> None:
    watched.set_up(probes=studio.probes("video"), outage_notice="case")
    sell(watched, "txn_1", "acc_1", before=HOUR)
    at = fall_for(watched, studio, 73)
    watched.decide(withdrawing("txn_1"))
    start_over(watched)
    run(watched, at)

    assert purchase_of(watched, "txn_1").case_id is None


def test_a_run_with_little_time_leaves_the_rest_to_the_next_ones(
    watched: Stack, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("makegood.telling.PAGE", 2)
    for number in range(5):
        sell(watched, f"txn_{number}", f"acc_{number}", before=(5 - number) * HOUR)
    at = fallen_for(watched, studio, 73)
    watched.run(outage_check, at, seconds=9)
    assert told_so_far() == 0

    for expected in (2, 4, 5):
        before = told_so_far()
        tell_waiting(
            wiring.ledger(),
            policies=wiring.policies(),
            zones=ZoneInfo,
            now=at,
            time_left=partial(seconds_left, before),
        )
        assert told_so_far() == expected

    assert [len(notices(watched, f"acc_{number}")) for number in range(5)] == [1] * 5
    assert watched.record(Key(Monitor, "")).telling == ()


def test_a_run_that_is_cut_off_before_it_noted_its_page_tells_nobody_twice(
    watched: Stack, studio: Studio
) -> None:
    for number in range(3):
        sell(watched, f"txn_{number}", f"acc_{number}", before=HOUR)
    at = fall_for(watched, studio, 73)
    start_over(watched)
    run(watched, at)

    assert [len(notices(watched, f"acc_{number}")) for number in range(3)] == [1] * 3
    assert outages()[0].telling.done_at is not None  # type: ignore[union-attr]


def test_whom_the_ledger_cannot_tell_now_is_told_by_a_later_run(
    watched: Stack, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(watched, "txn_1", "acc_1", before=HOUR)
    at = fallen_for(watched, studio, 73)
    ledger = wiring.ledger()
    with monkeypatch.context() as broken:
        broken.setattr(ledger, "decide_all", refusing(ledger.decide_all))
        at = run(watched, at)
    assert notices(watched, "acc_1") == []

    run(watched, at)
    assert len(notices(watched, "acc_1")) == 1


def test_a_damaged_purchase_is_left_to_a_person_and_hurts_nobody_else(
    watched: Stack, studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        sell(watched, f"txn_{number}", f"acc_{number}", before=HOUR)
    damage(watched, "PURCHASE#txn_1", "PURCHASE", "currency")
    fall_for(watched, studio, 73)

    assert [len(notices(watched, f"acc_{number}")) for number in range(3)] == [1, 0, 1]
    assert watched.record(Key(Monitor, "")).telling == ()
    output = capsys.readouterr().out
    assert sum(told(output, "CustomersNotTold")) == 1
    [line] = lines_of(output, "customer.not_told")
    assert (line["transaction_id"], line["error"]) == ("txn_1", "LedgerDamagedError")


def test_a_bug_in_one_decision_is_tried_again_and_then_left_to_a_person(
    watched: Stack,
    studio: Studio,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("makegood.telling.PAGE", 2)
    for number in range(4):
        sell(watched, f"txn_{number}", f"acc_{number}", before=(9 - number) * HOUR)
    at = fallen_for(watched, studio, 73)
    monkeypatch.setattr(outage_notices, "concerned", breaking_at("txn_1"))

    at = run(watched, at, FAILED_MAX - 1)
    assert [len(notices(watched, f"acc_{number}")) for number in range(4)] == [1, 0, 0, 0]
    assert told(capsys.readouterr().out, "CustomersNotTold") == []

    run(watched, at)
    assert [len(notices(watched, f"acc_{number}")) for number in range(4)] == [1, 0, 1, 1]
    output = capsys.readouterr().out
    assert told(output, "CustomersNotTold") == [1]
    [line] = lines_of(output, "customer.not_told")
    assert (line["transaction_id"], line["error"]) == ("txn_1", "BrokenDecisionError")
    telling = outages()[0].telling
    assert telling is not None
    assert (telling.told, telling.failed, telling.done_at is not None) == (3, 0, True)


def test_a_ledger_that_cannot_be_reached_uses_up_no_patience(
    watched: Stack, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(watched, "txn_1", "acc_1", before=HOUR)
    at = fallen_for(watched, studio, 73)
    ledger = wiring.ledger()
    with monkeypatch.context() as broken:
        broken.setattr(ledger, "decide_all", refusing(ledger.decide_all))
        at = run(watched, at, FAILED_MAX + 1)

    run(watched, at)
    assert len(notices(watched, "acc_1")) == 1


def test_a_damaged_outage_does_not_stand_before_a_later_one(
    watched: Stack, studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    sell(watched, "txn_1", "acc_1", before=HOUR)
    at = fallen_for(watched, studio, 73)
    watched.run(outage_check, at, seconds=9)
    [outage] = outages()
    watched.decide(put_in(replace(outage, outage_id="outage_damaged")))
    damage(watched, "OUTAGE_RECORDS", "outage_damaged", "component")
    watched.decide(waiting("outage_gone", "outage_damaged", outage.outage_id))
    capsys.readouterr()
    run(watched, at + MINUTE)

    assert len(notices(watched, "acc_1")) == 1
    assert watched.record(Key(Monitor, "")).telling == ("outage_gone", "outage_damaged")
    output = capsys.readouterr().out
    assert sum(told(output, "CustomersNotTold")) == 2
    lines = lines_of(output, "outage.not_told")
    assert [line["outage_id"] for line in lines] == ["outage_gone", "outage_damaged"]


def test_an_open_outage_that_is_damaged_keeps_no_news_of_an_earlier_one(
    watched: Stack, studio: Studio
) -> None:
    sell(watched, "txn_1", "acc_1", before=HOUR)
    at = fallen_for(watched, studio, 73)
    watched.run(outage_check, at, seconds=9)
    studio.falls("video")
    for number in range(1, 4):
        watched.run(outage_check, at + number * MINUTE, seconds=9)
    later = watched.record(Key(Monitor, "")).open[SERVICE]
    damage(watched, "OUTAGE_RECORDS", later, "component")

    with pytest.raises(LedgerDamagedError):
        run(watched, at + HOUR)
    assert len(notices(watched, "acc_1")) == 1


def waiting(*outage_ids: str) -> Decide[None]:
    def decide(facts: Facts) -> Plan[None]:
        monitor = facts.get(Key(Monitor, ""))
        assert monitor is not None
        return Plan(None, (replace(monitor, telling=outage_ids),))

    return decide


def breaking_at(transaction_id: str) -> Any:
    def judge(purchase: Purchase, *rest: Any, **options: Any) -> Any:
        if purchase.transaction_id == transaction_id:
            raise AssertionError("as a test wants it")
        return concerned(purchase, *rest, **options)

    return judge


def damage(stack: Stack, pk: str, sk: str, attribute: str) -> None:
    stack.dynamodb.update_item(
        TableName="ledger",
        Key={"pk": {"S": pk}, "sk": {"S": sk}},
        UpdateExpression="REMOVE #lost",
        ExpressionAttributeNames={"#lost": attribute},
    )


def lines_of(output: str, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in output.splitlines()]
    return [line for line in lines if line.get("event") == event]


def refusing(decide_all: Any) -> Any:
    """Of a page, nothing is written; single decisions go on."""

    def refuse(decisions: Any, **options: Any) -> Any:
        if len(decisions) == 1 and decisions[0].__qualname__.startswith("tell."):
            return [LedgerUnavailableError("as a test wants it")]
        return decide_all(decisions, **options)

    return refuse


def seconds_left(told_before: int) -> float:
    """As if each page took all of a run."""
    return 30.0 if told_so_far() == told_before else 5.0


def told_so_far() -> int:
    [outage] = outages()
    return outage.telling.told if outage.telling is not None else 0


def start_over(stack: Stack) -> None:
    """As if the run had been cut off before it kept how far it had come."""
    [outage] = outages()
    assert outage.telling is not None
    telling = replace(outage.telling, position=None, told=0, done_at=None)

    def decide(facts: Any) -> Plan[None]:
        kept = facts.get(Key(Outage, outage.outage_id))
        monitor = facts.get(Key(Monitor, ""))
        again = replace(monitor, telling=(outage.outage_id,))
        return Plan(None, (replace(kept, telling=telling), again))

    stack.decide(decide)


def withdrawing(transaction_id: str) -> Decide[None]:
    """What a customer's withdrawal does to a case that holds nothing, and to its purchase."""

    def decide(facts: Facts) -> Plan[None]:
        purchase = facts.get(Key(Purchase, transaction_id))
        assert purchase is not None
        case = facts.get(Key(Case, purchase.case_id))
        assert case is not None
        withdrawn = case.moved(
            CaseEventKind.WITHDRAWN, author="customer", at=START, status=CaseStatus.WITHDRAWN
        )
        return Plan(None, (replace(purchase, case_id=None), withdrawn))

    return decide


def purchase_of(stack: Stack, transaction_id: str) -> Purchase:
    purchase: Purchase = stack.record(Key(Purchase, transaction_id))
    return purchase
