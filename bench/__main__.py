"""One run: both solutions side by side, the table on the terminal, results.json and the plots."""

import argparse
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import (
    cold,
    cost,
    goals,
    growth,
    instructions,
    machine,
    pictures,
    report,
    storm,
    truth,
    warm,
)
from bench.deployed import PLACE, ROOT, Deployed
from bench.how import HOW
from bench.samples import Samples
from bench.storm import Storm
from bench.subjects import PRODUCT, deploy


@dataclass(frozen=True, slots=True)
class Scale:
    """How long a run takes."""

    quick: bool
    cold_rounds: int
    warm_rounds: int
    storm_jobs: int
    contended_jobs: int
    growth_rounds: int
    textbook_share: int


FULL = Scale(False, 11, 15, 100_000, 20_000, 15, 40)
QUICK = Scale(True, 5, 5, 10_000, 5_000, 5, 20)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the work, for a first look"
    )
    parser.add_argument("--no-instructions", action="store_true", help="leave valgrind out")
    parser.add_argument("--source", type=Path, default=ROOT, help="another copy of the project")
    parser.add_argument("--out", type=Path, help="instead of bench/results.json")
    arguments = parser.parse_args()
    scale = QUICK if arguments.quick else FULL

    results: dict[str, Any] = {"machine": machine.describe(), "how": HOW}
    deployed = deploy(arguments.source.resolve())
    batch_size = template_batch_size(arguments.source)
    sections = measure(deployed, scale, batch_size, results)
    if instructions.available() and not arguments.no_instructions:
        _say("instructions")
        results["instructions"] = instructions.measure(deployed, batch_size=batch_size)
    if truth.available():
        _say("truth")
        results["truth"] = truth.compare(deployed)
    results["dollars_per_million"] = cost.dollars(sections)
    results["prices"] = cost.PRICES

    usual = (PLACE if scale.quick else ROOT / "bench") / "results.json"
    (arguments.out or usual).write_text(json.dumps(results, indent=1) + "\n")
    report.tell(results, sections)
    if arguments.out is None and not scale.quick:
        pictures.draw(sections, ROOT / "docs" / "plots")


def template_batch_size(source: Path) -> int:
    """How many messages the template lets the refund worker have at once."""
    text = (source / "template.yaml").read_text()
    function = text[text.index("\n  JobEvents:\n") :]
    found = re.search(r"BatchSize: (\d+)", function)
    assert found is not None
    return int(found[1])


def measure(
    deployed: Mapping[str, Deployed], scale: Scale, batch_size: int, results: dict[str, Any]
) -> dict[str, Samples]:
    _say("cold")
    sections = {"cold": cold.measure(deployed, rounds=scale.cold_rounds)}
    _say("warm")
    sections["warm"] = warm.measure(deployed, rounds=scale.warm_rounds)
    _say("storms")
    sizes = (scale.storm_jobs // 100, scale.storm_jobs // 10)
    storms = [
        Storm("together", scale.storm_jobs, shuffled=False),
        Storm("random", scale.storm_jobs, shuffled=True),
        *(Storm(f"random, {size:,} jobs", size, shuffled=True) for size in sizes),
    ]
    sections["storms"], totals = storm.measure(
        deployed, storms, batch_size=batch_size, share=scale.textbook_share
    )
    _say("contention")
    contended = Storm("random", scale.contended_jobs, shuffled=True)
    results["contention"] = [
        storm.under_contention(
            deployed[PRODUCT], storm=contended, batch_size=batch_size, workers=n, latency_ms=20
        )
        for n in (1, 2, 5)
    ]
    _say("growth")
    sections["growth"] = growth.measure(
        deployed[PRODUCT], rounds=scale.growth_rounds, quick=scale.quick
    )
    results |= {name: samples.summary() for name, samples in sections.items()}
    results["ratios"] = goals.ratios(
        cold=sections["cold"],
        warm=sections["warm"],
        storms=sections["storms"],
        totals={name: (storms[n].jobs, totals[name]) for n, name in enumerate(totals)},
        growth=growth.ratio_at_most_entries(sections["growth"], quick=scale.quick),
        peak_mib=storm.peak_mib(deployed[PRODUCT], messages=1_000),
    )
    return sections


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
