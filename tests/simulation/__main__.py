"""`python -m tests.simulation --seeds 10000`: play many stories, and say what went wrong."""

import argparse
import sys
import time

from tests.simulation.chance import NAMES
from tests.simulation.invariants import wrong
from tests.simulation.many import Played, play
from tests.simulation.mistakes import MISTAKES, planted
from tests.simulation.story import Story


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    if given.tell:
        return _tell(given.first, given.mistake)
    began = time.perf_counter()
    played = play(range(given.first, given.first + given.seeds), mistake=given.mistake)
    if given.traces:
        _say(*(f"{seed} {trace}" for seed, trace in played.traces.items()))
    else:
        _say(*_report(played, time.perf_counter() - began))
    return 1 if played.failed or played.never else 0


def _tell(seed: int, mistake: str | None) -> int:
    """All that happens in one story."""
    with planted(mistake):
        story = Story(seed, tells=True).play()
    found = wrong(story)
    _say(*story.timeline.lines, f"trace {story.timeline.trace}", *found)
    return 1 if found else 0


def _report(played: Played, seconds: float) -> list[str]:
    count = len(played.traces)
    wrongs = [f"seed {seed}: {'; '.join(found)}" for seed, found in played.failed.items()]
    happened = [
        f"{played.fired[name]:9,}  {name}{'' if played.fired[name] else '  NEVER'}"
        for name in NAMES
    ]
    ends = ", ".join(f"{number:,} {state}" for state, number in played.ends.most_common())
    failed = f"{len(played.failed):,} went wrong" if played.failed else "nothing went wrong"
    speed = f"{count:,} seeds in {seconds:.0f} s, {count / seconds:.0f} a second"
    return [*wrongs, *happened, f"payouts ended: {ends}", f"{speed}: {failed}"]


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--mistake", choices=sorted(MISTAKES), help="plant this one")
    parser.add_argument("--tell", action="store_true", help="tell all of the first seed's story")
    parser.add_argument("--traces", action="store_true", help="only the trace of each story")
    return parser


if __name__ == "__main__":
    sys.exit(main())
