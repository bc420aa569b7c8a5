"""Outages of random runs, against a reference that knows the whole story at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from makegood.domain.monitor import Monitor, Observation, is_news, observe
from makegood.domain.outage import SERVICE, Outage

START = datetime(2026, 11, 1, tzinfo=UTC)
CAPABILITIES = ("image", "video")

# Seconds between two runs: copies, the usual minute, both sides of a gap, both sides of an hour.
STEPS = st.sampled_from([-90, 0, 60, 60, 60, 300, 301, 1800, 3600, 3601, 300_000])


@dataclass(frozen=True)
class Run:
    at: datetime
    down: frozenset[str]
    unseen: frozenset[str] = frozenset()

    @property
    def observation(self) -> Observation:
        seen = [c for c in CAPABILITIES if c not in self.unseen]
        failures = {c: "timed_out" if c in self.down else None for c in seen}
        return Observation(self.at, failures, self.unseen)

    def is_down(self, component: str) -> bool | None:
        """None if this run cannot tell."""
        if component != SERVICE:
            return None if component in self.unseen else component in self.down
        if not self.down | self.unseen >= set(CAPABILITIES):
            return False
        return None if self.unseen else True


@st.composite
def histories(draw: st.DrawFn) -> list[Run]:
    at, runs = START, []
    kinds = st.sampled_from([frozenset[str](), frozenset({"video"}), frozenset(CAPABILITIES)])
    downs = kinds | st.just(frozenset(CAPABILITIES))
    unseen = st.just(frozenset[str]()) | kinds
    for step, down, not_asked in draw(st.lists(st.tuples(STEPS, downs, unseen))):
        at += timedelta(seconds=step)
        runs.append(Run(at, down, not_asked))
    return runs


def watched(runs: Iterable[Run]) -> list[Outage]:
    """All outages that come of these runs, in the order in which they arrive."""
    monitor, outages = Monitor(), dict[str, Outage]()
    for run in runs:
        if not is_news(monitor, run.at):
            continue
        known = [outages[outage_id] for outage_id in monitor.open.values()]
        seen = observe(monitor, known, run.observation)
        monitor = seen.monitor
        outages |= {o.outage_id: o for o in (*seen.opened, *seen.extended, *seen.closed)}
    return list(outages.values())


Story = tuple[datetime, datetime, int]
"""First failed probe, last failed probe, how many."""


def expected(runs: Iterable[Run], component: str) -> list[Story]:
    """Cut the runs at every healthy answer; of each piece, drop hiccups that are too far apart.

    A run that cannot tell is as if it had not been.
    """
    pieces: list[list[datetime]] = [[]]
    newest = None
    for run in runs:
        if newest is not None and run.at <= newest:
            continue
        newest = run.at
        if run.is_down(component):
            pieces[-1].append(run.at)
        elif run.is_down(component) is not None:
            pieces.append([])
    return [story for piece in pieces if (story := _story(piece)) is not None]


def _story(failed: list[datetime]) -> Story | None:
    hour = timedelta(hours=1)
    for first in range(len(failed) - 2):
        one, two, three = failed[first : first + 3]
        if two - one <= hour and three - two <= hour:
            return one, failed[-1], len(failed) - first
    return None


def found(outages: Iterable[Outage], component: str) -> list[Story]:
    return [
        (outage.started_at, outage.last_failed_at, outage.failed_probes)
        for outage in sorted(outages, key=lambda outage: outage.started_at)
        if outage.component == component
    ]


@given(histories())
def test_outages_are_what_the_whole_story_says(runs: list[Run]) -> None:
    outages = watched(runs)

    for component in (*CAPABILITIES, SERVICE):
        assert found(outages, component) == expected(runs, component)


@given(histories())
def test_outages_begin_before_they_end_and_do_not_overlap(runs: list[Run]) -> None:
    outages = watched(runs)

    for component in (*CAPABILITIES, SERVICE):
        mine = [outage for outage in outages if outage.component == component]
        for outage in mine:
            assert outage.started_at <= outage.last_failed_at
            assert outage.ended_at is None or outage.last_failed_at < outage.ended_at
            assert sum(outage.reasons.values()) >= outage.failed_probes
            assert outage.unseen == sum((gap.lasted for gap in outage.gaps), timedelta())
        for before, after in pairwise(mine):
            assert before.ended_at is not None
            assert before.ended_at < after.started_at
        assert sum(outage.ended_at is None for outage in mine) <= 1


@given(histories(), st.data())
def test_runs_that_come_twice_or_too_late_change_nothing(
    runs: list[Run], data: st.DataObject
) -> None:
    again = []
    for number, run in enumerate(runs):
        again.append(run)
        again += data.draw(st.lists(st.sampled_from(runs[: number + 1]), max_size=2))

    assert watched(again) == watched(runs)


@given(histories(), st.data())
def test_runs_that_are_lost_never_make_an_outage_begin_earlier_or_end_later(
    runs: list[Run], data: st.DataObject
) -> None:
    """Unless a healthy answer is among the lost: then two outages may look like one."""
    runs = sorted({run.at: run for run in reversed(runs)}.values(), key=lambda run: run.at)
    healthy = [run for run in runs if run.is_down(SERVICE) is False]
    down = [run for run in runs if run.is_down(SERVICE) is not False]
    kept = set(data.draw(st.lists(st.sampled_from(down), unique=True)) if down else [])
    lossy = [run for run in runs if run in kept or run in healthy]

    whole = expected(runs, SERVICE)
    for start, end, _ in found(watched(lossy), SERVICE):
        assert any(first <= start and end <= last for first, last, _ in whole)
