"""Many stories on all cores, with a bar that shows how far they are."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tqdm import tqdm

from tests.simulation.many import Played, play

AT_ONCE = 50
"""Seeds that one process plays before it tells of them."""


def play_on_all_cores(first: int, count: int, *, mistake: str | None = None) -> Played:
    played = Played()
    chunks = list(_chunks(first, count))
    with (
        ProcessPoolExecutor(min(os.cpu_count() or 1, len(chunks))) as processes,
        tqdm(total=count, unit=" seeds", smoothing=0.02) as bar,
    ):
        for number, part in enumerate(
            processes.map(_play, chunks, [mistake] * len(chunks)),
        ):
            played.add(part)
            bar.update(len(chunks[number]))
            bar.set_postfix({"wrong": len(played.failed)})
    return played


def _play(seeds: range, mistake: str | None) -> Played:
    return play(seeds, mistake=mistake)


def _chunks(first: int, count: int) -> Iterator[range]:
    for start in range(first, first + count, AT_ONCE):
        yield range(start, min(start + AT_ONCE, first + count))
