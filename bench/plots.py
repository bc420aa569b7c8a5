"""Small plots as SVG, written by hand: two kinds, no dependency."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 40, 50
COLOURS = ("#1b6ca8", "#c8553d", "#5b8e7d", "#8d6a9f")

Series = Mapping[str, Sequence[tuple[str, float]]]


def lines(file: Path, *, title: str, x: str, y: str, series: Series) -> None:
    """Points at even distances, joined for each series; the scale begins at 0."""
    most = max(value for points in series.values() for _, value in points) * 1.1
    parts = [*_frame(title, x, y, most)]
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [
            (_across(n, len(points)), _down(value, most)) for n, (_, value) in enumerate(points)
        ]
        joined = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
        parts.append(f'<polyline points="{joined}" fill="none" stroke="{colour}"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}"/>' for a, b in places]
        parts.append(_legend(number, name, colour))
    labels = [label for label, _ in next(iter(series.values()))]
    parts += [
        _text(_across(n, len(labels)), HEIGHT - BOTTOM + 16, label, anchor="middle")
        for n, label in enumerate(labels)
    ]
    _write(file, parts)


def bars(file: Path, *, title: str, x: str, rows: Sequence[tuple[str, float]]) -> None:
    """One bar a row, with its value behind it."""
    most = max(value for _, value in rows)
    step = (HEIGHT - TOP - 20) / len(rows)
    parts = [_text(WIDTH / 2, 20, title, anchor="middle", weight="bold")]
    for number, (name, value) in enumerate(rows):
        top = TOP + number * step
        length = max(1.0, value / most * (WIDTH - 310))
        colour = COLOURS[1] if "textbook" in name else COLOURS[0]
        parts.append(
            f'<rect x="210" y="{top:.1f}" width="{length:.1f}" height="{step * 0.7:.1f}"'
            f' fill="{colour}"/>'
        )
        parts.append(_text(202, top + step * 0.5, name, anchor="end"))
        parts.append(_text(218 + length, top + step * 0.5, f"{_number(value)} {x}"))
    _write(file, parts)


def _frame(title: str, x: str, y: str, most: float) -> list[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [
        _text((LEFT + right) / 2, 20, title, anchor="middle", weight="bold"),
        _text((LEFT + right) / 2, HEIGHT - 12, x, anchor="middle"),
        f'<g transform="rotate(-90 16 {(TOP + bottom) / 2})">'
        + _text(16, (TOP + bottom) / 2, y, anchor="middle")
        + "</g>",
    ]
    for tick in range(5):
        value = most * tick / 4
        height = _down(value, most)
        parts.append(
            f'<line x1="{LEFT}" y1="{height:.1f}" x2="{right}" y2="{height:.1f}" stroke="#ddd"/>'
        )
        parts.append(_text(LEFT - 8, height + 4, _number(value), anchor="end"))
    return parts


def _across(number: int, count: int) -> float:
    return LEFT + (WIDTH - RIGHT - LEFT) * (number + 0.5) / count


def _down(value: float, most: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most


def _legend(number: int, name: str, colour: str) -> str:
    height = TOP + 10 + 18 * number
    left = WIDTH - RIGHT + 12
    return f'<rect x="{left}" y="{height - 9}" width="10" height="10" fill="{colour}"/>' + _text(
        left + 16, height, name
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _write(file: Path, parts: Sequence[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="sans-serif" font-size="12">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>' + "\n".join(parts) + "</svg>\n"
    )
