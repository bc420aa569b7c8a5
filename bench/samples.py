"""Numbers of repeated measurements, and their medians."""

import statistics
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

Figures = dict[str, float]


class Samples:
    """Repeated measurements of several figures, by name of what was measured and solution."""

    def __init__(self) -> None:
        self._rows: defaultdict[tuple[str, str], list[Figures]] = defaultdict(list)

    def add(self, name: str, solution: str, figures: Mapping[str, float]) -> None:
        self._rows[name, solution].append(dict(figures))

    def median(self, name: str, solution: str, figure: str) -> float:
        return statistics.median(row[figure] for row in self._rows[name, solution])

    def ratio(self, name: str, solutions: tuple[str, str], figure: str) -> float:
        """The median of the first solution's figure over the median of the second's."""
        first, second = solutions
        return self.median(name, first, figure) / self.median(name, second, figure)

    def paired_ratio(self, names: tuple[str, str], solution: str, figure: str) -> float:
        """The median of one name's figure over another's of the same round: noise hits both."""
        first, second = (self._rows[name, solution] for name in names)
        return statistics.median(a[figure] / b[figure] for a, b in zip(first, second, strict=True))

    def summary(self) -> dict[str, Any]:
        """For the results' file: by name and solution, medians first and all the raw figures."""
        told: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        for (name, solution), rows in self._rows.items():
            medians = {
                figure: round(statistics.median(row[figure] for row in rows), 4)
                for figure in rows[0]
            }
            raw = {figure: [round(row[figure], 3) for row in rows] for figure in rows[0]}
            told[name][solution] = medians | {"runs": len(rows), "raw": raw}
        return dict(told)
