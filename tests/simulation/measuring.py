"""`python -m tests.simulation.measuring --seeds 300`: how often the planted mistakes are found."""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

import pytest
from tqdm import tqdm

from tests.dynamodb import Change
from tests.simulation.judge import wrongs
from tests.simulation.mistakes import MISTAKES, PLACES, planted
from tests.simulation.story import Story
from tests.simulation.wired import environment
from tests.simulation.world import World

AT_ONCE = 20
"""Seeds that one process plays before it tells of them."""

RARE = 0.01
"""Of all seeds. What fewer of them find is called rare."""

NONE = ""
"""In the place of a mistake: what the same seeds find without one is not found by it."""


@dataclass(slots=True)
class Found:
    """What stories with one mistake came to: by the seed, the first thing that was wrong.

    `broken` are seeds whose story the simulation itself could not bear: they count for nothing.
    """

    played: int = 0
    seeds: dict[int, str] = field(default_factory=dict)
    broken: dict[int, str] = field(default_factory=dict)

    def add(self, other: "Found") -> None:
        self.played += other.played
        self.seeds |= other.seeds
        self.broken |= other.broken


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    names = given.mistakes or list(MISTAKES)
    seeds = range(given.first, given.first + given.seeds)
    found = measured(names, seeds, enough=given.enough)
    sys.stdout.write("".join(f"{line}\n" for line in table(found)))
    return 0


def measured(names: Sequence[str], seeds: range, *, enough: int | None) -> dict[str, Found]:
    """Of each mistake, with a bar that shows how far it is."""
    asked = [NONE, *names]
    found = {name: Found() for name in asked}
    at_once = AT_ONCE if enough is None else len(seeds)
    chunks = [seeds[start : start + at_once] for start in range(0, len(seeds), at_once)]
    with (
        ProcessPoolExecutor(os.cpu_count() or 1) as processes,
        tqdm(total=len(asked) * len(seeds), unit=" seeds", smoothing=0.02) as bar,
    ):
        tasks = {
            processes.submit(look, name, chunk, enough=enough): name
            for name in asked
            for chunk in chunks
        }
        for task in as_completed(tasks):
            part = task.result()
            found[tasks[task]].add(part)
            bar.update(len(seeds) // len(chunks))
    return found


def look(name: str, seeds: Iterable[int], *, enough: int | None = None) -> Found:
    """Play these stories with the mistake, or only until so many of them have found it."""
    found = Found()
    with environment():
        for seed in seeds:
            found.played += 1
            try:
                wrong = first_wrong(seed, name or None)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is not a finding.
                found.broken[seed] = f"{type(error).__name__}: {error}"
                continue
            if wrong is not None:
                found.seeds[seed] = wrong
            if len(found.seeds) == enough:
                break
    return found


class _Enough(BaseException):
    """Something is wrong already: how the story goes on does not matter."""


def first_wrong(seed: int, mistake: str | None) -> str | None:
    """Needs `wired.environment`. What single transactions show ends the story at once: with some
    mistakes there is no end to it."""
    committed = World._committed

    def looked_at(self: World, changes: list[Change]) -> None:
        committed(self, changes)
        if self.wrong_at_commits:
            raise _Enough

    with planted(mistake), pytest.MonkeyPatch.context() as patch:
        patch.setattr(World, "_committed", looked_at)
        story = Story(seed)
        try:
            story.play()
        except _Enough:
            return story.world.wrong_at_commits[0]
    return next(iter(wrongs(story)), None)


def table(found: dict[str, Found]) -> Iterator[str]:
    """As Markdown, by place; those that were not found are named once more below."""
    without = found.pop(NONE)
    yield "| mistake | wrong first | seeds that found it | first seed |"
    yield "|---|---|---|---|"
    unseen = []
    for place, made in PLACES.items():
        for name in (mistake.__name__ for mistake in made if mistake.__name__ in found):
            one = found[name]
            seeds = {seed: text for seed, text in one.seeds.items() if seed not in without.seeds}
            rare = ", rare" if 0 < len(seeds) <= RARE * one.played else ""
            broken = f", {len(one.broken)} broken" if one.broken else ""
            first = min(seeds) if seeds else "-"
            count = f"{len(seeds)} of {one.played}{rare}{broken}"
            yield f"| {place}: {_words(name)} | {_ids(seeds.values())} | {count} | {first} |"
            unseen += [] if seeds else [name]
    yield ""
    yield f"{len(found) - len(unseen)} of {len(found)} found"
    yield from (f"not found: {name}" for name in unseen)
    yield from (f"wrong without a mistake: seed {n}: {text}" for n, text in without.seeds.items())
    for name, one in found.items():
        yield from (
            f"broken by {name}: seed {n}: {text}" for n, text in list(one.broken.items())[:2]
        )


def _ids(texts: Iterable[str]) -> str:
    """The invariants that were wrong first, the most frequent ones before the others."""
    counted = Counter(text.partition(":")[0] if text[:1] == "I" else "log" for text in texts)
    return ", ".join(name for name, _ in counted.most_common(3)) or "-"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation.measuring", description=__doc__
    )
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--enough", type=int, help="leave a mistake that so many have found")
    parser.add_argument("mistakes", nargs="*", metavar="mistake", help="only these")
    return parser


if __name__ == "__main__":
    sys.exit(main())
