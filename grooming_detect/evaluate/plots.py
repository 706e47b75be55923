"""The study's four pictures as SVG: the same bytes for the same numbers, readable in light and dark, no drawing library."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_WIDTH, _HEIGHT = 640, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 16, 38, 52
_COLOURS = 8
_TICKS = 5  # about so many on an axis
_SLACK = 1 + 1e-9
STYLE = """
.plot { font: 13px system-ui, "Segoe UI", sans-serif; max-width: 100%; height: auto;
  --axis: #8a919c; --ink: #1d2129; --grid: #e2e0db; }
.plot text { fill: var(--ink); } .plot .title { font-weight: 600; font-size: 15px; } .plot .grid { stroke: var(--grid); }
.plot .axis { stroke: var(--axis); } .plot .line { fill: none; stroke-width: 2.2; } .plot .dash { stroke-dasharray: 5 4; }
.c0 { --c: #1f5fa8; } .c1 { --c: #b3261e; } .c2 { --c: #1d6b45; } .c3 { --c: #9a6100; }
.c4 { --c: #6b3fa0; } .c5 { --c: #0b7285; } .c6 { --c: #a61e6c; } .c7 { --c: #5c6370; }
.plot .line { stroke: var(--c); } .plot .dot { fill: var(--c); }
@media (prefers-color-scheme: dark) {
  .plot { --axis: #7b8390; --ink: #e9eaed; --grid: #32363f; }
  .c0 { --c: #7fb4f2; } .c1 { --c: #ff8a7d; } .c2 { --c: #82d8ab; } .c3 { --c: #f0b452; }
  .c4 { --c: #c3a3f0; } .c5 { --c: #6fd3e3; } .c6 { --c: #f09ac6; } .c7 { --c: #a0a8b5; }
}
"""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a picture.

    Parameters
    ----------
    name : str
        For the legend; empty for none.
    points : tuple of (float, float)
        In order.
    dashed, dots : bool
        Whether the line is broken, and whether its points are marked.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    dashed: bool = False
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows, from where to where.

    Parameters
    ----------
    name : str
        With the unit.
    low, high : float
        Its ends.
    """

    name: str
    low: float = 0.0
    high: float = 1.0

    def place(self, value: float) -> float:
        """Where a value lies, from 0 to 1; beyond the ends it is held there."""
        return min(max((value - self.low) / ((self.high - self.low) or 1.0), 0.0), 1.0)

    def ticks(self) -> list[float]:
        """Round values to write beside it.

        >>> Axis("", 0, 12).ticks(), Axis("").ticks()
        ([0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0], [0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
        """
        rough = (self.high - self.low) / _TICKS or 1.0
        power = 10.0 ** math.floor(math.log10(rough))
        step = power * max(one for one in (1, 2, 5) if one * power <= rough * _SLACK)
        return [round(self.low + step * n, 9) for n in range(math.floor((self.high - self.low) / step * _SLACK) + 1)]


def chart(title: str, across: Axis, up: Axis, lines: Sequence[Series], *, standalone: bool = False) -> str:
    """A line chart.

    Parameters
    ----------
    title : str
        What it shows.
    across, up : Axis
        Its axes.
    lines : sequence of Series
        Coloured in this order.
    standalone : bool
        Whether it carries its own style, as a file must; inside a page the page does.

    Examples
    --------
    >>> picture = chart("a < b", Axis("x"), Axis("y"), [Series("s", ((0.0, 0.0), (1.0, 1.0)))])
    >>> "a &lt; b" in picture, picture.startswith("<svg")
    (True, True)
    """
    height = _HEIGHT + 20 * ((len([line for line in lines if line.name]) + 1) // 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}"',
        f' role="img" aria-label="{escape(title)}">',
        f"<style>{STYLE}</style>" if standalone else "",
        f'<text class="title" x="{_LEFT}" y="22">{escape(title)}</text>',
        *_frame(across, up),
        *(part for n, line in enumerate(lines) for part in _line(line, n, across, up)),
        *_legend([(n, line) for n, line in enumerate(lines) if line.name]),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _x(share: float) -> float:
    return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)


def _y(share: float) -> float:
    return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def _frame(across: Axis, up: Axis) -> Iterable[str]:
    for value in up.ticks():
        y = _y(up.place(value))
        yield f'<line class="grid" x1="{_x(0)}" x2="{_x(1)}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{value:g}</text>'
    for value in across.ticks():
        yield f'<text x="{_x(across.place(value))}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{value:.4g}</text>'
    yield f'<line class="axis" x1="{_x(0)}" x2="{_x(1)}" y1="{_y(0)}" y2="{_y(0)}"/>'
    yield f'<text x="{_x(0.5)}" y="{_HEIGHT - 14}" text-anchor="middle">{escape(across.name)}</text>'
    yield f'<text transform="translate(16 {_y(0.5)}) rotate(-90)" text-anchor="middle">{escape(up.name)}</text>'


def _line(line: Series, number: int, across: Axis, up: Axis) -> Iterable[str]:
    points = [(_x(across.place(x)), _y(up.place(y))) for x, y in line.points]
    colour, dash = f"c{number % _COLOURS}", " dash" if line.dashed else ""
    yield f'<polyline class="line {colour}{dash}" points="{" ".join(f"{x},{y}" for x, y in points)}"/>'
    for x, y in points if line.dots else ():
        yield f'<circle class="dot {colour}" cx="{x}" cy="{y}" r="3.4"/>'


def _legend(named: Sequence[tuple[int, Series]]) -> Iterable[str]:
    for place, (number, line) in enumerate(named):
        x, y = _LEFT + place % 2 * 290, _HEIGHT + 10 + place // 2 * 20
        dash = " dash" if line.dashed else ""
        yield f'<line class="line c{number % _COLOURS}{dash}" x1="{x}" x2="{x + 22}" y1="{y - 4}" y2="{y - 4}"/>'
        yield f'<text x="{x + 28}" y="{y}">{escape(line.name)}</text>'


def _points(rows: Iterable[Mapping[str, Any]], across: str, up: str) -> tuple[tuple[float, float], ...]:
    return tuple((row[across], row[up]) for row in rows if row[across] is not None and row[up] is not None)


def precision_recall(curves: Mapping[str, Sequence[Mapping[str, Any]]], *, standalone: bool = False) -> str:
    """Precision against recall; one line a scorer or dataset.

    Parameters
    ----------
    curves : mapping of str to sequence of mapping
        Points with ``precision`` and ``recall``, by name.
    standalone : bool
        See `chart`.
    """
    lines = [Series(name, _points(rows, "recall", "precision"), dashed=n > 0) for n, (name, rows) in enumerate(curves.items())]
    return chart("Precision and recall of risky sides", Axis("recall"), Axis("precision"), lines, standalone=standalone)


def reliability(results: Mapping[str, Mapping[str, Any]], *, standalone: bool = False) -> str:
    """Share of risky sides against score; on the diagonal, scores are probabilities."""
    lines = [
        Series(name, _points(result["sides"]["curves"]["reliability"], "score", "share"), dots=True)
        for name, result in results.items()
    ]
    lines.append(Series("perfectly calibrated", ((0.0, 0.0), (1.0, 1.0)), dashed=True))
    return chart("Reliability of scores", Axis("mean score"), Axis("share of risky sides"), lines, standalone=standalone)


def early_warning(results: Mapping[str, Mapping[str, Any]], *, standalone: bool = False) -> str:
    """Share of risky sides flagged by the time that so many cue lines had been sent, for both bands."""
    lines = [
        Series(f"{name}, {band}", _points(result["time"][band]["curve"], "cues", "share"), dashed=band == "high", dots=True)
        for name, result in results.items()
        for band in ("review", "high")
        if result["time"][band]["curve"]
    ]
    most = max((x for line in lines for x, _ in line.points), default=1.0)
    across, up = Axis("cue lines sent", 0.0, most), Axis("share of risky sides flagged")
    return chart("Early warning", across, up, lines, standalone=standalone)


def score_by_length(results: Mapping[str, Mapping[str, Any]], *, standalone: bool = False) -> str:
    """Scores by length of the conversation: ordinary ones must not drift upward."""
    lines = [
        Series(f"{name}, {label}", points, dashed=key != "risky", dots=True)
        for name, result in results.items()
        for key, label in (("risky", "risky, mean"), ("ordinary", "ordinary, mean"), ("ordinary_p95", "ordinary, 95 %"))
        if (points := _points(result["score_by_length"], "messages", key))
    ]
    most = max((x for line in lines for x, _ in line.points), default=1.0)
    across, up = Axis("messages in the conversation", 0.0, most), Axis("score")
    return chart("Score against length", across, up, lines, standalone=standalone)
