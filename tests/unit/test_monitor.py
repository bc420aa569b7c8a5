"""From probes to outages: hysteresis, gaps, copies, and settings that change meanwhile."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from makegood.domain.monitor import (
    FAILURES_TO_OPEN,
    GAP_FROM,
    SUSPECT_FOR,
    Monitor,
    Observation,
    is_news,
    observe,
)
from makegood.domain.outage import GAPS_MAX, REASONS_MAX, SERVICE, Ending, Gap, Outage, outage_id_of
from makegood.events.identifiers import is_identifier

START = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
DOWN = "timed_out"

Answers = dict[str, str | None]


class Watching:
    """Runs one after the other, and all outages that there ever were, by component."""

    def __init__(self) -> None:
        self.monitor = Monitor()
        self.outages: dict[str, Outage] = {}
        self.told: list[str] = []

    def run(self, at: datetime, *unseen: str, **failures: str | None) -> None:
        if not is_news(self.monitor, at):
            return
        known = [self.outages[outage_id] for outage_id in self.monitor.open.values()]
        seen = observe(self.monitor, known, Observation(at, failures, frozenset(unseen)))
        self.monitor = seen.monitor
        for word, outages in (("+", seen.opened), ("=", seen.extended), ("-", seen.closed)):
            self.outages |= {outage.outage_id: outage for outage in outages}
            self.told += [word + outage.component for outage in outages]

    def minutes(self, count: int, start: datetime = START, **failures: str | None) -> datetime:
        """So many runs, one each minute. Returns when the next one would be."""
        for number in range(count):
            self.run(start + number * MINUTE, **failures)
        return start + count * MINUTE

    def of(self, component: str) -> list[Outage]:
        found = [outage for outage in self.outages.values() if outage.component == component]
        return sorted(found, key=lambda outage: outage.started_at)


@pytest.fixture
def watching() -> Watching:
    return Watching()


def test_two_failures_are_a_hiccup_and_three_in_a_row_an_outage(watching: Watching) -> None:
    watching.minutes(FAILURES_TO_OPEN - 1, video=DOWN, image=None)
    assert watching.outages == {}

    watching.run(START + 2 * MINUTE, video=DOWN, image=None)
    [outage] = watching.of("video")
    assert (outage.started_at, outage.last_failed_at) == (START, START + 2 * MINUTE)
    assert (outage.failed_probes, dict(outage.reasons)) == (3, {DOWN: 3})
    assert watching.told == ["+video"]


def test_one_healthy_answer_ends_it(watching: Watching) -> None:
    after = watching.minutes(5, video=DOWN, image=None)
    watching.run(after, video=None, image=None)

    [outage] = watching.of("video")
    assert (outage.ended_at, outage.ending) == (after, Ending.ANSWERED)
    assert outage.lasted == 4 * MINUTE
    assert watching.told == ["+video", "=video", "=video", "-video"]
    assert watching.monitor.open == {}


def test_flapping_is_no_outage(watching: Watching) -> None:
    at = START
    for _ in range(10):
        at = watching.minutes(2, at, video=DOWN)
        at = watching.minutes(1, at, video=None)

    assert watching.outages == {}


def test_the_service_is_down_while_everything_is(watching: Watching) -> None:
    at = watching.minutes(2, video=DOWN, image=None)
    at = watching.minutes(4, at, video=DOWN, image="status_503")
    at = watching.minutes(1, at, video=None, image="status_503")

    [service], [video], [image] = (watching.of(one) for one in (SERVICE, "video", "image"))
    assert (service.started_at, service.lasted) == (START + 2 * MINUTE, 3 * MINUTE)
    assert dict(service.reasons) == {DOWN: 4, "status_503": 4}
    assert (video.started_at, video.ended_at) == (START, START + 6 * MINUTE)
    assert (image.failed_probes, image.ended_at) == (5, None)
    assert service.is_complete
    assert not video.is_complete


def test_capabilities_that_take_turns_are_not_the_service(watching: Watching) -> None:
    at = START
    for _ in range(5):
        at = watching.minutes(2, at, video=DOWN, image=None)
        at = watching.minutes(2, at, video=None, image=DOWN)

    assert watching.of(SERVICE) == []


@pytest.mark.parametrize("at", [START, START + 2 * MINUTE - SECOND, START + 2 * MINUTE])
def test_a_run_that_was_told_or_overtaken_changes_nothing(watching: Watching, at: datetime) -> None:
    watching.minutes(3, video=DOWN)
    before = watching.monitor, dict(watching.outages)

    watching.run(at, video=None)
    watching.run(at, video=DOWN)
    assert (watching.monitor, watching.outages) == before


def test_copies_do_not_add_up_to_an_outage(watching: Watching) -> None:
    for _ in range(10):
        watching.run(START, video=DOWN)
        watching.run(START + MINUTE, video=DOWN)

    assert watching.outages == {}


# ------------------------------------------------------------------ gaps


@pytest.mark.parametrize(
    ("away", "gaps"), [(GAP_FROM, 0), (GAP_FROM + SECOND, 1), (timedelta(days=3), 1)]
)
def test_a_gap_between_failures_is_part_of_the_outage_and_is_named(
    watching: Watching, away: timedelta, gaps: int
) -> None:
    last = watching.minutes(3, video=DOWN) - MINUTE
    watching.run(last + away, video=DOWN)

    [outage] = watching.of("video")
    assert outage.lasted == 2 * MINUTE + away
    assert outage.gaps == (Gap(last, last + away),) * gaps
    assert (outage.gap_count, outage.unseen) == (gaps, gaps * away)


def test_an_outage_ends_before_a_gap_that_the_service_is_up_behind(watching: Watching) -> None:
    last = watching.minutes(3, video=DOWN) - MINUTE
    watching.run(last + timedelta(days=3), video=None)

    [outage] = watching.of("video")
    assert outage.lasted == 2 * MINUTE
    assert outage.gaps == ()
    assert outage.ended_at == last + timedelta(days=3)


@pytest.mark.parametrize(
    ("away", "start"),
    [
        pytest.param(SUSPECT_FOR, START, id="an hour adds up"),
        pytest.param(SUSPECT_FOR + SECOND, None, id="more does not"),
        pytest.param(timedelta(days=3), None, id="three days make no outage of three days"),
    ],
)
def test_hiccups_far_apart_are_no_outage(
    watching: Watching, away: timedelta, start: datetime | None
) -> None:
    """The monitoring was away: two failed probes before, one behind it."""
    watching.minutes(2, video=DOWN)
    watching.run(START + MINUTE + away, video=DOWN)

    assert [outage.started_at for outage in watching.of("video")] == ([start] if start else [])


def test_after_a_long_absence_three_failures_count_from_the_first_of_them(
    watching: Watching,
) -> None:
    watching.minutes(2, video=DOWN)
    back = START + timedelta(days=3)
    watching.minutes(3, back, video=DOWN)

    [outage] = watching.of("video")
    assert (outage.started_at, outage.gaps) == (back, ())


def test_runs_an_hour_apart_see_an_outage_and_name_every_gap(watching: Watching) -> None:
    for hour in range(74):
        watching.run(START + timedelta(hours=hour), video=DOWN)

    [outage] = watching.of(SERVICE)
    assert outage.lasted == timedelta(hours=73)
    assert (outage.gap_count, outage.unseen) == (73, timedelta(hours=73))


def test_of_many_gaps_the_longest_are_kept_in_their_order(watching: Watching) -> None:
    at = watching.minutes(3, video=DOWN)
    lengths = [GAP_FROM + number * MINUTE for number in (*range(60, 0, -1), *range(1, 61))]
    for length in lengths:
        at += length
        watching.run(at, video=DOWN)

    [outage] = watching.of("video")
    assert len(outage.gaps) == GAPS_MAX
    assert outage.gap_count == len(lengths)
    # The first one begins at the last probe of the minutely runs, a minute earlier.
    assert outage.unseen == sum(lengths, MINUTE)
    assert [gap.start for gap in outage.gaps] == sorted(gap.start for gap in outage.gaps)
    assert min(gap.lasted for gap in outage.gaps) > sorted(lengths)[-GAPS_MAX] - MINUTE


def test_of_many_reasons_some_are_counted_together(watching: Watching) -> None:
    for number in range(40):
        watching.run(START + number * MINUTE, video=f"status_{500 + number}")

    [outage] = watching.of("video")
    assert len(outage.reasons) == REASONS_MAX + 1
    assert sum(outage.reasons.values()) == 40
    assert outage.reasons["other"] == 40 - REASONS_MAX


# ------------------------------------------------------------------ settings that change


def test_a_capability_that_is_watched_no_longer_has_no_open_outage(watching: Watching) -> None:
    at = watching.minutes(4, video=DOWN, image=None)
    watching.run(at, image=None)

    [outage] = watching.of("video")
    assert (outage.ended_at, outage.ending) == (at, Ending.UNWATCHED)
    assert outage.lasted == 3 * MINUTE


def test_if_it_comes_back_it_starts_anew(watching: Watching) -> None:
    at = watching.minutes(4, video=DOWN, image=None)
    at = watching.minutes(1, at, image=None)
    at = watching.minutes(3, at, video=DOWN, image=None)

    first, second = watching.of("video")
    assert first.ended_at is not None
    assert first.last_failed_at < first.ended_at <= second.started_at


def test_a_new_capability_that_answers_ends_the_outage_of_the_service(watching: Watching) -> None:
    at = watching.minutes(4, video=DOWN)
    watching.run(at, video=DOWN, image=None)

    [service], [video] = watching.of(SERVICE), watching.of("video")
    assert (service.ended_at, service.ending) == (at, Ending.ANSWERED)
    assert video.ended_at is None


def test_a_new_capability_that_is_down_too_does_not(watching: Watching) -> None:
    at = watching.minutes(4, video=DOWN)
    watching.minutes(4, at, video=DOWN, image=DOWN)

    [service] = watching.of(SERVICE)
    assert (service.lasted, service.ended_at) == (7 * MINUTE, None)


def test_without_the_one_that_answered_the_service_is_down_from_now_on(
    watching: Watching,
) -> None:
    at = watching.minutes(10, video=DOWN, image=None)
    watching.minutes(3, at, video=DOWN)

    [service] = watching.of(SERVICE)
    assert service.started_at == at


def test_another_capability_in_the_place_of_all_others_takes_the_service_over(
    watching: Watching,
) -> None:
    at = watching.minutes(4, video=DOWN)
    watching.run(at, image=DOWN)

    [service], [video] = watching.of(SERVICE), watching.of("video")
    assert service.last_failed_at == at
    assert (video.ended_at, video.ending) == (at, Ending.UNWATCHED)


def test_a_capability_cannot_pass_for_the_service(watching: Watching) -> None:
    watching.minutes(5, service=DOWN, image=None)

    assert watching.of(SERVICE) == []


# ------------------------------------------------------------------ what cannot be asked


def test_what_cannot_be_asked_is_a_gap_of_its_own_outage_only(watching: Watching) -> None:
    at = watching.minutes(4, video=DOWN, image=None)
    for number in range(10):
        watching.run(at + number * MINUTE, "video", image=DOWN)
    [video], [image] = watching.of("video"), watching.of("image")
    assert (video.failed_probes, video.ended_at) == (4, None)
    assert image.failed_probes == 10

    watching.run(at + 10 * MINUTE, video=DOWN, image=None)
    [video] = watching.of("video")
    assert (video.failed_probes, video.gap_count) == (5, 1)
    assert video.unseen == 11 * MINUTE


def test_failures_before_what_cannot_be_asked_are_not_forgotten(watching: Watching) -> None:
    at = watching.minutes(2, video=DOWN, image=None)
    watching.run(at, "video", image=None)
    assert watching.of("video") == []

    watching.run(at + MINUTE, video=DOWN, image=None)
    [video] = watching.of("video")
    assert (video.started_at, video.failed_probes) == (START, 3)


def test_the_service_is_not_down_while_a_part_of_it_cannot_be_asked(watching: Watching) -> None:
    for number in range(10):
        watching.run(START + number * MINUTE, "video", image=DOWN)

    assert watching.of(SERVICE) == []
    assert len(watching.of("image")) == 1


def test_an_outage_of_the_service_goes_on_behind_what_cannot_be_asked(watching: Watching) -> None:
    at = watching.minutes(4, video=DOWN, image=DOWN)
    watching.run(at, "video", image=DOWN)
    [service] = watching.of(SERVICE)
    assert (service.failed_probes, service.ended_at) == (4, None)

    watching.run(at + MINUTE, video=DOWN, image=DOWN)
    [service] = watching.of(SERVICE)
    assert (service.failed_probes, service.ended_at) == (5, None)


def test_a_part_that_answers_ends_it_whatever_cannot_be_asked(watching: Watching) -> None:
    at = watching.minutes(4, video=DOWN, image=DOWN)
    watching.run(at, "video", image=None)

    [service], [video] = watching.of(SERVICE), watching.of("video")
    assert (service.ended_at, service.ending) == (at, Ending.ANSWERED)
    assert video.ended_at is None


# ------------------------------------------------------------------ ids


def test_ids_sort_by_time_and_can_stand_in_a_path() -> None:
    times = [START, START + SECOND / 4, START + SECOND, START + timedelta(days=400)]
    ids = [outage_id_of("service", at) for at in times]

    assert ids == sorted(ids)
    assert ids[0] == "outage_20261101T000000.000000Z_service"
    assert all(is_identifier(outage_id) for outage_id in ids)


def test_long_names_make_ids_that_differ() -> None:
    one, other = (outage_id_of("c" * 127 + end, START) for end in "ab")

    assert one != other
    assert is_identifier(one)


def test_a_monitor_keeps_what_it_is_not_asked_about() -> None:
    monitor = Monitor(telling=("out_1",))

    seen = observe(monitor, [], Observation(START, {"video": None}))
    assert seen.monitor == replace(monitor, seen_at=START)
