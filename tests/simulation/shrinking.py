"""A story that goes wrong, made smaller: without all that has nothing to do with it."""

from collections.abc import Iterable

from tests.simulation.judge import wrongs
from tests.simulation.mistakes import planted
from tests.simulation.story import Story


def shrunk(seed: int, *, mistake: str | None = None) -> tuple[Story, list[str]]:
    """The smallest story found in which the same thing goes wrong, and what does.

    A seed alone decides what happens; what is left out here leaves its place empty, so that the
    rest mostly stays as it was. Needs `wired.environment`. Raises ValueError for a seed with
    which nothing goes wrong.
    """
    story, found = _played(seed, frozenset(), mistake)
    if not found:
        raise ValueError(f"nothing goes wrong with seed {seed}")
    wanted = _kinds(found)
    without: frozenset[str] = frozenset()
    for name in [*story.plan.planned, *sorted(story.chance.happened)]:
        smaller, still = _played(seed, without | {name}, mistake)
        if wanted & _kinds(still):
            without, story, found = without | {name}, smaller, still
    told, found = _played(seed, without, mistake, tells=True)
    return told, found


def _played(
    seed: int, without: frozenset[str], mistake: str | None, *, tells: bool = False
) -> tuple[Story, list[str]]:
    with planted(mistake):
        story = Story(seed, without=without, tells=tells).play()
    return story, wrongs(story)


def _kinds(found: Iterable[str]) -> set[str]:
    """The invariants, or the beginnings of what has none."""
    return {text.partition(":")[0] for text in found}
