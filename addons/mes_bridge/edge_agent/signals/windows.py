"""Windows of one signal: what their samples amount to, told once.

A window is told when the signal's own time has left it behind by the grace, and never
opens again.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .emission import Emission
from .rules import Rule


@dataclass
class _Window:
    begin: float
    end: float
    count: int = 0
    minimum: float = math.inf
    maximum: float = -math.inf
    total: float = 0.0
    last: float = 0.0
    last_at: float = -math.inf
    delta: float = 0.0
    resets: int = 0


class Windows:
    """The open windows under one rule.

    :param closed_until: everything before it was told, seconds since 1970.
    :param cumulative: of a counter, over all windows.
    """

    def __init__(
        self, rule: Rule, closed_until: float = -math.inf, cumulative: float = 0.0
    ) -> None:
        self.rule = rule
        self.closed_until = closed_until
        self.cumulative = cumulative
        self._open: list[_Window] = []

    def add(self, at: float, value: float, before: float | None) -> bool:
        """Add a sample. Returns whether its window was still open.

        :param before: of a counter, what it said before.
        """
        if at < self.closed_until:
            return False
        window = self._find(at)
        window.count += 1
        window.total += value
        window.minimum = min(window.minimum, value)
        window.maximum = max(window.maximum, value)
        if at >= window.last_at:
            window.last, window.last_at = value, at
        if before is not None:
            self._count(window, value, before)
        return True

    def close(self, moment: float) -> list[Emission]:
        """Return what ended.

        :param moment: by the clock that stamps the samples.
        """
        grace = self.rule.grace_seconds
        ended = [one for one in self._open if one.end + grace <= moment]
        if not ended:
            return []
        self._open = [one for one in self._open if one.end + grace > moment]
        return [self._tell(one) for one in sorted(ended, key=_get_begin)]

    def flush(self, until: float = math.inf) -> list[Emission]:
        """Return what is open.

        :param until: where it ends at the latest: a new rule goes on from there.
        """
        windows, self._open = sorted(self._open, key=_get_begin), []
        for window in windows:
            window.end = max(window.begin, min(window.end, until))
        return [self._tell(window) for window in windows]

    def dump(self) -> dict[str, Any]:
        """Return everything as JSON can say it."""
        return {
            "closed_until": write_number(self.closed_until),
            "cumulative": self.cumulative,
            "open": [asdict(one) for one in self._open],
        }

    @classmethod
    def load(cls, rule: Rule, state: Mapping[str, Any]) -> "Windows":
        """Return what was dumped."""
        windows = cls(rule, read_number(state["closed_until"]), state["cumulative"])
        windows._open = [_Window(**values) for values in state["open"]]
        return windows

    def _find(self, at: float) -> _Window:
        for window in self._open:
            if window.begin <= at < window.end:
                return window
        begin, end = self.rule.get_window(at)
        # Part of it may have been told under another rule.
        window = _Window(max(begin, self.closed_until), end)
        self._open.append(window)
        return window

    def _count(self, window: _Window, value: float, before: float) -> None:
        """Add what a counter grew by since the sample before, across a roll-over."""
        delta = value - before
        if delta < 0:
            # More than half way round backwards is a roll-over, else it was reset: also
            # where it was beyond the point at which it is said to roll over.
            limit = self.rule.rollover
            rolled = limit and limit / 2 < -delta <= limit
            delta = delta + limit if rolled else max(0.0, value)
            window.resets += not rolled
        window.delta += delta
        self.cumulative += delta

    def _tell(self, window: _Window) -> Emission:
        self.closed_until = max(self.closed_until, window.end)
        rule = self.rule
        span = (rule.work_centre, rule.signal, window.begin, window.end)
        if rule.kind == "counter":
            values: dict[str, Any] = {
                "delta": window.delta,
                "cumulative": self.cumulative,
                "last": window.last,
                "resets": window.resets,
            }
            return Emission("count", *span, values)
        values = {
            "count": window.count,
            "minimum": window.minimum,
            "maximum": window.maximum,
            "mean": window.total / window.count,
            "last": window.last,
        }
        return Emission("aggregate", *span, values)


def _get_begin(window: _Window) -> float:
    return window.begin


def says_something(emission: Emission) -> bool:
    """Tell whether an emission is worth a message: a counter that stood still is none."""
    values = emission.values
    return emission.kind != "count" or bool(values["delta"] or values["resets"])


def write_number(value: float) -> float | None:
    """Return a number as JSON can say it; None: before everything."""
    return None if value == -math.inf else value


def read_number(value: float | None) -> float:
    """Return what was written."""
    return -math.inf if value is None else value
