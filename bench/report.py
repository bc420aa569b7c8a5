"""The table that a run prints."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.goals import GOALS
from bench.samples import Samples
from bench.subjects import PRODUCT, TEXTBOOK


def tell(results: Mapping[str, Any], sections: Mapping[str, Samples]) -> None:
    print(f"\nTaken on {results['machine']['cpu']}, {results['machine']['cores']} cores.")
    print("Medians; ratios are the product's figure over the textbook's.\n")
    for title, columns in (("cold", ("wall_ms", "cpu_ms", "peak_mib")),):
        _compare(title, sections[title], columns)
    _compare("warm", sections["warm"], ("cpu_us", "dynamodb_calls", "write_units"))
    _compare("storms", sections["storms"], ("cpu_us", "dynamodb_calls", "write_units", "peak_mib"))
    _growth(sections["growth"])
    if "instructions" in results:
        _instructions(results["instructions"])
    _contention(results["contention"])
    if "truth" in results:
        _truth(results["truth"])
    _dollars(results["dollars_per_million"])
    _goals(results["ratios"])


def _compare(title: str, samples: Samples, columns: Sequence[str]) -> None:
    rows = [[title, "solution", *columns]]
    for name, solutions in samples.summary().items():
        for solution in solutions:
            figures = [samples.median(name, solution, column) for column in columns]
            rows.append([name, solution, *map(_number, figures)])
        if PRODUCT in solutions and TEXTBOOK in solutions:
            shares = [_share(samples, name, column) for column in columns]
            rows.append([name, "ratio", *shares])
    _print(rows)


def _share(samples: Samples, name: str, column: str) -> str:
    if not samples.median(name, TEXTBOOK, column):
        return "-"
    return _fraction(samples.ratio(name, (PRODUCT, TEXTBOOK), column))


def _growth(samples: Samples) -> None:
    rows = [["growth", "kind", "cpu_us", "dynamodb_calls", "write_units", "read_units"]]
    for name, kinds in samples.summary().items():
        for kind in kinds:
            figures = [samples.median(name, kind, column) for column in rows[0][2:]]
            rows.append([name, kind, *map(_number, figures)])
    _print(rows)


def _instructions(told: Mapping[str, Mapping[str, Mapping[str, float]]]) -> None:
    columns = ("each_message_millions", "start_and_first_event_millions")
    rows = [["instructions, millions", "solution", "each message", "start and first event"]]
    for name, solutions in told.items():
        for solution, figures in solutions.items():
            cells = [_number(figures[c]) if c in figures else "-" for c in columns]
            rows.append([name, solution, *cells])
    _print(rows)


def _contention(told: Sequence[Mapping[str, float]]) -> None:
    columns = ("workers", "dynamodb_calls", "write_units", "cancelled_transactions", "redelivered")
    rows = [["contention", *columns]]
    rows += [["random storm", *(_number(row[column]) for column in columns)] for row in told]
    _print(rows)


def _truth(told: Mapping[str, Any]) -> None:
    rows = [["against MiniStack", "", "stub", "emulator"]]
    rows += [["write units", u["write"], str(u["stub"]), str(u["emulator"])] for u in told["units"]]
    _print(rows)
    tables = ", ".join(
        f"{name} {'same' if same else 'DIFFERENT'}" for name, same in told["same_items"].items()
    )
    print(f"Items left behind: {tables}\n")


def _dollars(told: Mapping[str, Mapping[str, float]]) -> None:
    rows = [["dollars a million", "all", "dynamodb", "lambda", "sqs", "http_api"]]
    for name, parts in told.items():
        rows.append([name, *(f"{parts[column]:.2f}" for column in rows[0][1:])])
    _print(rows)


def _goals(ratios: Mapping[str, float]) -> None:
    rows = [["goal", "", "reached", "wanted"]]
    for goal in GOALS:
        value = ratios[goal.name]
        mark = "ok" if goal.is_reached(value) else "NOT REACHED"
        wanted = f"{'≥' if goal.at_least else '≤'} {_fraction(goal.bound)}"
        rows.append([goal.what, mark, _fraction(value), wanted])
    _print(rows)


def _fraction(value: float) -> str:
    return f"1/{1 / value:.1f}" if 0 < value < 0.5 and value != 0.1 else _number(value)


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3f}".rstrip("0").rstrip(".")


def _print(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [
            cell.ljust(width) if n < 2 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())
        if number == 0:
            print("-" * (sum(widths) + 2 * len(widths) - 2))
    print()
