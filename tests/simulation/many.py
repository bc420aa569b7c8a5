"""Many stories, one after the other: what went wrong, and how often each thing happened."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.simulation.chance import NAMES
from tests.simulation.invariants import ends_of, wrong
from tests.simulation.mistakes import planted
from tests.simulation.story import Story


@dataclass(slots=True)
class Played:
    """`failed` says what was wrong, by the seed; `ends` how many payouts ended in which state."""

    fired: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    failed: dict[int, list[str]] = field(default_factory=dict)
    traces: dict[int, str] = field(default_factory=dict)

    @property
    def never(self) -> list[str]:
        """What has not happened once: of that, nothing was learned."""
        return [name for name in NAMES if not self.fired[name]]


def play(seeds: Iterable[int], *, mistake: str | None = None, first_only: bool = False) -> Played:
    """With `first_only`, until the first story that goes wrong."""
    played = Played()
    for seed in seeds:
        with planted(mistake):
            story = Story(seed, played.fired).play()
        played.traces[seed] = story.timeline.trace
        played.ends.update(ends_of(story))
        if found := wrong(story):
            played.failed[seed] = found
            if first_only:
                break
    return played
