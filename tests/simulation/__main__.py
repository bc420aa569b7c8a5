"""`make simulate SEEDS=10000`: play many stories on all cores, and say what went wrong."""

import argparse
import sys
import time

from tests.simulation.many import play
from tests.simulation.mistakes import MISTAKES
from tests.simulation.parallel import play_on_all_cores
from tests.simulation.report import report, story_of
from tests.simulation.shrinking import shrunk
from tests.simulation.wired import environment


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    if given.tell or given.shrink:
        return _tell(given.first, given.mistake, smaller=given.shrink)
    if given.traces:
        played = play(range(given.first, given.first + given.seeds), mistake=given.mistake)
        _say(*(f"{seed} {trace}" for seed, trace in played.traces.items()))
        return 0
    began = time.perf_counter()
    played = play_on_all_cores(given.first, given.seeds, mistake=given.mistake)
    _say(*report(played, time.perf_counter() - began))
    return 1 if played.failed or played.never else 0


def _tell(seed: int, mistake: str | None, *, smaller: bool) -> int:
    """All that happens in one story, or in as little of it as still goes wrong."""
    with environment():
        lines, found = story_of(seed, mistake) if not smaller else _smaller(seed, mistake)
    _say(*lines, *found)
    return 1 if found else 0


def _smaller(seed: int, mistake: str | None) -> tuple[list[str], list[str]]:
    story, found = shrunk(seed, mistake=mistake)
    return story.timeline.lines, found


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--mistake", choices=sorted(MISTAKES), help="plant this one")
    parser.add_argument("--tell", action="store_true", help="tell all of the first seed's story")
    parser.add_argument("--shrink", action="store_true", help="tell as little as goes wrong")
    parser.add_argument("--traces", action="store_true", help="only the trace of each story")
    return parser


if __name__ == "__main__":
    sys.exit(main())
