"""The plots of a run."""

from collections.abc import Mapping
from pathlib import Path

from bench import plots
from bench.samples import Samples


def draw(sections: Mapping[str, Samples], folder: Path) -> None:
    samples = sections["growth"]
    for what in ("entries", "lots"):
        names = [name for name in samples.summary() if name.endswith(what)]
        plots.lines(
            folder / f"growth-{what}.svg",
            title=f"CPU of a refund and a charge, by {what} on the account",
            x=what,
            y="microseconds",
            series={
                kind: [(n.partition(" ")[0], samples.median(n, kind, "cpu_us")) for n in names]
                for kind in ("refund", "charge")
            },
        )
    for section, figure, unit in (("cold", "wall_ms", "ms"), ("storms", "cpu_us", "µs")):
        rows = [
            (
                f"{name}, {solution.replace('_', ' ')}",
                sections[section].median(name, solution, figure),
            )
            for name, solutions in sections[section].summary().items()
            for solution in solutions
        ]
        title = {"cold": "Cold start to the first answer", "storms": "CPU of a refund in a storm"}
        plots.bars(folder / f"{section}.svg", title=title[section], x=unit, rows=rows)
