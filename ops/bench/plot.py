"""Plots: cost against size on two logarithmic scales, as an SVG that a reader's program can read
out, in light and in dark. No script, no font and no picture from elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 24, 44
LINE = 16
"""How far apart the names of lines are at least."""
STYLE = """\
svg { font: 13px system-ui, sans-serif; }
text { fill: #33383d; }
.back { fill: #ffffff; }
.grid { stroke: #d5d9dd; }
.line { fill: none; stroke-width: 2; }
.l0 { stroke: #0b5cad; } .d0 { fill: #0b5cad; }
.l1 { stroke: #6b7280; stroke-dasharray: 6 4; } .d1 { fill: #6b7280; }
.l2 { stroke: #a3430b; stroke-dasharray: 2 3; } .d2 { fill: #a3430b; }
.l3 { stroke: #4d6b12; stroke-dasharray: 9 3 2 3; } .d3 { fill: #4d6b12; }
@media (prefers-color-scheme: dark) {
text { fill: #d7dbe0; }
.back { fill: #14181c; }
.grid { stroke: #343a41; }
.l0 { stroke: #6cb3ff; } .d0 { fill: #6cb3ff; }
.l1 { stroke: #9aa3ad; } .d1 { fill: #9aa3ad; }
.l2 { stroke: #ff9f5c; } .d2 { fill: #ff9f5c; }
.l3 { stroke: #b4d45f; } .d3 { fill: #b4d45f; }
}
"""


class Line(NamedTuple):
    """One line of a plot: its name, and microseconds by size, in the order of size."""

    name: str
    points: Sequence[tuple[int, float]]


def plot(title: str, lines: Sequence[Line], across: str) -> str:
    """At most four lines, the first of them ours; `across` says what the sizes count."""
    every = [point for line in lines for point in line.points]
    scales = _Scales.of([size for size, _ in every], [cost for _, cost in every])
    told = "; ".join(
        f"{line.name}: " + ", ".join(f"{spoken(cost)} at {size:,}" for size, cost in line.points)
        for line in lines
    )
    body = [*scales.grid(), *_drawn(lines, scales)]
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        ' aria-labelledby="title desc">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(told)}.</desc>',
        f"<style>\n{STYLE}</style>",
        f'<rect class="back" width="{WIDTH}" height="{HEIGHT}"/>',
        *body,
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:g}" y="{HEIGHT - 8}" text-anchor="middle">'
        f"{escape(across)}</text>",
        "</svg>",
    )
    return "\n".join(parts) + "\n"


def spoken(microseconds: float) -> str:
    """A time with three digits, in the unit in which a person says it."""
    for unit, parts in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= parts:
            return f"{_short(microseconds / parts)} {unit}"
    return f"{_short(microseconds)} µs"


def _short(number: float) -> str:
    decimals = max(0, 2 - math.floor(math.log10(number))) if number > 0 else 0
    return f"{number:,.{min(decimals, 3)}f}"


class _Scales(NamedTuple):
    """Powers of ten from and to, across and up."""

    first: int
    last: int
    low: int
    high: int

    @classmethod
    def of(cls, sizes: Sequence[int], costs: Sequence[float]) -> _Scales:
        first, low = (math.floor(math.log10(min(one))) for one in (sizes, costs))
        last, high = (math.ceil(math.log10(max(one))) for one in (sizes, costs))
        return cls(first, max(last, first + 1), low, max(high, low + 1))

    def x(self, size: float) -> float:
        share = (math.log10(size) - self.first) / (self.last - self.first)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, cost: float) -> float:
        share = (math.log10(cost) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def grid(self) -> Iterator[str]:
        right, below = WIDTH - RIGHT, HEIGHT - BOTTOM
        for power in range(self.low, self.high + 1):
            y = self.y(10.0**power)
            yield f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>'
            yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_mark(power)}</text>'
        for power in range(self.first, self.last + 1):
            x = self.x(10.0**power)
            yield f'<path class="grid" d="M{x:.1f} {TOP}V{below}"/>'
            yield f'<text x="{x:.1f}" y="{below + 18}" text-anchor="middle">{10**power:,}</text>'


def _mark(power: int) -> str:
    """A power of ten of microseconds: 1 µs, 100 ms, 10 s; parts of a microsecond in ns."""
    step, rest = divmod(power, 3)
    return f"{10**rest} {('ns', 'µs', 'ms', 's', 'ks')[step + 1]}"


def _drawn(lines: Sequence[Line], scales: _Scales) -> Iterator[str]:
    """The lines, a mark at each point, and at its right end each one's name."""
    for number, line in enumerate(lines):
        at = [(scales.x(size), scales.y(cost)) for size, cost in line.points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in at)
        yield f'<path class="line l{number}" d="M{path}"/>'
        for x, y in at:
            yield f'<circle class="d{number}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
    ends = sorted(
        (scales.y(line.points[-1][1]), number, line.name) for number, line in enumerate(lines)
    )
    below = 0.0
    for y, number, name in ends:
        below = max(y + 4, below + LINE)
        x = WIDTH - RIGHT + 12
        yield f'<circle class="d{number}" cx="{x}" cy="{below - 4:.1f}" r="3.5"/>'
        yield f'<text x="{x + 9}" y="{below:.1f}">{escape(name)}</text>'
