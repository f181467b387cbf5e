"""The filter: samples in, a few emissions out, and an account of the rest.

Every sample has exactly one fate: it was *kept* (it led to an emission of its own), or
it was dropped for one of the reasons below. ``taken`` is always their sum.

| reason | the sample |
|---|---|
| ``aggregated`` | is part of a window's aggregate |
| ``unchanged`` | says what the one before said |
| ``deadband`` | differs too little from what was last emitted |
| ``debounce`` | was gone before it had lasted long enough |
| ``pending`` | may still turn out to last |
| ``late`` | is older than one that was taken |
| ``invalid`` | is no finite number |
| ``no_rule`` | is of a signal that nobody asked for |
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from .rules import Rule

Emitted = Literal["aggregate", "count", "change", "threshold"]


@dataclass(frozen=True)
class Emission:
    """What a signal amounts to.

    :param begin: seconds since 1970, as ``end``; the same for what happened at once.
    :param values: of an aggregate count, minimum, maximum, mean, last; of a count delta,
        cumulative, resets; of a change before, after; of a threshold its name and value.
    """

    kind: Emitted
    work_centre: str
    signal: str
    begin: float
    end: float
    values: dict[str, Any]


@dataclass
class Account:
    """What became of the samples of one signal."""

    taken: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter[str])


@dataclass
class _Window:
    begin: float
    end: float
    count: int = 0
    minimum: float = math.inf
    maximum: float = -math.inf
    total: float = 0.0
    last: float = 0.0
    delta: float = 0.0
    resets: int = 0


class SignalFilter:
    """All rules of one agent, and the state of their signals."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._channels: dict[tuple[str, str], Channel] = {}
        self.unknown = Account()
        self.set_rules(rules)

    def set_rules(self, rules: Iterable[Rule]) -> list[Emission]:
        """Take other rules; what does not change goes on as it is.

        :returns: the last emissions of what does change.
        """
        wanted = {rule.key: rule for rule in rules}
        emissions: list[Emission] = []
        for key, channel in list(self._channels.items()):
            if wanted.get(key) != channel.rule:
                emissions += channel.flush()
                del self._channels[key]
        for key, rule in wanted.items():
            self._channels.setdefault(key, Channel(rule))
        return emissions

    def take(
        self, work_centre: str, signal: str, at: float, value: float
    ) -> list[Emission]:
        """Take one sample.

        :param at: seconds since 1970.
        """
        channel = self._channels.get((work_centre, signal))
        if channel is None:
            self.unknown.taken += 1
            self.unknown.dropped["no_rule"] += 1
            return []
        return channel.take(at, value)

    def tick(self, now: float) -> list[Emission]:
        """Return what time alone brings about: ended windows, changes that lasted."""
        return [e for channel in self._channels.values() for e in channel.tick(now)]

    def flush(self) -> list[Emission]:
        """Return what is open, as when the agent stops."""
        return [e for channel in self._channels.values() for e in channel.flush()]

    def get_accounts(self) -> dict[tuple[str, str], Account]:
        """Return the accounts by work centre and signal."""
        return {key: channel.account for key, channel in self._channels.items()}


