"""Many stories, one after the other: what went wrong, and how often each thing happened."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.simulation.chance import Fired
from tests.simulation.faults import MATRIX
from tests.simulation.judge import wrongs
from tests.simulation.mistakes import planted
from tests.simulation.story import Story
from tests.simulation.wired import environment


@dataclass(slots=True)
class Played:
    """`failed` says what was wrong, by the seed; `ends` how many records ended in which state."""

    fired: Fired = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    failed: dict[int, list[str]] = field(default_factory=dict)
    traces: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0
    """Of virtual time."""
    calls: int = 0
    runs: int = 0

    @property
    def never(self) -> list[tuple[str, str]]:
        """What has not happened once: of that, nothing was learned."""
        return [pair for pair in MATRIX if not self.fired[pair]]

    def add(self, other: "Played") -> None:
        self.fired.update(other.fired)
        self.ends.update(other.ends)
        self.failed |= other.failed
        self.traces |= other.traces
        self.seconds += other.seconds
        self.runs += other.runs


def play(seeds: Iterable[int], *, mistake: str | None = None, first_only: bool = False) -> Played:
    """With `first_only`, until the first story that goes wrong."""
    played = Played()
    with environment():
        for seed in seeds:
            with planted(mistake):
                story = Story(seed, played.fired).play()
            _note(played, story)
            if first_only and seed in played.failed:
                break
    return played


def _note(played: Played, story: Story) -> None:
    played.traces[story.seed] = story.timeline.trace
    played.seconds += story.timeline.seconds
    played.runs += story.world.lambdas.began
    for sk, name in (("PAYOUT", "state"), ("JOB", "state"), ("CASE", "status")):
        for item in story.world.items_of(sk):
            played.ends[f"{sk.lower()} {item[name]['S']}"] += 1
    if found := wrongs(story):
        played.failed[story.seed] = found
