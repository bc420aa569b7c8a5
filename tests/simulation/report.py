"""What many stories came to, in words."""

from collections.abc import Iterator

from tests.simulation.faults import FAULTS, FUNCTIONS, MATRIX, SEEN
from tests.simulation.judge import wrongs
from tests.simulation.many import Played
from tests.simulation.mistakes import planted
from tests.simulation.story import Story

YEAR = 365.25 * 86_400


def report(played: Played, seconds: float) -> list[str]:
    """What went wrong, how often each fault met each function, how all ended."""
    count = len(played.traces)
    wrong = [f"seed {seed}: {'; '.join(found)}" for seed, found in sorted(played.failed.items())]
    ends = ", ".join(f"{number:,} {state}" for state, number in sorted(played.ends.items()))
    least = min(((played.fired[pair], pair) for pair in MATRIX), default=(0, ("", "")))
    return [
        *wrong,
        *_matrix(played),
        f"ended: {ends}",
        f"least often: {least[0]:,} times {least[1][0]}, {least[1][1]}",
        f"{count:,} seeds, {played.runs:,} runs of functions, {played.seconds / YEAR:.1f} virtual "
        f"years in {seconds:.0f} s, {count / seconds:.0f} seeds a second",
        f"{len(played.failed):,} went wrong" if played.failed else "nothing went wrong",
        *(f"NEVER: {name} did not meet {function}" for name, function in played.never),
    ]


def _matrix(played: Played) -> Iterator[str]:
    columns = FUNCTIONS
    yield " " * 62 + "  ".join(f"{name[:9]:>9}" for name in columns)
    for name in (*FAULTS, *SEEN):
        cells = [
            f"{played.fired[name, function]:9,}" if (name, function) in MATRIX else " " * 9
            for function in columns
        ]
        yield f"{name[:60]:62}" + "  ".join(cells)


def story_of(seed: int, mistake: str | None) -> tuple[list[str], list[str]]:
    """Its lines, and what was wrong."""
    with planted(mistake):
        story = Story(seed, tells=True).play()
    return [*story.timeline.lines, f"trace {story.timeline.trace}"], wrongs(story)
