"""Walks through Paddle's events: whatever the order of ids, the lag of the list and the end of
runs, each event is looked at, and nothing is forgotten that was put back."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makegood.domain import reconciliation
from makegood.domain.reconciliation import OVERLAP, About, Claim, PutBack, Reconciliation

START = datetime.fromisoformat("2026-11-01T00:00:00+00:00")
HOUR = timedelta(hours=1)
RUNS = 30


@dataclass(frozen=True, slots=True)
class Listed:
    """An event: its place in the list is by its name, which says nothing of its time."""

    name: str
    at: datetime
    listed_at: datetime


@dataclass(slots=True)
class Story:
    """Hourly runs over a list that grows. An event that is put back arrives an hour later."""

    events: list[Listed]
    per_page: int
    record: Reconciliation = field(default_factory=Reconciliation)
    seen: set[str] = field(default_factory=set)
    arrived: set[str] = field(default_factory=set)

    def run(self, now: datetime, pages: int) -> None:
        stored = self.record.walk
        walk = self.record.next_walk(begins_at=START, now=now)
        assert walk is stored or stored is None
        for _ in range(pages):
            there = sorted(
                (e for e in self.events if e.listed_at <= now and e.at >= walk.since),
                key=lambda event: event.name,
            )
            left = [event for event in there if event.name > (walk.after or "")]
            page = left[: self.per_page]
            self.seen |= {event.name for event in page}
            put = [self._put(event, now) for event in page if event.name not in self.arrived]
            walk = walk.past(page[-1].name if page else walk.after, [e.at for e in page])
            is_over = len(left) <= self.per_page
            self.record = self.record.walked(walk, put, is_over=is_over)
            if is_over:
                break
            assert self.record.walk is not None
            walk = self.record.walk
        gone = frozenset(one.claim.event_id for one in self.record.put_back)
        self.arrived |= gone & self.seen
        self.record = self.record.settled(gone=gone, at=now)

    @staticmethod
    def _put(event: Listed, now: datetime) -> PutBack:
        claim = Claim(event.name, "transaction.completed", event.at, About.SALE, "txn_1")
        return PutBack(claim, now, now)


lags = st.integers(0, int(OVERLAP.total_seconds()) - 1).map(lambda s: timedelta(seconds=s))
times = st.integers(0, 10 * 3600).map(lambda s: START + timedelta(seconds=s))


@st.composite
def events(draw: st.DrawFn) -> list[Listed]:
    names = draw(st.lists(st.text("abc", min_size=1, max_size=4), unique=True, max_size=25))
    made = []
    for name in names:
        at = draw(times)
        made.append(Listed(name, at, at + draw(lags)))
    return made


@pytest.mark.parametrize("memory", [0, 2, 200])
@given(events=events(), per_page=st.integers(1, 5), pages=st.lists(st.integers(0, 4), max_size=12))
def test_every_event_is_looked_at_and_every_one_that_was_put_back_again(
    memory: int, events: list[Listed], per_page: int, pages: list[int]
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reconciliation, "PUT_BACK_MAX", memory)
        story = Story(events, per_page)
        for hour, number in enumerate([*pages, *[25] * RUNS]):
            story.run(START + hour * HOUR, number)

    assert story.seen == {event.name for event in events}
    assert len(story.record.put_back) <= memory
    if memory:
        assert story.arrived == story.seen
