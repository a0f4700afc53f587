"""Line charts of a call's seconds, as the numbers an SVG is drawn from. Sans-I/O.

Of a long call neighbouring seconds share a point, which shows the worst of them. Where there was no audio a line has
a hole.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from gateway.telemetry.blackbox import BoxSecond, Recording
from gateway.web.console.timeline import duration

WIDTH, HEIGHT = 360, 170
"""Units of the picture: a telephone's width, so that its letters can be read there."""
LEFT, RIGHT, TOP, BOTTOM = 40, 8, 10, 22
_MOST_POINTS = 300
"""Across `WIDTH`: more cannot be told apart."""

_QUIETEST_DBOV = -60
"""Below it nothing is heard on a telephone."""
_GRID = 4
"""Lines across, about."""
_X_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_X_TICKS = 5

Value = Callable[[BoxSecond], float | None]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    """One series."""

    name: str
    path: str
    """SVG path data."""
    summary: str
    """What it shows, for who cannot see it."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture."""

    key: str
    title: str
    lines: Sequence[Line]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]


@dataclass(frozen=True, slots=True)
class _Series:
    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class _Plan:
    key: str
    title: str
    unit: str
    series: Sequence[_Series]
    bottom: float = 0.0
    top: float | None = None
    """None for as much as there is, and at least 1."""


_PLANS = (
    _Plan(
        "levels",
        "Levels",
        "dBov",
        (_Series("Caller", lambda s: s.heard_dbov), _Series("Kallglot", lambda s: s.said_dbov)),
        bottom=_QUIETEST_DBOV,
        top=0,
    ),
    _Plan("jitter", "Jitter of the caller’s frames", "ms", (_Series("Jitter", lambda s: s.jitter_tenths_ms / 10),)),
    _Plan(
        "latency",
        "Latency",
        "ms",
        (
            _Series("Waiting in the gateway", lambda s: s.latency_ms),
            _Series("Yet to be heard by the caller", lambda s: s.queue_ms),
        ),
    ),
    _Plan("gaps", "Missing audio of the caller", "ms/s", (_Series("Missing", lambda s: 20 * s.gap_frames / s.span_s),)),
)


def charts(recording: Recording) -> Sequence[Chart]:
    """What is drawn of a call; nothing of one that did not last a second."""
    if not recording.seconds:
        return ()
    return [_chart(plan, recording.seconds) for plan in _PLANS]


def _chart(plan: _Plan, seconds: Sequence[BoxSecond]) -> Chart:
    y_values = _y_grid(plan, seconds)
    scale = _Scale(max(1, seconds[-1].at_ms), y_values[0], y_values[-1])
    x_step_s = next((step for step in _X_STEPS_S if step * _X_TICKS * 1000 >= seconds[-1].at_ms), _X_STEPS_S[-1])
    x_ticks = [Tick(scale.x(at_s * 1000), duration(at_s)) for at_s in range(0, seconds[-1].at_ms // 1000 + 1, x_step_s)]
    return Chart(
        plan.key,
        f"{plan.title}, {plan.unit}",
        [
            Line(series.name, _path(series.value, seconds, scale), _summary(series, plan, seconds))
            for series in plan.series
        ],
        x_ticks,
        [Tick(scale.y(value), f"{value:g}") for value in y_values],
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where things are in the picture."""

    last_ms: int
    bottom: float
    top: float

    def x(self, at_ms: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * at_ms / self.last_ms, 1)

    def y(self, value: float) -> float:
        share = (min(self.top, max(self.bottom, value)) - self.bottom) / (self.top - self.bottom)
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)


def _y_grid(plan: _Plan, seconds: Sequence[BoxSecond]) -> Sequence[float]:
    """The values at which there are lines across, from the lowest to one that nothing is above."""
    top = plan.top
    if top is None:
        top = max(1.0, *(value for series in plan.series for value in _values(series, seconds)))
    step = _round_number((top - plan.bottom) / _GRID)
    return [plan.bottom + number * step for number in range(math.ceil((top - plan.bottom) / step) + 1)]


def _round_number(least: float) -> float:
    """The least of 1, 2, 5, 10, 20, 50, … that is not less; and of their tenths."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(digit * power for digit in (1, 2, 5, 10) if digit * power >= least)


def _values(series: _Series, seconds: Sequence[BoxSecond]) -> list[float]:
    return [value for second in seconds if (value := series.value(second)) is not None]


def _path(value: Value, seconds: Sequence[BoxSecond], scale: _Scale) -> str:
    """Lines from point to point; a point without neighbours is a line of no length, which a round end makes a dot."""
    size = -(-len(seconds) // _MOST_POINTS)
    path: list[str] = []
    is_drawing = False
    for start in range(0, len(seconds), size):
        together = seconds[start : start + size]
        known = [v for second in together if (v := value(second)) is not None]
        if known:
            point = f"{scale.x(together[-1].at_ms):g} {scale.y(max(known)):g}"
            path.append(f"L{point}" if is_drawing else f"M{point}h0")
        is_drawing = bool(known)
    return "".join(path)


def _summary(series: _Series, plan: _Plan, seconds: Sequence[BoxSecond]) -> str:
    values = _values(series, seconds)
    if not values:
        return "no audio"
    worst = max(seconds, key=lambda second: _or_least(series.value(second)))
    highest = f"highest {max(values):g} {plan.unit} at {duration(worst.at_ms // 1000)}"
    if plan.bottom < 0:
        silent_s = sum(second.span_s for second in seconds if _or_least(series.value(second)) <= plan.bottom)
        return f"{highest}, silent for {duration(silent_s)}"
    return f"median {round(median(values), 1):g} {plan.unit}, {highest}"


def _or_least(value: float | None) -> float:
    return -math.inf if value is None else value
