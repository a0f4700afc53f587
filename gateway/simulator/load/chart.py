"""A line chart as SVG that needs nothing beside itself. Sans-I/O."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 640, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 12, 28
_TICKS = 5
"""Lines across, at most."""
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Series:
    """One line."""

    name: str
    points: Sequence[tuple[float, float]]
    """(x, y), by x; a jump of more than one in x is a gap in the line."""


def line_chart(title: str, unit: str, series: Sequence[Series], *, last_s: float) -> str:
    """The lines over seconds, with their names and highest values; a note where there is nothing.

    `last_s` is where charts that are shown together end, whatever was measured until then.
    """
    drawn = [one for one in series if one.points]
    if not drawn:
        return f"<figure><figcaption>{escape(title)}</figcaption><p>Nothing was measured.</p></figure>"
    right = last_s or 1.0
    ticks = _ticks(max(y for one in drawn for _, y in one.points))
    scale = _Scale(right, ticks[-1])
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">',
        *(_across(scale, tick) for tick in ticks),
        *(_label(scale.x(x), _HEIGHT - 8, f"{x:g} s", "middle") for x in _ticks(right) if x <= right),
        *(_line(scale, place, one) for place, one in enumerate(drawn)),
        "</svg>",
    ]
    legend = "".join(
        f'<span class="key s{place}">{escape(one.name)}</span> {max(y for _, y in one.points):.4g} {escape(unit)} '
        for place, one in enumerate(drawn)
    )
    caption = f"<figcaption>{escape(title)}, {escape(unit)} <small>highest: {legend}</small></figcaption>"
    return f"<figure>{caption}{''.join(parts)}</figure>"


@dataclass(frozen=True, slots=True)
class _Scale:
    right: float
    top: float

    def x(self, value: float) -> float:
        return _LEFT + value / self.right * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return _HEIGHT - _BOTTOM - value / self.top * (_HEIGHT - _TOP - _BOTTOM)


def _ticks(most: float) -> list[float]:
    """Round values from 0 to the first that is not below `most`."""
    rough = most / (_TICKS - 1) if most > 0 else 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in _STEPS if power * factor >= rough * 0.999)
    return [step * count for count in range(max(1, math.ceil(most / step - 1e-9)) + 1)]


def _across(scale: _Scale, tick: float) -> str:
    y = scale.y(tick)
    line = f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + _label(_LEFT - 6, y + 4, f"{tick:g}", "end")


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _line(scale: _Scale, place: int, series: Series) -> str:
    path, before = [], -math.inf
    for x, y in series.points:
        path.append(f"{'M' if x - before > 1 else 'L'}{scale.x(x):.1f},{scale.y(y):.1f}")
        before = x
    dots = "".join(
        f'<circle class="s{place}" cx="{scale.x(x):.1f}" cy="{scale.y(y):.1f}" r="2"><title>'
        f"{escape(series.name)}, {x:g} s: {y:.4g}</title></circle>"
        for x, y in series.points
    )
    return f'<path class="s{place}" d="{"".join(path)}"/>{dots}'