class Channel:
    """One signal under one rule."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.account = Account()
        self._last_at = -math.inf
        self._last_value: float | None = None
        self._emitted: float | None = None
        self._candidate: tuple[float, float] | None = None
        self._window: _Window | None = None
        self._cumulative = 0.0
        self._side: str = "normal"
        self._beyond_since: float | None = None

    def take(self, at: float, value: float) -> list[Emission]:
        """Take one sample; see ``SignalFilter.take``."""
        self.account.taken += 1
        if not (math.isfinite(value) and math.isfinite(at)):
            return self._drop("invalid")
        if at < self._last_at or (at == self._last_at and value == self._last_value):
            return self._drop("late")
        emissions = self.tick(at)
        raised = self._watch(at, value)
        if self.rule.aggregates:
            self._add(at, value)
            fate = "aggregated"
        else:
            changed, fate = self._follow(at, value)
            raised += changed
        self._last_at, self._last_value = at, value
        if raised and fate != "pending":
            self.account.kept += 1
        else:
            self.account.dropped[fate] += 1
        return emissions + raised

    def tick(self, now: float) -> list[Emission]:
        """Let time pass; see ``SignalFilter.tick``."""
        emissions: list[Emission] = []
        if self._window and now >= self._window.end:
            emissions += self._close_window()
        candidate = self._candidate
        if candidate and now - candidate[0] >= self.rule.debounce_seconds:
            self._candidate = None
            self.account.dropped["pending"] -= 1
            self.account.kept += 1
            emissions += self._change(*candidate)
        if self._beyond_since is not None and self._last_value is not None:
            # It may stay where it is and never be told again.
            emissions += self._cross(now, self._last_value)
        return emissions

    def flush(self) -> list[Emission]:
        """Emit the window that is open."""
        return self._close_window() if self._window else []

    def _drop(self, reason: str) -> list[Emission]:
        self.account.dropped[reason] += 1
        return []

    # Changes

    def _follow(self, at: float, value: float) -> tuple[list[Emission], str]:
        reason = self._find_no_change(value)
        if reason:
            self._give_up_candidate()
            return [], reason
        if not self.rule.debounce_seconds or self._emitted is None:
            return self._change(at, value), "kept"
        if self._candidate and self._is_same(self._candidate[1], value):
            return [], "unchanged"
        self._give_up_candidate()
        self._candidate = (at, value)
        return [], "pending"

    def _find_no_change(self, value: float) -> str | None:
        if self._emitted is None:
            return None
        if value == self._emitted:
            return "unchanged"
        return "deadband" if self._is_same(self._emitted, value) else None

    def _is_same(self, one: float, other: float) -> bool:
        if self.rule.kind == "state" or not self.rule.deadband:
            return one == other
        return abs(one - other) < self.rule.deadband

    def _give_up_candidate(self) -> None:
        if self._candidate:
            self._candidate = None
            self.account.dropped["pending"] -= 1
            self.account.dropped["debounce"] += 1

    def _change(self, at: float, value: float) -> list[Emission]:
        before, self._emitted = self._emitted, value
        return [self._emit("change", at, at, before=before, after=value)]

    # Windows

    def _add(self, at: float, value: float) -> None:
        if self._window is None:
            self._window = _Window(*self.rule.get_window(at))
        window = self._window
        window.count += 1
        window.total += value
        window.minimum = min(window.minimum, value)
        window.maximum = max(window.maximum, value)
        window.last = value
        if self.rule.kind == "counter":
            self._count(window, value)

    def _count(self, window: _Window, value: float) -> None:
        """Add what a counter grew by since the sample before, across a roll-over."""
        before = self._last_value
        if before is None:
            return
        delta = value - before
        if delta < 0:
            # More than half way round backwards is a roll-over, else it was reset.
            rolled = self.rule.rollover and -delta > self.rule.rollover / 2
            delta = delta + self.rule.rollover if rolled else value
            window.resets += not rolled
        window.delta += delta
        self._cumulative += delta

    def _close_window(self) -> list[Emission]:
        window, self._window = self._window, None
        if window is None:
            return []
        if self.rule.kind == "counter":
            if not window.delta and not window.resets:
                return []
            return [
                self._emit(
                    "count",
                    window.begin,
                    window.end,
                    delta=window.delta,
                    cumulative=self._cumulative,
                    last=window.last,
                    resets=window.resets,
                )
            ]
        return [
            self._emit(
                "aggregate",
                window.begin,
                window.end,
                count=window.count,
                minimum=window.minimum,
                maximum=window.maximum,
                mean=window.total / window.count,
                last=window.last,
            )
        ]

    # Thresholds

    def _watch(self, at: float, value: float) -> list[Emission]:
        if self.rule.kind != "measure":
            return []
        side = self._find_side(value)
        if side == self._side:
            self._beyond_since = None
            return []
        if self._beyond_since is None:
            self._beyond_since = at
        return self._cross(at, value)

    def _cross(self, now: float, value: float) -> list[Emission]:
        """Raise or end the event, once the value has been there long enough."""
        side, begin = self._find_side(value), self._beyond_since
        if begin is None or side == self._side:
            return []
        if side != "normal" and now - begin < self.rule.hold_seconds:
            return []
        before, self._side, self._beyond_since = self._side, side, None
        return [
            self._emit("threshold", begin, now, before=before, after=side, value=value)
        ]

    def _find_side(self, value: float) -> str:
        rule = self.rule
        slack = rule.hysteresis
        if rule.high is not None:
            limit = rule.high - slack if self._side == "high" else rule.high
            if value > limit:
                return "high"
        if rule.low is not None:
            limit = rule.low + slack if self._side == "low" else rule.low
            if value < limit:
                return "low"
        return "normal"

    def _emit(
        self, kind: Emitted, begin: float, end: float, **values: Any
    ) -> Emission:
        rule = self.rule
        return Emission(kind, rule.work_centre, rule.signal, begin, end, values)
