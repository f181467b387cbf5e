"""A picture of what a rule makes of samples, as SVG."""

import math
from collections.abc import Sequence
from typing import Any, Protocol

WIDTH, HEIGHT, MARGIN = 760, 220, 10
# More points than pixels say nothing.
POINTS_MAX = 1500


class Emission(Protocol):
    """What the picture needs of a message."""

    @property
    def kind(self) -> str: ...
    @property
    def begin(self) -> float: ...
    @property
    def end(self) -> float: ...
    @property
    def values(self) -> dict[str, Any]: ...


class Rule(Protocol):
    """What it needs of the rule."""

    @property
    def high(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...


def draw(
    rule: Rule, samples: Sequence[tuple[float, float]], emissions: Sequence[Emission]
) -> str:
    """Return an ``<svg>``: samples as a thin line, messages on top, thresholds dashed."""
    points = [(at, value) for at, value in samples if math.isfinite(value)]
    if not points:
        return ""
    scale = _Scale(points)
    step = max(1, len(points) // POINTS_MAX)
    line = " ".join(f"{scale.x(at):.1f},{scale.y(value):.1f}" for at, value in points[::step])
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" role="img" '
        'xmlns="http://www.w3.org/2000/svg">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#f8f9fa"/>',
        *(
            f'<line x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#b3261e" '
            'stroke-dasharray="6 4"/>'
            for y in (scale.y(v) for v in (rule.high, rule.low) if v is not None)
        ),
        f'<polyline points="{line}" fill="none" stroke="#adb5bd"/>',
        *(_draw_emission(scale, emission) for emission in emissions[:POINTS_MAX]),
        "</svg>",
    ]
    return "".join(parts)


class _Scale:
    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        self.first = min(at for at, _value in points)
        self.span = max(at for at, _value in points) - self.first or 1.0
        self.lowest = min(value for _at, value in points)
        self.range = max(value for _at, value in points) - self.lowest or 1.0

    def x(self, at: float) -> float:
        share = min(1.0, max(0.0, (at - self.first) / self.span))
        return MARGIN + share * (WIDTH - 2 * MARGIN)

    def y(self, value: float) -> float:
        share = min(1.05, max(-0.05, (value - self.lowest) / self.range))
        return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)


def _draw_emission(scale: _Scale, emission: Emission) -> str:
    values = emission.values
    if emission.kind == "aggregate":
        y = scale.y(values["mean"])
        return (
            f'<line x1="{scale.x(emission.begin):.1f}" x2="{scale.x(emission.end):.1f}" '
            f'y1="{y:.1f}" y2="{y:.1f}" stroke="#714b67" stroke-width="3"/>'
        )
    if emission.kind == "count":
        x = scale.x(emission.end)
        return f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{HEIGHT}" stroke="#714b67"/>'
    value = values["after"] if emission.kind == "change" else values["value"]
    colour = "#714b67" if emission.kind == "change" else "#b3261e"
    return (
        f'<circle cx="{scale.x(emission.begin):.1f}" cy="{scale.y(value):.1f}" r="4" '
        f'fill="{colour}"/>'
    )
